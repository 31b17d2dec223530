"""SQL of a mapping whose casts set a record aside instead of stopping all: what was known before a cast and is not after it is told."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from tracekit.schema.expression import sql_expression

if TYPE_CHECKING:
    import polars as pl

_STRICT, _LENIENT = "Strict", "NonStrict"
# Within a list a cast is of its elements, which are no rows.
_ELEMENTS = ("Eval",)


@dataclass(frozen=True)
class Lenient:
    """An expression whose casts give NULL where they fail.

    Attributes:
        expression: The expression.
        fails: Whether a cast that counts failed; casts in a branch that a row does not take do not count. None: there are no casts.
    """

    expression: pl.Expr
    fails: pl.Expr | None


@cache
def lenient(text: str) -> Lenient:
    """Returns an SQL expression with lenient casts; see ``sql_expression`` for what it may hold."""
    import polars as pl

    tree = json.loads(sql_expression(text).meta.serialize(format="json"))
    found = [*_casts(tree, [])]
    for cast, _, _ in found:
        cast["options"] = _LENIENT
    failures = []
    for cast, taken, skipped in found:
        failed = _made({"Cast": cast}).is_null() & _made(cast["expr"]).is_not_null()
        conditions = [_made(one).fill_null(value=False) for one in taken] + [~_made(one).fill_null(value=False) for one in skipped]
        failures.append(pl.all_horizontal(failed, *conditions))
    return Lenient(_made(tree), pl.any_horizontal(failures) if failures else None)


def _made(tree: Any) -> pl.Expr:
    import polars as pl

    return pl.Expr.deserialize(json.dumps(tree).encode(), format="json")


def _casts(node: Any, branches: list[tuple[Any, bool]]) -> Iterator[tuple[Any, list[Any], list[Any]]]:
    """Yields the strict casts of a tree, with the conditions under which their value is taken, and those under which it is not."""
    if isinstance(node, list):
        for part in node:
            yield from _casts(part, branches)
    if not isinstance(node, dict):
        return
    for kind, body in node.items():
        if kind in _ELEMENTS:
            continue
        if kind == "Ternary":
            yield from _casts(body["predicate"], branches)
            yield from _casts(body["truthy"], [*branches, (body["predicate"], True)])
            yield from _casts(body["falsy"], [*branches, (body["predicate"], False)])
            continue
        if kind == "Cast" and isinstance(body, dict) and body.get("options") == _STRICT:
            yield body, [condition for condition, is_taken in branches if is_taken], [c for c, is_taken in branches if not is_taken]
        yield from _casts(body, branches)
