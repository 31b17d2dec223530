"""Reads a raw file into records without tracekit's own readers, so that mappings are tested on their own."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import polars as pl

from tracekit.schema.polars import DTYPES
from tracekit.sources.load import source
from tracekit.sources.model import FileKind

SAMPLES = Path(__file__).parents[1] / "data" / "samples"


def kind_of(dataset: str, name: str) -> FileKind:
    """A file kind of a source, by name."""
    return next(kind for kind in source(dataset).files if kind.name == name)


def plain_rows(path: Path) -> list[dict[str, str]]:
    """The records of a CSV file as text, by the standard library."""
    with path.open(newline="", encoding="utf-8-sig") as file:
        rows = [row for row in csv.reader(file) if row]
    names = [name.strip() for name in rows[0]]
    return [dict(zip(names, row, strict=True)) for row in rows[1:]]


def json_records(path: Path, where: str | None) -> list[dict[str, object]]:
    """The records of a JSON document; those of an object carry their key as ``_key``."""
    document = json.loads(path.read_text(encoding="utf-8"))
    return [{"_key": key, **value} for key, value in document.items()] if where == "*" else list(document[where or ""])


def records(kind: FileKind, rows: list[dict[str, object]] | list[dict[str, str]], first: int = 1) -> pl.LazyFrame:
    """Records as a mapping takes them: the declared columns, typed, and ``source_row``; a blank cell is unknown."""
    columns: dict[str, pl.Series] = {}
    for column in kind.columns:
        cells = [None if row.get(column.name) in ("", None) else row[column.name] for row in rows]  # type: ignore[index]
        is_text = any(isinstance(cell, str) for cell in cells)
        series = pl.Series(cells, dtype=pl.String) if is_text else pl.Series(cells, strict=False)
        columns[column.name] = series.cast(DTYPES[column.type])
    return pl.DataFrame({**columns, "source_row": pl.int_range(first, first + len(rows), eager=True)}).lazy()


def mapped(dataset: str, kind_name: str, rows: list[dict[str, object]] | list[dict[str, str]], table: str) -> list[dict[str, object]]:
    """Rows of a table that the source's mapping makes of records given as text."""
    kind = kind_of(dataset, kind_name)
    return source(dataset).mapping(kind.maps[table])(records(kind, rows)).collect().to_dicts()
