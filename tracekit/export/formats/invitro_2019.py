"""The joined triple of files that the invitro loader reads in its Azure 2019 mode."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tracekit.export.draft import BATCH, Draft
from tracekit.export.functions import (
    NEEDS,
    TABLES,
    application,
    count,
    duration,
    function,
    memory,
    minute,
    per_function,
    per_minute,
    selected,
)
from tracekit.export.model import DERIVED, INVENTED, TRACE, Facts, Field, Format

_KEY = ["HashOwner", "HashApp", "HashFunction"]
_AVERAGES = {"0": "min", "1": "min", "25": "p25", "50": "p50", "75": "p75", "99": "p99", "100": "max"}
_DURATIONS = ["Average", "Count", "Minimum", "Maximum", *(f"percentile_Average_{p}" for p in _AVERAGES)]
_LEVELS = (1, 5, 25, 50, 75, 95, 99, 100)
_MEMORY = ["SampleCount", "AverageAllocatedMb", *(f"AverageAllocatedMb_pct{p}" for p in _LEVELS)]


def _fields(facts: Facts) -> list[Field]:
    trigger = "trigger" if facts.table == "function_rate" else "NULL"
    owner = "the application, else the function"
    return [
        Field("HashOwner", "coalesce(user_id, app_id, function_id)", ("user_id",), invented_where="user_id IS NULL", invented_how=owner),
        application("HashApp"),
        function("HashFunction"),
        Field(
            "Trigger",
            f"coalesce({trigger}, 'unknown')",
            ("trigger",) if facts.table == "function_rate" else (),
            "as it is on the function's first row",
            invented_where=f"{trigger} IS NULL",
            invented_how="unknown",
        ),
        minute("minute", "clock_us"),
        count(facts, "count"),
        duration("Average", "mean", 1),
        Field(
            "Count",
            "coalesce(known_count, 0)::BIGINT",
            how="published invocations of the function, else those of the trace",
            origin=DERIVED,
        ),
        duration("Minimum", "min"),
        duration("Maximum", "max", 1),
        *(duration(f"percentile_Average_{p}", figure) for p, figure in _AVERAGES.items()),
        Field("SampleCount", "1", how="always 1", origin=INVENTED),
        memory("AverageAllocatedMb"),
        *(memory(f"AverageAllocatedMb_pct{p}", is_largest=p == 100) for p in _LEVELS),
    ]


def _table(path: Path, header: list[Any], rows: Iterable[list[Any]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(header)
        out.writerows(rows)


def _write(draft: Draft) -> int:
    draft.path.mkdir()
    functions = per_minute(draft, _KEY, ["Trigger"])
    row, low, counts = next(functions)

    def lines() -> Iterable[list[Any]]:
        yield [*(row[name] for name in _KEY), row["Trigger"], *counts.tolist()]
        for more, _, n in functions:
            yield [*(more[name] for name in _KEY), more["Trigger"], *n.tolist()]

    _table(draft.path / "invocations.csv", [*_KEY, "Trigger", *range(low, low + len(counts))], lines())
    for name, columns in (("durations", _DURATIONS), ("memory", _MEMORY)):
        batches = draft.connection.sql(per_function(draft, _KEY, columns)).to_arrow_reader(BATCH)
        rows = (list(r.values())[:-1] for batch in batches for r in batch.to_pylist())
        _table(draft.path / f"{name}.csv", [*_KEY, *columns], rows)
    return selected(draft)


FORMAT = Format(
    text="folder of invocations.csv, durations.csv and memory.csv, the same functions in each",
    suffix=None,
    reader="invitro loader (Azure 2019 mode), dslab-faas; tracekit ingest azure-functions-2019",
    citation="https://github.com/vhive-serverless/invitro (docs/loader.md); AzureFunctionsDataset2019.md of Azure/AzurePublicDataset",
    fields=_fields,
    tables=TABLES,
    needs=NEEDS,
    shape=_write,
    zero=TRACE,
    uses_profile=True,
    notes=(
        "a row of the file is a function: `rows` counts the cells or invocations that went into it",
        "minutes keep the numbers of the trace; every minute between the first and the last has a column, idle ones hold 0",
        "the loader draws inter-arrival times within a minute itself",
        "of memory the mean and the largest are known: the percentiles but the hundredth repeat the mean",
    ),
)
