"""The time model of a source."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

from tracekit.declare.checks import Text, Zone
from tracekit.declare.model import Check, Declared


def _anchor(text: str) -> str | None:
    if text in ("epoch", "withheld"):
        return None
    try:
        dt.datetime.fromisoformat(text)
    except ValueError:
        return "is no instant, for example '2023-11-16 18:15:46', and not epoch or withheld"
    return None


def _below_zero(value: int) -> str | None:
    return "is below zero" if value < 0 else None


class Clock(Declared, frozen=True, kw_only=True):
    """The time model of a source.

    Attributes:
        unit: Unit of the raw instants.
        resolution_us: Declared resolution.
        zero: ``source`` (the source's own), ``first`` (the first instant of the trace) or ``epoch`` (1970-01-01 UTC).
        anchor: Calendar instant of the source's zero as ISO text, ``epoch`` where mapped instants count from 1970, or ``withheld``.
        zone: IANA zone, or None for local time as printed.
        calendar: What of the calendar can be trusted: exact, weekday_hour, hour, day_index, none.
        note: Where all this comes from.
    """

    unit: Text
    resolution_us: Annotated[int, Check(_below_zero)]
    zero: Literal["source", "first", "epoch"]
    anchor: Annotated[str, Check(_anchor)]
    zone: Zone | None = None
    calendar: Literal["exact", "weekday_hour", "hour", "day_index", "none"]
    note: Text
