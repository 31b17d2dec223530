"""What numbers a parameter can mean: beyond them an engine overflows, divides by nothing, or counts for ever."""

from __future__ import annotations

import re
from typing import Any

from tracekit.errors import UsageError
from tracekit.query.model import Param

# Lengths that time is cut by: at least a tick of the clock. Of all seconds: 30 years, in microseconds, leave room for sums of them.
_CUTS = re.compile(r"(windows?|width|tick|smooth)_s")
_PARTS = re.compile(r"quantiles|shares")
# How often something is done or kept; each costs time or memory.
_REPEATS = re.compile(r"replicates|max_lag|windows|servers|most|block")
_BY_UNIT: dict[str, tuple[float, float]] = {
    "s": (0, 1e9),
    "ratio": (0, 1e6),
    "degC": (-1_000, 1_000),
    "tokens": (0, 1e12),
    "MB": (0, 1e12),
}
_COUNTS = (0, 1e12)
_NUMBERS = (0, 1e12)


def bounds_of(param: Param) -> tuple[float, float] | None:
    """Returns the least and the largest number that a parameter takes, or None where it takes no numbers."""
    kind = param.type.removesuffix("[]")
    if kind not in ("BIGINT", "DOUBLE"):
        return None
    if _CUTS.fullmatch(param.name):
        return (1e-6, _BY_UNIT["s"][1])
    if param.name.startswith("step_"):
        return (1e-6, _BY_UNIT.get(param.unit, _NUMBERS)[1])
    if _PARTS.fullmatch(param.name):
        return (0, 1)
    if _REPEATS.fullmatch(param.name):
        return (1, 10_000)
    return _BY_UNIT.get(param.unit, _COUNTS if kind == "BIGINT" else _NUMBERS)


def check_bounds(query: str, param: Param, value: Any) -> None:
    """Refuses numbers that a parameter cannot mean.

    Args:
        query: The query's name, for the message.
        param: The parameter.
        value: Its value, typed; a list is looked at item by item.

    Raises:
        UsageError: A number is out of bounds; says which are not.
    """
    bounds = bounds_of(param)
    if bounds is None or value is None:
        return
    low, high = bounds
    for number in value if isinstance(value, list) else [value]:
        if number is not None and not low <= number <= high:
            unit = "" if param.unit in ("1", "ratio") else f" {param.unit}"
            raise UsageError(f"{query}: {param.name}={number!r} is out of bounds", f"give {low:g} to {high:g}{unit}")
