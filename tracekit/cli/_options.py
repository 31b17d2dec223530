"""Options and output that several verbs share."""

from __future__ import annotations

import csv
import datetime as dt
import functools
import json
import math
import re
import sys
import textwrap
from collections.abc import Callable, Iterable, Iterator, Sequence
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar, cast

import click

from tracekit.lake.layout import default_lake

F = TypeVar("F", bound=Callable[..., Any])
# What spreadsheets take for the beginning of a formula, or skip before one.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_EXCEL = "tracekit.excel"
# Rows that a table is measured by; more are not held in memory.
_MEASURED = 10_000
FORMATS = ("table", "json", "jsonl", "csv", "parquet")


def lake_option(function: F) -> F:
    """Adds --lake."""
    return click.option(
        "--lake",
        type=click.Path(path_type=Path, file_okay=False),
        default=default_lake,
        show_default="$TRACEKIT_LAKE, else data/lake",
        help="The lake's folder.",
    )(function)


def format_option(function: F) -> F:
    """Adds --format, and --excel for those who open CSV in a spreadsheet."""

    @functools.wraps(function)
    def checked(*args: Any, form: str, excel: bool, **others: Any) -> Any:
        if excel and form != "csv":
            raise click.UsageError("--excel guards CSV: use it with --format csv")
        click.get_current_context().meta[_EXCEL] = excel
        return function(*args, form=form, **others)

    guarded = click.option("--excel", is_flag=True, help="With csv: a quote before text that a spreadsheet takes for a formula.")(checked)
    option = click.option("--format", "form", type=click.Choice(FORMATS), default="table", show_default=True, help="Form of the output.")
    return cast("F", option(guarded))


class Size(click.ParamType[int]):
    """A number of bytes such as 512MB or 2GiB."""

    name = "size"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Returns the size in bytes."""
        if isinstance(value, int):
            return value
        found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([KMGT]?)(i?)B?\s*", str(value), re.IGNORECASE)
        if not found:
            self.fail(f"{value!r} is not a size; write 512MB or 2GB", param, ctx)
        base = 1024 if found[3] else 1000
        return int(float(found[1]) * base ** " KMGT".index(found[2].upper() or " "))


class Duration(click.ParamType[float]):
    """A time span such as 90s, 12h or 7d."""

    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Returns the span in seconds."""
        if isinstance(value, float):
            return value
        found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*(s|m|h|d)\s*", str(value))
        if str(value).strip() == "0":
            return 0.0
        # Without a unit, 5 may mean seconds as well as days.
        if not found:
            self.fail(f"{value!r} is not a time span; write 90s, 12h or 7d", param, ctx)
        return float(found[1]) * {"s": 1, "m": 60, "h": 3600, "d": 86_400}[found[2]]


def _plain(value: Any) -> Any:
    """Returns a value as JSON and CSV can hold it: text, a number, a truth value, or None; lists and structures of these."""
    if isinstance(value, dt.datetime | dt.date):
        return value.isoformat(sep=" ") if isinstance(value, dt.datetime) else value.isoformat()
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() and value.as_tuple().exponent == 0 else float(value)
    if isinstance(value, dict):
        return {str(_plain(key)): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, bytes):
        return value.hex()
    return value if isinstance(value, str | int | float | None) else str(value)


def _json(value: Any) -> Any:
    """Returns a plain value without what JSON has no word for: not a number and infinity are unknown."""
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, dict):
        return {key: _json(item) for key, item in value.items()}
    return [_json(item) for item in value] if isinstance(value, list) else value


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.6g}"
    return str(_plain(value))


def _guarded(value: Any) -> Any:
    """Returns a CSV cell that no spreadsheet takes for a formula: a quote before it marks it as text. Numbers stay numbers."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


class _Lines:
    """Standard output for CSV: lines end in a line feed, while cells with a carriage return are quoted, as for CRLF."""

    def write(self, line: str) -> None:
        sys.stdout.write(line.removesuffix("\r\n") + "\n")


def write_rows(columns: Sequence[str], rows: Iterable[Sequence[Any]], form: str) -> None:
    """Writes rows to standard output, as they come; a table takes its widths from the first rows.

    Args:
        columns: Column names; in JSON they are the keys.
        rows: The rows.
        form: table, json, jsonl or csv; JSON and CSV carry full precision.
    """
    if form in ("json", "jsonl"):
        _write_json(columns, rows, as_list=form == "json")
    elif form == "csv":
        context = click.get_current_context(silent=True)
        guard = _guarded if context and context.meta.get(_EXCEL) else lambda value: value
        writer = csv.writer(_Lines())
        writer.writerow([guard(name) for name in columns])
        writer.writerows(["" if v is None else guard(_plain(v)) for v in row] for row in rows)
    else:
        _write_table(columns, iter(rows))


def _write_json(columns: Sequence[str], rows: Iterable[Sequence[Any]], *, as_list: bool) -> None:
    objects = ({name: _json(_plain(value)) for name, value in zip(columns, row, strict=True)} for row in rows)
    if not as_list:
        for record in objects:
            click.echo(json.dumps(record, ensure_ascii=False))
        return
    before = "[\n"
    for record in objects:
        click.echo(before + textwrap.indent(json.dumps(record, ensure_ascii=False, indent=1), " "), nl=False)
        before = ",\n"
    click.echo("[]" if before == "[\n" else "\n]")


def _write_table(columns: Sequence[str], rows: Iterator[Sequence[Any]]) -> None:
    first = [list(row) for row in islice(rows, _MEASURED)]
    cells = [[_cell(value) for value in row] for row in first]
    numeric = [all(isinstance(row[i], int | float | Decimal | None) for row in first) for i in range(len(columns))]
    widths = [max([len(name), *(len(row[i]) for row in cells)]) for i, name in enumerate(columns)]

    def line(row: Sequence[str]) -> str:
        aligned = (c.rjust(w) if right else c.ljust(w) for c, w, right in zip(row, widths, numeric, strict=True))
        return "  ".join(aligned).rstrip()

    click.echo(line(columns))
    click.echo("  ".join("-" * width for width in widths))
    for row in cells:
        click.echo(line(row))
    for more in rows:
        click.echo(line([_cell(value) for value in more]))
    if not first:
        click.echo("(no rows)", err=True)
