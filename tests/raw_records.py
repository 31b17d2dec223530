"""Reads a raw file into records without tracekit's own readers, so that mappings are tested on their own."""

from __future__ import annotations

import csv
import gzip
import io
import json
import re
from pathlib import Path
from typing import Any

import polars as pl

from tracekit.ingest.formats.csv import Csv
from tracekit.ingest.formats.json import Document
from tracekit.ingest.formats.text import PlainText
from tracekit.schema.polars import DTYPES
from tracekit.sources.files import FileKind
from tracekit.sources.load import source

SAMPLES = Path(__file__).parents[1] / "data" / "samples"


def kind_of(dataset: str, name: str) -> FileKind:
    """A file kind of a source, by name."""
    return next(kind for kind in source(dataset).files if kind.name == name)


def plain_rows(path: Path, separator: str = ",") -> list[dict[str, str]]:
    """The records of a CSV file as text, by the standard library."""
    with path.open(newline="", encoding="utf-8-sig") as file:
        rows = [row for row in csv.reader(file, delimiter=separator) if row]
    names = [name.strip() for name in rows[0]]
    return [dict(zip(names, row, strict=True)) for row in rows[1:]]


def positional_rows(path: Path, kind: FileKind) -> list[dict[str, str]]:
    """The records of a CSV file without a header, named by the kind's columns in their order."""
    data = path.read_bytes()
    text = (gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data).decode()
    with io.StringIO(text, newline="") as file:
        return [dict(zip([column.name for column in kind.columns], row, strict=True)) for row in csv.reader(file) if row]


def json_lines(path: Path) -> list[dict[str, object]]:
    """The records of a file of JSON lines, gzip or not."""
    data = path.read_bytes()
    text = (gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data).decode()
    return [json.loads(line) for line in text.splitlines() if line.strip()]


def json_records(path: Path, where: str | None) -> list[dict[str, object]]:
    """The records of a JSON document; those of an object carry their keys as ``_key`` and ``_parent``, a plain value is ``_value``."""
    found: list[tuple[list[str], Any]] = [([], json.loads(path.read_text(encoding="utf-8")))]
    steps = [step for step in (where or "").split(".") if step]
    for step in steps:
        inner: list[tuple[list[str], Any]] = []
        for keys, value in found:
            if step != "*":
                inner.append((keys, value[step]))
            elif isinstance(value, dict):
                inner += [([*keys, name], item) for name, item in value.items()]
            else:
                inner += [(keys, item) for item in value]
        found = inner
    if steps[-1:] != ["*"]:
        found = [(keys, item) for keys, value in found for item in (value if isinstance(value, list) else [value])]
    rows: list[dict[str, object]] = []
    for keys, value in found:
        names = dict(zip(("_key", "_parent"), reversed(keys), strict=False))
        rows.append({**names, **(value if isinstance(value, dict) else {"_value": value})})
    return rows


def text_rows(path: Path, kind: PlainText) -> list[dict[str, object]]:
    """The records of a text file: the groups of the kind's pattern in each line; a heading holds for the lines after it."""
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    heading = re.compile(kind.heading or "$^")
    rows: list[dict[str, object]] = []
    held: dict[str, str | None] = {}
    for line in lines:
        if said := heading.match(line):
            held |= {name: text.strip() for name, text in said.groupdict().items() if text}
        if kind.comment and line.startswith(kind.comment):
            continue
        found = re.search(kind.pattern, line)
        assert found, line
        rows.append({**found.groupdict(), **held, "_number": len(rows) + 1})
    return rows


def _below(document: Any, names: list[str]) -> object:
    for name in names:
        document = document[name]
    return document


def raw_rows(path: Path, kind: FileKind) -> list[dict[str, object]] | list[dict[str, str]]:
    """The records of a file of a kind, by the standard library."""
    if isinstance(kind, Document):
        document = json.loads(path.read_text(encoding="utf-8"))
        carried = {name: _below(document, place.split(".")) for name, place in kind.carry.items()}
        return [{**carried, **record} for record in json_records(path, kind.records)]
    if kind.format == "jsonl":
        return json_lines(path)
    if kind.format in ("parquet", "arrow"):
        return (pl.read_parquet(path) if kind.format == "parquet" else pl.read_ipc_stream(path)).to_dicts()
    if isinstance(kind, PlainText):
        return text_rows(path, kind)
    assert isinstance(kind, Csv)
    return plain_rows(path, kind.separator) if kind.header else positional_rows(path, kind)


def _nested(row: dict[str, object] | dict[str, str], name: str) -> object:
    value: object = row
    for step in name.split(".") if name not in row else [name]:
        value = value.get(step) if isinstance(value, dict) else None
    return value


def records(
    kind: FileKind, rows: list[dict[str, object]] | list[dict[str, str]], first: int = 1, labels: dict[str, str] | None = None
) -> pl.LazyFrame:
    """Records as a mapping takes them: the declared columns, typed, and ``source_row``; a blank cell is unknown."""
    columns: dict[str, pl.Series | pl.Expr] = {name: pl.lit(value) for name, value in (labels or {}).items()}
    for column in kind.columns:
        if column.name == "_record":
            rows = [{**row, "_record": row} for row in rows]
        if "." in column.name and kind.format == "json":
            rows = [{**row, column.name: _nested(row, column.name)} for row in rows]
        unknown = ("", None, *getattr(kind, "nulls", ()))
        cells = [None if row.get(column.name) in unknown else row[column.name] for row in rows]  # type: ignore[index]
        if column.type == "JSON":
            columns[column.name] = pl.Series([None if cell is None else json.dumps(cell) for cell in cells], dtype=pl.String)
            continue
        if column.type.endswith("[]"):
            columns[column.name] = pl.Series(cells, dtype=DTYPES[column.type])
            continue
        if column.type == "BOOLEAN":
            cells = [{"true": True, "false": False}.get(str(cell).lower()) for cell in cells]
        is_text = any(isinstance(cell, str) for cell in cells)
        series = pl.Series(cells, dtype=pl.String) if is_text else pl.Series(cells, strict=False)
        columns[column.name] = series.cast(DTYPES[column.type])
    numbers = pl.int_range(first, first + len(rows), eager=True).alias("source_row")
    return pl.DataFrame(numbers).with_columns(**columns).lazy()


def mapped(
    dataset: str, kind_name: str, rows: list[dict[str, object]] | list[dict[str, str]], table: str, **labels: str
) -> list[dict[str, object]]:
    """Rows of a table that the source's mapping makes of records given as text."""
    kind = kind_of(dataset, kind_name)
    return source(dataset).mapping(kind.maps[table])(records(kind, rows, labels=labels)).collect().to_dicts()
