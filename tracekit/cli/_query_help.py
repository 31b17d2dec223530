"""The help of `tracekit query NAME --help`: what the query answers, its parameters, its columns, a command that runs."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from tracekit.query.model import Param, Query

_NAME = "tracekit.query"


class QueryCommand(click.Command):
    """A command whose help, with the name of a query, is that of the query."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parses the arguments; the name is known before ``--help``, which ends the parsing, is looked at."""
        if not ctx.resilient_parsing:
            values, _, _ = self.make_parser(ctx).parse_args(list(args))
            ctx.meta[_NAME] = values.get("name")
        return super().parse_args(ctx, args)

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Writes the help of the command, or of the query that is named."""
        name = ctx.meta.get(_NAME)
        if not isinstance(name, str):
            super().format_help(ctx, formatter)
            return
        from tracekit.query import library

        _write(library.get(name), ctx, formatter)
        self.format_options(ctx, formatter)


def _write(query: Query, ctx: click.Context, formatter: click.HelpFormatter) -> None:
    formatter.write_usage(f"{ctx.command_path} {query.name}", "[-p KEY=VALUE]... [OPTIONS]")
    for text in (f"{query.title}. {query.question}", f"Definition: {query.source}.", f"Reads {', '.join(query.reads)}."):
        formatter.write_paragraph()
        with formatter.indentation():
            formatter.write_text(text)
    with formatter.section("Parameters (-p KEY=VALUE; lists are JSON)"):
        formatter.write_dl([(param.name, _about(param)) for param in query.params.values()], col_max=32)
    with formatter.section("Columns"):
        formatter.write_dl([(name, _with_unit(column.unit, column.text)) for name, column in query.columns.items()], col_max=32)
    with formatter.section("Example"):
        formatter.write(f"{'':>{formatter.current_indent}}{example(query)}\n")


def _with_unit(unit: str, text: str) -> str:
    return text if unit in ("1", "id", "name", "bool", "text") else f"[{unit}] {text}"


def _about(param: Param) -> str:
    """Returns what a parameter is: type, unit, default, the words that it takes, what it does."""
    parts = [param.type if param.unit in ("1", "id", "name", "bool") else f"{param.type} [{param.unit}]"]
    parts.append(f"default {_text(param.default)}" if param.default is not None else "no default")
    if param.choices:
        parts.append(f"one of {', '.join(param.choices)}" + (" (several)" if param.type.endswith("[]") else ""))
    if param.known or param.name in ("dataset", "trace"):
        parts.append("one that the lake has")
    return f"{'; '.join(parts)}. {param.text}"


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def example(query: Query) -> str:
    """Returns a command that runs the query with one of its defaults written out."""
    given = [p for p in query.params.values() if p.default not in (None, "") and re.fullmatch(r"[\w.,\[\] -]*", _text(p.default))]
    words = [f"-p {param.name}={_quoted(_text(param.default))}" for param in given[:1]]
    return " ".join(["tracekit query", query.name, *words])


def _quoted(text: str) -> str:
    return text if re.fullmatch(r"[\w.-]+", text) else f"'{text}'"
