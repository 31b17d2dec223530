"""Iluvatar's trace and the metadata of its functions."""

from __future__ import annotations

from tracekit.export.draft import BATCH, Draft
from tracekit.export.functions import NEEDS, TABLES, duration, events, instant, memory, per_function, selected, unique_function
from tracekit.export.model import Facts, Field, Format

_METADATA = ["cold_dur_ms", "warm_dur_ms", "mem_mb"]


def _fields(facts: Facts) -> list[Field]:
    return [
        unique_function("func_name"),
        instant(facts, "invoke_time_ms", "at_us // 1000", "us → whole ms since the first exported row"),
        duration("cold_dur_ms", "max", 1, is_whole=True),
        duration("warm_dur_ms", "p25", 1, is_whole=True),
        memory("mem_mb", is_whole=True),
    ]


def _write(draft: Draft) -> int:
    import polars as pl

    draft.path.mkdir()
    queries = {
        "trace": (["func_name", "invoke_time_ms"], events(draft, ["func_name", "invoke_time_ms"])),
        "metadata": (["func_name", *_METADATA], per_function(draft, ["func_name"], _METADATA)),
    }
    for name, (columns, text) in queries.items():
        with (draft.path / f"{name}.csv").open("wb") as file:
            file.write((",".join(columns) + "\n").encode())
            for batch in draft.connection.sql(text).to_arrow_reader(BATCH):
                file.write(pl.DataFrame(batch).select(columns).write_csv(include_header=False).encode())
    return selected(draft)


FORMAT = Format(
    text="folder of trace.csv (func_name, invoke_time_ms) and metadata.csv (cold and warm duration, memory)",
    suffix=None,
    reader="Iluvatar load generator",
    citation="https://github.com/COS-IN/iluvatar-faas; Fuerst et al., HPDC 2023",
    fields=_fields,
    tables=TABLES,
    needs=NEEDS,
    shape=_write,
    uses_profile=True,
    notes=(
        "as its authors do with Azure 2019, the longest execution stands for a cold one and the 25th percentile for a warm one",
        "`rows` counts the cells or invocations of the lake; a cell of n invocations gives n lines",
    ),
    is_experimental=True,
)
