"""Queries and results as a person reads them: in a Python prompt as text, in a notebook as HTML."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tracekit.query.model import Query
    from tracekit.query.run import Result


def _unit(unit: str) -> str:
    return "" if unit in ("1", "id", "name", "bool") else f" [{unit}]"


def _query_lists(query: Query) -> dict[str, list[tuple[str, str]]]:
    params = [
        (name, f"{param.text}{_unit(param.unit)}" + (f" Default: {param.default!r}." if param.default is not None else ""))
        for name, param in query.params.items()
    ]
    return {"Parameters": params, "Columns": [(name, f"{column.text}{_unit(column.unit)}") for name, column in query.columns.items()]}


def query_text(query: Query) -> str:
    """Returns a query with its question, parameters and columns."""
    lines = [f"Query {query.name}: {query.title}", query.question]
    for title, entries in _query_lists(query).items():
        width = max(len(name) for name, _ in entries)
        lines += ["", title, *(f"  {name:<{width}}  {text}" for name, text in entries)]
    return "\n".join([*lines, "", f"Definition: {query.source}"])


def query_html(query: Query) -> str:
    """Returns the same as HTML."""
    parts = [f"<p><b>{escape(query.name)}</b>: {escape(query.title)}<br>{escape(query.question)}</p>"]
    for title, entries in _query_lists(query).items():
        rows = "".join(
            f"<tr><td><code>{escape(name)}</code></td><td style='text-align:left'>{escape(text)}</td></tr>" for name, text in entries
        )
        parts.append(f"<table><caption>{title}</caption>{rows}</table>")
    return "".join([*parts, f"<p>Definition: {escape(query.source)}</p>"])


def _given(result: Result) -> dict[str, Any]:
    params = result.query.params
    return {name: value for name, value in result.params.items() if name in params and value != params[name].default}


def _head(result: Result) -> str:
    given = ", ".join(f"{name}={value!r}" for name, value in _given(result).items())
    rows = f"{len(result.rows):,} row{'' if len(result.rows) == 1 else 's'}"
    return f"Result of {result.query.name}{f' ({given})' if given else ''}: {rows}"


def result_text(result: Result) -> str:
    """Returns a result as a frame, under what was asked; where there are no rows, how to learn why."""
    return f"{_head(result)}\n{result.to_polars()}" if result.rows else f"{_head(result)}; why_empty() says why"


def result_html(result: Result) -> str:
    """Returns the same as HTML."""
    table: str = result.to_polars()._repr_html_() if result.rows else "<p><code>why_empty()</code> says why</p>"
    return f"<p>{escape(_head(result))}</p>{table}"
