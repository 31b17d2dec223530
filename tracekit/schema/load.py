"""Reads the schema declaration: fields.toml and one TOML per table."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Annotated

from tracekit import assets
from tracekit.declare.build import build, build_named, read_file
from tracekit.declare.checks import Text
from tracekit.declare.model import Check, Declared, Held, Named
from tracekit.errors import DeclarationError, UsageError, did_you_mean
from tracekit.schema.types import FamilyName, TypeName, UnitName


class Field(Declared, frozen=True):
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

    name: Annotated[str, Held()]
    type: TypeName
    unit: UnitName
    text: Text
    min: int | float | None = None
    warn_max: int | float | None = None
    values: tuple[str, ...] | None = None

    def contradiction(self) -> str | None:
        """Returns which bound or list does not fit the type."""
        if self.values is not None and not self.type.startswith("VARCHAR"):
            return f"values: a closed list of words is of text, and the type is {self.type}"
        for key, bound in (("min", self.min), ("warn_max", self.warn_max)):
            if bound is not None and self.type not in ("BIGINT", "DOUBLE"):
                return f"{key}: bounds are of numbers, and the type is {self.type}"
        if self.min is not None and self.warn_max is not None and self.min > self.warn_max:
            return f"warn_max: {self.warn_max} is below min, {self.min}"
        return None


class DerivedFile(Declared, frozen=True, kw_only=True):
    """A derived column as its table declares it.

    Attributes:
        name: The column, one of fields.toml.
        sql: Expression over the stored columns, in SQL that every engine reads.
        needs: Stored columns that make it known.
    """

    name: Annotated[str, Held()]
    sql: Text
    needs: tuple[str, ...]


class TableFile(Declared, frozen=True, kw_only=True):
    """A table as its file declares it.

    Attributes:
        text: What it holds.
        grain: What one row is.
        family: A family, or ``all``.
        columns: Its columns, in order, each one of fields.toml; it starts with dataset, trace.
        required: Columns that are never NULL.
        time: The column that rows are ordered by, if they have an instant.
        stream: The name of its events in the ``arrival`` view, if its rows are arrivals.
        derived: Columns that the lake's views work out; they are not in its files.
    """

    text: Text
    grain: Text
    family: FamilyName
    columns: tuple[str, ...]
    required: tuple[str, ...]
    time: str | None = None
    stream: str | None = None
    derived: Annotated[tuple[DerivedFile, ...], Named()] = ()

    def contradiction(self) -> str | None:
        """Returns which column is named twice, or nowhere."""
        if self.columns[:2] != ("dataset", "trace"):
            return "columns: a table starts with dataset, trace"
        for column in self.columns:
            if self.columns.count(column) > 1:
                return f"columns: duplicate column {column!r}"
        if not self.required:
            return "required: at least dataset is never NULL"
        said = [
            ("required", self.required),
            ("time", (self.time,) if self.time else ()),
            *((f"derived.{d.name}.needs", d.needs) for d in self.derived),
        ]
        for key, names in said:
            if lost := [name for name in names if name not in self.columns]:
                return f"{key}: {lost[0]!r} is not a column of the table.{did_you_mean(lost[0], list(self.columns))}"
        return None


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
    family: FamilyName
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


def load_fields(path: Path) -> dict[str, Field]:
    """Reads fields.toml.

    Args:
        path: The file.

    Returns:
        Field name → field.

    Raises:
        DeclarationError: A field is wrong; names file and key.
    """
    return {field.name: field for field in build_named(Field, read_file(path), str(path))}


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
    said = build(TableFile, read_file(path), str(path))
    named = [("columns", name) for name in said.columns] + [("derived", derived.name) for derived in said.derived]
    for key, name in named:
        if name not in fields:
            fix = f"declare it in fields.toml, or write one of its {len(fields)} names"
            raise DeclarationError(f"{path}: {key}: {name!r} is not in fields.toml.{did_you_mean(name, list(fields))}", fix)
    return Table(
        path.stem,
        said.text,
        said.grain,
        said.family,
        said.time,
        said.stream,
        tuple(fields[column] for column in said.columns),
        frozenset(said.required),
        tuple(Derived(fields[d.name], " ".join(d.sql.split()), d.needs) for d in said.derived),
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


def _no_table(name: str) -> str | None:
    return None if name in tables() else f"is no table of the lake.{did_you_mean(name, list(tables()))}"


TableName = Annotated[str, Check(_no_table, choices=lambda: tables())]
