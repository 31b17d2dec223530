"""A hash of what rows say, whatever wrote them: column by column, in the order of the rows."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq


class ContentHash:
    """Hashes rows by column: names and types; which values are known; lengths of texts and lists; and the values, little-endian."""

    def __init__(self, schema: pa.Schema) -> None:
        self._columns = [_Column(field) for field in schema]
        self._rows = 0

    @property
    def unknown(self) -> frozenset[str]:
        """Columns in which some value was unknown."""
        return frozenset(column.name for column in self._columns if column.nulls)

    def add(self, rows: pa.Table) -> None:
        """Takes the next rows; how they are cut into pieces does not matter."""
        self._rows += rows.num_rows
        for digest, column in zip(self._columns, rows.columns, strict=True):
            for chunk in column.chunks:
                digest.add(chunk)

    def hexdigest(self) -> str:
        """Returns the hash of all rows so far."""
        whole = hashlib.sha256(f"{self._rows}".encode())
        for column in self._columns:
            whole.update(column.line().encode())
        return whole.hexdigest()


class _Column:
    def __init__(self, field: pa.Field) -> None:
        self.name = field.name
        self.nulls = 0
        self._is_list = pa.types.is_list(field.type)
        self._kind = f"list {field.type.value_type}" if self._is_list else str(field.type)
        # Apart from each other, so that where a piece ends does not show.
        self._known, self._lengths, self._values = hashlib.sha256(), hashlib.sha256(), hashlib.sha256()
        self._inner = _Column(field.type.value_field) if self._is_list else None

    def add(self, values: pa.Array) -> None:
        self.nulls += values.null_count
        # One byte per row: bit maps would depend on where a piece begins.
        self._known.update(_bytes(pc.is_valid(values).cast(pa.uint8())))
        values = values.drop_null()
        if self._inner is not None:
            self._lengths.update(_bytes(pc.list_value_length(values).cast(pa.int64())))
            self._inner.add(values.flatten())
        elif pa.types.is_string(values.type):
            self._lengths.update(_bytes(pc.binary_length(values).cast(pa.int64())))
            self._values.update(_text(values))
        else:
            kind = pa.uint8() if pa.types.is_boolean(values.type) else pa.int64() if pa.types.is_timestamp(values.type) else values.type
            self._values.update(_bytes(values.cast(kind)))

    def line(self) -> str:
        inner = self._inner.line() if self._inner is not None else ""
        digests = [digest.hexdigest() for digest in (self._known, self._lengths, self._values)]
        name = "" if self.name in ("item", "element") else self.name
        return f"\n{name} {self._kind} {' '.join(digests)}{inner}"


def _text(values: pa.StringArray) -> bytes:
    """Returns the bytes of texts without unknown ones, one after another."""
    _, ends, data = values.buffers()
    if not len(values) or data is None:
        return b""
    first, last = np.frombuffer(ends, np.int32)[[values.offset, values.offset + len(values)]]
    return memoryview(data)[int(first) : int(last)].tobytes()


def _bytes(values: pa.Array) -> bytes:
    data: bytes = values.to_numpy(zero_copy_only=False).tobytes()
    return data


def content_hash(paths: list[Path]) -> str:
    """Returns the hash of the rows of Parquet files, one after another."""
    digest: ContentHash | None = None
    for path in paths:
        with pq.ParquetFile(path) as file:
            digest = digest or ContentHash(file.schema_arrow)
            for batch in file.iter_batches():
                digest.add(pa.Table.from_batches([batch]))
    return digest.hexdigest() if digest else ""
