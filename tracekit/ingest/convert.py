"""Turns parsed records into valid rows of a table: map, apply errata, validate."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace

import polars as pl

from tracekit.errors import DataError
from tracekit.ingest.read_csv import RECORD
from tracekit.ingest.wide import CELL
from tracekit.schema.check import is_invalid, violation
from tracekit.schema.expression import sql_expression
from tracekit.schema.load import Table
from tracekit.schema.polars import conform
from tracekit.sources.model import Erratum, FileKind, Pairing, Source


def _none() -> pl.Series:
    return pl.Series(RECORD, [], dtype=pl.Int64)


@dataclass(frozen=True)
class Converted:
    """Rows of one table from one block.

    Attributes:
        rows: Valid rows, with absolute instants on the source's clock.
        rejected: ``source_row`` → reason.
        dropped: ``source_row`` of the records left out by an erratum.
        barren: ``source_row`` of the records that give no row, where the table is declared sparse for their kind.
    """

    rows: pl.DataFrame
    rejected: dict[int, str]
    dropped: pl.Series = field(default_factory=_none)
    barren: pl.Series = field(default_factory=_none)


class Converter:
    """Maps the records of one file kind into one table of one trace.

    Attributes:
        table: The table.
        errata: Erratum id → rows that it concerned.
    """

    def __init__(self, source: Source, kind: FileKind | Pairing, table: Table, trace: str | None) -> None:
        self.table = table
        self.errata: Counter[str] = Counter()
        self._function = f"{source.folder.name}/mapping.py: {kind.maps[table.name]}"
        self._mapping = source.mapping(kind.maps[table.name])
        self._misplaced = source.misplaced
        self._is_sparse = table.name in kind.sparse
        self._names = [pl.lit(source.id).alias("dataset"), pl.lit(trace, pl.String).alias("trace")]
        self._applied = [erratum for erratum in source.errata if table.name in (erratum.table, *erratum.also) and erratum.where]
        table = table.requiring(kind.required)
        self._invalid = is_invalid(table)
        self._violation = violation(table)

    def convert(self, records: pl.DataFrame) -> Converted:
        """Converts a block of records.

        Args:
            records: The declared raw columns with ``source_row``.

        Returns:
            The valid rows and what became of the others.

        Raises:
            DataError: The mapping fails whatever the records are.
        """
        beyond = self._misplaced(records)
        if beyond:
            records = records.filter(~pl.col(RECORD).is_in(list(beyond)))
        try:
            converted = self._convert(records)
            return replace(converted, rejected=converted.rejected | beyond) if beyond else converted
        except Exception as error:
            # Whatever a mapping stumbles over, it is some record's doing unless it stumbles over none at all.
            if not records.height:
                raise DataError(f"{self._function}: {_first_line(error)}", "this is a defect of the source's mapping: report it") from error
            return self._isolate(records, error)

    def _isolate(self, records: pl.DataFrame, error: Exception) -> Converted:
        """Finds the records that a mapping cannot take, by halves, so that they cost themselves alone."""
        self.convert(records.clear())
        if records.height == 1:
            row = int(records[RECORD][0])
            return Converted(self._convert(records.clear()).rows, {row: f"cannot be mapped: {_first_line(error)}"})
        middle = records.height // 2
        one, other = self.convert(records[:middle]), self.convert(records[middle:])
        rows = pl.concat([one.rows, other.rows])
        dropped, barren = pl.concat([one.dropped, other.dropped]), pl.concat([one.barren, other.barren])
        return Converted(rows, one.rejected | other.rejected, dropped, barren)

    def _convert(self, records: pl.DataFrame) -> Converted:
        given = records.lazy() if CELL not in records.columns else records.lazy().drop_nulls(CELL)
        mapped = self._mapping(given).with_columns(*self._names)
        rows = conform(mapped, self.table).collect()
        barren = _without(records[RECORD].unique(), rows[RECORD]) if self._is_sparse else _none()
        rows, dropped = self._apply_errata(rows)
        broken = rows.select(self._invalid.alias("broken"))["broken"]
        rejected: dict[int, str] = {}
        if broken.any():
            reasons = rows.filter(broken).select(RECORD, self._violation.alias("reason"))
            rejected = dict(zip(reasons[RECORD].to_list(), reasons["reason"].to_list(), strict=True))
            # A record that fans out is set aside whole: half a record is not a record.
            rows = rows.filter(~pl.col(RECORD).is_in(list(rejected)))
        return Converted(rows, rejected, dropped, barren)

    def _apply_errata(self, rows: pl.DataFrame) -> tuple[pl.DataFrame, pl.Series]:
        dropped = _none()
        for erratum in self._applied:
            concerned = rows.select(sql_expression(erratum.where or "").fill_null(value=False).alias("is"))["is"]
            count = int(concerned.sum())
            self.errata[erratum.id] += count
            if count == 0 or erratum.action == "flag":
                continue
            if erratum.action == "drop":
                dropped = pl.concat([dropped, rows.filter(concerned)[RECORD].unique()])
                rows = rows.filter(~concerned)
            else:
                rows = rows.with_columns(_correction(erratum, name, concerned) for name in erratum.columns)
        return rows, dropped


def _without(records: pl.Series, rows: pl.Series) -> pl.Series:
    """Returns the records that made none of the rows."""
    return records.filter(~records.is_in(rows.unique().implode()))


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]


def _correction(erratum: Erratum, name: str, concerned: pl.Series) -> pl.Expr:
    value = pl.lit(None) if erratum.action == "null" else pl.col(name) + erratum.by_us
    return pl.when(concerned).then(value).otherwise(pl.col(name)).alias(name)
