"""Sources that a user declares in one TOML file: any CSV, JSON lines or Parquet onto any table.

See docs/mapping.md for the form of the file, with a worked example.
"""

from __future__ import annotations

import os
import re
import tomllib
import zoneinfo
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tracekit.errors import DeclarationError, did_you_mean
from tracekit.schema.expression import sql_expression
from tracekit.schema.load import Table, tables
from tracekit.schema.types import TYPES
from tracekit.schema.units import factor
from tracekit.sources.load import build, sources
from tracekit.sources.model import Clock, FileKind, Licence, RawColumn, Source
from tracekit.sources.rowwise import other_rows
from tracekit.sources.target import Target

if TYPE_CHECKING:
    import polars as pl

    from tracekit.sources.model import Mapping

_KEYS = {
    "dataset",
    "table",
    "title",
    "family",
    "format",
    "trace",
    "separator",
    "header",
    "nulls",
    "licence",
    "homepage",
    "time",
    "raw",
    "columns",
}
_COLUMN_KEYS = {"column", "sql", "value", "unit", "format", "required"}
_TIME = {
    "unit": "as mapped",
    "resolution_us": 1,
    "zero": "first",
    "anchor": "withheld",
    "calendar": "none",
    "note": "Declared by the mapping.",
}
_NUMBERS = ("BIGINT", "DOUBLE")
_VALUES: dict[str, tuple[type, ...]] = {"BIGINT": (int,), "DOUBLE": (int, float), "VARCHAR": (str,), "BOOLEAN": (bool,)}
_FORMATS = {"csv": "csv", "tsv": "csv", "jsonl": "jsonl", "ndjson": "jsonl", "parquet": "parquet"}


@dataclass(frozen=True)
class MappedSource(Source):
    """A source declared by a user's TOML file.

    Attributes:
        text: The file, as it was read.
        targets: The columns that it maps.
    """

    text: str = ""
    targets: tuple[Target, ...] = field(default=())

    @property
    def definition(self) -> bytes:
        """What decides the rows: the file as a whole."""
        return self.text.encode()

    @property
    def assumed(self) -> list[str]:
        """What the mapping leaves unsaid and the schema decides: instants without a unit."""
        return [
            f"{target.field.name}: plain numbers of {target.said} are taken as microseconds; unit = 'us' says so, 's' or 'ms' otherwise"
            for target in self.targets
            if target.is_number_instant and target.unit is None
        ]

    def misplaced(self, records: pl.DataFrame) -> dict[int, str]:
        """Returns the records whose instants cannot be read, or lie in no year that a clock can show, with column, value, unit and year."""
        import polars as pl

        from tracekit.schema.check import EARLIEST_US, LATEST_US, year

        found: dict[int, str] = {}
        for target in self.targets:
            if target.is_text_instant:
                found |= _unread(target, records)
            if not target.is_number_instant:
                continue
            given = target.given.cast(pl.Float64, strict=False)
            us = given * factor(target.unit or "us", "us", target.field.name)
            is_wrong = (us < EARLIEST_US) | (us > LATEST_US)
            wrong = records.select("source_row", given=given, year=year(us), is_wrong=is_wrong).filter("is_wrong")
            for row, value, at in wrong.select("source_row", "given", "year").iter_rows():
                said = f"{target.field.name}: {target.said} is {value:.15g} in {target.unit or 'us'}"
                when = f"the year {at:,}" if at is not None else "no year that can be written"
                found.setdefault(row, f"{said}, which from 1970 on is {when}: is its unit a smaller one?")
        return found

    def mapping(self, function: str) -> Mapping:
        """Returns the mapping of the table that ``function`` names."""

        def mapped(raw: pl.LazyFrame) -> pl.LazyFrame:
            return raw.select("source_row", **{target.field.name: target.expression() for target in self.targets})

        return mapped


def _unread(target: Target, records: pl.DataFrame) -> dict[int, str]:
    """Returns the records whose text is no instant, with the text."""
    import polars as pl

    given = target.given.cast(pl.String)
    wrong = records.select("source_row", given=given, is_read=target.expression().is_not_null())
    wrong = wrong.filter(pl.col("given").str.strip_chars().str.len_bytes() > 0, ~pl.col("is_read"))
    form = f"in the form {target.format!r}" if target.format else "as ISO 8601 writes it"
    return {row: f"{target.field.name}: {target.said}: {text[:80]!r} is no instant {form}" for row, text, _ in wrong.iter_rows()}


def _fail(path: Path, words: str, fix: str | None = None) -> DeclarationError:
    return DeclarationError(f"{path}: {words}", fix or "docs/mapping.md has a worked example")


