"""A lake in the box: the views and macros that a statement names, over exactly the files that the lake's manifests name."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from tracekit import assets
from tracekit.box.statement import check
from tracekit.box.walls import connect, raise_walls
from tracekit.errors import UsageError, did_you_mean
from tracekit.lake.files import all_paths
from tracekit.lake.layout import Layout
from tracekit.lake.views import ARRIVAL, create_views
from tracekit.query.fragments import macro_name
from tracekit.schema.duckdb import plain_path
from tracekit.schema.load import tables

if TYPE_CHECKING:
    import duckdb

# Words by which a statement asks for all there is, or for something whose name it puts together.
_ALL_VIEWS = re.compile(r"\b(?:show|describe|query_table|information_schema|sqlite_\w+|(?:duckdb|pragma|pg)_\w+)\b", re.IGNORECASE)
_ALL_MACROS = re.compile(r"\b(?:duckdb_functions|pg_proc|information_schema)\b", re.IGNORECASE)
_MISSING = re.compile(r"(?:Table|Function|Macro) with name \"?(?P<name>\w+)\"? does not exist")
_FULL = "Out of Memory Error"
_ITS_HINT = re.compile(r"\nDid you mean [^\n]*")


def open_box(layout: Layout, text: str, files: Sequence[Path] = (), memory: str | None = None) -> duckdb.DuckDBPyConnection:
    """Opens a lake for a statement and shuts the walls; nothing of the text is run.

    Args:
        layout: The lake.
        text: The statement: views and macros are made if it names them, since making all takes seconds.
        files: Folders whose files may be read as well, with all folders below.
        memory: What the engine may hold, e.g. ``2GB``.

    Raises:
        UsageError: A folder of ``files`` is none.
    """
    opened = list(_files_below(files))
    patterns = _patterns(text, files) if opened else []
    connection = connect(memory)
    try:
        _make(connection, layout, text)
        # A path with brackets is named as a pattern that means it alone; the engine asks for both.
        parts = [name for path in all_paths(layout) for name in dict.fromkeys((str(path), plain_path(path)))]
        raise_walls(connection, [*parts, *opened, *patterns])
    except BaseException:
        connection.close()
        raise
    return connection


def read(connection: duckdb.DuckDBPyConnection, text: str) -> duckdb.DuckDBPyRelation:
    """Runs one statement that only reads, in a connection of ``open_box``.

    Raises:
        UsageError: It is not one reading statement, or the engine refuses it.
    """
    import duckdb

    checked = check(connection, text, _macros())
    try:
        relation: duckdb.DuckDBPyRelation | None = connection.sql(checked)
    except duckdb.Error as error:
        raise refusal(error) from error
    if relation is None:
        raise UsageError("SQL: the statement has no rows to give")
    return relation


def refusal(error: Exception) -> UsageError:
    """Returns an engine's error as ours, with the name that may have been meant."""
    text = str(error)
    if _FULL in text or isinstance(error, MemoryError):
        said = text.partition(_FULL)[2].lstrip(": ").splitlines()
        return UsageError(f"SQL: out of memory: {said[0] if said else 'a value is too large'}", "ask for less, or raise the memory limit")
    if found := _MISSING.search(text):
        # The engine knows the views that were made, we know them all.
        text = _ITS_HINT.sub("", text) + did_you_mean(found["name"].lower(), [*tables(), ARRIVAL, *_macros()])
    return UsageError(f"SQL: {text}")


def _macros() -> dict[str, str]:
    """Returns the macros of the library, with the name of the query or fragment; known from the names of the files alone."""
    names = [f"{path.parent.name}/{path.stem}" for path in assets.queries_dir().glob("*/*.sql")]
    return {macro_name(name): name for name in names}


def _make(connection: duckdb.DuckDBPyConnection, layout: Layout, text: str) -> None:
    words = {word.lower() for word in re.findall(r"\w+", text)}
    known = _macros()
    names = list(known) if _ALL_MACROS.search(text) else [name for name in known if name in words]
    wanted = None if _ALL_VIEWS.search(text) else (set(tables()) | {ARRIVAL}) & words
    if not names:
        create_views(connection, layout, wanted)
        return
    from tracekit.query.library import fragments, load
    from tracekit.query.macro import create_macro, create_used

    queries = [{**fragments(), **load()}[known[name]] for name in names]
    create_views(connection, layout, None if wanted is None else wanted | {table for query in queries for table in query.reads})
    for query in queries:
        for statement in (*create_used(query), create_macro(query, "TEMP MACRO")):
            connection.execute(statement)


def _files_below(folders: Sequence[Path]) -> Iterator[str]:
    """Yields the files below folders; links that lead out of them are left out."""
    for folder in folders:
        if not folder.is_dir():
            raise UsageError(f"files: there is no folder {folder}")
        root = folder.resolve()
        for path in sorted(root.rglob("*")):
            if path.is_file() and path.resolve().is_relative_to(root):
                yield str(path)


def _patterns(text: str, folders: Sequence[Path]) -> Iterator[str]:
    """Yields the text literals that look for files below the folders; each file that they find has to be allowed by itself."""
    roots = [folder.resolve() for folder in folders]
    for literal in re.findall(r"'((?:[^']|'')*)'", text):
        pattern = literal.replace("''", "'")
        parts = Path(pattern).parts
        first = next((i for i, part in enumerate(parts) if set(part) & set("*?[")), None)
        if first is None or ".." in parts[first:]:
            continue
        base = Path(*parts[:first]).resolve()
        if any(base.is_relative_to(root) for root in roots):
            yield pattern
