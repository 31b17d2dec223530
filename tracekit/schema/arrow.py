"""Renders a table's declaration as an Arrow schema, with meaning and unit in the field metadata."""

from __future__ import annotations

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


def type_names(schema: pa.Schema) -> dict[str, str]:
    """Returns column → logical type of a file's schema; a type that no column is declared with stands as Arrow writes it."""
    names = {str(dtype): name for name, dtype in DTYPES.items()}

    def name(dtype: pa.DataType) -> str:
        return f"{name(dtype.value_type)}[]" if pa.types.is_list(dtype) else names.get(str(dtype), str(dtype))

    return {field.name: name(field.type) for field in schema}
