"""Columns of instants and durations, which say their own unit: Parquet and Arrow files are taken at their word."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from tracekit.errors import DataError
from tracekit.sources.files import RawColumn

_NS = {"ns": 1, "us": 1_000, "ms": 1_000_000, "s": 10**9, "min": 60 * 10**9, "h": 3_600 * 10**9, "day": 86_400 * 10**9}
_INT64 = (1 << 63) - 1


def refuse_what_has_no_unit(path: Path, name: str, dtype: pl.DataType, column: RawColumn) -> None:
    """Raises DataError where a column of instants, durations or times of day cannot be what its declaration makes of it."""
    found = {pl.Datetime: "instants", pl.Date: "dates", pl.Duration: "durations", pl.Time: "times of day"}.get(dtype.base_type())
    if found is None or (column.type == "VARCHAR" and column.logical is None):
        return
    wanted = column.logical or column.type
    takes = {"instant": ("instants", "dates"), "duration": ("durations",)}.get(wanted.split()[0], ())
    if found in takes:
        return
    if column.logical == "text":
        fix = "such a column needs no format: map it by its name alone"
    elif column.logical is None:
        fix = f"map it by its name alone, to a column of {found}; within sql, [raw] {name} = 'VARCHAR' makes it text"
    else:
        fix = "times of day have no date: add it to the file first" if found == "times of day" else "map it to a column of its own kind"
    raise DataError(f"{path}: column {name!r} holds {found} ({dtype}), where {_said(wanted)} is expected", fix)


def _said(wanted: str) -> str:
    return {"instant": "an instant", "duration": "a duration", "text": "text in the mapping's format"}.get(wanted.split()[0], wanted)


def as_number(given: pl.Series, column: RawColumn) -> tuple[pl.Series, pl.Series]:
    """Returns instants (microseconds since 1970 in UTC, or as printed where no zone is told) or durations in the declared unit.

    Args:
        given: Instants, dates or durations in the unit of their type.
        column: Its declaration: ``logical`` names the unit, and the type is BIGINT or DOUBLE.

    Returns:
        The numbers, and which of them are beyond 64 bits.
    """
    kind, unit = (column.logical or "").split()
    step = _NS["day"] if given.dtype == pl.Date else _NS[getattr(given.dtype, "time_unit", None) or "us"]
    ticks = given.to_physical().cast(pl.Int64)
    if kind == "instant" and step < _NS["us"]:
        # The lake's clock ticks in microseconds: half of one and more is the next.
        ticks, step = (ticks + 500) // 1_000, _NS["us"]
    wanted = _NS[unit]
    if step >= wanted:
        times = step // wanted
        beyond = (ticks.abs() > _INT64 // times).fill_null(value=False)
        return (ticks.set(beyond, 0) * times).cast(pl.Int64 if column.type == "BIGINT" else pl.Float64), beyond
    parts = wanted // step
    whole = ticks // parts if column.type == "BIGINT" else ticks.cast(pl.Float64) / parts
    return whole, pl.repeat(value=False, n=given.len(), dtype=pl.Boolean, eager=True)
