"""Rows on standard output, in each form: a table that fits the terminal, JSON, CSV, Parquet."""

from __future__ import annotations

import csv
import json
import sys
import textwrap
from collections.abc import Callable, Iterable, Iterator, Sequence
from decimal import Decimal
from itertools import islice
from typing import Any

import click

from tracekit.cli._values import as_cell, as_json, as_plain

EXCEL = "tracekit.excel"
WIDE = "tracekit.wide"
# What spreadsheets take for the beginning of a formula, or skip before one.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
# Rows that a table is measured by; more are not held in memory.
_MEASURED = 10_000


def is_set(name: str) -> bool:
    """Whether an option that concerns the output was given to the command that runs."""
    context = click.get_current_context(silent=True)
    return bool(context and context.meta.get(name))


def write_rows(columns: Sequence[str], rows: Iterable[Sequence[Any]], form: str, why_empty: Callable[[], str | None] | None = None) -> None:
    """Writes rows to standard output, as they come; a table takes its widths from the first rows.

    Args:
        columns: Column names; in JSON they are the keys.
        rows: The rows.
        form: table, json, jsonl, csv or parquet; all but the table carry full precision.
        why_empty: Finds why there are no rows, for standard error.
    """
    counted = _Counted(rows)
    if form in ("json", "jsonl"):
        _write_json(columns, counted, as_list=form == "json")
    elif form == "csv":
        _write_csv(columns, counted)
    elif form == "parquet":
        _write_parquet(columns, counted)
    else:
        _write_table(columns, iter(counted))
    if not counted.count:
        say_empty(why_empty() if why_empty else None)


def say_empty(why: str | None) -> None:
    """Says on standard error that there are no rows, and why."""
    click.echo(f"(no rows){f': {why}' if why else ''}", err=True)


class _Counted:
    """Rows, and how many of them have been read."""

    def __init__(self, rows: Iterable[Sequence[Any]]) -> None:
        self._rows = rows
        self.count = 0

    def __iter__(self) -> Iterator[Sequence[Any]]:
        for row in self._rows:
            self.count += 1
            yield row


class _Lines:
    """Standard output for CSV: lines end in a line feed, while cells with a carriage return are quoted, as for CRLF."""

    def write(self, line: str) -> None:
        sys.stdout.write(line.removesuffix("\r\n") + "\n")


def _guarded(value: Any) -> Any:
    """Returns a CSV cell that no spreadsheet takes for a formula: a quote before it marks it as text. Numbers stay numbers."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


def _write_csv(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    guard = _guarded if is_set(EXCEL) else lambda value: value
    writer = csv.writer(_Lines())
    writer.writerow([guard(name) for name in columns])
    writer.writerows(["" if v is None else guard(as_plain(v)) for v in row] for row in rows)


def _write_json(columns: Sequence[str], rows: Iterable[Sequence[Any]], *, as_list: bool) -> None:
    lost: dict[str, int] = {}
    objects = ({name: as_json(as_plain(value), name, lost) for name, value in zip(columns, row, strict=True)} for row in rows)
    before = "[\n"
    for record in objects:
        if as_list:
            click.echo(before + textwrap.indent(json.dumps(record, ensure_ascii=False, indent=1), " "), nl=False)
            before = ",\n"
        else:
            click.echo(json.dumps(record, ensure_ascii=False))
    if as_list:
        click.echo("[]" if before == "[\n" else "\n]")
    for name, count in lost.items():
        values = "value is" if count == 1 else "values are"
        click.echo(f"note: {name}: {count:,} {values} infinite or not a number, which JSON cannot say: written as null", err=True)


def _write_parquet(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    held = list(rows)

    def column(values: list[Any]) -> pa.Array:
        # A column without a value has no type, and one whose values differ in kind is text.
        kinds = {type(value) for value in values if value is not None} - {int if any(isinstance(v, float) for v in values) else None}
        return pa.array(values) if len(kinds) == 1 else pa.array([None if v is None else str(v) for v in values], pa.string())

    pq.write_table(pa.table([column([row[i] for row in held]) for i in range(len(columns))], names=list(columns)), sys.stdout.buffer)


def _write_table(columns: Sequence[str], rows: Iterator[Sequence[Any]]) -> None:
    first = [list(row) for row in islice(rows, _MEASURED)]
    numeric = [all(isinstance(row[i], int | float | Decimal | None) for row in first) for i in range(len(columns))]
    if sys.stdout.isatty() and not is_set(WIDE):
        from tracekit.cli._terminal import write_fitting

        write_fitting(columns, first, rows, numeric)
        return
    cells = [[as_cell(value) for value in row] for row in first]
    widths = [max([len(name), *(len(row[i]) for row in cells)]) for i, name in enumerate(columns)]

    def line(row: Sequence[str]) -> str:
        aligned = (c.rjust(w) if right else c.ljust(w) for c, w, right in zip(row, widths, numeric, strict=True))
        return "  ".join(aligned).rstrip()

    click.echo(line(columns))
    click.echo("  ".join("-" * width for width in widths))
    for row in cells:
        click.echo(line(row))
    for more in rows:
        click.echo(line([as_cell(value) for value in more]))