def _target(path: Path, table: Table, name: str, spec: Any) -> Target:
    known = {f.name: f for f in table.fields if f.name not in ("dataset", "trace", "source_row")}
    where = f"columns.{name}"
    if name not in known:
        raise _fail(path, f"{where}: {table.name} has no such column.{did_you_mean(name, list(known))}", f"it has {', '.join(known)}")
    body = {"column": spec} if isinstance(spec, str) else spec
    if not isinstance(body, dict):
        raise _fail(path, f"{where}: give a raw column's name, or a table of {', '.join(sorted(_COLUMN_KEYS))}")
    if unknown := sorted(set(body) - _COLUMN_KEYS):
        raise _fail(path, f"{where}: unknown key {unknown[0]!r}.{did_you_mean(unknown[0], sorted(_COLUMN_KEYS))}")
    if len({"column", "sql", "value"} & set(body)) != 1:
        raise _fail(path, f"{where}: give one of column, sql, value")
    target = Target(
        known[name],
        body.get("column"),
        body.get("sql"),
        body.get("value"),
        body.get("unit"),
        body.get("format"),
        bool(body.get("required", False)) or name in table.required or name == table.time,
    )
    if target.value is not None and not isinstance(target.value, _VALUES.get(known[name].type, object)):
        raise _fail(path, f"{where}: value: {target.value!r} is not of the column's type, {known[name].type}")
    if target.is_text_instant and known[name].unit != "us":
        raise _fail(path, f"{where}: iso and format are for instants; {name} is in {known[name].unit}")
    if target.unit not in (None, "iso"):
        factor(target.unit or "", known[name].unit, f"{path}: {where}")
    return target


def _targets(path: Path, table: Table, body: dict[str, Any]) -> tuple[Target, ...]:
    targets = tuple(_target(path, table, name, spec) for name, spec in body.items())
    given = {target.field.name for target in targets}
    if missing := sorted(set(table.required) - given - {"dataset", "trace", "source_row"}):
        raise _fail(path, f"columns: {table.name} needs {', '.join(missing)}")
    if table.time and table.time not in given:
        raise _fail(path, f"columns: {table.name} is ordered by {table.time}; map it")
    return targets


def _raw_columns(path: Path, targets: tuple[Target, ...], declared: dict[str, str], form: str) -> list[RawColumn]:
    """Returns the raw columns that the targets need, with their types."""
    types: dict[str, str] = {}
    logical: dict[str, str | None] = {}
    required: set[str] = set()
    for target in targets:
        if target.sql is not None:
            for name in _names_in(path, target):
                logical[name] = None
                types.setdefault(name, "VARCHAR" if target.is_text_instant else "DOUBLE")
        elif target.raw is not None:
            # Two targets that make different things of a column leave open what it is.
            logical[target.raw] = target.logical if logical.get(target.raw, target.logical) == target.logical else None
            types[target.raw] = target.raw_type
            required |= {target.raw} if target.required else set()
    for name, kind in declared.items():
        if kind not in TYPES:
            raise _fail(path, f"raw.{name}: {kind!r} is no type.{did_you_mean(kind, list(TYPES))}", f"use one of {', '.join(TYPES)}")
    types |= declared
    # A record of JSON lines may leave a key out; a column of a table may not be missing from its header.
    optional = form == "jsonl"
    # A column that is read as text is text, unless a format of text is expected.
    found = {name: said for name, said in logical.items() if said == "text" or types[name] in _NUMBERS}
    return [RawColumn(name, kind, name in required, optional and name not in required, found.get(name)) for name, kind in types.items()]


def _names_in(path: Path, target: Target) -> list[str]:
    """Returns the raw columns of an SQL expression, which has to need nothing but its own row."""
    import polars as pl

    where = f"columns.{target.field.name}"
    try:
        made = sql_expression(target.sql or "")
    except pl.exceptions.PolarsError as error:
        raise _fail(path, f"{where}: not an SQL expression: {error}") from error
    if words := other_rows(made):
        shown = next((word for word in words if word in (target.sql or "").upper()), words[0])
        fix = "files are read in pieces: add such a column to the file first (a trace's first instant is its zero anyway)"
        raise _fail(path, f"{where}: sql: {target.sql!r} looks at other rows than its own ({shown})", fix)
    return made.meta.root_names()


