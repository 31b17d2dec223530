"""Columns of the engine's results as Python values, and as Parquet can hold them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from tracekit.cli._values import as_json, as_plain

if TYPE_CHECKING:
    import pyarrow as pa

# The engine keeps infinite instants and dates as the outermost numbers of their type.
_INFINITE = {2**63 - 1: "infinity", 1 - 2**63: "-infinity"}
_INFINITE_DATES = {2**31 - 1: "infinity", 1 - 2**31: "-infinity"}


def rows_of(batch: pa.RecordBatch) -> Iterator[tuple[Any, ...]]:
    """Yields a batch's rows as Python values; what Python has no type for (months, nanoseconds, infinite dates) as text."""
    return zip(*map(_values, batch.columns), strict=True)


def _values(column: pa.Array) -> list[Any]:
    if not _needs_care(column.type):
        try:
            values: list[Any] = column.to_pylist(maps_as_pydicts="lossy")
            return values
        except (OverflowError, ValueError):
            # An instant or a date beyond the years that Python counts.
            pass
    return [_value(scalar) for scalar in column]


def _children(kind: pa.DataType) -> list[pa.DataType]:
    return [kind.field(i).type for i in range(kind.num_fields)]


def _needs_care(kind: pa.DataType) -> bool:
    import pyarrow as pa

    is_finer = pa.types.is_timestamp(kind) and kind.unit == "ns"
    return pa.types.is_interval(kind) or is_finer or any(map(_needs_care, _children(kind)))


def _value(scalar: pa.Scalar) -> Any:
    import pyarrow as pa

    kind = scalar.type
    if not scalar.is_valid:
        return None
    if pa.types.is_interval(kind):
        return _interval(scalar.as_py())
    if pa.types.is_timestamp(kind) or pa.types.is_date32(kind):
        return _instant(scalar)
    if pa.types.is_map(kind):
        return {as_plain(_value(entry[0])): _value(entry[1]) for entry in _entries(scalar)}
    if pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind):
        return [_value(item) for item in scalar.values]
    if pa.types.is_struct(kind):
        return {name: _value(item) for name, item in scalar.items()}
    return _value(scalar.value) if pa.types.is_union(kind) else scalar.as_py()


def _entries(scalar: pa.Scalar) -> Iterator[tuple[pa.Scalar, pa.Scalar]]:
    entries = scalar.values
    return zip(entries.field(0), entries.field(1), strict=True)


def _instant(scalar: pa.Scalar) -> Any:
    import numpy as np
    import pyarrow as pa

    is_date = pa.types.is_date32(scalar.type)
    unit: Any = "D" if is_date else scalar.type.unit
    if word := (_INFINITE_DATES if is_date else _INFINITE).get(scalar.value):
        return word
    if unit != "ns":
        try:
            return scalar.as_py()
        except (OverflowError, ValueError):
            pass
    return str(np.datetime64(scalar.value, unit)).replace("T", " ")


def _interval(value: Any) -> str:
    """Returns an interval as the engine prints it: ``1 year 2 months 3 days 04:05:06.5``."""
    years, months = divmod(abs(value.months), 12)
    sign = "-" if value.months < 0 else ""
    parts = [f"{sign}{count} {word}{'' if count == 1 else 's'}" for count, word in ((years, "year"), (months, "month")) if count]
    parts += [f"{value.days} day{'' if abs(value.days) == 1 else 's'}"] if value.days else []
    seconds, nanoseconds = divmod(abs(value.nanoseconds), 10**9)
    if value.nanoseconds or not parts:
        fraction = f".{nanoseconds:09}".rstrip("0") if nanoseconds else ""
        minus = "-" if value.nanoseconds < 0 else ""
        parts.append(f"{minus}{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}{fraction}")
    return " ".join(parts)


def _is_storable(kind: pa.DataType) -> bool:
    import pyarrow as pa

    return not (pa.types.is_interval(kind) or pa.types.is_union(kind)) and all(map(_is_storable, _children(kind)))


def storable_schema(schema: pa.Schema) -> pa.Schema:
    """Returns a schema that Parquet can hold: columns of intervals or of several types are text, structures of them JSON."""
    import pyarrow as pa

    return pa.schema([field if _is_storable(field.type) else pa.field(field.name, pa.string()) for field in schema])


def as_storable(batch: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
    """Returns a batch under a schema of ``storable_schema``."""
    import pyarrow as pa

    columns = [
        column if _is_storable(column.type) else pa.array([_text(value) for value in _values(column)], pa.string())
        for column in batch.columns
    ]
    return pa.RecordBatch.from_arrays(columns, schema=schema)


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return json.dumps(as_json(as_plain(value), "", {}), ensure_ascii=False)
