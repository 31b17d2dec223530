"""Reads the ends of a window: an offset since the trace's zero, or a calendar instant."""

from __future__ import annotations

import datetime as dt
import math
import re

from tracekit.errors import UsageError

_UNITS = {"us": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, "": 1.0}
Moment = float | dt.datetime


def parse(text: str) -> Moment:
    """Reads a moment.

    Args:
        text: Seconds, a duration such as 90s, 10m, 2h, 1d, 500ms, or an ISO 8601 instant.

    Returns:
        Seconds since the trace's zero, or a calendar instant.

    Raises:
        UsageError: It is neither.
    """
    if found := re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*(us|ms|s|m|h|d|)\s*", text):
        return float(found[1]) * _UNITS[found[2]]
    try:
        return dt.datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(
            f"{text!r} is neither a time since the trace's zero nor an instant", "write 90s, 10m, 2h or 2023-11-16T18:20:00"
        ) from None


def to_us(moment: Moment, anchor: dt.datetime | None, zone: str | None) -> int:
    """Returns a moment in microseconds since the trace's zero.

    Args:
        moment: Seconds since the zero, or a calendar instant: in UTC where the trace's zone is known, else as printed by the source.
        anchor: Calendar instant of the zero, without zone; None where the source withholds it.
        zone: The trace's zone, if it is known.

    Raises:
        UsageError: The instant cannot be placed on the trace's clock, or the number is none.
    """
    if not isinstance(moment, dt.datetime):
        if not math.isfinite(moment):
            raise UsageError(f"{moment} is not a time since the trace's zero")
        return round(moment * 1e6)
    if anchor is None:
        raise UsageError(f"the trace has no calendar: {moment.isoformat()} cannot be placed", "write a time since its zero: 90s, 10m, 2h")
    if moment.tzinfo is not None:
        if zone is None:
            raise UsageError(
                f"the trace's instants are printed without a zone: {moment.isoformat()} has one", "write it without the offset"
            )
        moment = moment.astimezone(dt.UTC).replace(tzinfo=None)
    return (moment - anchor) // dt.timedelta(microseconds=1)
