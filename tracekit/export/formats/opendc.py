"""OpenDC's workload: a folder of tasks and their fragments."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from tracekit.export.draft import BATCH, Draft
from tracekit.export.jobs import HAS_RUN, RUN_S, TABLES
from tracekit.export.model import INVENTED, Facts, Field, Format
from tracekit.export.parquet import write_parquet

if TYPE_CHECKING:
    import polars as pl

# Clock rates are in no table of the lake; OpenDC only compares them with the hosts' own.
_MHZ = 1000.0
_CAPACITY = f"ceil(cpus) * {_MHZ!r}"


def _fields(facts: Facts) -> list[Field]:
    anchor_ms = 0 if facts.anchor is None else round((facts.anchor - type(facts.anchor)(1970, 1, 1)).total_seconds() * 1000)
    since = "ms since the trace's zero" if facts.anchor is None else "ms since 1970-01-01"
    samples = "resource_sample" in facts.has
    whole = "a job without samples has one fragment of its whole length: cpu_ratio_mean, or full use where that is unknown"
    return [
        Field("id", "row::INTEGER", how="numbered from 0 in order of submission", origin=INVENTED),
        Field("submission_time", f"{anchor_ms} + (clock_us + 500) // 1000", ("submitted_us",), f"us → {since}", step_us=1000),
        Field("duration", f"round(({RUN_S}) * 1000)::BIGINT", ("started_us", "ended_us", "run_s"), "running time in ms"),
        Field("cpu_count", "ceil(cpus)::INTEGER", ("cpus",), "cores, rounded up", minimum=1),
        Field("cpu_capacity", _CAPACITY, how=f"cores × {_MHZ:g} MHz", origin=INVENTED),
        Field("mem_capacity", "coalesce(round(memory_mb), 0)::BIGINT", ("memory_mb",), "MB, rounded; 0 where unknown"),
        Field(
            "cpu_usage",
            f"coalesce(cpu_ratio_mean, 1) * {_CAPACITY}",
            ("cpu_ratio_mean",),
            f"fragments: cpu_ratio × cpu_capacity of the job's samples; {whole}" if samples else f"fragments: {whole}",
            invented_where=None if samples else "cpu_ratio_mean IS NULL",
            invented_how="full use over the whole running time",
        ),
    ]


def _fragments(draft: Draft) -> Iterator[pl.DataFrame]:
    import polars as pl

    tasks = f"SELECT timed.job_id, made.* FROM ({draft.timed}) AS timed JOIN ({draft.rows}) AS made ON made.id = timed.row"
    samples = draft.companion("resource_sample")
    if samples is None:
        text = f"SELECT id, duration, cpu_usage FROM ({draft.rows}) ORDER BY id"
    else:
        text = (
            f"WITH tasks AS ({tasks}), used AS (SELECT entity_id, sampled_us, source_row, width_s, cpu_ratio FROM {samples} "
            "WHERE width_s > 0 AND cpu_ratio IS NOT NULL) "
            "SELECT t.id, coalesce(round(u.width_s * 1000)::BIGINT, t.duration) AS duration, "
            "coalesce(u.cpu_ratio * t.cpu_capacity, t.cpu_usage) AS cpu_usage "
            "FROM tasks AS t LEFT JOIN used AS u ON u.entity_id = t.job_id ORDER BY t.id, u.sampled_us, u.source_row"
        )
    for batch in draft.connection.sql(text).to_arrow_reader(BATCH):
        yield pl.DataFrame(batch)


def _write(draft: Draft) -> int:
    import pyarrow as pa

    def schema(**types: pa.DataType) -> pa.Schema:
        return pa.schema([pa.field(name, kind, nullable=False) for name, kind in types.items()])

    whole, number = pa.int64(), pa.float64()
    tasks = schema(id=pa.int32(), submission_time=whole, duration=whole, cpu_count=pa.int32(), cpu_capacity=number, mem_capacity=whole)
    rows = write_parquet(draft.frames(), tasks, draft.path / "tasks.parquet")
    write_parquet(_fragments(draft), schema(id=pa.int32(), duration=whole, cpu_usage=number), draft.path / "fragments.parquet")
    return rows


FORMAT = Format(
    text="folder of tasks.parquet and fragments.parquet, ms and MHz",
    suffix=None,
    reader="OpenDC",
    citation="https://opendc.org/docs/documentation/Input/Workload; Mastenbroek et al., CCGrid 2021",
    fields=_fields,
    tables=TABLES,
    needs=f"{HAS_RUN} AND cpus > 0",
    shape=_write,
    notes=("jobs without cores are left out; GPUs are not written",),
)
