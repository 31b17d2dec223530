"""OpenDC's former serverless module: a file per function."""

from __future__ import annotations

import re

from tracekit.export.draft import Draft
from tracekit.export.functions import NEEDS, TABLES, count, duration, memory, minute, per_minute, selected, unique_function
from tracekit.export.model import INVENTED, Facts, Field, Format

_MHZ = 1000
_STEP_MS = 60_000
# To the letter, blanks included: the module reads the columns by these names.
_HEADER = (
    "Timestamp [ms],Invocations, Avg Exec time per Invocation,Provisioned CPU [Mhz],Provisioned Memory [mb], "
    "Avg cpu usage per Invocation [Mhz], Avg mem usage per Invocation [mb],name"
)


def _fields(facts: Facts) -> list[Field]:
    return [
        minute("minute", "offset_us"),
        count(facts, "count"),
        duration("Avg Exec time per Invocation", "mean", 1, is_whole=True),
        Field("Provisioned CPU [Mhz]", str(_MHZ), how=f"always {_MHZ}", origin=INVENTED),
        memory("Provisioned Memory [mb]", is_largest=True, is_whole=True),
        Field("Avg cpu usage per Invocation [Mhz]", str(_MHZ), how=f"always {_MHZ}: full use", origin=INVENTED),
        memory("Avg mem usage per Invocation [mb]", is_whole=True),
        unique_function("name"),
    ]


def _write(draft: Draft) -> int:
    draft.path.mkdir()
    names = [field.name for field in draft.fields if field.name not in ("minute", "count", "name")]
    for number, (row, low, counts) in enumerate(per_minute(draft, ["name"], names)):
        cells = ",".join(str(row[name]) for name in names)
        # A name of the data is no name of a file.
        safe = re.sub(r"[^A-Za-z0-9._-]", "_", row["name"])[:100]
        called = f'"{row["name"]}"' if re.search(r'[",\n]', row["name"]) else row["name"]
        lines = (f"{(low + i) * _STEP_MS},{n},{cells},{called}\n" for i, n in enumerate(counts.tolist()))
        (draft.path / f"{number:06d}_{safe}.csv").write_text(_HEADER + "\n" + "".join(lines), encoding="utf-8")
    return selected(draft)


FORMAT = Format(
    text="folder with a CSV per function, a row per minute",
    suffix=None,
    reader="OpenDC serverless (a module that its main branch no longer has), dslab-faas",
    citation="https://github.com/atlarge-research/opendc; Mastenbroek et al., CCGrid 2021",
    fields=_fields,
    tables=TABLES,
    needs=NEEDS,
    shape=_write,
    uses_profile=True,
    notes=("steps of 60,000 ms from 60000; the execution time stands in every row, idle minutes included, as in OpenDC's own traces",),
    is_experimental=True,
)
