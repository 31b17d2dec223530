"""SQL expressions of mappings and errata: over the columns at hand, and nothing else."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl

_TEXT = re.compile(r"'(?:[^']|'')*'")
# A sub-query, what opens files inside one, and comments, which could hide either.
_REACHES_OUT = re.compile(r"\bselect\b|\(\s*from\b|\b(?:read|scan)_\w+\"?\s*\(|--|/\*", re.IGNORECASE)

# What gives another value tomorrow: the same input gives the same rows.
_CHANGES = re.compile(r"\b(?:now|today|random|rand|uuid)\s*\(|\bcurrent_(?:date|time|timestamp)\b|\blocaltime(?:stamp)?\b", re.IGNORECASE)


def sql_expression(text: str) -> pl.Expr:
    """Returns an SQL expression over columns as a Polars expression.

    Polars runs sub-queries while it parses, and these can read any file (``(SELECT x FROM read_csv('…'))``): they are refused before.

    Args:
        text: The expression, e.g. ``prompt * cached_pct / 100``.

    Raises:
        pl.exceptions.PolarsError: It is no expression, or holds a sub-query, a reading function, a comment, the clock or chance.
    """
    import polars as pl

    # Words in text literals are no SQL; where a backslash leaves open where a literal ends, they count.
    plain = text if "\\" in text else _TEXT.sub("''", text)
    if found := _CHANGES.search(plain):
        raise pl.exceptions.SQLInterfaceError(f"{found[0]!r} is another value in every run, and the same input gives the same rows")
    if found := _REACHES_OUT.search(plain):
        raise pl.exceptions.SQLInterfaceError(
            f"{found[0]!r} is not for an expression over the columns: no sub-queries, no files, no comments"
        )
    return pl.sql_expr(text)
