"""FaaSRail's specification: functions with their invocations per minute."""

from __future__ import annotations

import csv
import json
from typing import Any

from tracekit.export.draft import Draft
from tracekit.export.functions import NEEDS, TABLES, count, duration, minute, per_minute, selected, unique_function
from tracekit.export.model import INVENTED, Facts, Field, Format


def _fields(facts: Facts) -> list[Field]:
    how = "mean of the function, its name as the benchmark, an empty payload: which benchmark stands for it has to be chosen"
    return [
        duration("avg", "mean", 1, is_whole=True),
        Field("mapped_wreq", "'{}'", how=how, origin=INVENTED),
        unique_function("bench"),
        minute("minute", "offset_us"),
        count(facts, "count"),
    ]


def _write(draft: Draft) -> int:
    lines: list[tuple[int, int, list[Any]]] = []
    width = 0
    for row, _, counts in per_minute(draft, ["bench"], ["avg"]):
        request = json.dumps({"mean": float(row["avg"]), "bench": row["bench"], "payload": "{}"})
        lines.append((-int(counts.sum()), len(lines), [row["avg"], request, *counts.tolist()]))
        width = len(counts)
    with draft.path.open("w", newline="", encoding="utf-8") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(["avg", "mapped_wreq", *range(1, width + 1)])
        # The busiest function comes first.
        out.writerows(cells for _, _, cells in sorted(lines, key=lambda line: line[:2]))
    return selected(draft)


FORMAT = Format(
    text="CSV, a function per row: mean duration in ms, a benchmark, invocations of each minute",
    suffix=".csv",
    reader="FaaSRail",
    citation="https://github.com/cslab-ntua/faasrail; Katsakioris et al., HPDC 2024",
    fields=_fields,
    tables=TABLES,
    needs=NEEDS,
    shape=_write,
    uses_profile=True,
    notes=(
        "a row of the file is a function: `rows` counts the cells or invocations that went into it",
        "counts are not scaled to a rate; use --rate-scale, or FaaSRail's own shrinking",
    ),
)
