"""Reads the schema declaration: fields.toml and one TOML per table."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from tracekit import assets
from tracekit.errors import DeclarationError, UsageError, did_you_mean
from tracekit.schema.types import TYPES, UNITS

FAMILIES = ("llm", "serverless", "cluster", "energy")
_FIELD_KEYS = {"type", "unit", "text", "min", "warn_max", "values"}
_TABLE_KEYS = {"text", "grain", "family", "time", "stream", "columns", "required", "derived"}
_DERIVED_KEYS = {"sql", "needs"}


@dataclass(frozen=True)
class Field:
    """A column: one meaning, one type, one unit in every table that has it.

    Attributes:
        name: The column's name.
        type: A logical type of ``types.TYPES``.
        unit: A unit of ``types.UNITS``.
        text: What it means.
        min: Smallest valid value; a smaller one is rejected.
        warn_max: Largest plausible value; a larger one is kept and counted.
        values: The closed list of words, if there is one.
    """

    name: str
    type: str
    unit: str
    text: str
    min: float | None = None
    warn_max: float | None = None
    values: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Derived:
    """A column that the lake's views work out from stored ones.

    Attributes:
        field: The column; one that the table stores is filled where it is not published.
        sql: Expression over the stored columns, in SQL that every engine reads.
        needs: Stored columns that make it known.
    """

    field: Field
    sql: str
    needs: tuple[str, ...]


@dataclass(frozen=True)
class Table:
    """A table of the lake.

    Attributes:
        name: The table's name.
        text: What it holds.
        grain: What one row is.
        family: A family of ``FAMILIES``, or ``all``.
        time: The column that rows are ordered by, if they have an instant.
        stream: The name of its events in the ``arrival`` view, if its rows are arrivals.
        fields: Its columns, in order.
        required: Columns that are never NULL.
        derived: Columns that the lake's views work out; they are not in its files.
    """

    name: str
    text: str
    grain: str
    family: str
    time: str | None
    stream: str | None
    fields: tuple[Field, ...]
    required: frozenset[str]
    derived: tuple[Derived, ...] = ()

    @property
    def columns(self) -> list[str]:
        """Column names, in order."""
        return [field.name for field in self.fields]

    @property
    def added(self) -> list[Derived]:
        """What the views have beyond the stored columns."""
        return [derived for derived in self.derived if derived.field.name not in self.columns]

    def requiring(self, columns: Iterable[str]) -> Table:
        """Returns the table with more of its columns required; names that it does not have are left out."""
        return replace(self, required=self.required | (set(columns) & set(self.columns)))

    @property
    def instants(self) -> list[str]:
        """Columns that are instants on the trace's clock."""
        return [field.name for field in self.fields if field.unit == "us"]


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise DeclarationError(f"{path}: not valid TOML: {error}", "correct the file at the line named") from error


def _field(path: Path, name: str, body: object) -> Field:
    where = f"{path}: [{name}]"
    if not isinstance(body, dict):
        raise DeclarationError(f"{where}: expected a table of type, unit, text")
    if unknown := sorted(set(body) - _FIELD_KEYS):
        raise DeclarationError(f"{where}: unknown key {unknown[0]!r}.{did_you_mean(unknown[0], sorted(_FIELD_KEYS))}")
    for key in ("type", "unit", "text"):
        if not isinstance(body.get(key), str) or not body[key].strip():
            raise DeclarationError(f"{where}: missing {key}", f"every column states its {key}")
    if body["type"] not in TYPES:
        raise DeclarationError(f"{where}: unknown type {body['type']!r}", f"use one of {', '.join(TYPES)}")
    if body["unit"] not in UNITS:
        raise DeclarationError(f"{where}: unknown unit {body['unit']!r}.{did_you_mean(body['unit'], list(UNITS))}")
    values = body.get("values")
    return Field(
        name,
        body["type"],
        body["unit"],
        body["text"].strip(),
        body.get("min"),
        body.get("warn_max"),
        tuple(values) if values is not None else None,
    )


