"""The DuckDB catalog: a typed view per table, the arrival view, macros, and a comment on each."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from tracekit.lake.layout import Layout
from tracekit.schema.duckdb import comments, empty_select, quote_name, quote_text, with_derived
from tracekit.schema.load import Table, tables

if TYPE_CHECKING:
    import duckdb

ARRIVAL = "arrival"


def arrival_tables() -> list[Table]:
    """Returns the tables whose rows are arrivals."""
    return [table for table in tables().values() if table.stream]


def _anchors(connection: duckdb.DuckDBPyConnection, layout: Layout) -> str:
    """Returns a MAP literal from 'dataset/trace' to the anchor; a map costs nothing where no ``_at`` column is asked for."""
    if not layout.has_table("recording"):
        return ""
    rows = connection.execute(
        "SELECT dataset || '/' || coalesce(trace, ''), anchor_at::VARCHAR FROM read_parquet(?) WHERE anchor_at IS NOT NULL ORDER BY 1",
        [layout.glob("recording")],
    ).fetchall()
    pairs = ", ".join(f"{quote_text(key)}: TIMESTAMP {quote_text(instant)}" for key, instant in rows)
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


def create_view(layout: Layout, table: Table, anchors: str) -> str:
    """Returns the statement that makes a table's view: its columns, what is worked out from them, then ``<event>_at`` per instant."""
    rows = empty_select(table)
    if layout.has_table(table.name):
        columns = ", ".join(quote_name(column) for column in table.columns)
        files = quote_text(layout.glob(table.name))
        rows = f"SELECT {columns} FROM read_parquet({files}, union_by_name = true, hive_partitioning = false)"
    instants = "" if table.family == "all" else _instant_columns(table, anchors)
    return f"CREATE OR REPLACE VIEW {quote_name(table.name)} AS SELECT *{instants} FROM ({with_derived(table, f'({rows}) AS stored')})"


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


def create_views(connection: duckdb.DuckDBPyConnection, layout: Layout, only: Iterable[str] | None = None) -> None:
    """Makes the views of a lake in a connection.

    Args:
        connection: An open connection.
        layout: The lake.
        only: Tables and views that are needed; all by default. ``arrival`` brings the tables that it unites.
    """
    wanted = set(tables()) | {ARRIVAL} if only is None else set(only)
    if ARRIVAL in wanted:
        wanted |= {table.name for table in arrival_tables()}
    anchors = _anchors(connection, layout)
    for name, table in tables().items():
        if name in wanted:
            connection.execute(create_view(layout, table, anchors))
    if ARRIVAL in wanted:
        for statement in create_arrival():
            connection.execute(statement)


def rebuild(layout: Layout, macros: list[str]) -> None:
    """Writes ``tracekit.duckdb`` anew: built aside, then renamed, so that readers see the old one or the new one.

    Args:
        layout: The lake.
        macros: Statements that make the table macros, in order.
    """
    import duckdb

    draft = layout.catalog.with_suffix(".draft")
    for leftover in (draft, Path(f"{draft}.wal")):
        leftover.unlink(missing_ok=True)
    with duckdb.connect(str(draft)) as connection:
        # One transaction: hundreds of statements, each committed to disk by itself, took most of a small ingest.
        connection.begin()
        create_views(connection, layout)
        for table in tables().values():
            for statement in comments(table):
                connection.execute(statement)
        for statement in macros:
            connection.execute(statement)
        connection.commit()
    draft.replace(layout.catalog)


def connect(layout: Layout, only: Iterable[str] | None = None, memory_limit: str | None = None) -> duckdb.DuckDBPyConnection:
    """Opens the lake for reading, in memory: views look at the Parquet files where they lie now.

    Args:
        layout: The lake.
        only: Views that are needed; all by default.
        memory_limit: DuckDB's limit, e.g. ``1GB``.

    Returns:
        A connection without access to anything but the lake's files once its views are made.
    """
    import duckdb

    config: dict[str, str | bool | int | float | list[str]] = {} if memory_limit is None else {"memory_limit": memory_limit}
    connection = duckdb.connect(config=config)
    create_views(connection, layout, only)
    return connection


def is_current(layout: Layout) -> bool:
    """Whether the catalog exists and looks at the lake where it lies now."""
    import duckdb

    if not layout.catalog.exists():
        return False
    with duckdb.connect(str(layout.catalog), read_only=True) as connection:
        views = dict(connection.execute("SELECT view_name, sql FROM duckdb_views() WHERE NOT internal").fetchall())
    expected = {name for name in tables() if layout.has_table(name)}
    return set(tables()) <= set(views) and all(layout.glob(name) in views[name] for name in expected)
