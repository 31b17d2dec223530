"""A source that a user declares in one TOML file: any CSV, JSON lines or Parquet onto any table. See docs/mapping.md."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from tracekit.declare.model import Held
from tracekit.errors import DeclarationError
from tracekit.schema.units import factor
from tracekit.sources.model import Source
from tracekit.sources.target import Target

if TYPE_CHECKING:
    import polars as pl

    from tracekit.sources.model import Mapping


class MappedSource(Source, frozen=True, kw_only=True):
    """A source declared by a user's TOML file.

    Attributes:
        text: The file, as it was read.
        targets: The columns that it maps.
    """

    # A log of one's own need not be published anywhere.
    homepage: str = ""
    paper: str = ""
    bibtex: str = ""
    text: Annotated[str, Held()] = ""
    targets: Annotated[tuple[Target, ...], Held()] = ()

    @property
    def definition(self) -> bytes:
        """What decides the rows: the file as a whole."""
        return self.text.encode()

    @property
    def assumed(self) -> list[str]:
        """What the mapping leaves unsaid and the schema decides: instants without a unit."""
        return [
            f"{target.field.name}: plain numbers of {target.said} are taken as microseconds; unit = 'us' says so, 's' or 'ms' otherwise"
            for target in self.targets
            if target.is_number_instant and target.unit is None
        ]

    def misplaced(self, records: pl.DataFrame) -> dict[int, str]:
        """Returns the records whose instants cannot be read, or lie in no year that a clock can show, with column, value, unit and year."""
        import polars as pl

        from tracekit.schema.check import EARLIEST_US, LATEST_US, year

        found: dict[int, str] = {}
        for target in self.targets:
            if target.is_text_instant:
                found |= _unread(target, records)
            if not target.is_number_instant:
                found |= _unfit(target, records)
                continue
            given = target.given.cast(pl.Float64, strict=False)
            us = given * factor(target.unit or "us", "us", target.field.name)
            is_wrong = (us < EARLIEST_US) | (us > LATEST_US)
            wrong = records.select("source_row", given=given, year=year(us), is_wrong=is_wrong).filter("is_wrong")
            for row, value, at in wrong.select("source_row", "given", "year").iter_rows():
                said = f"{target.field.name}: {target.said} is {value:.15g} in {target.unit or 'us'}"
                when = f"the year {at:,}" if at is not None else "no year that can be written"
                found.setdefault(row, f"{said}, which from 1970 on is {when}: is its unit a smaller one?")
            found = _unfit(target, records) | found
        return found

    def mapping(self, function: str) -> Mapping:
        """Returns the mapping of the table that ``function`` names."""

        def mapped(raw: pl.LazyFrame) -> pl.LazyFrame:
            return raw.select("source_row", **{target.field.name: target.expression() for target in self.targets})

        return mapped


def _unfit(target: Target, records: pl.DataFrame) -> dict[int, str]:
    """Returns the records whose value is none of the column's type, with what they have."""
    import polars as pl

    if (unfit := target.unfit()) is None:
        return {}
    names = list(dict.fromkeys(target.given.meta.root_names()))
    try:
        wrong = records.select("source_row", *names, is_unfit=unfit).filter("is_unfit")
    except pl.exceptions.PolarsError as error:
        words = f"columns.{target.field.name}: {target.said} gives no {target.field.type}: {str(error).strip().splitlines()[0]}"
        raise DeclarationError(words, "mend it in the mapping; [raw] says what type a raw column has") from error
    if wrong.is_empty():
        return {}
    said = pl.concat_str([pl.format(f"{name!r} is {{}}", pl.col(name).cast(pl.String).str.slice(0, 80)) for name in names], separator=", ")
    start = f"{target.field.name}: {target.said} gives no {target.field.type}"
    return dict(wrong.select("source_row", pl.format(f"{start}: {{}}", said)).iter_rows()) if names else {}


def _unread(target: Target, records: pl.DataFrame) -> dict[int, str]:
    """Returns the records whose text is no instant, with the text."""
    import polars as pl

    given = target.given.cast(pl.String)
    wrong = records.select("source_row", given=given, is_read=target.expression().is_not_null())
    wrong = wrong.filter(pl.col("given").str.strip_chars().str.len_bytes() > 0, ~pl.col("is_read"))
    form = f"in the form {target.format!r}" if target.format else "as ISO 8601 writes it"
    return {row: f"{target.field.name}: {target.said}: {text[:80]!r} is no instant {form}" for row, text, _ in wrong.iter_rows()}
