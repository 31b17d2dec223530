"""Renders queries as DuckDB table macros, so that the lake's catalog answers without tracekit at hand."""

from __future__ import annotations

import re
from typing import Any

from tracekit.query.library import fragments, load, used_by
from tracekit.query.model import Param, Query
from tracekit.schema.duckdb import quote_name, quote_text

_PARAM = re.compile(r"\$([a-z_][a-z0-9_]*)")


def _literal(param: Param, value: Any) -> str:
    if value is None:
        return f"CAST(NULL AS {param.type})"
    if isinstance(value, list):
        return f"CAST([{', '.join(_literal(param.item, item) for item in value)}] AS {param.type})"
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, str):
        return quote_text(value)
    return f"CAST({value!r} AS {param.type})"


def _name(param: str) -> str:
    # A macro parameter silently replaces a column of the same name; the prefix keeps them apart.
    return f"p_{param}"


def create_macro(query: Query, kind: str = "MACRO") -> str:
    """Returns the statement that makes a query's table macro; a parameter ``x`` is called ``p_x``.

    Args:
        query: The query.
        kind: ``MACRO``, or ``TEMP MACRO`` for one that goes with the connection.
    """
    used = set(_PARAM.findall(query.sql))
    params = [param for param in query.params.values() if param.name in used or param.name in ("dataset", "trace")]
    head = ", ".join(f"{_name(param.name)} := {_literal(param, param.default)}" for param in params)
    body = query.sql
    if query.compute:
        columns = ", ".join(f"CAST(NULL AS VARCHAR) AS {quote_name(name)}" for name in query.columns)
        message = f"{query.name} is computed in Python: run `tracekit query {query.name}`"
        body = f"SELECT {columns} WHERE error({quote_text(message)}) IS NULL"
    # Types travel with the parameter, as they do when it is bound.
    body = _PARAM.sub(lambda found: f"CAST({_name(found[1])} AS {query.params[found[1]].type})", body)
    return f"CREATE OR REPLACE {kind} {query.macro}({head}) AS TABLE\n{body}"


def create_used(query: Query) -> list[str]:
    """Returns the statements that make the macros that a query's SELECT calls, in an order in which each finds what it calls."""
    return [create_macro(other, "TEMP MACRO") for other in used_by(query, load())]


def macro_statements() -> list[str]:
    """Returns the statements that make the macro of every query and fragment and its comment; a macro comes after those that it calls."""
    statements = []
    all_queries = (*load().values(), *fragments().values())
    ordered = {other.name: other for query in all_queries for other in (*used_by(query, load()), query)}
    for query in ordered.values():
        columns = "; ".join(f"{name}: {column.text} [{column.unit}]" for name, column in query.columns.items())
        statements.append(create_macro(query))
        comment = quote_text(f"{query.question} {columns}. Source: {query.source}")
        statements.append(f"COMMENT ON MACRO TABLE {query.macro} IS {comment}")
    return statements
