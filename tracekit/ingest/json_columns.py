"""Lays JSON records out as typed columns, a column at a time; where a value needs a look of its own, it gives up and leaves it to others.

What it returns is what ``json_values`` makes of the records one by one, several times faster.
"""

from __future__ import annotations

import gc
import json
import json.scanner
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from operator import itemgetter
from types import NoneType
from typing import Any

import polars as pl

from tracekit.ingest.json_values import NUMBER, WHOLE, WHOLE_NUMBER, typed, unquoted
from tracekit.schema.polars import DTYPES
from tracekit.sources.files import RawColumn

_Values = list[Any]
# What the decoder's own methods call, without looking for white space first.
_scan: Callable[[str, int], tuple[Any, int]] = json.scanner.make_scanner(json.JSONDecoder())  # type: ignore[arg-type]


@contextmanager
def _without_collection() -> Iterator[None]:
    """Keeps Python from looking for cycles among objects that have none: a third of the time that decoding them takes."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def decode_lines(data: bytes) -> list[dict[str, Any]] | None:
    """Returns the objects of lines of JSON; None where any line is something else, or is not JSON."""
    try:
        lines = data.decode("utf-8").split("\n")[:-1]
        with _without_collection():
            scanned = [_scan(line, 0) for line in lines]
    except (StopIteration, ValueError, RecursionError):
        return None
    if any(end != len(line) and line[end:].strip(" \t\r") for (_, end), line in zip(scanned, lines, strict=True)):
        return None
    records = [record for record, _ in scanned]
    return records if set(map(type, records)) <= {dict} else None


def frame_at_once(records: list[dict[str, Any]], columns: tuple[RawColumn, ...]) -> pl.DataFrame | None:
    """Returns records as a frame of the declared columns; None where any value does not fit, or may not."""
    series = []
    for column in columns:
        values = None if column.name == WHOLE else _cells(records, column)
        found = None if values is None else _series(values, column)
        if found is None:
            return None
        series.append(found)
    return pl.DataFrame(series)


def _values(holders: list[Any], name: str) -> _Values:
    """Returns the values of a name in objects, None where there is no object or no value."""
    try:
        return list(map(itemgetter(name), holders))
    except (KeyError, TypeError):
        return [None if holder is None else holder.get(name) for holder in holders]


def _cells(records: list[dict[str, Any]], column: RawColumn) -> _Values | None:
    """Returns the values of a column, None for those that are not there and need not be."""
    name = column.name
    if "." in name:
        if any(name in record for record in records):
            return None
        *path, last = name.split(".")
        holders: list[Any] = list(records)
        for step in path:
            holders = _values(holders, step)
            if not set(map(type, holders)) <= {dict, NoneType}:
                return None
        values = _values(holders, last)
        is_there = False
    else:
        values = _values(records, name)
        is_there = None not in values or all(name in record for record in records)
    if column.required or not (column.optional or is_there):
        return None if any(value is None for value in values) else values
    return values


def _whole(values: _Values, types: set[type], *, quoted: bool) -> _Values | pl.Series | None:
    if types <= {int}:
        return values
    if types == {str} and quoted:
        text = pl.Series(values, dtype=pl.String)
        whole = text.cast(pl.Int64, strict=False)
        fits = text.str.contains(f"^(?:{WHOLE_NUMBER.pattern})$").all(ignore_nulls=True) and whole.null_count() == text.null_count()
        return whole if fits else None
    return None


def _number(values: _Values, types: set[type], *, quoted: bool) -> _Values | None:
    if types <= {float}:
        return values
    if types <= {int, float}:
        return [None if value is None else float(value) for value in values]
    if types == {str} and quoted and all(value is None or NUMBER.fullmatch(value) for value in values):
        return [None if value is None else float(value) for value in values]
    return None


def _text(values: _Values, types: set[type], *, quoted: bool) -> _Values | None:
    if types <= {str}:
        return values
    return [None if value is None else str(value) for value in values] if types <= {str, int} and quoted else None


def _truth(values: _Values, types: set[type], *, quoted: bool) -> _Values | None:
    return values if types <= {bool} else None


_AT_ONCE: dict[str, Callable[..., _Values | pl.Series | None]] = {"BIGINT": _whole, "DOUBLE": _number, "VARCHAR": _text, "BOOLEAN": _truth}


def _one_by_one(values: _Values, column: RawColumn) -> _Values | None:
    found = [None if value is None else typed(unquoted(value, column.type) if column.quoted else value, column.type) for value in values]
    does_not_fit = any(value is None and given is not None for value, given in zip(found, values, strict=True))
    return None if does_not_fit else found


def _series(values: _Values, column: RawColumn) -> pl.Series | None:
    types = set(map(type, values)) - {NoneType}
    at_once = _AT_ONCE.get(column.type)
    try:
        found = at_once(values, types, quoted=column.quoted) if at_once else None
        if found is None:
            found = _one_by_one(values, column)
        return None if found is None else pl.Series(column.name, found, dtype=DTYPES[column.type], strict=True)
    except (OverflowError, TypeError, UnicodeEncodeError, pl.exceptions.PolarsError):
        # Beyond what the type holds, or half of a character.
        return None
