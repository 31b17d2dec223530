"""What is written beside the tables of a trace: its clock (recording), and what was seen in every column (ingest_profile)."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import polars as pl

from tracekit.ingest.trace import TraceResult
from tracekit.ingest.write import ParquetSink, typed
from tracekit.lake.manifest import Manifest
from tracekit.schema.arrow import arrow_schema
from tracekit.schema.load import Table, table
from tracekit.schema.polars import polars_schema
from tracekit.sources.clock import Clock

_EPOCH = dt.datetime(1970, 1, 1)
# Fewer distinct instants say more of the workload than of the clock.
_ENOUGH_INSTANTS = 1_000


def _write(path: Path, shape: Table, rows: list[dict[str, object]]) -> None:
    schema = arrow_schema(shape)
    sink = ParquetSink(path, schema)
    # By Polars: Arrow's own way from Python values imports pandas where that is installed, which takes as long as a small ingest.
    sink.write(typed(pl.DataFrame(rows, schema=polars_schema(shape)).to_arrow(), schema))
    sink.close()


def write_recording(
    path: Path, manifest: Manifest, result: TraceResult, clock: Clock, family: str, extent: tuple[int, int] | None = None
) -> None:
    """Writes the one row that says what the trace's clock is and what time it covers; the manifest is told the anchor."""
    spans = result.first_us is not None and result.last_us is not None
    anchor = _anchor(clock, result.zero_us)
    manifest.anchor_at = None if anchor is None else anchor.isoformat(sep=" ")
    row: dict[str, object] = {
        "dataset": manifest.dataset,
        "trace": manifest.trace,
        "family": family,
        "anchor_at": anchor,
        "anchor_note": clock.note,
        "zone": clock.zone,
        "calendar": clock.calendar,
        "resolution_us": _resolution(clock, result),
        "span_us": (result.last_us or 0) - (result.first_us or 0) if spans else None,
        "extent_start_us": extent[0] if extent else None,
        "extent_end_us": extent[1] if extent else None,
        "is_synthetic": manifest.is_synthetic,
    }
    _write(path, table("recording"), [row])


def write_profile(path: Path, manifest: Manifest, result: TraceResult) -> int:
    """Writes a row per column of every table of the trace; returns how many."""
    rows: list[dict[str, object]] = [
        {
            "dataset": manifest.dataset,
            "trace": manifest.trace,
            "table_name": name,
            "column_name": column,
            "records": result.counts[name].records,
            "rows": result.counts[name].rows,
            "rejected": result.counts[name].rejected,
            "dropped": result.counts[name].dropped,
            "nulls": nulls,
            "above_max": writer.in_file_order.above.get(column),
            "duplicate_rows": writer.in_time_order.duplicates,
            "out_of_order": writer.in_file_order.out_of_order,
            "backwards": writer.in_file_order.backwards,
            "gap_max_s": writer.in_time_order.gap_us / 1e6 if writer.in_time_order.instants > 1 else None,
        }
        for name, writer in result.writers.items()
        for column, nulls in writer.in_file_order.nulls.items()
    ]
    _write(path, table("ingest_profile"), rows)
    return len(rows)


def _anchor(clock: Clock, zero_us: int) -> dt.datetime | None:
    if clock.anchor == "withheld":
        return None
    start = _EPOCH if clock.anchor == "epoch" else dt.datetime.fromisoformat(clock.anchor).replace(tzinfo=None)
    return start + dt.timedelta(microseconds=zero_us)


def _resolution(clock: Clock, result: TraceResult) -> int:
    """Returns the larger of the declared resolution and the smallest step seen, where enough instants were seen."""
    steps = [
        seen.in_time_order.step_us
        for seen in result.writers.values()
        if seen.in_time_order.instants >= _ENOUGH_INSTANTS and seen.in_time_order.step_us
    ]
    return max([clock.resolution_us, *([min(steps)] if steps else [])])
