"""Checks the values of JSON records against declared columns and lays them out as a typed frame."""

from __future__ import annotations

import json
import math
import re
from typing import TYPE_CHECKING, Any

from tracekit.sources.files import RawColumn

if TYPE_CHECKING:
    import polars as pl

# What Python converts to a number at all; a longer run of digits is no measurement.
_TOO_LONG = "a number has too many digits"
WORDS = {"BIGINT": "a whole number", "DOUBLE": "a number", "VARCHAR": "text", "BOOLEAN": "true or false", "JSON": "JSON that can be kept"}
_INT64 = 1 << 63
WHOLE_NUMBER = re.compile(r"-?[0-9]{1,19}")
NUMBER = re.compile(r"-?[0-9]{1,400}(?:\.[0-9]{1,400})?(?:[eE][+-]?[0-9]{1,4})?")
# A declared column of this name holds the record as a whole, for records whose keys are data.
WHOLE = "_record"


def load_json(data: bytes | str) -> Any:
    """Returns a decoded JSON value.

    Raises:
        ValueError: It is not JSON, not UTF-8, nested too deeply, or holds a number of thousands of digits; says which.
    """
    try:
        return json.loads(data)
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise ValueError(f"not JSON: {error}") from error
    except ValueError as error:
        raise ValueError(f"not JSON that can be read: {_TOO_LONG}") from error
    except RecursionError as error:
        raise ValueError("not JSON that can be read: nested too deeply") from error


def shown(value: Any) -> str:
    """Returns a JSON value as text that can be printed and written, whatever it holds."""
    try:
        text = json.dumps(value, ensure_ascii=False, default=str)
    except (RecursionError, ValueError):
        return f"a nested {type(value).__name__}"
    return text if _is_text(text) else json.dumps(value, default=str)


def _is_text(value: str) -> bool:
    """Whether text can be written as UTF-8: JSON can name half of a character, which no text can hold."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


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
        try:
            text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
        except (RecursionError, ValueError):
            return None
        return text if text.isascii() or _is_text(text) else None
    if kind.endswith("[]"):
        items = [typed(item, kind[:-2]) for item in value] if isinstance(value, list) else [None]
        return None if None in items else items
    if kind == "BIGINT":
        return _whole(value)
    if kind == "DOUBLE":
        return _number(value)
    if kind == "BOOLEAN":
        return value if isinstance(value, bool) else None
    return value if isinstance(value, str) and (value.isascii() or _is_text(value)) else None


def unquoted(value: Any, kind: str) -> Any:
    """Returns a number that stands as text, or a word that stands as a number, as its type has it; any other value as it is."""
    if kind == "VARCHAR":
        return str(value) if isinstance(value, int) and not isinstance(value, bool) else value
    if not isinstance(value, str):
        return value
    if WHOLE_NUMBER.fullmatch(value):
        return int(value)
    return float(value) if kind == "DOUBLE" and NUMBER.fullmatch(value) else value


def _cell(record: dict[str, Any], name: str) -> tuple[Any, bool]:
    """Returns the value of a name and whether the record has it; a name with dots that is no key of its own goes into nested objects.

    Raises:
        ValueError: What should be an object on the way to it is something else.
    """
    if name in record or "." not in name:
        return record.get(name), name in record
    value: Any = record
    steps = name.split(".")
    for depth, step in enumerate(steps):
        if value is not None and not isinstance(value, dict):
            raise ValueError(f"{'.'.join(steps[:depth])!r}: {shown(value)[:80]} is not an object of named values")
        if value is None or step not in value:
            return None, False
        value = value[step]
    return value, True


def values_of(record: Any, columns: tuple[RawColumn, ...]) -> list[Any] | str:
    """Returns a record's values in the columns' order and types, or why it does not fit them."""
    if not isinstance(record, dict):
        return f"{shown(record)[:80]} is not an object of named values"
    values: list[Any] = []
    for column in columns:
        try:
            value, is_there = (record, True) if column.name == WHOLE else _cell(record, column.name)
        except ValueError as error:
            return str(error)
        if value is None:
            if column.required or (not column.optional and not is_there):
                return f"{column.name!r} is missing"
            values.append(None)
            continue
        found = typed(unquoted(value, column.type) if column.quoted else value, column.type)
        if found is None:
            return f"{column.name!r}: {shown(value)[:80]} is not {WORDS.get(column.type, column.type)}"
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
    import polars as pl

    from tracekit.ingest.read_csv import RECORD
    from tracekit.schema.polars import DTYPES

    cells: list[tuple[Any, ...]] = list(zip(*rows, strict=True)) if rows else [() for _ in columns]
    series = [pl.Series(c.name, list(given), dtype=DTYPES[c.type]) for c, given in zip(columns, cells, strict=True)]
    return pl.DataFrame([*series, pl.Series(RECORD, numbers, dtype=pl.Int64)])
