"""Checks the values of JSON records against declared columns and lays them out as a typed frame."""

from __future__ import annotations

import json
import math
from typing import Any

import polars as pl

from tracekit.ingest.read_csv import RECORD
from tracekit.schema.polars import DTYPES
from tracekit.sources.model import RawColumn

WORDS = {"BIGINT": "a whole number", "DOUBLE": "a number", "VARCHAR": "text", "BOOLEAN": "true or false"}
_INT64 = 1 << 63
# A declared column of this name holds the record as a whole, for records whose keys are data.
WHOLE = "_record"


def _whole(value: Any) -> int | None:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and -_INT64 <= value < _INT64 else None


def _number(value: Any) -> float | None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    try:
        return float(value) if is_number else None
    except OverflowError:
        return math.inf


def typed(value: Any, kind: str) -> Any:
    """Returns a JSON value in a declared type, or None where it does not fit; ``JSON`` keeps the value as text."""
    if kind == "JSON":
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    if kind.endswith("[]"):
        items = [typed(item, kind[:-2]) for item in value] if isinstance(value, list) else [None]
        return None if None in items else items
    if kind == "BIGINT":
        return _whole(value)
    if kind == "DOUBLE":
        return _number(value)
    wanted = bool if kind == "BOOLEAN" else str
    return value if isinstance(value, wanted) else None


def _cell(record: dict[str, Any], name: str) -> tuple[Any, bool]:
    """Returns the value of a name and whether the record has it; a name with dots that is no key of its own goes into nested objects."""
    if name in record or "." not in name:
        return record.get(name), name in record
    value: Any = record
    for step in name.split("."):
        if not isinstance(value, dict) or step not in value:
            return None, False
        value = value[step]
    return value, True


def values_of(record: Any, columns: tuple[RawColumn, ...]) -> list[Any] | str:
    """Returns a record's values in the columns' order and types, or why it does not fit them."""
    if not isinstance(record, dict):
        return f"{json.dumps(record)[:80]} is not an object of named values"
    values: list[Any] = []
    for column in columns:
        value, is_there = (record, True) if column.name == WHOLE else _cell(record, column.name)
        if value is None:
            if column.required or (not column.optional and not is_there):
                return f"{column.name!r} is missing"
            values.append(None)
            continue
        found = typed(value, column.type)
        if found is None:
            shown = json.dumps(value, ensure_ascii=False)[:80]
            return f"{column.name!r}: {shown} is not {WORDS.get(column.type, column.type)}"
        values.append(found)
    return values


def frame_of(rows: list[list[Any]], numbers: list[int], columns: tuple[RawColumn, ...]) -> pl.DataFrame:
    """Returns typed rows as a frame.

    Args:
        rows: Values in the columns' order, as ``values_of`` gives them.
        numbers: The ``source_row`` of each.
        columns: The declared columns.

    Returns:
        The columns and ``source_row``.
    """
    cells: list[tuple[Any, ...]] = list(zip(*rows, strict=True)) if rows else [() for _ in columns]
    series = [pl.Series(c.name, list(given), dtype=DTYPES[c.type]) for c, given in zip(columns, cells, strict=True)]
    return pl.DataFrame([*series, pl.Series(RECORD, numbers, dtype=pl.Int64)])
