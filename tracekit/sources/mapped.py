"""Sources that a user declares in one TOML file: any CSV, JSON lines or Parquet onto any table.

See docs/mapping.md for the form of the file, with a worked example.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tracekit.errors import DeclarationError, did_you_mean
from tracekit.schema.expression import sql_expression
from tracekit.schema.load import Field, Table, tables
from tracekit.schema.polars import DTYPES
from tracekit.schema.types import TYPES
from tracekit.schema.units import factor
from tracekit.sources.load import build, sources
from tracekit.sources.model import Clock, FileKind, Licence, RawColumn, Source

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
_FORMATS = {"csv": "csv", "tsv": "csv", "jsonl": "jsonl", "ndjson": "jsonl", "parquet": "parquet"}


@dataclass(frozen=True)
class Target:
    """How one column of the table is made.

    Attributes:
        field: The column.
        raw: A raw column's name.
        sql: Or an SQL expression over raw columns.
        value: Or a constant.
        unit: Unit of the raw value, ``iso`` for instants as ISO 8601 text, or None for the schema's own.
        format: strptime format of instants as text.
        required: Whether a row without it is set aside.
    """

    field: Field
    raw: str | None = None
    sql: str | None = None
    value: Any = None
    unit: str | None = None
    format: str | None = None
    required: bool = False

    @property
    def is_text_instant(self) -> bool:
        """Whether the raw value is an instant in words."""
        return self.unit == "iso" or self.format is not None

    @property
    def raw_type(self) -> str:
        """The type that its raw column is parsed as, unless the mapping says otherwise."""
        if self.is_text_instant:
            return "VARCHAR"
        if self.unit in ("us", "ns") and self.field.unit == "us":
            # Nanoseconds since 1970 have more digits than a double holds.
            return "BIGINT"
        return "DOUBLE" if self.unit is not None else self.field.type

    def expression(self) -> pl.Expr:
        """Returns the column as a Polars expression over raw columns."""
        import polars as pl

        if self.value is not None:
            return pl.lit(self.value)
        made = sql_expression(self.sql) if self.sql is not None else pl.col(self.raw or "")
        if self.is_text_instant:
            made = _instant(made, self.format)
        elif self.unit is not None:
            made = made * factor(self.unit, self.field.unit, self.field.name)
        if self.field.type == "BIGINT" and self.unit is not None:
            made = made.round()
        return made.cast(DTYPES[self.field.type])


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

    def mapping(self, function: str) -> Mapping:
        """Returns the mapping of the table that ``function`` names."""

        def mapped(raw: pl.LazyFrame) -> pl.LazyFrame:
            return raw.select("source_row", **{target.field.name: target.expression() for target in self.targets})

        return mapped


def _instant(text: pl.Expr, form: str | None) -> pl.Expr:
    """Microseconds since 1970 of instants as text; without a format ISO 8601, with Z or an offset (to UTC) or without (as printed)."""
    import polars as pl

    if form is not None:
        has_zone = re.search(r"%(#?z|:z|Z)", form) is not None
        at = text.str.to_datetime(form, time_unit="us", time_zone="UTC" if has_zone else None, strict=False)
        return at.dt.epoch("us")
    plain = text.str.strip_chars().str.replace(r"^(\d{4}-\d{2}-\d{2})[T ]", "${1} ")
    offset = plain.str.extract(r"([+-]\d{2}:?\d{2}|Z)$")
    sign = pl.when(offset.str.starts_with("-")).then(-1).otherwise(1)
    digits = offset.str.replace_all(r"\D", "")
    minutes = digits.str.slice(0, 2).cast(pl.Int64, strict=False) * 60 + digits.str.slice(2, 2).cast(pl.Int64, strict=False)
    local = plain.str.replace(r"\s*([+-]\d{2}:?\d{2}|Z)$", "")
    stamp = pl.coalesce(
        local.str.to_datetime("%Y-%m-%d %H:%M:%S%.f", time_unit="us", strict=False),
        local.str.to_datetime("%Y-%m-%d %H:%M", time_unit="us", strict=False),
        local.str.to_datetime("%Y-%m-%d", time_unit="us", strict=False),
    )
    return stamp.dt.epoch("us") - (sign * minutes * 60_000_000).fill_null(0)


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
    import polars as pl

    types: dict[str, str] = {}
    required: set[str] = set()
    for target in targets:
        if target.sql is not None:
            try:
                names = sql_expression(target.sql).meta.root_names()
            except pl.exceptions.PolarsError as error:
                raise _fail(path, f"columns.{target.field.name}: not an SQL expression: {error}") from error
            for name in names:
                types.setdefault(name, "VARCHAR" if target.is_text_instant else "DOUBLE")
        elif target.raw is not None:
            types[target.raw] = target.raw_type
            required |= {target.raw} if target.required else set()
    for name, kind in declared.items():
        if kind not in TYPES:
            raise _fail(path, f"raw.{name}: {kind!r} is no type.{did_you_mean(kind, list(TYPES))}", f"use one of {', '.join(TYPES)}")
    types |= declared
    # A record of JSON lines may leave a key out; a column of a table may not be missing from its header.
    return [RawColumn(name, kind, name in required, form == "jsonl" and name not in required) for name, kind in types.items()]


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
    """Returns the format that a file's name tells, compressed or not, or None."""
    for suffix in reversed(path.suffixes):
        if (form := _FORMATS.get(suffix.lower().lstrip("."))) is not None:
            return form
    return None


def read_mapping(path: Path, files: list[Path]) -> MappedSource:
    """Reads a mapping file; where it names no format, the names of the files to ingest tell it.

    Raises:
        DeclarationError: It cannot be read, or is wrong.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise _fail(path, f"cannot be read: {error}", "name a TOML file: --mapping my.toml") from error
    told = {form for form in map(format_of, files) if form}
    if len(told) == 1 and not re.search(r"(?m)^format\s*=", text):
        # Written down, so that the lake's copy reads the same without the files.
        text = f'format = "{told.pop()}"\n{text}'
    return parse_mapping(text, path)
