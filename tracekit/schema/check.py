"""Validation of mapped rows against a table's declaration, as Polars expressions."""

from __future__ import annotations

from functools import cache

import polars as pl

from tracekit.schema.load import Field, Table

# Instants of before the year 1 or after the year 9000 are no instants but another unit, or another quantity.
EARLIEST_US, LATEST_US = -62_135_596_800_000_000, 221_845_219_200_000_000
_US_PER_YEAR = 31_556_952_000_000


def year(us: pl.Expr) -> pl.Expr:
    """Returns the year of an instant in microseconds since 1970."""
    return (us / _US_PER_YEAR).floor().cast(pl.Int64, strict=False) + 1970


def _violation(field: Field, table: Table) -> list[tuple[pl.Expr, pl.Expr]]:
    column = pl.col(field.name)
    rules: list[tuple[pl.Expr, pl.Expr]] = []
    if field.name in table.required:
        rules.append((column.is_null(), pl.lit(f"{field.name} is missing")))
    if field.type == "DOUBLE":
        found = pl.format(f"{field.name} = {{}} is not a finite number", column)
        rules.append((column.is_infinite() | column.is_nan(), found))
    if field.unit == "us":
        found = pl.format(f"{field.name} = {{}} us is in the year {{}}, counted from 1970: is it in another unit?", column, year(column))
        rules.append(((column < EARLIEST_US) | (column > LATEST_US), found))
    if field.min is not None:
        rules.append((column < field.min, pl.format(f"{field.name} = {{}} is below {field.min}", column)))
    if field.values is not None:
        found = pl.format(f"{field.name} = {{}} is not one of {', '.join(field.values)}", column)
        rules.append((~column.is_in(list(field.values)), found))
    return rules


@cache
def violation(table: Table) -> pl.Expr:
    """Returns an expression: why a row is invalid (its first broken rule), or NULL."""
    rules = [rule for field in table.fields for rule in _violation(field, table)]
    reasons: list[pl.Expr] = [pl.when(broken).then(reason) for broken, reason in rules]
    return pl.coalesce([*reasons, pl.lit(None, pl.String)])


@cache
def is_invalid(table: Table) -> pl.Expr:
    """Returns a boolean expression, cheaper than ``violation``: whether a row breaks any rule."""
    rules = [broken.fill_null(value=False) for field in table.fields for broken, _ in _violation(field, table)]
    return pl.any_horizontal(rules) if rules else pl.lit(value=False)
