"""Turns parsed records into valid rows of a table: map, apply errata, validate."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field, replace
from itertools import pairwise

import numpy as np
import polars as pl

from tracekit.errors import DataError
from tracekit.ingest.read_csv import RECORD
from tracekit.ingest.wide import CELL
from tracekit.schema.check import is_invalid, violation
from tracekit.schema.expression import sql_expression
from tracekit.schema.load import Table
from tracekit.schema.polars import conform
from tracekit.sources.files import FileKind
from tracekit.sources.model import Erratum, Pairing, Source

# What is left of a record's number for the number of its trace, where several are converted together.
_BITS = 40
_RECORDS = (1 << _BITS) - 1


# Each record that a mapping stumbles over is found by converting it apart; so many are another mapping's.
_STUMBLES = 100


class _HopelessError(DataError):
    """A mapping stumbles over record after record."""


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
        errata: Erratum id → ``source_row`` of the rows that it concerned, of every one that was looked for.
    """

    rows: pl.DataFrame
    rejected: dict[int, str]
    dropped: pl.Series = field(default_factory=_none)
    barren: pl.Series = field(default_factory=_none)
    errata: dict[str, pl.Series] = field(default_factory=dict)


class Converter:
    """Maps the records of one file kind into one table of one trace.

    Attributes:
        table: The table.
    """

    def __init__(self, source: Source, kind: FileKind | Pairing, table: Table, trace: str | None) -> None:
        self.table = table
        self._source = source
        self._kind = kind
        self._trace = trace
        self._function = f"{source.folder.name}/mapping.py: {kind.maps[table.name]}"
        self._mapping = source.mapping(kind.maps[table.name])
        self._misplaced = source.misplaced
        self._is_sparse = table.name in kind.sparse
        self._dataset = pl.lit(source.id).alias("dataset")
        self._applied = [
            (erratum, sql_expression(erratum.where).fill_null(value=False))
            for erratum in source.errata
            if erratum.where and table.name in (erratum.table, *erratum.also)
        ]
        table = table.requiring(kind.required)
        self._invalid = is_invalid(table)
        self._violation = violation(table)
        self._stumbled: dict[int, str] = {}

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
        except _HopelessError:
            raise
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
            self._stumbled[row] = _first_line(error)
            if len(self._stumbled) > _STUMBLES:
                first = "; ".join(f"record {number:,}: {said}" for number, said in list(self._stumbled.items())[:3])
                words = f"stumbles over more than {_STUMBLES} records: {first}"
                raise _HopelessError(f"{self._function} {words}", "a mapping turns what it cannot read into NULL: TRY_CAST, strict=False")
            return replace(self._convert(records.clear()), rejected={row: f"cannot be mapped: {_first_line(error)}"})
        middle = records.height // 2
        one, other = self.convert(records[:middle]), self.convert(records[middle:])
        rows = pl.concat([one.rows, other.rows])
        dropped, barren = pl.concat([one.dropped, other.dropped]), pl.concat([one.barren, other.barren])
        errata = {name: pl.concat([found, other.errata[name]]) for name, found in one.errata.items()}
        return Converted(rows, one.rejected | other.rejected, dropped, barren, errata)

    def convert_each(self, given: list[tuple[str | None, pl.DataFrame]]) -> list[Converted]:
        """Converts small blocks of several traces, at the cost of one block where nothing is wrong with any.

        Args:
            given: Traces, and the raw columns of each with ``source_row``.

        Returns:
            For each, what ``convert`` returns for its trace.
        """
        # What one of them stumbles over is no matter of the others, and each says by itself what it is.
        with contextlib.suppress(Exception):
            if (converted := self._convert_each(given)) is not None:
                return converted
        return [Converter(self._source, self._kind, self.table, trace).convert(records) for trace, records in given]

    def _convert_each(self, given: list[tuple[str | None, pl.DataFrame]]) -> list[Converted] | None:
        records = pl.concat([frame for _, frame in given])
        records = records.with_columns(_numbered(records[RECORD], [frame.height for _, frame in given]))
        if self._misplaced(records):
            return None
        if isinstance(self._kind, FileKind) and self._kind.is_row_by_row:
            mapped = self._mapped(records, given[0][0])
        else:
            # A mapping that looks at record numbers sees those of its own trace.
            own = [self._mapped(frame, trace).with_columns(pl.col(RECORD) + (i << _BITS)) for i, (trace, frame) in enumerate(given)]
            mapped = pl.concat(own)
        made = self._checked(mapped.collect(), records[RECORD])
        rejected: list[dict[int, str]] = [{} for _ in given]
        for number, reason in made.rejected.items():
            rejected[number >> _BITS][number & _RECORDS] = reason
        errata = {name: _split(found, len(given)) for name, found in made.errata.items()}
        parts = zip(
            _rows(made.rows, [trace for trace, _ in given]),
            rejected,
            _split(made.dropped, len(given)),
            _split(made.barren, len(given)),
            strict=True,
        )
        return [
            Converted(rows, reasons, dropped, barren, {name: split[i] for name, split in errata.items()})
            for i, (rows, reasons, dropped, barren) in enumerate(parts)
        ]

    def _mapped(self, records: pl.DataFrame, trace: str | None) -> pl.LazyFrame:
        given = records.lazy() if CELL not in records.columns else records.lazy().drop_nulls(CELL)
        return conform(self._mapping(given).with_columns(self._dataset, pl.lit(trace, pl.String).alias("trace")), self.table)

    def _convert(self, records: pl.DataFrame) -> Converted:
        return self._checked(self._mapped(records, self._trace).collect(), records[RECORD])

    def _checked(self, rows: pl.DataFrame, records: pl.Series) -> Converted:
        barren = _without(records.unique(), rows[RECORD]) if self._is_sparse else _none()
        rows, dropped, errata = self._apply_errata(rows)
        broken = rows.select(self._invalid.alias("broken"))["broken"]
        rejected: dict[int, str] = {}
        if broken.any():
            reasons = rows.filter(broken).select(RECORD, self._violation.alias("reason"))
            rejected = dict(zip(reasons[RECORD].to_list(), reasons["reason"].to_list(), strict=True))
            # A record that fans out is set aside whole: half a record is not a record.
            rows = rows.filter(~pl.col(RECORD).is_in(list(rejected)))
        return Converted(rows, rejected, dropped, barren, errata)

    def _apply_errata(self, rows: pl.DataFrame) -> tuple[pl.DataFrame, pl.Series, dict[str, pl.Series]]:
        dropped, found = _none(), {}
        for erratum, where in self._applied:
            concerned = rows.select(where.alias("is"))["is"]
            found[erratum.id] = rows[RECORD].filter(concerned)
            if not len(found[erratum.id]) or erratum.action == "flag":
                continue
            if erratum.action == "drop":
                dropped = pl.concat([dropped, found[erratum.id].unique()])
                rows = rows.filter(~concerned)
            else:
                rows = rows.with_columns(_correction(erratum, name, concerned) for name in erratum.columns)
        return rows, dropped, found


