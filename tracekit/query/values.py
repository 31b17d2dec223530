"""Types of parameters, and whether a value that a declaration says is of one."""

from __future__ import annotations

import math
from typing import Any, Literal

ValueType = Literal["VARCHAR", "BIGINT", "DOUBLE", "BOOLEAN", "VARCHAR[]", "BIGINT[]", "DOUBLE[]", "BOOLEAN[]"]
_EXAMPLES = {"VARCHAR": '"word"', "BIGINT": "60", "DOUBLE": "0.5", "BOOLEAN": "true"}


def misfit(kind: str, value: Any) -> str | None:
    """Returns in words how a value, as it stands in TOML, is not of a type, or None.

    Args:
        kind: A type of ``ValueType``.
        value: Decoded TOML.
    """
    inner = kind.removesuffix("[]")
    if inner == kind:
        return None if _is(kind, value) else f"is not {kind}, for example {_EXAMPLES[kind]}"
    if isinstance(value, list) and all(_is(inner, item) for item in value):
        return None
    return f"is not {kind}, for example [{_EXAMPLES[inner]}]"


def _is(kind: str, value: Any) -> bool:
    if kind == "VARCHAR":
        return isinstance(value, str)
    if kind == "BOOLEAN" or isinstance(value, bool):
        return kind == "BOOLEAN" and isinstance(value, bool)
    if kind == "BIGINT":
        return isinstance(value, int)
    return isinstance(value, int | float) and math.isfinite(value)
