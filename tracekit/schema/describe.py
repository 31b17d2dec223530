"""Renders the schema as a Markdown data dictionary."""

from __future__ import annotations

from collections.abc import Iterable

from tracekit.schema.load import Derived, Table
from tracekit.schema.types import UNITS


def _rules(table: Table, name: str) -> str:
    field = next(f for f in table.fields if f.name == name)
    rules = ["never NULL"] if name in table.required else []
    if field.min is not None:
        rules.append(f"≥ {field.min:g}")
    if field.warn_max is not None:
        rules.append(f"above {field.warn_max:g} counted")
    if field.values is not None:
        rules.append("one of " + ", ".join(field.values))
    return "; ".join(rules)


def _derived(table: Table) -> str:
    """Returns what the lake's views work out from stored columns, as a table."""
    if not table.derived:
        return ""
    rows = "\n".join(f"| `{d.field.name}` | {d.field.type} | {d.field.unit} | {_meaning(table, d)} | `{d.sql}` |" for d in table.derived)
    return (
        "\nThe lake's views, not its files, also have what follows from these columns:\n\n"
        f"| column | type | unit | meaning | how |\n| --- | --- | --- | --- | --- |\n{rows}\n"
    )


def _meaning(table: Table, derived: Derived) -> str:
    if derived.field.name in table.columns:
        return f"As published; where it is not, from {' and '.join(f'`{name}`' for name in derived.needs)}."
    return derived.field.text.replace("|", "&#124;")


def describe_table(table: Table) -> str:
    """Returns one table's section of the dictionary."""
    order = f" Rows are in order of `{table.time}`." if table.time else ""
    rows = "\n".join(
        f"| `{f.name}` | {f.type} | {f.unit} | {f.text.replace('|', '&#124;')} | {_rules(table, f.name)} |" for f in table.fields
    )
    return (
        f"## {table.name}\n\n{table.text} One row is {table.grain}.{order}\n\n"
        f"| column | type | unit | meaning | rules |\n| --- | --- | --- | --- | --- |\n{rows}\n{_derived(table)}"
    )


def describe_schema(tables: Iterable[Table]) -> str:
    """Returns the whole dictionary; `docs/schema.md` is this text."""
    chosen = list(tables)
    used = sorted({f.unit for t in chosen for f in (*t.fields, *(d.field for d in t.added))})
    units = "\n".join(f"| {unit} | {UNITS[unit]} |" for unit in used)
    return (
        "# Data dictionary\n\nGenerated from `schemas/`; `make docs` writes it, a test holds it against the declaration.\n\n"
        "Instants are microseconds since the trace's zero (see `recording`); the lake's views add `<event>_at` where the\n"
        "source gives a calendar.\n\n"
        + "\n".join(describe_table(t) for t in chosen)
        + f"\n## Units\n\n| unit | meaning |\n| --- | --- |\n{units}\n"
    )
