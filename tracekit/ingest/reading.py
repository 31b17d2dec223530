"""Reads the files of one trace, converts their records and hands the rows on, keeping the account of every record."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Protocol

import polars as pl

from tracekit.ingest.account import is_one_to_one, made_of
from tracekit.ingest.batch import Batch, Piece, joined
from tracekit.ingest.convert import Converted, Converter
from tracekit.ingest.locate import in_block
from tracekit.ingest.pair import Stage
from tracekit.ingest.plan import RawFile
from tracekit.ingest.read_csv import RECORD, Reject
from tracekit.ingest.records import read_records
from tracekit.ingest.rejects import Rejects
from tracekit.ingest.settings import Progress, Settings
from tracekit.ingest.write import Background
from tracekit.lake.manifest import Input, TableCount
from tracekit.schema.load import tables
from tracekit.sources.clock import Clock
from tracekit.sources.files import FileKind
from tracekit.sources.model import Pairing, Source

# Encoding so few rows takes less than starting a thread for it.
_FEW = 1_000


class EarlierInstantError(Exception):
    """An instant lies before what was taken for the first one."""


class Taker(Protocol):
    """What takes the rows of a table in file order."""

    def append(self, rows: pl.DataFrame) -> Callable[[], None]:
        """Takes rows; returns the job that writes them."""


@dataclass
class Account:
    """What was read of some files of a trace, and what became of it.

    Attributes:
        inputs: The files read.
        counts: Table → what became of its records.
        errata: Erratum id → rows concerned.
        first_us: Smallest instant over all tables.
        last_us: Largest instant.
    """

    inputs: list[Input] = field(default_factory=list)
    counts: dict[str, TableCount] = field(default_factory=dict)
    errata: Counter[str] = field(default_factory=Counter)
    first_us: int | None = None
    last_us: int | None = None

    def widen(self, low: int | None, high: int | None) -> None:
        """Takes a range of instants into what the trace spans."""
        self.first_us = min((us for us in (low, self.first_us) if us is not None), default=None)
        self.last_us = max((us for us in (high, self.last_us) if us is not None), default=None)

    def add(self, other: Account) -> None:
        """Takes in the account of the files that come next."""
        self.inputs += other.inputs
        for name, count in other.counts.items():
            self.counts.setdefault(name, TableCount()).add(count)
        self.errata.update(other.errata)
        self.widen(other.first_us, other.last_us)


class Reading:
    """Takes records of one trace, from files and from pairings, on a clock whose zero is known.

    Args:
        source: The dataset.
        trace: The trace.
        account: Where everything is counted.
        stage: Where records go that only make rows together.
        rejects: Where records go that are set aside.
        clock: The trace's clock.
        writer: Given a table's name, returns what takes its rows; None: nobody does, since instants are looked at alone.
    """

    def __init__(
        self,
        source: Source,
        trace: str | None,
        account: Account,
        stage: Stage,
        rejects: Rejects,
        settings: Settings,
        progress: Progress,
        clock: Clock,
        writer: Callable[[str], Taker] | None = None,
    ) -> None:
        self.account = account
        self._starts_at_zero = clock.zero == "first"
        self._source = source
        self._trace = trace
        self._stage = stage
        self._rejects = rejects
        self._settings = settings
        self._progress = progress
        self._writer = writer
        self._converters: dict[str, list[Converter]] = {}

    def converted(
        self, files: Iterable[RawFile], offset: int = 0, *, first_blocks: bool = False
    ) -> Iterator[tuple[Batch, list[Converted]]]:
        """Yields the records of files and what the tables of their kind make of them.

        Args:
            files: The files, in order.
            offset: Records of the trace before them.
            first_blocks: Whether to read the first block of each file alone.
        """
        for batch in self.batches(files, offset, first_blocks=first_blocks):
            yield batch, self.convert(batch)

    def batches(self, files: Iterable[RawFile], offset: int = 0, *, first_blocks: bool = False) -> Iterator[Batch]:
        """Yields the records of files; see ``converted``."""
        return joined(self._pieces(files, offset, first_blocks=first_blocks))

    def convert(self, batch: Batch) -> list[Converted]:
        """Returns what the tables of a batch's kind make of it."""
        return [converter.convert(batch.frame) for converter in self._of(batch.kind)]

    def _of(self, kind: FileKind | Pairing) -> list[Converter]:
        if kind.name not in self._converters:
            self._converters[kind.name] = [Converter(self._source, kind, tables()[name], self._trace) for name in kind.maps]
        return self._converters[kind.name]

    def _pieces(self, files: Iterable[RawFile], offset: int, *, first_blocks: bool) -> Iterator[Piece]:
        for file in files:
            entry = Input(file.name, file.origin, file.kind.name, file.path.stat().st_size, "")
            entry.extra_columns, entry.copies = file.extra_columns, list(file.copies)
            for name in file.kind.maps:
                self._count(name)
            for records in read_records(file, offset, entry, self._settings, self._progress):
                unfit = self._stage.unfit(file.kind, records.frame)
                if unfit:
                    frame = records.frame.filter(~pl.col(RECORD).is_in(list(unfit)))
                    records = replace(records, frame=frame, rejects=[*records.rejects, *in_block(records, unfit, offset)])
                yield Piece(file, offset, records)
                if first_blocks:
                    break
            for name in file.kind.maps:
                self.account.counts[name].records += entry.records
            self._stage.ended(file.kind, entry.records)
            offset += entry.records
            self.account.inputs.append(entry)

    def _count(self, name: str) -> TableCount:
        if self._writer is not None:
            # A table has a file, and be it an empty one, wherever records were read for it.
            self._writer(name)
        return self.account.counts.setdefault(name, TableCount())

    def look(self, batch: Batch, converted: list[Converted]) -> None:
        """Looks at the instants of converted records, as the source has them, and at nothing else."""
        self._stage.add(batch.kind, batch.frame, batch.unparsed)
        for converter, made in zip(self._of(batch.kind), converted, strict=True):
            self.account.widen(*extent(made.rows, converter.table.instants))

    def look_paired(self, frame: pl.DataFrame, pairing: Pairing) -> None:
        """Looks at the instants of rows of a pairing."""
        for converter in self._of(pairing):
            self.account.widen(*extent(converter.convert(frame).rows, converter.table.instants))

    def take(self, batch: Batch, converted: list[Converted], zero_us: int, background: Background) -> None:
        """Takes converted records: counts them, keeps what is rejected and hands the rows on."""
        self._stage.add(batch.kind, batch.frame, batch.unparsed)
        found: list[list[tuple[str | None, list[Reject]]]] = [[(None, piece.records.rejects)] for piece in batch.pieces]
        for converter, made in zip(self._of(batch.kind), converted, strict=True):
            name = converter.table.name
            rows = self._placed(made.rows, converter.table.instants, zero_us)
            count = self._count(name)
            count.converted += rows.height if is_one_to_one(rows) else rows[RECORD].n_unique()
            count.dropped += len(made.dropped)
            count.barren += len(made.barren)
            count.rejected += batch.unparsed + len(made.rejected)
            if made.rejected:
                for of_piece, rejects in zip(found, batch.located(made.rejected), strict=True):
                    of_piece.append((name, rejects))
            self._concerned(made)
            self._hand_on(name, rows, background)
        taken = sum(self._stage.counts.values()) + sum(count.converted for count in self.account.counts.values())
        for piece, of_piece in zip(batch.pieces, found, strict=True):
            self._rejects.stop_if_another_layout(taken, piece.file, [reject for _, rejects in of_piece for reject in rejects])
            for table, rejects in of_piece:
                self._rejects.add(piece.file, rejects, table)

    def take_paired(self, frame: pl.DataFrame, pairing: Pairing, zero_us: int, background: Background) -> dict[str, dict[int, str]]:
        """Takes rows of a pairing; returns, for each table, the reasons of those that are rejected, by the first record of each."""
        rejected = {}
        for converter in self._of(pairing):
            name = converter.table.name
            made = converter.convert(frame)
            rows = self._placed(made.rows, converter.table.instants, zero_us)
            count = self._count(name)
            count.converted += made_of(frame, rows[RECORD])
            count.rejected += made_of(frame, pl.Series(RECORD, list(made.rejected), dtype=pl.Int64))
            count.dropped += made_of(frame, made.dropped)
            count.barren += made_of(frame, made.barren)
            self._concerned(made)
            self._hand_on(name, rows, background)
            rejected[name] = made.rejected
        return rejected

    def begin_pairing(self, pairing: Pairing) -> None:
        """Counts the records that a pairing has to account for."""
        looked_up = self._stage.looked_up(pairing)
        read = (*pairing.counts, *looked_up)
        for name in pairing.maps:
            count = self._count(name)
            count.records += sum(self._stage.read.get(kind, 0) for kind in read)
            count.rejected += sum(self._stage.rejected.get(kind, 0) for kind in read)
            count.barren += sum(self._stage.counts.get(kind, 0) for kind in looked_up)

    def _concerned(self, made: Converted) -> None:
        for erratum, rows in made.errata.items():
            self.account.errata[erratum] += len(rows)

    def _placed(self, rows: pl.DataFrame, instants: list[str], zero_us: int) -> pl.DataFrame:
        """Returns rows on the lake's clock, and takes their instants into what the trace spans."""
        if zero_us:
            rows = rows.with_columns(pl.col(name) - zero_us for name in instants)
        low, high = extent(rows, instants)
        if low is not None and low < 0 and self._starts_at_zero:
            raise EarlierInstantError
        self.account.widen(low, high)
        return rows

    def _hand_on(self, name: str, rows: pl.DataFrame, background: Background) -> None:
        if self._writer is None:
            raise AssertionError(f"{name}: rows that no reader took")
        background.put(self._writer(name).append(rows), is_small=rows.height < _FEW)


def extent(rows: pl.DataFrame, instants: list[str]) -> tuple[int | None, int | None]:
    """Returns the smallest and the largest instant of some rows over all their instant columns."""
    known = [rows[name] for name in instants if rows[name].null_count() < rows.height]
    lows, highs = [int(c.min()) for c in known], [int(c.max()) for c in known]  # type: ignore[arg-type]
    return (min(lows), max(highs)) if known else (None, None)
