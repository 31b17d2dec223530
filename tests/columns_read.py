"""Asks the engines which raw columns a mapping or a pairing reads: what a file says of a column in words is no proof of it."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING, Any

import duckdb
import polars as pl
from polars.io.plugins import register_io_source

from tracekit.ingest.pair import RECORDS
from tracekit.ingest.read_csv import RECORD
from tracekit.ingest.wide import CELL, COLUMN
from tracekit.schema.duckdb import quote_name
from tracekit.schema.polars import DTYPES
from tracekit.sources.files import FileKind
from tracekit.sources.load import source
from tracekit.sources.model import Pairing, Source

if TYPE_CHECKING:
    from tracekit.sources.model import Mapping

# Of the frame that a mapping gets, what no column of the file holds.
_ADDED = {RECORD: "BIGINT", COLUMN: "VARCHAR", CELL: "DOUBLE", "_is_latest": "VARCHAR"}


def _types(kind: FileKind) -> dict[str, str]:
    labels = dict.fromkeys(re.compile(kind.path).groupindex, "VARCHAR")
    labels.pop("trace", None)
    return {column.name: column.type for column in kind.columns} | labels | _ADDED


def columns_of_mapping(mapping: Mapping, schema: dict[str, pl.DataType]) -> set[str]:
    """Returns the columns that a mapping asks of its frame, once Polars has pushed down what is selected."""
    asked: set[str] = set()

    def give(names: list[str] | None, _predicate: pl.Expr | None, _rows: int | None, _batch: int | None) -> Iterator[pl.DataFrame]:
        known = list(schema) if names is None else names
        asked.update(known)
        yield pl.DataFrame(schema={name: schema[name] for name in known})

    # A filter that is pushed down would hide the columns that it reads.
    mapping(register_io_source(give, schema=pl.Schema(schema))).collect(optimizations=pl.QueryOptFlags(predicate_pushdown=False))
    return asked


def _nodes(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for child in node["children"]:
        yield from _nodes(child)


def columns_of_select(select: str, views: dict[str, dict[str, str]], wanted: set[str] | None = None) -> dict[str, set[str]]:
    """Returns what a SELECT scans of each of its views, once DuckDB has dropped what nothing hangs on.

    Args:
        select: The SELECT.
        views: View → column → type.
        wanted: The columns of the SELECT that are looked at; None: all.
    """
    with duckdb.connect() as connection:
        connection.execute("SET disabled_optimizers = 'filter_pushdown'")
        for name, types in views.items():
            columns = ", ".join(f"{quote_name(column)} {given}" for column, given in types.items())
            connection.execute(f"CREATE TABLE {quote_name(name)} ({columns})")
            # The optimiser leaves out the join with an empty table.
            connection.execute(f"INSERT INTO {quote_name(name)} BY NAME SELECT NULL AS {quote_name(next(iter(types)))}")
        looked_at = "*" if wanted is None else ", ".join(map(quote_name, sorted(wanted)))
        plans = connection.execute(f"EXPLAIN (FORMAT json) SELECT {looked_at} FROM ({select})").fetchall()
    scanned: dict[str, set[str]] = defaultdict(set)
    for node in (node for plan in json.loads(plans[0][1]) for node in _nodes(plan)):
        if table := node.get("extra_info", {}).get("Table"):
            found = node["extra_info"].get("Projections", [])
            scanned[table.rpartition(".")[2].strip('"')].update([found] if isinstance(found, str) else found)
    return scanned


def _of_pairing(held: Source, pairing: Pairing) -> dict[str, set[str]]:
    views = {kind.name: _types(kind) for kind in held.files if kind.name in pairing.reads}
    select = (held.folder / pairing.sql).read_text(encoding="utf-8")
    with duckdb.connect() as connection:
        for name, types in views.items():
            connection.execute(f"CREATE TABLE {quote_name(name)} ({', '.join(f'{quote_name(c)} {t}' for c, t in types.items())})")
        schema = dict(connection.sql(select).pl().schema)
    wanted = {RECORDS}.union(*(columns_of_mapping(held.mapping(function), schema) for function in pairing.maps.values()))
    return columns_of_select(select, views, wanted)


@cache
def columns_read(dataset: str) -> dict[str, set[str]]:
    """Returns the columns that a source's mappings and pairings read: kind of file → names, what ingest adds among them."""
    held = source(dataset)
    read: dict[str, set[str]] = {kind.name: set() for kind in held.files}
    for kind in held.files:
        schema = {name: DTYPES[given] for name, given in _types(kind).items()}
        for function in kind.maps.values():
            read[kind.name] |= columns_of_mapping(held.mapping(function), schema)
    for pairing in held.pairings:
        for name, columns in _of_pairing(held, pairing).items():
            read[name] |= columns
    return read
