"""Renders a table's declaration as an Arrow schema, with meaning and unit in the field metadata."""

from __future__ import annotations

import hashlib
import json
from functools import cache

import pyarrow as pa

from tracekit.schema.load import Table

DTYPES: dict[str, pa.DataType] = {
    "VARCHAR": pa.string(),
    "BIGINT": pa.int64(),
    "DOUBLE": pa.float64(),
    "BOOLEAN": pa.bool_(),
    "TIMESTAMP": pa.timestamp("us"),
    "BIGINT[]": pa.list_(pa.int64()),
    "VARCHAR[]": pa.list_(pa.string()),
}


@cache
def arrow_schema(table: Table) -> pa.Schema:
    """Returns the Arrow schema; every field carries ``description`` and ``unit``, the schema the table's text."""
    fields = [
        pa.field(
            field.name,
            DTYPES[field.type],
            nullable=field.name not in table.required,
            metadata={"description": field.text, "unit": field.unit},
        )
        for field in table.fields
    ]
    about = {"tracekit.table": table.name, "tracekit.text": table.text, "tracekit.grain": table.grain}
    return pa.schema(fields, metadata=about)


def schema_version(tables: list[Table]) -> str:
    """Returns a fingerprint of tables: it changes when a column's name, type, unit or nullability does."""
    shape = [
        [
            table.name,
            table.time,
            [[f.name, f.type, f.unit, f.min, f.values] for f in table.fields],
            sorted(table.required),
        ]
        for table in tables
    ]
    return hashlib.sha256(json.dumps(shape).encode()).hexdigest()[:16]
