"""Arithmetic of mappings that gives the same digits whatever piece of a file a record stands in."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl


def divided(value: pl.Expr, by: float) -> pl.Expr:
    """Divides by a constant, rounded once.

    Polars multiplies by 1 / constant where it divides by a literal, in long columns only: the last digit would depend on the piece.

    Args:
        value: Numbers.
        by: The divisor, finite and not zero.
    """
    return value / (value * 0 + by)


def ratio_of(percent: pl.Expr) -> pl.Expr:
    """Returns percent as a fraction."""
    return divided(percent, 100)
