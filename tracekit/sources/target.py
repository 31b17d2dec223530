"""How one column of a table is made of raw columns, as a user's mapping says."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tracekit.schema.load import Field
from tracekit.schema.polars import DTYPES
from tracekit.schema.units import factor
from tracekit.sources.lenient import lenient

if TYPE_CHECKING:
    import polars as pl


_FURTHEST_MIN = 14 * 60


@dataclass(frozen=True)
class Target:
    """How one column of the table is made.

    Attributes:
        field: The column.
        raw: A raw column's name.
        sql: Or an SQL expression over raw columns.
        value: Or a constant.
        unit: Unit of the raw value, ``iso`` for instants as ISO 8601 text, or None for the schema's own.
        format: strptime format of instants as text.
        required: Whether a row without it is set aside.
    """

    field: Field
    raw: str | None = None
    sql: str | None = None
    value: Any = None
    unit: str | None = None
    format: str | None = None
    required: bool = False

    @property
    def is_text_instant(self) -> bool:
        """Whether the raw value is an instant in words."""
        return self.unit == "iso" or self.format is not None

    @property
    def is_number_instant(self) -> bool:
        """Whether it is an instant that is given as a number."""
        return self.field.unit == "us" and not self.is_text_instant and self.value is None

    @property
    def said(self) -> str:
        """What it comes from, for messages."""
        return f"column {self.raw!r}" if self.raw is not None else f"sql {self.sql!r}"

    @property
    def given(self) -> pl.Expr:
        """The raw column or expression."""
        import polars as pl

        return lenient(self.sql).expression if self.sql is not None else pl.col(self.raw or "")

    def unfit(self) -> pl.Expr | None:
        """Returns whether a record's value is known and becomes none of the column's type; None where it cannot be so."""
        import polars as pl

        if self.value is not None or self.is_text_instant:
            return None
        failed = [lenient(self.sql).fails] if self.sql is not None else []
        typed = self.in_unit().cast(DTYPES[self.field.type], strict=False)
        lost = self.in_unit().is_not_null() & typed.is_null()
        if self.field.type == "BIGINT" and self.sql is not None:
            # A fraction would be cut; with a unit it has been rounded, which is what a conversion means.
            number = self.in_unit().cast(pl.Float64, strict=False)
            lost |= (number != number.round()).fill_null(value=False)
        return functools.reduce(lambda one, other: one | other, [lost, *(one for one in failed if one is not None)])

    @property
    def raw_type(self) -> str:
        """The type that its raw column is parsed as, unless the mapping says otherwise."""
        if self.is_text_instant:
            return "VARCHAR"
        if self.unit in ("us", "ns") and self.field.unit == "us":
            # Nanoseconds since 1970 have more digits than a double holds.
            return "BIGINT"
        return "DOUBLE" if self.unit is not None else self.field.type

    @property
    def logical(self) -> str | None:
        """What a raw column that says its own unit is turned into, so that the target's unit fits it."""
        if self.format is not None:
            return "text"
        if self.unit == "iso" or self.field.unit not in ("us", "s"):
            return None
        return f"{'instant' if self.field.unit == 'us' else 'duration'} {self.unit or self.field.unit}"

    def expression(self) -> pl.Expr:
        """Returns the column as a Polars expression over raw columns."""
        import polars as pl

        if self.value is not None:
            return pl.lit(self.value)
        # What does not fit is told by ``unfit``, and its record set aside.
        return self.in_unit().cast(DTYPES[self.field.type], strict=False)

    def in_unit(self) -> pl.Expr:
        """Returns the value in the schema's unit, of whatever type it has."""
        made = self.given
        if self.is_text_instant:
            made = _instant(made, self.format)
        elif self.unit is not None:
            made = made * factor(self.unit, self.field.unit, self.field.name)
        return made.round() if self.field.type == "BIGINT" and self.unit is not None else made


def _instant(text: pl.Expr, form: str | None) -> pl.Expr:
    """Microseconds since 1970 of instants as text; without a format ISO 8601, with Z or an offset (to UTC) or without (as printed)."""
    import polars as pl

    if form is not None:
        has_zone = re.search(r"%(#?z|:z|Z)", form) is not None
        at = text.str.to_datetime(form, time_unit="us", time_zone="UTC" if has_zone else None, strict=False)
        return at.dt.epoch("us")
    plain = text.str.strip_chars().str.replace(r"^(\d{4}-\d{2}-\d{2})[T ]", "${1} ")
    offset = plain.str.extract(r"([+-]\d{2}:?\d{2}|Z)$")
    sign = pl.when(offset.str.starts_with("-")).then(-1).otherwise(1)
    digits = offset.str.replace_all(r"\D", "")
    minutes = digits.str.slice(0, 2).cast(pl.Int64, strict=False) * 60 + digits.str.slice(2, 2).cast(pl.Int64, strict=False)
    local = plain.str.replace(r"\s*([+-]\d{2}:?\d{2}|Z)$", "")
    stamp = pl.coalesce(
        local.str.to_datetime("%Y-%m-%d %H:%M:%S%.f", time_unit="us", strict=False),
        local.str.to_datetime("%Y-%m-%d %H:%M", time_unit="us", strict=False),
        local.str.to_datetime("%Y-%m-%d", time_unit="us", strict=False),
    )
    # No place on Earth is further from UTC than 14 hours; a minute of an hour is below 60.
    is_offset = (
        offset.is_null() | (offset == "Z") | ((minutes <= _FURTHEST_MIN) & (digits.str.slice(2, 2).cast(pl.Int64, strict=False) < 60))
    )
    return pl.when(is_offset).then(stamp.dt.epoch("us") - (sign * minutes * 60_000_000).fill_null(0))