def _check_raw(path: Path, body: dict[str, Any]) -> None:
    """Refuses what no raw file can be read or named by."""
    separator, trace, zone = body.get("separator", ","), body.get("trace"), body.get("time", {}).get("zone")
    if not isinstance(separator, str) or len(separator.encode()) != 1:
        raise _fail(path, f"separator: {separator!r} is not one character", 'for example separator = ";" or "\\t"')
    if trace is not None:
        try:
            is_pattern = re.compile(trace).groups > 0
        except (re.error, TypeError) as error:
            raise _fail(path, f"trace: {trace!r} is no regular expression: {error}", "a name, or a pattern with (?P<trace>…)") from error
        if is_pattern and "trace" not in re.compile(trace).groupindex:
            raise _fail(path, f"trace: {trace!r} has no group named trace", "write (?P<trace>…) around what names the trace")
    if zone is not None:
        try:
            zoneinfo.ZoneInfo(zone)
        except (KeyError, TypeError, ValueError, OSError) as error:
            hint = did_you_mean(str(zone), sorted(zoneinfo.available_timezones()))
            raise _fail(path, f"[time]: zone: {zone!r} is no time zone.{hint}", "a name such as Europe/Berlin, or UTC") from error


def parse_mapping(text: str, path: Path) -> MappedSource:
    """Reads a mapping.

    Args:
        text: The TOML.
        path: Where it stands, for messages; its stem names the dataset unless the file does.

    Returns:
        The source that it declares.

    Raises:
        DeclarationError: The file is wrong; names file and key.
    """
    try:
        body = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _fail(path, f"not valid TOML: {error}") from error
    if unknown := sorted(set(body) - _KEYS):
        raise _fail(path, f"unknown key {unknown[0]!r}.{did_you_mean(unknown[0], sorted(_KEYS))}")
    dataset = body.get("dataset", path.stem)
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", dataset):
        raise _fail(path, f"dataset: {dataset!r} is not a name in kebab-case", "for example dataset = 'my-gateway-logs'")
    if dataset in sources():
        raise _fail(path, f"dataset: {dataset!r} is a source of tracekit", "give yours another name: rows of two mappings are not mixed")
    if body.get("table") not in tables():
        hint = did_you_mean(str(body.get("table")), list(tables()))
        raise _fail(path, f"table: {body.get('table')!r} is no table.{hint}", "tracekit describe --tables lists them")
    table = tables()[body["table"]]
    form = body.get("format", "csv")
    if form not in ("csv", "jsonl", "parquet"):
        raise _fail(path, f"format: {form!r} is not one of csv, jsonl, parquet")
    targets = _targets(path, table, body.get("columns", {}))
    _check_raw(path, body)
    dated = {"anchor": "epoch", "calendar": "exact"} if any(t.is_text_instant and t.field.name == table.time for t in targets) else {}
    clock = build(Clock, {**_TIME, **dated, **body.get("time", {})}, f"{path}: [time]")
    kind = FileKind(
        name="records",
        text=f"Records of {dataset}, mapped by {path.name}.",
        path=r".",
        format=form,
        columns=tuple(_raw_columns(path, targets, body.get("raw", {}), form)),
        maps={table.name: table.name},
        trace=body.get("trace"),
        separator=body.get("separator", ","),
        header=body.get("header", True),
        nulls=tuple(body.get("nulls", ())),
        required=tuple(target.field.name for target in targets if target.required),
        # Wherever it is written: what the number is for is not known.
        numbered="source_row" in text,
    )
    family = table.family if table.family != "all" else "llm"
    return MappedSource(
        id=dataset,
        folder=path.parent,
        title=body.get("title", dataset),
        family=body.get("family", family),
        homepage=body.get("homepage", ""),
        paper="",
        bibtex="",
        licence=Licence(body.get("licence", "NOASSERTION"), "declared by the mapping", "no"),
        clock=clock,
        files=(kind,),
        ignored=(),
        downloads=(),
        how_to_get=None,
        errata=(),
        claims=(),
        text=text,
        targets=targets,
    )


def format_of(path: Path) -> str | None:
    """Returns the format that a file's name gives, compressed or not, or None."""
    for suffix in reversed(path.suffixes):
        if (form := _FORMATS.get(suffix.lower().lstrip("."))) is not None:
            return form
    return None


def _files_of(given: Path) -> Iterator[Path]:
    """Yields a file, or the files of a folder."""
    if given.is_dir():
        yield from (Path(folder) / name for folder, _, names in os.walk(given) for name in names if not name.startswith("."))
    else:
        yield given


def read_mapping(path: Path, files: list[Path]) -> MappedSource:
    """Reads a mapping file; where it names no format, the names of the files to ingest give it.

    Raises:
        DeclarationError: It cannot be read, or is wrong.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise _fail(path, f"cannot be read: {error}", "name a TOML file: --mapping my.toml") from error
    found = {form for given in files for form in map(format_of, _files_of(given)) if form}
    if len(found) == 1 and not re.search(r"(?m)^format\s*=", text):
        # Written down, so that the lake's copy reads the same without the files.
        text = f'format = "{found.pop()}"\n{text}'
    return parse_mapping(text, path)