def load_fields(path: Path) -> dict[str, Field]:
    """Reads fields.toml.

    Args:
        path: The file.

    Returns:
        Field name → field.

    Raises:
        DeclarationError: A field is wrong; names file and key.
    """
    return {name: _field(path, name, body) for name, body in _read_toml(path).items()}


def _derived(path: Path, name: str, body: object, columns: list[str], fields: dict[str, Field]) -> Derived:
    where = f"{path}: [derived.{name}]"
    if name not in fields:
        raise DeclarationError(f"{where}: {name!r} is not in fields.toml.{did_you_mean(name, list(fields))}")
    if not isinstance(body, dict) or set(body) != _DERIVED_KEYS:
        raise DeclarationError(f"{where}: expected a table of {', '.join(sorted(_DERIVED_KEYS))}")
    if lost := [column for column in body["needs"] if column not in columns]:
        raise DeclarationError(f"{where}: needs: {lost[0]!r} is not a column of the table")
    return Derived(fields[name], " ".join(body["sql"].split()), tuple(body["needs"]))


def load_table(path: Path, fields: dict[str, Field]) -> Table:
    """Reads one table declaration.

    Args:
        path: ``<table>.toml``; the file's stem is the table's name.
        fields: The fields that its columns may name.

    Returns:
        The table.

    Raises:
        DeclarationError: The declaration is wrong; names file and key.
    """
    body = _read_toml(path)
    if unknown := sorted(set(body) - _TABLE_KEYS):
        raise DeclarationError(f"{path}: unknown key {unknown[0]!r}.{did_you_mean(unknown[0], sorted(_TABLE_KEYS))}")
    for key in ("text", "grain", "family", "columns", "required"):
        if not body.get(key):
            raise DeclarationError(f"{path}: missing {key}")
    if body["family"] not in (*FAMILIES, "all"):
        raise DeclarationError(f"{path}: family: unknown family {body['family']!r}")
    columns: list[str] = body["columns"]
    for column in columns:
        if column not in fields:
            hint = did_you_mean(column, list(fields))
            raise DeclarationError(f"{path}: columns: {column!r} is not in fields.toml.{hint}")
        if columns.count(column) > 1:
            raise DeclarationError(f"{path}: columns: duplicate column {column!r}")
    for key in ("required", "time"):
        for column in [body[key]] if isinstance(body.get(key), str) else body.get(key, []):
            if column not in columns:
                raise DeclarationError(f"{path}: {key}: {column!r} is not a column of the table")
    if columns[:2] != ["dataset", "trace"]:
        raise DeclarationError(f"{path}: columns: a table starts with dataset, trace")
    derived = [_derived(path, name, spec, columns, fields) for name, spec in body.get("derived", {}).items()]
    return Table(
        path.stem,
        body["text"],
        body["grain"],
        body["family"],
        body.get("time"),
        body.get("stream"),
        tuple(fields[column] for column in columns),
        frozenset(body["required"]),
        tuple(derived),
    )


def load_schema(folder: Path) -> dict[str, Table]:
    """Reads a folder with fields.toml and one TOML per table.

    Returns:
        Table name → table, by name.

    Raises:
        DeclarationError: A declaration is wrong, or a field belongs to no table.
    """
    fields = load_fields(folder / "fields.toml")
    tables = {path.stem: load_table(path, fields) for path in sorted(folder.glob("*.toml")) if path.name != "fields.toml"}
    used = {field.name for table in tables.values() for field in (*table.fields, *(derived.field for derived in table.derived))}
    if unused := sorted(set(fields) - used):
        raise DeclarationError(f"{folder / 'fields.toml'}: [{unused[0]}] is a column of no table", "delete it")
    return tables


@cache
def tables() -> dict[str, Table]:
    """Returns the tables that ship with tracekit, by name."""
    return load_schema(assets.schemas_dir())


def table(name: str) -> Table:
    """Returns one table.

    Raises:
        UsageError: There is no such table.
    """
    known = tables()
    if name not in known:
        raise UsageError(f"there is no table {name!r}.{did_you_mean(name, list(known))}", "tracekit describe --tables")
    return known[name]
