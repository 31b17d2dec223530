"""Reads Parquet files batch by batch, with the declared columns cast to their types."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from tracekit.errors import DataError
from tracekit.ingest.logical import as_number, refuse_what_has_no_unit
from tracekit.ingest.read_csv import RECORD, Reject
from tracekit.schema.polars import DTYPES
from tracekit.sources.files import RawColumn

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq

    from tracekit.ingest.plan import RawFile

# A batch of this many rows per megabyte of block: rows of traces are tens of bytes to a few hundred.
_ROWS_PER_MB = 8_192


def _open(path: Path) -> pq.ParquetFile:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        # By its handle: its name may be in bytes that Arrow does not take.
        return pq.ParquetFile(pa.OSFile(os.fsencode(path)), page_checksum_verification=True)
    except (pa.ArrowException, OSError, ValueError, MemoryError) as error:
        raise DataError(f"{path}: not a whole Parquet file: {error}", "download or write it again") from error


def whole_batches(batches: Iterator[pa.RecordBatch], path: Path, form: str) -> Iterator[pa.RecordBatch]:
    """Yields the batches of a columnar file as long as they can be read.

    Raises:
        DataError: A page is damaged: what it held cannot be told from its neighbours', and a page is no record.
    """
    import pyarrow as pa

    seen = 0
    while True:
        try:
            if (batch := next(batches, None)) is None:
                return
            # Text that is not UTF-8 is found here, not in the middle of a mapping.
            batch.validate(full=True)
        except (pa.ArrowException, OSError, ValueError, MemoryError) as error:
            raise DataError(f"{path}: the {form} file is damaged after record {seen:,}: {error}", "download or write it again") from error
        seen += batch.num_rows
        yield batch


def parquet_columns(path: Path) -> tuple[str, ...]:
    """Returns the names of a Parquet file's columns."""
    with _open(path) as file:
        return tuple(file.schema_arrow.names)


class ParquetParser:
    """Parses one file into frames of the kind's declared columns plus ``source_row``.

    Attributes:
        records: Records read so far.
        consumed: About how many bytes of the file were read, for progress.
    """

    def __init__(self, file: RawFile, block_bytes: int, limit: int | None) -> None:
        self.records = 0
        self.consumed = 0
        self._file = file
        self._rows = max(block_bytes * _ROWS_PER_MB >> 20, 1_024)
        self._limit = limit

    def parse(self, offset: int) -> Iterator[tuple[pl.DataFrame, list[Reject]]]:
        """Yields frames and the records that do not fit their types.

        Args:
            offset: Records of the trace before this file.
        """
        kind = self._file.kind
        names = [column.name for column in kind.columns if column.name in self._file.header]
        for frame, share in self._batches(names):
            if self._limit is not None:
                frame = frame[: self._limit - self.records]
            number = pl.int_range(self.records + offset + 1, self.records + offset + 1 + frame.height, dtype=pl.Int64).alias(RECORD)
            self.records += frame.height
            self.consumed = int(self._file.path.stat().st_size * share)
            yield self._typed(frame.with_columns(number), offset)
            if self._limit is not None and self.records >= self._limit:
                return

    def _batches(self, names: list[str]) -> Iterator[tuple[pl.DataFrame, float]]:
        """Yields the named columns batch by batch, with the share of the file that is read by then."""
        seen = 0
        with _open(self._file.path) as file:
            for batch in whole_batches(file.iter_batches(self._rows, columns=names), self._file.path, "Parquet"):
                seen += batch.num_rows
                yield pl.DataFrame(batch), seen / max(file.metadata.num_rows, 1)

    def _typed(self, frame: pl.DataFrame, offset: int) -> tuple[pl.DataFrame, list[Reject]]:
        reasons: dict[int, str] = {}
        columns = [frame[RECORD]]
        for column in self._file.kind.columns:
            given = frame[column.name] if column.name in frame.columns else pl.Series(column.name, [None] * frame.height, dtype=pl.Null)
            refuse_what_has_no_unit(self._file.path, column.name, given.dtype, column)
            cast, wrong = _cast(given, column)
            columns.append(cast)
            for i in wrong.arg_true():
                value = given[i].to_list() if isinstance(given[i], pl.Series) else given[i]
                shown = "empty" if value is None else f"{str(value)[:80]!r}, not {column.type}"
                reasons.setdefault(int(frame[RECORD][i]), f"column {column.name!r} is {shown}")
        typed = pl.DataFrame(columns).filter(~pl.col(RECORD).is_in(list(reasons)))
        return typed, [Reject(row - offset, row - offset, reason, "") for row, reason in sorted(reasons.items())]


def _is_changed(given: pl.Series, cast: pl.Series, *, is_instant: bool) -> pl.Series:
    """Returns which numbers became others: a fraction cut off, digits beyond a double, an element of a list that did not fit.

    An instant or a duration may lose digits in its unit: they are finer than the clock.
    """
    if cast.dtype == pl.Int64 and (given.dtype.is_float() or given.dtype.is_decimal()):
        return (cast.cast(given.dtype, strict=False) != given).fill_null(value=False)
    if cast.dtype == pl.Float64 and given.dtype in (pl.Int64, pl.UInt64, pl.Int128) and not is_instant:
        return (cast.cast(given.dtype, strict=False) != given).fill_null(value=True) & given.is_not_null()
    if isinstance(cast.dtype, pl.List) and isinstance(given.dtype, pl.List | pl.Array):
        items = given if isinstance(given.dtype, pl.List) else given.arr.to_list()
        lost = items.list.drop_nulls().list.len() != cast.list.drop_nulls().list.len()
        return lost.fill_null(value=False)
    return pl.repeat(value=False, n=given.len(), dtype=pl.Boolean, eager=True)


def _cast(given: pl.Series, column: RawColumn) -> tuple[pl.Series, pl.Series]:
    """Returns a column in its declared type, and which cells do not fit it."""
    if given.dtype == pl.Categorical or isinstance(given.dtype, pl.Enum):
        given = given.cast(pl.String)
    beyond = None
    if isinstance(given.dtype, pl.Datetime) and column.type == "VARCHAR":
        # Instants as text, in the form that ISO mappings read; zoned ones are UTC.
        plain = given.dt.convert_time_zone("UTC").dt.replace_time_zone(None) if given.dtype.time_zone else given
        cast = plain.dt.strftime("%Y-%m-%d %H:%M:%S%.f")
    elif column.type == "JSON" and given.dtype.is_nested():
        cells = [None if cell is None else json.dumps(cell, ensure_ascii=False, default=str) for cell in given.to_list()]
        cast = pl.Series(column.name, cells, dtype=pl.String)
    elif given.dtype == pl.Boolean and column.type == "VARCHAR":
        cast = given.cast(pl.String)
    elif given.dtype.is_temporal() and column.logical and column.type in ("BIGINT", "DOUBLE"):
        cast, beyond = as_number(given, column)
    else:
        cast = given.cast(DTYPES[column.type], strict=False)
    wrong = cast.is_null() & given.is_not_null() if beyond is None else beyond
    wrong |= _is_changed(given, cast, is_instant=column.logical is not None)
    if column.required:
        wrong |= cast.is_null()
    return cast.alias(column.name), wrong
