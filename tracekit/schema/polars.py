"""Renders a table's declaration as Polars types."""

from __future__ import annotations

from functools import cache

import polars as pl

from tracekit.schema.load import Table

DTYPES: dict[str, pl.DataType] = {
    "VARCHAR": pl.String(),
    "BIGINT": pl.Int64(),
    "DOUBLE": pl.Float64(),
    "BOOLEAN": pl.Boolean(),
    "TIMESTAMP": pl.Datetime("us"),
    "BIGINT[]": pl.List(pl.Int64()),
    "VARCHAR[]": pl.List(pl.String()),
    # Of raw columns only: nested text that a mapping decodes.
    "JSON": pl.String(),
}


@cache
def polars_schema(table: Table) -> pl.Schema:
    """Returns the table's columns and Polars types, in order."""
    return pl.Schema({field.name: DTYPES[field.type] for field in table.fields})


def conform(frame: pl.LazyFrame, table: Table) -> pl.LazyFrame:
    """Brings a mapped frame into the table's shape: every column, in order, typed; a column not mapped is NULL.

    Args:
        frame: Columns of the table, any subset, in any order.
        table: The table.

    Returns:
        A frame of exactly the table's columns.

    Raises:
        ValueError: The frame has a column that the table lacks.
    """
    given = frame.collect_schema()
    if extra := [name for name in given.names() if name not in table.columns]:
        raise ValueError(f"columns {extra} are not in table {table.name}")
    return frame.select(
        (pl.col(name) if given.get(name) == dtype else pl.col(name).cast(dtype)) if name in given else pl.lit(None, dtype).alias(name)
        for name, dtype in polars_schema(table).items()
    )
