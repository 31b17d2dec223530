"""Writes a table's rows as Parquet in time order: streamed where they come in order, else staged and sorted by DuckDB.

One writer makes every file, with full row groups of fixed size, so that neither the size of the blocks nor the path taken shows
in the bytes.
"""

from __future__ import annotations

import contextlib
import queue
import threading
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from tracekit.ingest.profile import FileOrder, TimeOrder
from tracekit.ingest.raw import hash_file
from tracekit.ingest.read_csv import RECORD
from tracekit.schema.arrow import arrow_schema
from tracekit.schema.duckdb import plain_path, quote_name
from tracekit.schema.load import Table

ROW_GROUP = 122_880
_ORDER = "__order"
_FIRST = "in-order.parquet"


class ParquetSink:
    """Writes rows in full row groups; the last one may be shorter. ``more`` is handed to the Parquet writer."""

    def __init__(self, path: Path, schema: pa.Schema, **more: Any) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        # Instants and record numbers rise: their differences are small. Everything else repeats, and dictionaries pay.
        rising = {field.name: "DELTA_BINARY_PACKED" for field in schema if field.name.endswith("_us") or field.name == RECORD}
        self._writer = pq.ParquetWriter(
            path,
            schema,
            compression="zstd",
            compression_level=3,
            use_dictionary=[field.name for field in schema if field.name not in rising],
            column_encoding=rising or None,
            **more,
        )
        self._schema = schema
        self._waiting: list[pa.Table] = []
        self._count = 0

    def write(self, table: pa.Table) -> None:
        """Writes rows, holding back what does not fill a row group."""
        self._waiting.append(table)
        self._count += table.num_rows
        if self._count >= ROW_GROUP:
            held = pa.concat_tables(self._waiting)
            full = self._count - self._count % ROW_GROUP
            for start in range(0, full, ROW_GROUP):
                self._writer.write_table(held.slice(start, ROW_GROUP).combine_chunks(), row_group_size=ROW_GROUP)
            rest = held.slice(full)
            self._waiting, self._count = ([rest] if rest.num_rows else []), rest.num_rows

    def close(self) -> None:
        """Writes the rest and the footer."""
        if self._count:
            self._writer.write_table(pa.concat_tables(self._waiting).combine_chunks(), row_group_size=ROW_GROUP)
        self._writer.close()

    def abort(self) -> None:
        """Closes the file as it is."""
        with contextlib.suppress(OSError, pa.ArrowException):
            self._writer.close()


class Background:
    """Runs jobs in order on a thread of its own; encoding overlaps with parsing. The thread starts with the first job that is worth it."""

    def __init__(self) -> None:
        self._queue: queue.Queue[Callable[[], None] | None] = queue.Queue(2)
        self._error: BaseException | None = None
        self._thread: threading.Thread | None = None

    def _consume(self) -> None:
        while (job := self._queue.get()) is not None:
            if self._error is None:
                try:
                    job()
                except BaseException as error:
                    self._error = error

    def put(self, job: Callable[[], None], *, is_small: bool = False) -> None:
        """Hands over a job; raises what an earlier one raised. A small one is done here and now if no other is waiting."""
        if self._thread is None:
            if is_small:
                job()
                return
            self._thread = threading.Thread(target=self._consume, name="tracekit-write", daemon=True)
            self._thread.start()
        self._queue.put(job)
        if self._error is not None:
            raise self._error

    def finish(self) -> None:
        """Waits until all is done; raises what a job raised."""
        if self._thread is not None and self._thread.is_alive():
            self._queue.put(None)
            self._thread.join()
        if self._error is not None:
            raise self._error


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
        self._staged: list[Path] = []
        self._sink: ParquetSink | None = None
        self._sorting = False

    def append(self, rows: pl.DataFrame) -> Callable[[], None]:
        """Takes rows in file order: looks at them here, and returns the job that writes them, to be run in the order of the calls."""
        self.in_file_order.add(rows)
        start, self.rows = self.rows, self.rows + rows.height
        if self.in_file_order.needs_sort:
            is_first, self._sorting = not self._sorting, True
            return partial(self._stage, rows, start, is_first=is_first)
        self.in_time_order.add(rows)
        return partial(self._write, rows.to_arrow().cast(self._schema))

    def _write(self, table: pa.Table) -> None:
        if self._sink is None:
            self._sink = ParquetSink(self._part, self._schema)
        self._sink.write(table)

    def _set_aside(self) -> None:
        """Turns what is written into the first staged piece: it is in order, so its row numbers are its order."""
        if self._sink is not None:
            self._sink.close()
            self._sink = None
            first = self._scratch / _FIRST
            self._part.replace(first)
            self._staged.append(first)

    def _stage(self, rows: pl.DataFrame, start: int, *, is_first: bool) -> None:
        self._scratch.mkdir(parents=True, exist_ok=True)
        if is_first:
            self._set_aside()
        path = self._scratch / f"{len(self._staged):06d}.parquet"
        order = pl.int_range(start, start + rows.height, dtype=pl.Int64).alias(_ORDER)
        # Read once and thrown away: lz4 costs a tenth of zstd.
        rows.with_columns(order).write_parquet(path, compression="lz4", statistics=False)
        self._staged.append(path)

    def close(self, memory_limit: int) -> str:
        """Ends the file.

        Args:
            memory_limit: Bytes that a sort may hold.

        Returns:
            The SHA-256 of the Parquet file.
        """
        if self._sorting:
            self.in_time_order = TimeOrder(self._table)
            background = Background()
            for batch in self._sorted(memory_limit):
                self.in_time_order.add(pl.DataFrame(batch))
                background.put(partial(self._write, pa.Table.from_batches([batch]).cast(self._schema)))
            background.finish()
        if self._sink is None:
            self._sink = ParquetSink(self._part, self._schema)
        self._sink.close()
        for path in self._staged:
            path.unlink()
        return hash_file(self._part)

    def _sorted(self, memory_limit: int) -> Iterator[pa.RecordBatch]:
        import duckdb

        columns = ", ".join(quote_name(column) for column in self._table.columns)
        first = f"SELECT {columns}, file_row_number AS {_ORDER} FROM read_parquet($first, file_row_number = true)"
        rest = f"SELECT {columns}, {_ORDER} FROM read_parquet($rest)"
        has_first = self._staged[0].name == _FIRST
        pieces = [first] if has_first else []
        values: dict[str, object] = {"first": plain_path(self._staged[0])} if has_first else {}
        if others := [plain_path(path) for path in self._staged[has_first:]]:
            pieces.append(rest)
            values["rest"] = others
        limit = f"{max(memory_limit >> 20, 64)}MB"
        with duckdb.connect(config={"memory_limit": limit, "temp_directory": str(self._scratch), "threads": 2}) as connection:
            # A relation streams; a DB-API result would be materialised first, beyond the limit.
            yield from connection.sql(
                f"SELECT {columns} FROM ({' UNION ALL '.join(pieces)}) ORDER BY {self._table.time} NULLS LAST, source_row, {_ORDER}",
                params=values,
            ).to_arrow_reader(ROW_GROUP)

    def abort(self) -> None:
        """Closes open files without finishing them."""
        if self._sink is not None:
            self._sink.abort()