def _numbered(records: pl.Series, heights: list[int]) -> pl.Series:
    """Returns record numbers of several traces with the number of the trace above them."""
    of = np.repeat(np.arange(len(heights), dtype=np.int64) << _BITS, heights)
    return pl.Series(RECORD, records.to_numpy() + of, dtype=pl.Int64)


def _split(numbers: pl.Series, traces: int) -> list[pl.Series]:
    """Returns, for each trace, those of some record numbers that are its own."""
    if not len(numbers):
        return [numbers] * traces
    given = numbers.to_numpy()
    of = given >> _BITS
    return [pl.Series(RECORD, given[of == i] & _RECORDS, dtype=pl.Int64) for i in range(traces)]


def _rows(rows: pl.DataFrame, traces: list[str | None]) -> list[pl.DataFrame]:
    """Returns the rows of each trace under its name, in their order."""
    given = rows[RECORD].to_numpy()
    of = given >> _BITS
    if (np.diff(of) < 0).any():
        order = np.argsort(of, kind="stable")
        rows, given, of = rows[order], given[order], of[order]
    names = pl.Series("trace", [traces[i] for i in of], dtype=pl.String)
    rows = rows.with_columns(pl.Series(RECORD, given & _RECORDS, dtype=pl.Int64), names)
    ends = np.searchsorted(of, np.arange(len(traces) + 1))
    return [rows[int(start) : int(end)] for start, end in pairwise(ends)]


def _without(records: pl.Series, rows: pl.Series) -> pl.Series:
    """Returns the records that made none of the rows."""
    return records.filter(~records.is_in(rows.unique().implode()))


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]


def _correction(erratum: Erratum, name: str, concerned: pl.Series) -> pl.Expr:
    value = pl.lit(None) if erratum.action == "null" else pl.col(name) + erratum.by_us
    return pl.when(concerned).then(value).otherwise(pl.col(name)).alias(name)
