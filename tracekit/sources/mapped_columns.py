"""The raw columns that a mapping needs, with their types, and whether its columns can be made of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tracekit.errors import DeclarationError
from tracekit.schema.expression import sql_expression
from tracekit.schema.polars import DTYPES
from tracekit.sources.files import FileKind, RawColumn
from tracekit.sources.rowwise import other_rows
from tracekit.sources.target import Target

_EXAMPLE = "docs/mapping.md has a worked example"
_NUMBERS = ("BIGINT", "DOUBLE")
# A value of a type of Polars.
_ORDINARY: dict[str, list[Any]] = {"String": ["1"], "Int64": [1], "Float64": [1.0], "Boolean": [True]}


def fail(path: Path, words: str, fix: str | None = None) -> DeclarationError:
    """Returns the error of a mapping."""
    return DeclarationError(f"{path}: {words}", fix or _EXAMPLE)


def raw_columns(path: Path, targets: tuple[Target, ...], declared: dict[str, str], form: str) -> list[RawColumn]:
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
    types |= declared
    # A record of JSON lines may leave a key out; a column of a table may not be missing from its header.
    optional = form == "jsonl"
    # A column that is read as text is text, unless a format of text is expected.
    told = {name: said for name, said in logical.items() if said == "text" or types[name] in _NUMBERS}
    return [RawColumn(name, kind, name in required, optional and name not in required, told.get(name)) for name, kind in types.items()]


def check_types(path: Path, kind: FileKind, targets: tuple[Target, ...]) -> None:
    """Refuses a target that cannot be made of columns of their types, before a file is read."""
    import polars as pl

    empty = pl.DataFrame(schema={column.name: DTYPES.get(column.type, pl.String()) for column in kind.columns})
    types = {column.name: column.type for column in kind.columns}
    for target in targets:
        if target.value is not None:
            continue
        try:
            made = empty.select(made=target.in_unit())["made"].dtype
            # Some casts are refused only where there is a value.
            pl.Series(_ORDINARY.get(str(made), []), dtype=made).cast(DTYPES[target.field.type], strict=False)
        except pl.exceptions.PolarsError as error:
            names = target.given.meta.root_names()
            said = ", ".join(f"{name} is {types.get(name, 'unknown')}" for name in names)
            fix = f'say what type it has in the file, for example [raw] {names[0]} = "VARCHAR"' if names else _EXAMPLE
            line = str(error).strip().splitlines()[0]
            words = f"columns.{target.field.name}: {target.said} gives no {target.field.type} ({said}): {line}"
            raise fail(path, words, fix) from error


def _names_in(path: Path, target: Target) -> list[str]:
    """Returns the raw columns of an SQL expression, which has to need nothing but its own row."""
    import polars as pl

    where = f"columns.{target.field.name}"
    try:
        made = sql_expression(target.sql or "")
    except pl.exceptions.PolarsError as error:
        raise fail(path, f"{where}: not an SQL expression: {error}") from error
    if words := other_rows(made):
        shown = next((word for word in words if word in (target.sql or "").upper()), words[0])
        fix = "files are read in pieces: add such a column to the file first (a trace's first instant is its zero anyway)"
        raise fail(path, f"{where}: sql: {target.sql!r} looks at other rows than its own ({shown})", fix)
    return made.meta.root_names()
