"""Reads Arrow IPC, in its file and its stream form, batch by batch, as a Parquet file is read."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from tracekit.errors import DataError
from tracekit.ingest.read_parquet import ParquetParser, whole_batches

if TYPE_CHECKING:
    import pyarrow as pa

# What a file begins with, and a stream does not.
_FILE = b"ARROW1"


def _batches(path: Path) -> tuple[pa.Schema, Iterator[pa.RecordBatch]]:
    import pyarrow as pa

    try:
        with path.open("rb") as file:
            is_file = file.read(len(_FILE)) == _FILE
        if is_file:
            whole = pa.ipc.open_file(pa.memory_map(os.fsencode(path)))
            return whole.schema, (whole.get_batch(i) for i in range(whole.num_record_batches))
        stream = pa.ipc.open_stream(pa.memory_map(os.fsencode(path)))
        return stream.schema, iter(stream)
    except (pa.ArrowException, OSError, ValueError, MemoryError) as error:
        raise DataError(f"{path}: not a whole Arrow file: {error}", "download or write it again") from error


def read_arrow(path: Path) -> pa.Table:
    """Returns a whole Arrow file.

    Raises:
        DataError: It is broken.
    """
    import pyarrow as pa

    schema, batches = _batches(path)
    return pa.Table.from_batches(list(batches), schema)


def arrow_columns(path: Path) -> tuple[str, ...]:
    """Returns the names of an Arrow file's columns."""
    return tuple(_batches(path)[0].names)


class ArrowParser(ParquetParser):
    """Parses one Arrow file into frames of the kind's declared columns plus ``source_row``."""

    def _batches(self, names: list[str]) -> Iterator[tuple[pl.DataFrame, float]]:
        read, size = 0, self._file.path.stat().st_size
        for batch in whole_batches(iter(_batches(self._file.path)[1]), self._file.path, "Arrow"):
            read += batch.nbytes
            yield pl.DataFrame(batch.select(names)), min(read / size, 1.0)
