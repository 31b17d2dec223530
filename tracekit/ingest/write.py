"""Writes Parquet files: one writer makes every file, with full row groups of a fixed size, so that the size of the blocks does not show.

Encoding runs on a thread of its own, beside the parsing.
"""

from __future__ import annotations

import contextlib
import queue
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from tracekit.ingest.read_csv import RECORD
from tracekit.lake.drafts import numbered_part

ROW_GROUP = 122_880
# A table of more rows is written as several files. A whole number of row groups, so that a file's end shows in no other one's bytes.
PART_ROWS = 64 * ROW_GROUP


def typed(table: pa.Table, schema: pa.Schema) -> pa.Table:
    """Returns a table in a schema's types and with its metadata; its columns are in the schema's order."""
    columns = [
        column if column.type == field.type else column.cast(field.type) for column, field in zip(table.columns, schema, strict=True)
    ]
    return pa.Table.from_arrays(columns, schema=schema)


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


class Parts:
    """Writes the rows of a table into one file, or where they are many into several, with numbers at the ends of their names.

    Attributes:
        paths: The files.
    """

    def __init__(self, first: Path, schema: pa.Schema) -> None:
        self.paths = [first]
        self._schema = schema
        self._sink = ParquetSink(first, schema)
        self._room = PART_ROWS

    def write(self, table: pa.Table) -> None:
        """Writes rows."""
        while table.num_rows:
            if not self._room:
                self._sink.close()
                self.paths.append(numbered_part(self.paths[0], len(self.paths)))
                self._sink, self._room = ParquetSink(self.paths[-1], self._schema), PART_ROWS
            piece = table.slice(0, self._room)
            self._sink.write(piece)
            self._room -= piece.num_rows
            table = table.slice(piece.num_rows)

    def close(self) -> None:
        """Ends the last file."""
        self._sink.close()

    def abort(self) -> None:
        """Closes the last file as it is."""
        self._sink.abort()


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
