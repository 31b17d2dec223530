"""Turns parsed records into valid rows of a table: map, apply errata, validate."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import polars as pl

from tracekit.ingest.read_csv import RECORD
from tracekit.schema.check import is_invalid, violation
from tracekit.schema.load import Table
from tracekit.schema.polars import conform
from tracekit.sources.model import Erratum, Source


@dataclass(frozen=True)
class Converted:
    """Rows of one table from one block.

    Attributes:
        rows: Valid rows, with absolute instants on the source's clock.
        rejected: ``source_row`` → reason.
        dropped: Records left out by an erratum.
    """

    rows: pl.DataFrame
    rejected: dict[int, str]
    dropped: int


class Converter:
    """Maps the records of one file kind into one table of one trace.

    Attributes:
        table: The table.
        errata: Erratum id → rows that it concerned.
    """

    def __init__(self, source: Source, function: str, table: Table, trace: str | None) -> None:
        self.table = table
        self.errata: Counter[str] = Counter()
        self._mapping = source.mapping(function)
        self._names = [pl.lit(source.id).alias("dataset"), pl.lit(trace, pl.String).alias("trace")]
        self._applied = [erratum for erratum in source.errata if erratum.table == table.name and erratum.where]
        self._invalid = is_invalid(table)

    def convert(self, records: pl.DataFrame) -> Converted:
        """Converts a block of records.

        Args:
            records: The declared raw columns with ``source_row``.

        Returns:
            The valid rows and what became of the others.
        """
        mapped = self._mapping(records.lazy()).with_columns(*self._names)
        rows = conform(mapped, self.table).collect()
        rows, dropped = self._apply_errata(rows)
        broken = rows.select(self._invalid.alias("broken"))["broken"]
        rejected: dict[int, str] = {}
        if broken.any():
            reasons = rows.filter(broken).select(RECORD, violation(self.table).alias("reason"))
            rejected = dict(zip(reasons[RECORD].to_list(), reasons["reason"].to_list(), strict=True))
            # A record that fans out is set aside whole: half a record is not a record.
            rows = rows.filter(~pl.col(RECORD).is_in(list(rejected)))
        return Converted(rows, rejected, dropped)

    def _apply_errata(self, rows: pl.DataFrame) -> tuple[pl.DataFrame, int]:
        dropped = 0
        for erratum in self._applied:
            concerned = rows.select(pl.sql_expr(erratum.where or "").fill_null(value=False).alias("is"))["is"]
            count = int(concerned.sum())
            self.errata[erratum.id] += count
            if count == 0 or erratum.action == "flag":
                continue
            if erratum.action == "drop":
                dropped += rows.filter(concerned)[RECORD].n_unique()
                rows = rows.filter(~concerned)
            else:
                rows = rows.with_columns(_correction(erratum, name, concerned) for name in erratum.columns)
        return rows, dropped


def _correction(erratum: Erratum, name: str, concerned: pl.Series) -> pl.Expr:
    value = pl.lit(None) if erratum.action == "null" else pl.col(name) + erratum.by_us
    return pl.when(concerned).then(value).otherwise(pl.col(name)).alias(name)
