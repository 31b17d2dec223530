"""The lake's views: one per table over the files that the manifests name, and the union of all arrivals."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from tracekit.errors import DataError
from tracekit.lake.files import TableFile, check_there, files_of
from tracekit.lake.layout import Layout
from tracekit.lake.manifest import Manifest, read_manifests
from tracekit.lake.relation import read_sql
from tracekit.schema.duckdb import comments, quote_name, quote_text, with_derived
from tracekit.schema.load import Table, tables

if TYPE_CHECKING:
    import duckdb

ARRIVAL = "arrival"


def arrival_tables() -> list[Table]:
    """Returns the tables whose rows are arrivals."""
    return [table for table in tables().values() if table.stream]


def _anchors(manifests: Iterable[Manifest]) -> str:
    """Returns a MAP literal from 'dataset/trace' to the anchor; a map costs nothing where no ``_at`` column is asked for."""
    known = {f"{m.dataset}/{m.trace or ''}": m.anchor_at for m in manifests if m.anchor_at is not None}
    pairs = ", ".join(f"{quote_text(key)}: TIMESTAMP {quote_text(instant)}" for key, instant in sorted(known.items()))
    return f"MAP {{{pairs}}}" if pairs else ""


def _instant_columns(table: Table, anchors: str) -> str:
    # A table without instants, or a lake without anchors, still has the columns: NULL, typed.
    columns = []
    for name in table.instants:
        at = name.removesuffix("_us") + "_at"
        value = "CAST(NULL AS TIMESTAMP)"
        if anchors:
            value = f"({anchors})[dataset || '/' || coalesce(trace, '')] + to_microseconds({quote_name(name)})"
        columns.append(f", {value} AS {quote_name(at)}")
    return "".join(columns)


def create_view(table: Table, files: list[TableFile], manifests: list[Manifest]) -> str:
    """Returns the statement that makes a table's view: its columns, what follows from them, then ``<event>_at`` per instant.

    Args:
        table: Its declaration.
        files: Where its rows are.
        manifests: Those of the traces that have rows in it, with their anchors.
    """
    instants = "" if table.family == "all" else _instant_columns(table, _anchors(manifests))
    rows = with_derived(table, f"({read_sql(table, files)}) AS stored")
    return f"CREATE OR REPLACE VIEW {quote_name(table.name)} AS SELECT *{instants} FROM ({rows})"


def create_arrival() -> list[str]:
    """Returns the statements of the ``arrival`` view: every event stream under one shape; streams are never mixed."""
    parts = [
        f"SELECT dataset, trace, {quote_text(table.stream or '')} AS stream, {table.time} AS arrived_us, source_row "
        f"FROM {quote_name(table.name)}"
        for table in arrival_tables()
    ]
    about = "Arrivals of every event stream: requests, invocations, cold starts, jobs. Streams are never mixed."
    return [
        f"CREATE OR REPLACE VIEW {ARRIVAL} AS " + " UNION ALL ".join(parts),
        f"COMMENT ON VIEW {ARRIVAL} IS {quote_text(about)}",
    ]


def view_statements(layout: Layout, only: Iterable[str] | None = None) -> dict[str, list[str]]:
    """Returns view → the statement that makes it, and those that comment on it; a view comes after those that it unites.

    Args:
        layout: The lake.
        only: Tables and views that are needed; all by default. ``arrival`` brings the tables that it unites.

    Raises:
        DataError: A file that a manifest names is missing.
    """
    wanted = set(tables()) | {ARRIVAL} if only is None else set(only)
    if ARRIVAL in wanted:
        wanted |= {table.name for table in arrival_tables()}
    files: dict[str, list[TableFile]] = {}
    having: dict[str, list[Manifest]] = {}
    for manifest in read_manifests(layout):
        for name in manifest.parts.keys() & wanted:
            files.setdefault(name, []).extend(files_of(layout, manifest, name))
            having.setdefault(name, []).append(manifest)
    for name in sorted(files):
        check_there(files[name])
    made = {
        name: [create_view(table, files.get(name, []), having.get(name, [])), *comments(table)]
        for name, table in tables().items()
        if name in wanted
    }
    return made | ({ARRIVAL: create_arrival()} if ARRIVAL in wanted else {})


def create_views(connection: duckdb.DuckDBPyConnection, layout: Layout, only: Iterable[str] | None = None) -> None:
    """Makes the views of a lake in a connection; see ``view_statements``."""
    import duckdb

    for name, statements in view_statements(layout, only).items():
        try:
            connection.execute(statements[0])
        except (duckdb.InvalidInputException, duckdb.IOException) as error:
            reason = str(error).splitlines()[0]
            raise DataError(f"{layout.root}: {name} cannot be read: {reason}", "tracekit check names the file") from error
