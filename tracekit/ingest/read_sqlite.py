"""Reads a table of an SQLite file, batch by batch."""

from __future__ import annotations

import os
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import polars as pl

from tracekit.errors import DataError
from tracekit.ingest.json_values import frame_of, typed
from tracekit.ingest.read_csv import Reject
from tracekit.schema.duckdb import quote_name
from tracekit.sources.files import RawColumn

if TYPE_CHECKING:
    from tracekit.ingest.plan import RawFile

_ROWS = 65_536
# No cell of a trace is longer.
_LONGEST = 1 << 26


def open_database(path: Path) -> sqlite3.Connection:
    """Opens a database for reading, wherever it lies; text comes as bytes, so that one that is not UTF-8 costs its row alone."""
    connection = sqlite3.connect(f"file:{quote(os.fsencode(path))}?mode=ro&immutable=1", uri=True)
    connection.text_factory = bytes
    # What a declaration in the file computes is the file's word: it calls no function that does anything, and makes no giant.
    connection.execute("PRAGMA trusted_schema = OFF")
    connection.execute("PRAGMA cell_size_check = ON")
    connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _LONGEST)
    return connection


@contextmanager
def _whole(path: Path) -> Iterator[None]:
    try:
        yield
    except (sqlite3.Error, ValueError, OverflowError, MemoryError) as error:
        raise DataError(f"{path}: not a whole SQLite file: {error}", "download it again") from error


def sqlite_columns(path: Path, table: str) -> tuple[str, ...]:
    """Returns the names of a table's columns; none where there is no such table.

    Raises:
        DataError: The file is no whole database, or has a view or a virtual table of that name: what it gives is computed, and may
            never end.
    """
    with _whole(path), closing(open_database(path)) as connection:
        made = connection.execute("SELECT type, sql FROM sqlite_schema WHERE name = ? COLLATE NOCASE", (table,)).fetchall()
        for kind, sql in made:
            what = kind.decode(errors="replace")
            if what == "view" or (what == "table" and re.match(rb"\s*CREATE\s+VIRTUAL", bytes(sql or b""), re.IGNORECASE)):
                fix = f"sqlite3 OTHER.sqlite: copy its rows into a table {table!r}, and ingest that"
                raise DataError(f"{path}: {table!r} is a {'view' if what == 'view' else 'virtual table'}, not a table of stored rows", fix)
        columns = connection.execute(f"PRAGMA table_info({quote_name(table)})")
        return tuple(name.decode("utf-8", "backslashreplace") for _, name, *_ in columns)


def read_sqlite(file: RawFile, table: str, limit: int | None, offset: int) -> Iterator[tuple[pl.DataFrame, list[Reject], int]]:
    """Yields the rows of the kind's table in the order in which they are stored.

    Args:
        file: The file.
        table: The table.
        limit: Take this many rows at most.
        offset: Records of the trace before this file.

    Yields:
        The declared columns with ``source_row``; the rows whose values do not fit their types; the number of rows so far.
    """
    kind = file.kind
    columns = [column for column in kind.columns if column.name in file.header]
    names = ", ".join(quote_name(column.name) for column in columns)
    total = 0
    with _whole(file.path), closing(open_database(file.path)) as connection:
        cursor = connection.execute(f"SELECT {names} FROM {quote_name(table)}{_order(connection, table)} LIMIT ?", (limit or -1,))
        for rows in _batches(cursor, file.path):
            kept, numbers, rejects = [], [], []
            for row in rows:
                total += 1
                found = _values(row, columns, kind.columns)
                if isinstance(found, str):
                    rejects.append(Reject(total, total, found, str(tuple(map(_text, row)))))
                else:
                    kept.append(found)
                    numbers.append(total + offset)
            yield frame_of(kept, numbers, kind.columns), rejects, total


def find_row(path: Path, table: str, record: int) -> dict[str, Any] | None:
    """Returns a row by its number in the order in which rows are stored, or None where there are fewer."""
    with closing(open_database(path)) as connection:
        connection.text_factory = lambda text: text.decode("utf-8", "backslashreplace")
        order = _order(connection, table)
        cursor = connection.execute(f"SELECT * FROM {quote_name(table)}{order} LIMIT 1 OFFSET ?", (record - 1,))
        row = cursor.fetchone()
        return None if row is None else dict(zip([column[0] for column in cursor.description], row, strict=True))


def _batches(cursor: sqlite3.Cursor, path: Path) -> Iterator[list[tuple[Any, ...]]]:
    """Yields rows by the batch, of bounded size each.

    Raises:
        DataError: There is more in them than in the file: pages that name each other in circles never end.
    """
    size = path.stat().st_size
    rows: list[tuple[Any, ...]] = []
    text = held = 0
    for total, row in enumerate(cursor, 1):
        rows.append(row)
        held += sum(len(cell) for cell in row if isinstance(cell, bytes))
        if total > size or text + held > size:
            raise DataError(f"{path}: more rows than a file of {size:,} bytes can hold: its pages are damaged", "download it again")
        if len(rows) == _ROWS or held > _LONGEST:
            yield rows
            rows, text, held = [], text + held, 0
    if rows:
        yield rows


def _order(connection: sqlite3.Connection, table: str) -> str:
    """Returns the clause that gives rows in the order in which they are stored; a table without row ids is stored by its key."""
    try:
        connection.execute(f"SELECT rowid FROM {quote_name(table)} LIMIT 0")
    except sqlite3.OperationalError:
        return ""
    return " ORDER BY rowid"


def _text(value: Any) -> Any:
    return value.decode("utf-8", "backslashreplace") if isinstance(value, bytes) else value


def _values(row: tuple[Any, ...], columns: list[RawColumn], declared: tuple[RawColumn, ...]) -> list[Any] | str:
    """Returns a row's values in the declared order and types, or why it does not fit them."""
    found = dict.fromkeys((column.name for column in declared), None)
    for column, value in zip(columns, row, strict=True):
        if isinstance(value, bytes):
            try:
                value = value.decode("utf-8")
            except UnicodeDecodeError:
                return f"{column.name!r}: {_text(value)[:80]!r} is not UTF-8 text"
        if value is None or value == "":
            if column.required:
                return f"{column.name!r} is empty"
            continue
        # SQLite keeps the type of each value, not of the column: a number may stand where a name is meant.
        plain = str(value) if column.type == "VARCHAR" else value
        found[column.name] = typed(plain, column.type)
        if found[column.name] is None:
            return f"{column.name!r}: {str(value)[:80]!r} is not {column.type}"
    return list(found.values())
