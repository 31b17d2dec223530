"""The tasks of the Workflow Trace Archive."""

from __future__ import annotations

from tracekit.export.draft import Draft
from tracekit.export.jobs import HAS_RUN, RUN_S, TABLES, WAIT_S, numbered, numbers, unknown
from tracekit.export.model import INVENTED, Facts, Field, Format
from tracekit.export.parquet import write_parquet


def _constant(name: str, sql: str, how: str) -> Field:
    return Field(name, sql, how=how, origin=INVENTED)


def _fields(facts: Facts) -> list[Field]:
    user = numbered("user_id", "user_id")
    milliseconds = "us since the trace's zero → ms since the first exported row, rounded to the nearest"
    return [
        _constant("id", "row + 1", "numbered from 1 in order of submission"),
        Field("ts_submit", "(offset_us + 500) // 1000", ("submitted_us",), milliseconds, step_us=1000),
        unknown("submission_site"),
        Field("runtime", f"round(({RUN_S}) * 1000)::BIGINT", ("started_us", "ended_us", "run_s"), "running time in ms"),
        Field("resource_type", "CASE WHEN cpus > 0 THEN 'CPU' ELSE 'GPU' END", ("cpus", "gpus"), "CPU where cores are known, else GPU"),
        Field("resource_amount_requested", "coalesce(nullif(cpus, 0), gpus)", ("cpus", "gpus"), "cores, else GPUs"),
        _constant("parents", "[]::BIGINT[]", "none: jobs are not known to depend on each other"),
        _constant("children", "[]::BIGINT[]", "none"),
        user,
        unknown("group_id"),
        _constant("nfrs", "'{}'", "none"),
        _constant("workflow_id", "row + 1", "each job is a workflow of its own"),
        Field("wait_time", f"coalesce(round(({WAIT_S}) * 1000)::BIGINT, -1)", ("started_us", "wait_s"), "ms; -1: unknown"),
        _constant("params", "'{}'", "none"),
        *(unknown(name) for name in ("memory_requested", "network_io_time", "disk_io_time", "disk_space_requested")),
        *(unknown(name) for name in ("energy_consumption", "resource_used")),
    ]


def _write(draft: Draft) -> int:
    import pyarrow as pa

    whole, small, number, text, many = pa.int64(), pa.int32(), pa.float64(), pa.string(), pa.list_(pa.int64())
    types = {
        **{"id": whole, "ts_submit": whole, "submission_site": small, "runtime": whole, "resource_type": text},
        **{"resource_amount_requested": number, "parents": many, "children": many, "user_id": small, "group_id": small, "nfrs": text},
        **{"workflow_id": whole, "wait_time": whole, "params": text, "memory_requested": number, "network_io_time": whole},
        **{"disk_io_time": whole, "disk_space_requested": number, "energy_consumption": whole, "resource_used": whole},
    }
    return write_parquet(draft.frames(), pa.schema(types), draft.path / "tasks" / "schema-1.0" / "part.0.parquet")


FORMAT = Format(
    text="folder with tasks/schema-1.0, Parquet, ms",
    suffix=None,
    reader="readers of the Workflow Trace Archive",
    citation="https://wta.atlarge-research.com/traceformat.html; Versluis et al., IEEE TPDS 2020",
    fields=_fields,
    tables=TABLES,
    needs=f"{HAS_RUN} AND (cpus > 0 OR gpus > 0)",
    shape=_write,
    extras=numbers("user_id"),
    notes=("tables of workflows, resources and states are not written: they follow from the tasks, or are not known",),
)
