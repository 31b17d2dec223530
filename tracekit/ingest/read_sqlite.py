"""Reads a table of an SQLite file, batch by batch."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from tracekit.errors import DataError
from tracekit.ingest.json_values import frame_of, typed
from tracekit.ingest.read_csv import Reject
from tracekit.schema.duckdb import quote_name
from tracekit.sources.model import RawColumn

if TYPE_CHECKING:
    from tracekit.ingest.plan import RawFile

SQLITE = b"SQLite format 3\x00"
_ROWS = 65_536


def _open(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True)


def sqlite_columns(path: Path, table: str) -> tuple[str, ...]:
    """Returns the names of a table's columns; none where there is no such table.

    Raises:
        DataError: The file is no whole database.
    """
    try:
        with closing(_open(path)) as connection:
            return tuple(row[1] for row in connection.execute(f"PRAGMA table_info({quote_name(table)})"))
    except sqlite3.DatabaseError as error:
        raise DataError(f"{path}: not a whole SQLite file: {error}", "download it again") from error


def read_sqlite(file: RawFile, limit: int | None, offset: int) -> Iterator[tuple[pl.DataFrame, list[Reject], int]]:
    """Yields the rows of the kind's table in the order in which they are stored.

    Args:
        file: The file; ``records`` of its kind names the table.
        limit: Take this many rows at most.
        offset: Records of the trace before this file.

    Yields:
        The declared columns with ``source_row``; the rows whose values do not fit their types; the number of rows so far.
    """
    kind = file.kind
    columns = [column for column in kind.columns if column.name in file.header]
    names = ", ".join(quote_name(column.name) for column in columns)
    total = 0
    with closing(_open(file.path)) as connection:
        cursor = connection.execute(f"SELECT {names} FROM {quote_name(kind.records or '')} ORDER BY rowid LIMIT ?", (limit or -1,))
        while rows := cursor.fetchmany(_ROWS):
            kept, numbers, rejects = [], [], []
            for row in rows:
                total += 1
                found = _values(row, columns, kind.columns)
                if isinstance(found, str):
                    rejects.append(Reject(total, total, found, str(row)))
                else:
                    kept.append(found)
                    numbers.append(total + offset)
            yield frame_of(kept, numbers, kind.columns), rejects, total


def _values(row: tuple[Any, ...], columns: list[RawColumn], declared: tuple[RawColumn, ...]) -> list[Any] | str:
    """Returns a row's values in the declared order and types, or why it does not fit them."""
    found = dict.fromkeys((column.name for column in declared), None)
    for column, value in zip(columns, row, strict=True):
        if value is None or value == "":
            if column.required:
                return f"{column.name!r} is empty"
            continue
        # SQLite keeps the type of each value, not of the column: a number may stand where a name is meant.
        plain = str(value) if column.type == "VARCHAR" else value
        found[column.name] = typed(plain, column.type)
        if found[column.name] is None:
            return f"{column.name!r}: {value!r} is not {column.type}"
    return list(found.values())
