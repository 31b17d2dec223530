"""The queries that ship with tracekit, found by listing, and which dataset can answer which."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from tracekit import assets
from tracekit.errors import DeclarationError, UsageError, did_you_mean
from tracekit.lake.layout import BESIDE
from tracekit.lake.views import ARRIVAL, arrival_tables
from tracekit.query.borrow import with_borrowed
from tracekit.query.fragments import is_fragment
from tracekit.query.header import alternatives, parse_query
from tracekit.query.model import Query
from tracekit.schema.load import tables

if TYPE_CHECKING:
    import duckdb

_CALENDARS = ("none", "day_index", "hour", "weekday_hour", "exact")


@cache
def load() -> dict[str, Query]:
    """Returns every query, by name; fragments are none."""
    queries = {name: query for name, query in _files().items() if not is_fragment(name)}
    for query in queries.values():
        used_by(query, queries)
    return queries


@cache
def fragments() -> dict[str, Query]:
    """Returns every fragment, by name: what queries share and nobody else asks for."""
    return {name: query for name, query in _files().items() if is_fragment(name)}


@cache
def _files() -> dict[str, Query]:
    return with_borrowed({query.name: query for query in map(parse_query, sorted(assets.queries_dir().glob("*/*.sql")))})


def used_by(query: Query, queries: dict[str, Query]) -> list[Query]:
    """Returns the queries and fragments whose macros a query needs, each after those that it needs itself.

    Args:
        query: The query.
        queries: All queries, by name; fragments are found besides.

    Raises:
        DeclarationError: A used query does not exist, is computed in Python, uses its own user, or reads what the user does not name.
    """
    found: dict[str, Query] = {}
    _collect(query, {**fragments(), **queries}, (query.name,), found)
    return list(found.values())


def _collect(query: Query, queries: dict[str, Query], path: tuple[str, ...], found: dict[str, Query]) -> None:
    for name in query.uses:
        if name not in queries:
            raise DeclarationError(
                f"{query.name}: uses: there is no query {name!r}.{did_you_mean(name, list(queries))}", "tracekit query lists them"
            )
        other = queries[name]
        if name in path:
            raise DeclarationError(
                f"{query.name}: uses: {' uses '.join((*path, name))}", "no query calls itself: take one of the names out"
            )
        if other.compute:
            raise DeclarationError(f"{query.name}: uses: {name} is computed in Python and has no macro to call", "call one of SQL alone")
        if missing := sorted(set(other.reads) - set(query.reads)):
            raise DeclarationError(f"{query.name}: reads: {name}, which it uses, reads {missing[0]}", f'add "{missing[0]}" to reads')
        _collect(other, queries, (*path, name), found)
        found[name] = other


def get(name: str) -> Query:
    """Returns one query.

    Raises:
        UsageError: There is no such query.
    """
    if name not in load():
        raise UsageError(
            f"there is no query {name!r}.{did_you_mean(name, list(load()))}", "Lake.queries() lists them", "tracekit query lists them"
        )
    return load()[name]


def _reason(query: Query, filled: dict[str, dict[str, bool]], calendar: str) -> str | None:
    """Returns why a dataset cannot answer a query, or None."""
    for table in query.reads:
        if table == ARRIVAL:
            if not any(candidate.name in filled for candidate in arrival_tables()):
                return "has no arrivals"
        elif table not in BESIDE and table not in filled and not _is_optional(query, table):
            return f"has no {table}"
    for names in query.requires:
        columns = [name.split(".") for name in alternatives(names)]
        if not any(filled.get(table, {}).get(column, False) for table, column in columns):
            return f"{' or '.join(dict.fromkeys(column for _, column in columns))} is not published"
    if query.calendar and _CALENDARS.index(calendar) < _CALENDARS.index(query.calendar):
        return f"needs a calendar of {query.calendar}; this one has {calendar}"
    return None


def _is_optional(query: Query, table: str) -> bool:
    # Companions are joined where they are there; a query says what it cannot do without in `requires`.
    return bool(query.requires) and not any(name.startswith(f"{table}.") and "|" not in name for name in query.requires)


def _add_derived(name: str, filled: dict[str, bool]) -> None:
    """Adds what the views work out to the columns of a table that have values."""
    stored = dict(filled)
    for derived in tables()[name].derived if name in tables() else ():
        column = derived.field.name
        filled[column] = stored.get(column, False) or all(stored.get(needed, False) for needed in derived.needs)


def capability(connection: duckdb.DuckDBPyConnection) -> list[tuple[str, str, str | None]]:
    """Returns (dataset, query, reason why it cannot run or None) for every dataset of the lake and every query."""
    profile = connection.execute(
        "SELECT dataset, table_name, column_name, sum(rows) > 0 AND sum(nulls) < sum(rows) FROM ingest_profile GROUP BY ALL"
    ).fetchall()
    calendars: dict[str, str] = {}
    for dataset, calendar in connection.execute("SELECT DISTINCT dataset, calendar FROM recording").fetchall():
        # One trace that can answer is enough: queries leave the others out.
        calendars[dataset] = max(calendars.get(dataset, "none"), calendar, key=_CALENDARS.index)
    filled: dict[str, dict[str, dict[str, bool]]] = {}
    for dataset, table, column, has_values in profile:
        filled.setdefault(dataset, {}).setdefault(table, {})[column] = has_values
    for of_dataset in filled.values():
        for name, columns in of_dataset.items():
            _add_derived(name, columns)
    return [
        (dataset, query.name, _reason(query, filled[dataset], calendars[dataset]))
        for dataset in sorted(filled)
        for query in load().values()
    ]
