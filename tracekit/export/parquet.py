"""Writes rows as Parquet of a fixed schema, for readers that insist on types."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl
    import pyarrow as pa


def write_parquet(frames: Iterable[pl.DataFrame], schema: pa.Schema, path: Path) -> int:
    """Streams frames into a Parquet file.

    Args:
        frames: The rows; columns of the schema, in any order.
        schema: Arrow schema of the file, with what may not be NULL.
        path: The file; its folder is made.

    Returns:
        Rows written.
    """
    import pyarrow.parquet as pq

    path.parent.mkdir(parents=True, exist_ok=True)
    rows = 0
    # Lists are named as the archives of this field were written, before the name was settled.
    with pq.ParquetWriter(path, schema, compression="zstd", use_compliant_nested_type=False) as out:
        for frame in frames:
            out.write_table(frame.select(schema.names).to_arrow().cast(schema))
            rows += frame.height
    return rows
