"""Options and output that several verbs share."""

from __future__ import annotations

import csv
import datetime as dt
import json
import re
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click

from tracekit.lake.layout import default_lake

F = TypeVar("F", bound=Callable[..., Any])
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
    """Adds --format."""
    return click.option("--format", "form", type=click.Choice(FORMATS), default="table", show_default=True, help="Form of the output.")(
        function
    )


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
        found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*(s|m|h|d|)\s*", str(value))
        if not found:
            self.fail(f"{value!r} is not a time span; write 90s, 12h or 7d", param, ctx)
        return float(found[1]) * {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86_400}[found[2]]


def _plain(value: Any) -> Any:
    if isinstance(value, dt.datetime | dt.date):
        return value.isoformat(sep=" ") if isinstance(value, dt.datetime) else value.isoformat()
    return value


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.6g}"
    return str(_plain(value))


def write_rows(columns: Sequence[str], rows: Iterable[Sequence[Any]], form: str) -> None:
    """Writes rows to standard output.

    Args:
        columns: Column names; in JSON they are the keys.
        rows: The rows.
        form: table, json, jsonl or csv; JSON and CSV carry full precision.
    """
    records = [list(row) for row in rows]
    if form == "json":
        objects = [dict(zip(columns, map(_plain, row), strict=True)) for row in records]
        click.echo(json.dumps(objects, ensure_ascii=False, indent=1))
    elif form == "jsonl":
        for row in records:
            click.echo(json.dumps(dict(zip(columns, map(_plain, row), strict=True)), ensure_ascii=False))
    elif form == "csv":
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows([["" if v is None else _plain(v) for v in row] for row in records])
    else:
        _write_table(columns, records)


def _write_table(columns: Sequence[str], rows: list[list[Any]]) -> None:
    cells = [[_cell(value) for value in row] for row in rows]
    numeric = [all(isinstance(row[i], int | float | None) for row in rows) for i in range(len(columns))]
    widths = [max([len(name), *(len(row[i]) for row in cells)]) for i, name in enumerate(columns)]

    def line(row: Sequence[str]) -> str:
        aligned = (c.rjust(w) if right else c.ljust(w) for c, w, right in zip(row, widths, numeric, strict=True))
        return "  ".join(aligned).rstrip()

    click.echo(line(columns))
    click.echo("  ".join("-" * width for width in widths))
    for row in cells:
        click.echo(line(row))
    if not rows:
        click.echo("(no rows)", err=True)
