"""Which time a recording covers by its source's own word, whether or not anything happened in it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tracekit.ingest.plan import RawFile
    from tracekit.ingest.trace import TraceResult
    from tracekit.sources.extent import Extent


def _cells(file: RawFile, extent: Extent) -> tuple[int, int] | None:
    """Returns the start and end that a file's wide columns stand for, microseconds since the zero."""
    numbers = [int(name) for name in file.kind.cells_of(file.header) if name.isdecimal()]
    if not numbers or extent.cell_s is None:
        return None
    spans = int(file.labels[extent.label]) - 1 if extent.label is not None else 0
    offset = spans * (extent.label_s or 0)
    start, end = (min(numbers) - 1) * extent.cell_s, max(numbers) * extent.cell_s
    return round((offset + start) * 1e6), round((offset + end) * 1e6)


def _spans(extent: Extent, records: int, result: TraceResult) -> tuple[int, int] | None:
    """Returns the whole spans in which the instants lie; None where a part of the recording was ingested."""
    if extent.every_s is None or records not in extent.records or result.first_us is None or result.last_us is None:
        return None
    width = round(extent.every_s * 1e6)
    # What began before the zero, an invocation of which the end is printed say, does not move the start.
    return max(math.floor(result.first_us / width), 0) * width, (math.floor(result.last_us / width) + 1) * width


def recorded_extent(files: Sequence[RawFile], result: TraceResult) -> tuple[int, int] | None:
    """Returns the start and end of what a trace's files cover, in microseconds of the lake's clock, or None where nothing says so.

    Args:
        files: The trace's files.
        result: What was ingested of them.
    """
    found = []
    for file in files:
        if file.kind.extent is None:
            continue
        records = max((result.counts[table].records for table in file.kind.maps if table in result.counts), default=0)
        found.append(_cells(file, file.kind.extent) or _spans(file.kind.extent, records, result))
    known = [one for one in found if one is not None]
    return (min(start for start, _ in known), max(end for _, end in known)) if known else None
