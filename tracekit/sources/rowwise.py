"""Whether an SQL expression needs nothing but its own row: a file is read in pieces, and a piece is not the file."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import polars as pl

# Parts of an expression and where their own parts are; a list's elements are within one row.
_PARTS = {
    "Column": (),
    "Literal": (),
    "Alias": (0,),
    "BinaryExpr": ("left", "right"),
    "Cast": ("expr",),
    "Ternary": ("predicate", "truthy", "falsy"),
    "Function": ("input",),
    "Eval": ("expr",),
}
# Functions of a row's own values. What is not listed is refused: a new one may look at its neighbours.
_GROUPS = {"Bitwise", "Clip", "ListExpr", "ArrayExpr", "Pow", "Sql", "StringExpr", "StructExpr", "TemporalExpr", "Trigonometry", "Truncate"}
_GROUPS |= {"Round", "Boolean", "Log", "Exp"}
_PLAIN = {"Abs", "Atan2", "Ceil", "Coalesce", "Exp", "FillNull", "Floor", "Log", "Log1p", "MaxHorizontal", "MinHorizontal", "Negate"}
_PLAIN |= {"Sign"}
_OVER_ROWS = {"Any", "All", "IsFirstDistinct", "IsLastDistinct", "IsUnique", "IsDuplicated", "ConcatVertical"}
_WORDS = {"Len": "COUNT(*)", "Over": "OVER", "Range": "ROW_NUMBER", "Shift": "LAG or LEAD", "SubPlan": "a subquery", "Explode": "UNNEST"}
_WORDS |= {"Mean": "AVG", "Std": "STDDEV", "Var": "VARIANCE", "Implode": "ARRAY_AGG", "NUnique": "COUNT(DISTINCT)", "Selector": "COLUMNS"}


def other_rows(expression: pl.Expr) -> list[str]:
    """Returns what in an expression looks at other rows than its own, in words of SQL; nothing where its own row is all it needs.

    Args:
        expression: As Polars parsed it: names and texts that read like functions are none.
    """
    return list(dict.fromkeys(_search(json.loads(expression.meta.serialize(format="json")), is_element=False)))


def _search(node: Any, *, is_element: bool) -> Iterator[str]:
    if isinstance(node, list):
        for part in node:
            yield from _search(part, is_element=is_element)
        return
    kind, body = next(iter(node.items())) if isinstance(node, dict) and node else (str(node), {})
    if kind not in _PARTS:
        # Within a list, an aggregate is over the list's elements.
        if not is_element:
            yield _word(kind, body)
            yield from _search(list(body.values()) if isinstance(body, dict) else [], is_element=False)
        return
    if kind == "Function" and not is_element:
        yield from _function(body["function"])
    yield from _search([body[part] for part in _PARTS[kind]], is_element=is_element or kind == "Eval")


def _function(function: Any) -> Iterator[str]:
    """Yields the function's word where it is not one of a row's own values."""
    group, name = next(iter(function.items())) if isinstance(function, dict) else (function, None)
    name = next(iter(name)) if isinstance(name, dict) and name else name
    if name in _OVER_ROWS:
        yield _word(str(name), None)
    elif group not in (_GROUPS if isinstance(function, dict) else _PLAIN):
        yield _word(group, None)


def _word(kind: str, body: Any) -> str:
    if kind == "Agg" and isinstance(body, dict) and body:
        kind = next(iter(body))
    return _WORDS.get(kind, kind.upper())
