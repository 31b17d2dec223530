"""The file or folder that is being written, and the rows that go into it: what a shape gets to work with."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tracekit.errors import DataError
from tracekit.export.model import Facts, Field
from tracekit.export.select import AT, ROW

if TYPE_CHECKING:
    import duckdb
    import polars as pl

BATCH = 65_536


@dataclass(frozen=True)
class Draft:
    """Rows on their way into a file.

    Attributes:
        connection: DuckDB with a memory limit; results may spill.
        rows: The fields of every selected row in order of (instant, source_row), as a query; also ``AT`` and ``ROW``.
        timed: The selected rows with all their columns, ``offset_us``, ``clock_us``, ``row`` and the extras, as a query.
        fields: The fields, in order.
        facts: What is known of the rows.
        path: The file or folder to write, not there yet.
        table: The table that the rows are of.
        part: Table → its rows of this trace, or of every trace, as a SELECT; None where there are none.
    """

    connection: duckdb.DuckDBPyConnection
    rows: str
    timed: str
    fields: list[Field]
    facts: Facts
    path: Path
    table: str
    part: Callable[[str], str | None]

    @property
    def names(self) -> list[str]:
        """Names of the fields."""
        return [field.name for field in self.fields]

    def companion(self, table: str) -> str | None:
        """Returns another table of the trace as a relation to select from, or None where the trace has none."""
        part = self.part(table)
        return None if part is None else f"({part})"

    def frames(self) -> Iterator[pl.DataFrame]:
        """Yields the fields of the rows, streamed.

        Raises:
            DataError: A row comes before the one above it.
        """
        import polars as pl

        last: tuple[int, int] | None = None
        # A relation streams; a DB-API result would be materialised first.
        for batch in self.connection.sql(self.rows).to_arrow_reader(BATCH):
            frame = pl.DataFrame(batch)
            if frame.is_empty():
                continue
            last = _check_order(frame, last, self.table)
            yield frame.select(self.names)


def _check_order(frame: pl.DataFrame, last: tuple[int, int] | None, table: str) -> tuple[int, int]:
    """Returns the key of the last row."""
    import polars as pl

    at, row = pl.col(AT), pl.col(ROW)
    wrong = frame.select((at < at.shift(1)) | ((at == at.shift(1)) & (row < row.shift(1)))).to_series().any()
    first: tuple[int, int] = frame.select(AT, ROW).row(0)
    if wrong or (last is not None and first < last):
        raise DataError(
            f"rows of {table} are not in order of time and source_row", "tracekit check; then ingest the trace again with --replace"
        )
    end: tuple[int, int] = frame.select(AT, ROW).row(-1)
    return end


def write_lines(draft: Draft) -> int:
    """Writes one line per row, CSV with a header or JSON by the suffix in the draft's name; returns the rows written."""
    is_csv = draft.path.suffix == ".csv"
    rows = 0
    with draft.path.open("wb") as file:
        if is_csv:
            file.write((",".join(draft.names) + "\n").encode())
        for frame in draft.frames():
            file.write((frame.write_csv(include_header=False) if is_csv else frame.write_ndjson()).encode())
            rows += frame.height
    return rows
