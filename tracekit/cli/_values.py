"""Values as text, numbers and truth values: what tables, CSV and JSON can hold."""

from __future__ import annotations

import datetime as dt
import math
from decimal import Decimal
from typing import Any


def as_plain(value: Any) -> Any:
    """Returns a value as text, a number, a truth value, or None; lists and structures of these."""
    if isinstance(value, dt.datetime | dt.date):
        return value.isoformat(sep=" ") if isinstance(value, dt.datetime) else value.isoformat()
    if isinstance(value, Decimal):
        return int(value) if value.as_tuple().exponent == 0 else value
    if isinstance(value, dict):
        return {str(as_plain(key)): _inside(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_inside(item) for item in value]
    if isinstance(value, bytes):
        return value.hex()
    return value if isinstance(value, str | int | float | None) else str(value)


def _inside(value: Any) -> Any:
    """Returns a value inside a list or a structure, which are printed as Python prints them."""
    return float(value) if isinstance(value, Decimal) else as_plain(value)


def as_json(value: Any, name: str, lost: dict[str, int]) -> Any:
    """Returns a plain value without infinity and not-a-number, which JSON cannot hold: they become None.

    Args:
        value: The value.
        name: Its column.
        lost: Column → values that became None; is added to.
    """
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, float) and not math.isfinite(value):
        lost[name] = lost.get(name, 0) + 1
        return None
    if isinstance(value, dict):
        return {key: as_json(item, name, lost) for key, item in value.items()}
    return [as_json(item, name, lost) for item in value] if isinstance(value, list) else value


def as_cell(value: Any) -> str:
    """Returns a value as a cell of a table: numbers with six significant digits, unknown as nothing."""
    if value is None:
        return ""
    return f"{value:.6g}" if isinstance(value, float) else str(as_plain(value))
