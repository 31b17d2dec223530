"""Stated digits for the floats of a sample: the last bit of a computed float differs between processors."""

from __future__ import annotations

from typing import Any


def significant(value: Any, digits: int = 9) -> Any:
    """Rounds every float of a JSON-like value to so many significant digits.

    Args:
        value: A number, a text, or lists and dicts of them.
        digits: Significant digits that stay.

    Returns:
        The same value with its floats rounded; anything else is left as it is.
    """
    if isinstance(value, float):
        return float(f"{value:.{digits}g}")
    if isinstance(value, dict):
        return {key: significant(item, digits) for key, item in value.items()}
    return [significant(item, digits) for item in value] if isinstance(value, list) else value
