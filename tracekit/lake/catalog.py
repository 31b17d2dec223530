"""The DuckDB catalog, ``tracekit.duckdb``: views, macros and comments for whoever opens the lake without tracekit.

It is derived from the head and carries its fingerprint; whoever finds another one makes the catalog anew: aside, then renamed. What has
not changed is taken from the former one. Nothing in tracekit reads rows through it.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tracekit.disk import sync
from tracekit.errors import TracekitError, UsageError
from tracekit.lake.drafts import writing
from tracekit.lake.head import Head, read_head
from tracekit.lake.layout import Layout
from tracekit.lake.views import create_views, view_statements
from tracekit.schema.duckdb import quote_text

if TYPE_CHECKING:
    import duckdb

# What a catalog was made from, by name: the head, where the lake lay, the macros, and each view.
_MADE = "tracekit_made"
_ABOUT = "What this catalog was made from; tracekit makes it anew where the lake has another head."
_TRIES = 5


@dataclass(frozen=True)
class Macros:
    """The table macros of a catalog.

    Attributes:
        fingerprint: Changes when they do.
        statements: Renders the statements that make them, in order.
    """

    fingerprint: str
    statements: Callable[[], list[str]]


# Macros; the statements that make them; or a function that returns them, where they may not be needed.
Given = Macros | list[str] | Callable[[], Macros]


def given(macros: Given) -> Macros:
    """Returns macros, however they are given."""
    if isinstance(macros, list):
        return Macros(_hash(macros), lambda: macros)
    return macros if isinstance(macros, Macros) else macros()


def _hash(statements: Iterable[str]) -> str:
    return hashlib.sha256("\0".join(statements).encode("utf-8", "surrogateescape")).hexdigest()


def _made_from(layout: Layout, head: Head) -> dict[str, str]:
    return {"head": head.fingerprint or "none", "root": str(layout.root.resolve())}


def _read_made(connection: duckdb.DuckDBPyConnection) -> dict[str, str]:
    # A view of that name could do anything: a stranger may have made the file.
    if not connection.execute("SELECT 1 FROM duckdb_tables() WHERE table_name = ? AND schema_name = 'main'", [_MADE]).fetchall():
        return {}
    return dict(connection.execute(f"SELECT what, fingerprint FROM main.{_MADE}").fetchall())


def is_current(layout: Layout, macros: Given | None = None) -> bool:
    """Whether the catalog is there, sound, and of the head and the place that the lake has now; and, if asked, has these macros."""
    made = _known(layout)
    if made is None:
        return False
    wanted = _made_from(layout, read_head(layout)) | ({"macros": given(macros).fingerprint} if macros is not None else {})
    return all(made.get(what) == value for what, value in wanted.items())


def _known(layout: Layout) -> dict[str, str] | None:
    """Returns what the catalog was made from; None where it is missing or broken.

    Opening it takes a tenth of a second, so a note beside it says the same of a file of this size and this time of writing.
    """
    try:
        about = layout.catalog.stat()
        note = json.loads(layout.catalog_note.read_bytes())
        if note["of"] == [about.st_size, about.st_mtime_ns]:
            return {str(what): str(value) for what, value in note["made"].items()}
    except FileNotFoundError:
        if not layout.catalog.exists():
            return None
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        pass
    import duckdb

    try:
        with plain_folder(layout.root) as folder:
            if folder != layout.root:
                shutil.copy(layout.catalog, folder)
            with duckdb.connect(str(folder / layout.catalog.name), read_only=True) as connection:
                return _read_made(connection)
    except duckdb.Error:
        return None


def rebuild(layout: Layout, macros: Given) -> None:
    """Writes ``tracekit.duckdb``: built aside, then renamed, so that readers see the old one or the new one.

    Args:
        layout: The lake.
        macros: Its table macros.

    Raises:
        OSError: The disk is full or fails, or may not be written to.
        TracekitError: The lake is damaged.
    """
    known = given(macros)
    with writing(layout) as run, plain_folder(run.folder) as folder:
        for _ in range(_TRIES):
            head = read_head(Layout(layout.root))
            draft = run.folder / "catalog.duckdb"
            _build(Layout(layout.root, head.number or None), head, known, folder / draft.name)
            if folder != run.folder:
                shutil.copy(folder / draft.name, draft)
            sync(draft)
            about = draft.stat()
            note = {"of": [about.st_size, about.st_mtime_ns], "made": _made_from(layout, head) | {"macros": known.fingerprint}}
            (run.folder / "note").write_text(json.dumps(note), encoding="utf-8", errors="surrogateescape")
            draft.replace(layout.catalog)
            (run.folder / "note").replace(layout.catalog_note)
            # Another run may have committed meanwhile, and put its catalog where this one, older, is now.
            if read_head(Layout(layout.root)).number == head.number:
                return


def refresh(layout: Layout, macros: Given) -> list[str]:
    """Brings the catalog up to the head after a commit, which holds whatever becomes of the catalog.

    Returns:
        What the user has to know: nothing, or why it could not be written.
    """
    import duckdb

    try:
        rebuild(layout, macros)
    except (OSError, duckdb.Error, TracekitError) as error:
        reason = error.strerror or error if isinstance(error, OSError) else str(error).splitlines()[0]
        return [f"{layout.catalog} could not be written: {reason}; the rows are committed, and `tracekit check` writes it"]
    return []


def _build(layout: Layout, head: Head, macros: Macros, draft: Path) -> None:
    views = view_statements(layout)
    made = _made_from(layout, head) | {"macros": macros.fingerprint} | {f"view {name}": _hash(s) for name, s in views.items()}
    if not _update(layout, views, made, draft):
        draft.unlink(missing_ok=True)
        with _transaction(draft) as connection:
            # In one go: hundreds of comments cost more to hand over than to carry out.
            connection.execute(";\n".join([s for statements in views.values() for s in statements] + macros.statements()))
            _write_made(connection, made)


def _update(layout: Layout, views: dict[str, list[str]], made: dict[str, str], draft: Path) -> bool:
    """Takes the former catalog and changes what has changed; returns whether that could be done."""
    import duckdb

    if not layout.catalog.exists():
        return False
    shutil.copyfile(layout.catalog, draft)
    try:
        with _transaction(draft) as connection:
            former = _read_made(connection)
            if former.get("macros") != made["macros"] or not {w for w in former if w.startswith("view ")} <= set(made):
                return False
            for name, statements in views.items():
                for statement in statements if former.get(f"view {name}") != made[f"view {name}"] else []:
                    connection.execute(statement)
            _write_made(connection, made)
    except duckdb.Error:
        # Broken, or of a later DuckDB: it is made from nothing.
        return False
    return True


@contextmanager
def plain_folder(folder: Path) -> Iterator[Path]:
    """Yields a folder whose databases DuckDB can open: a question mark in a name starts options to it, a backslash is a slash.

    Yields:
        The folder itself, or a temporary one, to and from which databases are copied.
    """
    if not set(str(folder.resolve())) & set("?\\"):
        yield folder
        return
    with tempfile.TemporaryDirectory(prefix="tracekit-") as scratch:
        yield Path(scratch)


@contextmanager
def _transaction(draft: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    import duckdb

    with duckdb.connect(str(draft)) as connection:
        # One transaction: hundreds of statements, each committed to disk by itself, took most of a small ingest.
        connection.begin()
        yield connection
        connection.commit()


def _write_made(connection: duckdb.DuckDBPyConnection, made: dict[str, str]) -> None:
    connection.execute(f"CREATE OR REPLACE TABLE {_MADE} (what VARCHAR, fingerprint VARCHAR)")
    connection.execute(f"COMMENT ON TABLE {_MADE} IS {quote_text(_ABOUT)}")
    connection.execute(f"INSERT INTO {_MADE} SELECT unnest($what), unnest($value)", {"what": list(made), "value": list(made.values())})


def connect(layout: Layout, only: Iterable[str] | None = None, memory_limit: str | None = None) -> duckdb.DuckDBPyConnection:
    """Opens the lake for reading, in memory: views look at the Parquet files where they lie now.

    Args:
        layout: The lake.
        only: Views that are needed; all by default.
        memory_limit: DuckDB's limit, e.g. ``1GB``.

    Returns:
        A connection without access to anything but the lake's files once its views are made.

    Raises:
        UsageError: The limit is not a size of memory.
    """
    import duckdb

    config: dict[str, str | bool | int | float | list[str]] = {} if memory_limit is None else {"memory_limit": memory_limit}
    try:
        connection = duckdb.connect(config=config)
    except duckdb.ParserException as error:
        raise UsageError(f"{memory_limit!r} is not a size of memory", "write 512MB or 2GB") from error
    create_views(connection, layout, only)
    return connection
