"""A chart as a page, or a caller, wants it otherwise than the query's header."""

from __future__ import annotations

from typing import Any

import msgspec

from tracekit.declare.build import build, shown
from tracekit.declare.model import Key, declarable
from tracekit.errors import DeclarationError, did_you_mean
from tracekit.query.chart import Chart, chart_kinds, find_chart
from tracekit.query.check_chart import check_chart
from tracekit.query.model import Query


def overridden(query: Query, override: dict[str, Any], where: str) -> Chart:
    """Returns the chart of a query's header with some of its keys set otherwise.

    Args:
        query: The query.
        override: Keys of ``chart``; with another ``kind`` those keys of the header stay that it has, too.
        where: What says so, for the message.

    Returns:
        The chart; a table where neither says another.

    Raises:
        DeclarationError: A key is unknown, or a value is of another type or no column of the query.
    """
    of_header = query.chart or find_chart("table")()
    if not override:
        return of_header
    kind = override.get("kind", of_header.kind)
    if kind not in (known := chart_kinds()):
        if not isinstance(kind, str):
            raise DeclarationError(f"{where}: kind: expected text, not {shown(kind)}", f'kind = "{known[0]}"')
        raise DeclarationError(
            f"{where}: kind: {kind!r} is not one of {', '.join(known)}.{did_you_mean(kind, known)}", f'kind = "{known[0]}"'
        )
    wanted = find_chart(kind)
    said = {name: getattr(of_header, key.attribute) for name, key in declarable(type(of_header)).items()}
    keys = declarable(wanted)
    kept = {name: found for name, value in said.items() if name in keys and (found := _taken(keys[name], value)) is not None}
    made = build(wanted, {**kept, **{name: value for name, value in override.items() if name != "kind"}}, where)
    check_chart(made, query, where)
    return made


def _taken(key: Key, value: Any) -> Any:
    """Returns what a kind of chart takes of a value that another kind has: of a list those items that it knows."""
    if isinstance(value, tuple):
        return [item for item in value if _is_taken(key, [item])] or None
    return value if value is not None and _is_taken(key, value) else None


def _is_taken(key: Key, value: Any) -> bool:
    try:
        msgspec.convert(value, key.hint)
    except msgspec.ValidationError:
        return False
    return True
