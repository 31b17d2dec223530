"""Writes a table's rows as Parquet in time order: streamed where they come in order, else set aside and sorted by DuckDB.

Whichever way they take, the files are the same to the byte.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from tracekit.disk import hash_file
from tracekit.ingest.engine import open_engine
from tracekit.ingest.profile import FileOrder, TimeOrder
from tracekit.ingest.write import PART_ROWS, ROW_GROUP, Background, Parts, typed
from tracekit.schema.arrow import arrow_schema
from tracekit.schema.duckdb import plain_path, quote_name
from tracekit.schema.load import Table

_ORDER = "__order"


def _set_aside(path: Path, rows: pl.DataFrame, start: int) -> None:
    """Writes rows that will be read once more, with their number among the rows of one record."""
    path.parent.mkdir(parents=True, exist_ok=True)
    order = pl.int_range(start, start + rows.height, dtype=pl.Int64).alias(_ORDER)
    # Read once and thrown away: lz4 costs a tenth of zstd.
    rows.with_columns(order).write_parquet(path, compression="lz4", statistics=False)


class Pieces:
    """Sets the rows of a table aside as they come: those of one file among many, which another process puts together.

    Attributes:
        rows: Rows taken so far.
        in_file_order: What was seen of them.
        paths: The files that they are in, in order.
    """

    def __init__(self, table: Table, folder: Path) -> None:
        self.rows = 0
        self.in_file_order = FileOrder(table)
        self.paths: list[Path] = []
        self._folder = folder

    def append(self, rows: pl.DataFrame) -> Callable[[], None]:
        """Takes rows in file order; returns the job that writes them."""
        self.in_file_order.add(rows)
        start, self.rows = self.rows, self.rows + rows.height
        if not rows.height:
            return lambda: None
        path = self._folder / f"{len(self.paths):06d}.parquet"
        self.paths.append(path)
        return partial(_set_aside, path, rows, start)


class TableWriter:
    """Writes one table of one trace.

    Attributes:
        rows: Rows taken so far.
        in_file_order: What was seen in file order.
        in_time_order: What was seen in time order, complete after ``close``.
    """

    def __init__(self, table: Table, part: Path, scratch: Path) -> None:
        self.rows = 0
        self.in_file_order = FileOrder(table)
        self.in_time_order = TimeOrder(table)
        self._table = table
        self._part = part
        self._schema = arrow_schema(table)
        self._scratch = scratch
        self._sink: Parts | None = None
        # What is set aside: first what had been written in order already, then files that carry their rows' order.
        self._written: list[Path] = []
        self._staged: list[Path] = []
        self._is_staging = False

    def append(self, rows: pl.DataFrame) -> Callable[[], None]:
        """Takes rows in file order: looks at them here, and returns the job that writes them, to be run in the order of the calls."""
        self.in_file_order.add(rows)
        start, self.rows = self.rows, self.rows + rows.height
        if self._is_staging or self.in_file_order.needs_sort:
            is_first, self._is_staging = not self._is_staging, True
            return partial(self._stage, rows, start, is_first=is_first)
        self.in_time_order.add(rows)
        return partial(self._write, typed(rows.to_arrow(), self._schema))

    def adopt(self, pieces: Pieces) -> None:
        """Takes the rows that another process has set aside, after those that are here already. No row has been appended before."""
        self._is_staging = True
        self.in_file_order.merge(pieces.in_file_order)
        self.rows += pieces.rows
        self._staged += pieces.paths

    def _write(self, table: pa.Table) -> None:
        if self._sink is None:
            self._sink = Parts(self._part, self._schema)
        self._sink.write(table)

    def _stage(self, rows: pl.DataFrame, start: int, *, is_first: bool) -> None:
        self._scratch.mkdir(parents=True, exist_ok=True)
        if is_first and self._sink is not None:
            # What is written is in order: its row numbers are its order.
            self._sink.close()
            for path in self._sink.paths:
                self._written.append(path.replace(self._scratch / f"in-order-{len(self._written):05d}.parquet"))
            self._sink = None
        path = self._scratch / f"{len(self._staged):06d}.parquet"
        _set_aside(path, rows, start)
        self._staged.append(path)

    def close(self, memory_limit: int) -> str:
        """Ends the file.

        Args:
            memory_limit: Bytes that a sort may hold.

        Returns:
            The SHA-256 of the (first) Parquet file.
        """
        if self._is_staging:
            self.in_time_order = TimeOrder(self._table)
            background = Background()
            for batch in self._sorted(memory_limit) if self.in_file_order.needs_sort else self._in_order():
                self.in_time_order.add(pl.DataFrame(batch))
                background.put(partial(self._write, typed(pa.Table.from_batches([batch]), self._schema)))
            background.finish()
        if self._sink is None:
            self._sink = Parts(self._part, self._schema)
        self._sink.close()
        for path in (*self._written, *self._staged):
            path.unlink()
        return hash_file(self._part)

    def _in_order(self) -> Iterator[pa.RecordBatch]:
        for path in self._staged:
            with pq.ParquetFile(path) as file:
                yield from file.iter_batches(ROW_GROUP, columns=list(self._table.columns))

    def _sorted(self, memory_limit: int) -> Iterator[pa.RecordBatch]:
        columns = ", ".join(quote_name(column) for column in self._table.columns)
        selects = []
        values: dict[str, object] = {}
        for i, path in enumerate(self._written):
            values[f"written_{i}"] = plain_path(path)
            number = f"file_row_number + {i * PART_ROWS}"
            selects.append(f"SELECT {columns}, {number} AS {_ORDER} FROM read_parquet($written_{i}, file_row_number = true)")
        if self._staged:
            values["staged"] = [plain_path(path) for path in self._staged]
            selects.append(f"SELECT {columns}, {_ORDER} FROM read_parquet($staged)")
        with open_engine(memory_limit, self._scratch) as connection:
            # A relation streams; a DB-API result would be materialised first, beyond the limit.
            yield from connection.sql(
                f"SELECT {columns} FROM ({' UNION ALL '.join(selects)}) ORDER BY {self._table.time} NULLS LAST, source_row, {_ORDER}",
                params=values,
            ).to_arrow_reader(ROW_GROUP)

    def abort(self) -> None:
        """Closes open files without finishing them."""
        if self._sink is not None:
            self._sink.abort()
