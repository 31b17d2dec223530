"""Reads a mapping: the TOML file in which a user says how files become rows of a table.

See docs/mapping.md for the form of the file, with a worked example.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import msgspec

from tracekit.declare.build import build, read_toml
from tracekit.declare.checks import Character, Kebab, Text, Zone
from tracekit.declare.model import Check, Declared, Held, Named
from tracekit.errors import DeclarationError, did_you_mean
from tracekit.schema.load import Table, TableName, tables
from tracekit.schema.types import TypeName
from tracekit.schema.units import factor
from tracekit.sources.clock import Clock
from tracekit.sources.files import FileKind, TraceRule
from tracekit.sources.formats import find_format
from tracekit.sources.load import source_ids
from tracekit.sources.mapped import MappedSource
from tracekit.sources.mapped_columns import check_types, fail, raw_columns
from tracekit.sources.model import Licence
from tracekit.sources.target import Target

if TYPE_CHECKING:
    pass

_VALUES: dict[str, tuple[type, ...]] = {"BIGINT": (int,), "DOUBLE": (int, float), "VARCHAR": (str,), "BOOLEAN": (bool,)}
_FORMATS = {"csv": "csv", "tsv": "csv", "jsonl": "jsonl", "ndjson": "jsonl", "parquet": "parquet"}
# Columns that tracekit fills.
_OWN = ("dataset", "trace", "source_row")


class ColumnFile(Declared, frozen=True, kw_only=True):
    """How one column of the table is made.

    Attributes:
        name: The table's column.
        column: A raw column.
        sql: Or an SQL expression over the raw columns of a row.
        value: Or a constant.
        unit: Unit of the raw value, converted into the schema's; ``iso`` for instants as ISO 8601 text.
        format: strptime format of instants as text.
        required: Whether a row without it is set aside.
    """

    name: Annotated[str, Held()]
    column: Text | None = None
    sql: Text | None = None
    value: str | int | float | bool | None = None
    unit: Text | None = None
    format: Text | None = None
    required: bool = False

    def contradiction(self) -> str | None:
        """Returns which keys exclude each other."""
        if sum(given is not None for given in (self.column, self.sql, self.value)) != 1:
            return "column: give one of column, sql, value"
        if self.value is not None and (self.unit or self.format):
            return "value: a constant is in the schema's own unit"
        if self.format is not None and self.unit not in (None, "iso"):
            return "format: it is of instants as text, which have no unit"
        return None


class ClockFile(Declared, frozen=True, kw_only=True):
    """What a mapping says of the clock; what it leaves out is decided by its columns.

    Attributes:
        unit: Unit of the raw instants, in words.
        resolution_us: Resolution of the raw instants, microseconds; 0 where it is unknown.
        zero: ``first`` (the first instant of the trace), ``source`` (the file's own zero) or ``epoch``.
        anchor: Calendar instant of the file's zero as ISO text, ``epoch`` where instants count from 1970, or ``withheld``.
        zone: IANA time zone of the calendar.
        calendar: What of the calendar can be trusted.
        note: Where all this comes from.
    """

    unit: Text = "as mapped"
    resolution_us: int = 1
    zero: Literal["source", "first", "epoch"] = "first"
    anchor: str = "withheld"
    zone: Zone | None = None
    calendar: Literal["exact", "weekday_hour", "hour", "day_index", "none"] = "none"
    note: Text = "Declared by the mapping."


def _taken(dataset: str) -> str | None:
    return "is a source of tracekit: give yours another name, since rows of two mappings are not mixed" if dataset in source_ids() else None


class MappingFile(Declared, frozen=True, kw_only=True):
    """A mapping.

    Attributes:
        table: The table that records become rows of.
        columns: The table's columns → how each is made.
        dataset: Name of the dataset; without it, the name of the file.
        title: What it is called.
        family: The family that it belongs to, where the table does not say.
        format: How the files are read; without it, their names say.
        trace: A name, or a regular expression with a group ``trace`` on the path; without it, the name of the file.
        separator: What stands between the cells of a CSV file.
        header: Whether a CSV file has a header line.
        nulls: Words besides the empty cell that mean unknown.
        licence: SPDX id of the licence of the data.
        homepage: Where the data are published, if they are.
        time: The clock.
        raw: Types of raw columns, where the table's own do not fit.
    """

    table: TableName
    columns: Annotated[tuple[ColumnFile, ...], Named("column")] = ()
    dataset: Annotated[Kebab, Check(_taken)] | None = None
    title: Text | None = None
    family: Literal["llm", "serverless", "cluster", "energy"] | None = None
    format: Literal["csv", "jsonl", "parquet"] = "csv"
    trace: TraceRule | None = None
    separator: Character = ","
    header: bool = True
    nulls: tuple[str, ...] = ()
    licence: Text = "NOASSERTION"
    homepage: str = ""
    time: ClockFile = ClockFile()
    raw: dict[str, TypeName] = msgspec.field(default_factory=dict)


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
    body = read_toml(text, str(path))
    said = build(MappingFile, {"dataset": path.stem, **body}, str(path))
    table = tables()[said.table]
    targets = _targets(path, table, said.columns)
    clock = {name: getattr(said.time, name) for name in ClockFile.__struct_fields__}
    if any(target.is_text_instant and target.field.name == table.time for target in targets):
        clock |= {name: value for name, value in (("anchor", "epoch"), ("calendar", "exact")) if name not in body.get("time", {})}
    dataset = said.dataset or path.stem
    kind = _kind(path, said, table, targets, is_numbered="source_row" in text)
    check_types(path, kind, targets)
    return MappedSource(
        id=dataset,
        folder=path.parent,
        title=said.title or dataset,
        family=said.family or (table.family if table.family != "all" else "llm"),
        homepage=said.homepage,
        licence=Licence(spdx=said.licence, evidence="declared by the mapping", redistributable="no"),
        clock=build(Clock, {name: value for name, value in clock.items() if value is not None}, f"{path}: [time]"),
        files=(kind,),
        text=text,
        targets=targets,
    )


def _kind(path: Path, said: MappingFile, table: Table, targets: tuple[Target, ...], *, is_numbered: bool) -> FileKind:
    """Returns the one kind of file that a mapping reads."""
    of_csv: dict[str, Any] = {"separator": said.separator, "header": said.header, "nulls": said.nulls} if said.format == "csv" else {}
    for key, default in (("separator", ","), ("header", True), ("nulls", ())):
        if said.format != "csv" and getattr(said, key) != default:
            raise DeclarationError(f"{path}: {key}: it is of CSV, and the format is {said.format}", f"leave {key} out")
    return find_format(said.format)(
        name="records",
        text=f"Records of {said.dataset}, mapped by {path.name}.",
        path=r".",
        columns=tuple(raw_columns(path, targets, said.raw, said.format)),
        maps={table.name: table.name},
        trace=said.trace,
        required=tuple(target.field.name for target in targets if target.required),
        # Wherever it is written: what the number is for cannot be told.
        numbered=is_numbered,
        **of_csv,
    )


def _target(path: Path, table: Table, said: ColumnFile) -> Target:
    known = {f.name: f for f in table.fields if f.name not in _OWN}
    where = f"columns.{said.name}"
    if said.name not in known:
        hint = did_you_mean(said.name, list(known))
        raise fail(path, f"{where}: {table.name} has no such column.{hint}", f"it has {', '.join(known)}")
    field = known[said.name]
    is_required = said.required or said.name in table.required or said.name == table.time
    target = Target(field, said.column, said.sql, said.value, said.unit, said.format, is_required)
    if target.value is not None and not isinstance(target.value, _VALUES.get(field.type, object)):
        raise fail(path, f"{where}: value: {target.value!r} is not of the column's type, {field.type}")
    if target.is_text_instant and field.unit != "us":
        raise fail(path, f"{where}: iso and format are for instants; {said.name} is in {field.unit}")
    if target.unit not in (None, "iso"):
        factor(target.unit or "", field.unit, f"{path}: {where}")
    return target


def _targets(path: Path, table: Table, said: tuple[ColumnFile, ...]) -> tuple[Target, ...]:
    targets = tuple(_target(path, table, one) for one in said)
    given = {target.field.name for target in targets}
    if missing := sorted(set(table.required) - given - set(_OWN)):
        raise fail(path, f"columns: {table.name} needs {', '.join(missing)}")
    if table.time and table.time not in given:
        raise fail(path, f"columns: {table.name} is ordered by {table.time}; map it")
    return targets


def format_of(path: Path) -> str | None:
    """Returns the format that a file's name tells, compressed or not, or None."""
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
    """Reads a mapping file; where it names no format, the names of the files to ingest tell it.

    Raises:
        DeclarationError: It cannot be read, or is wrong.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise fail(path, f"cannot be read: {error}", "name a TOML file: --mapping my.toml") from error
    told = {form for given in files for form in map(format_of, _files_of(given)) if form}
    if len(told) == 1 and not re.search(r"(?m)^format\s*=", text):
        # Written down, so that the lake's copy reads the same without the files.
        text = f'format = "{told.pop()}"\n{text}'
    return parse_mapping(text, path)
