"""Renders a table's declaration as DuckDB SQL."""

from __future__ import annotations

from pathlib import Path

from tracekit.schema.load import Table


def quote_text(text: str) -> str:
    """Returns an SQL string literal."""
    return "'" + text.replace("'", "''") + "'"


def quote_name(name: str) -> str:
    """Returns an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def plain_path(path: Path) -> str:
    """Returns what DuckDB reads this one file by: it takes a path for a pattern, in lists and parameters as well.

    A backslash escapes nothing there, and makes it take a pattern as it stands where a file of that name is there.
    """
    text = str(path)
    return text if "\\" in text else "".join(f"[{sign}]" if sign in "*?[" else sign for sign in text)


def quote_path(path: Path) -> str:
    """Returns an SQL literal that means this one file."""
    return quote_text(plain_path(path))


def create_table(table: Table, name: str | None = None) -> str:
    """Returns ``CREATE TABLE`` with the table's types and NOT NULL constraints."""
    lines = [f"    {quote_name(field.name)} {field.type}{' NOT NULL' if field.name in table.required else ''}" for field in table.fields]
    return f"CREATE TABLE {quote_name(name or table.name)} (\n" + ",\n".join(lines) + "\n)"


def empty_select(table: Table) -> str:
    """Returns a SELECT of no rows with the table's columns and types."""
    columns = ", ".join(f"CAST(NULL AS {field.type}) AS {quote_name(field.name)}" for field in table.fields)
    return f"SELECT {columns} WHERE FALSE"


def with_derived(table: Table, rows: str) -> str:
    """Returns a SELECT of a table's rows with the columns that are worked out from stored ones.

    Args:
        table: The table.
        rows: What to select from: a relation with the stored columns.
    """
    if not table.derived:
        return f"SELECT * FROM {rows}"
    filled = {derived.field.name: derived.sql for derived in table.derived}
    columns = [f"({filled[name]}) AS {quote_name(name)}" if name in filled else quote_name(name) for name in table.columns]
    columns += [f"({derived.sql}) AS {quote_name(derived.field.name)}" for derived in table.added]
    return f"SELECT {', '.join(columns)} FROM {rows}"


def comments(table: Table, kind: str = "VIEW") -> list[str]:
    """Returns ``COMMENT ON`` statements for the table or view and each of its columns."""
    name = quote_name(table.name)
    return [f"COMMENT ON {kind} {name} IS {quote_text(f'{table.text} Grain: {table.grain}.')}"] + [
        f"COMMENT ON COLUMN {name}.{quote_name(field.name)} IS {quote_text(f'{field.text} [{field.unit}]')}"
        for field in (*table.fields, *(derived.field for derived in table.added if kind == "VIEW"))
    ]
