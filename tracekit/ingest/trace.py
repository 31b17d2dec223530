"""Ingests one trace: its files, in order, into the staged Parquet of each table."""

from __future__ import annotations

import contextlib
import json
import shutil
from collections import Counter
from dataclasses import asdict, dataclass, field, replace

import polars as pl

from tracekit.errors import DataError
from tracekit.ingest.account import check_conservation, check_not_empty, is_one_to_one, made_of
from tracekit.ingest.convert import Converter
from tracekit.ingest.locate import in_block, in_files
from tracekit.ingest.pair import Stage
from tracekit.ingest.plan import RawFile
from tracekit.ingest.read_csv import RECORD, Reject, first_words
from tracekit.ingest.records import Records, read_records
from tracekit.ingest.settings import Progress, Settings
from tracekit.ingest.write import Background, TableWriter
from tracekit.lake.drafts import Run
from tracekit.lake.manifest import Input, TableCount
from tracekit.schema.load import tables
from tracekit.sources.model import Source

# Past this, a file is not a good file with bad lines but another layout.
_REJECTS_ENOUGH = 1_000
_REJECTS_SHARE = 0.5
# Encoding so few rows takes less than starting a thread for it.
_FEW = 1_000


class _EarlierInstantError(Exception):
    """An instant lies before what was taken for the first one."""


@dataclass
class TraceResult:
    """What an ingested trace holds.

    Attributes:
        inputs: The files read.
        counts: Table → what became of its records.
        writers: Table → its writer, closed.
        errata: Erratum id → rows concerned.
        zero_us: What was subtracted from the source's instants.
        first_us: Smallest instant over all tables, after subtraction.
        last_us: Largest instant.
        rejects: Rejected records.
    """

    inputs: list[Input] = field(default_factory=list)
    counts: dict[str, TableCount] = field(default_factory=dict)
    writers: dict[str, TableWriter] = field(default_factory=dict)
    errata: Counter[str] = field(default_factory=Counter)
    zero_us: int = 0
    first_us: int | None = None
    last_us: int | None = None
    rejects: int = 0


class TraceIngest:
    """Ingests the files of one trace into a staging folder."""

    def __init__(
        self,
        source: Source,
        trace: str | None,
        files: list[RawFile],
        staged: Run,
        settings: Settings,
        progress: Progress,
    ) -> None:
        self._source = source
        self._trace = trace
        self._files = files
        self._clock = files[0].kind.clock or source.clock
        self._staged = staged
        self._settings = settings
        self._progress = progress
        self._result = TraceResult()
        self._scratch = staged.folder / "scratch"
        self._stage = Stage(source, self._scratch / "paired")
        self._reject_path = staged.rejects(source.id, trace)

    def run(self) -> TraceResult:
        """Reads, converts, sorts and writes.

        Raises:
            DataError: The layout is not the source's, nothing is left, or counts do not add up.
        """
        try:
            # What is paired is known at the end alone.
            return self._run(self._find_zero(first_blocks=not self._source.pairings))
        except _EarlierInstantError:
            # The files are not in order, and their first blocks do not hold the first instant: all is read for it.
            self._start_anew()
            return self._run(self._find_zero(first_blocks=False))

    def _start_anew(self) -> None:
        self._result = TraceResult()
        self._reject_path.unlink(missing_ok=True)
        shutil.rmtree(self._scratch, ignore_errors=True)
        self._stage = Stage(self._source, self._scratch / "paired")

    def _run(self, zero_us: int) -> TraceResult:
        result = self._result
        result.zero_us = zero_us
        background = Background()
        try:
            self._read_all(background)
            self._pair_all(background)
            background.finish()
            for name, writer in result.writers.items():
                count = result.counts[name]
                count.sha256 = writer.close(int(self._settings.memory_limit * 0.8))
                count.rows, count.out_of_order = writer.rows, writer.in_file_order.out_of_order
                count.same_instant = writer.in_time_order.same_instant
        except BaseException:
            # Jobs that are still queued write to the files that are given up here.
            with contextlib.suppress(Exception):
                background.finish()
            for writer in result.writers.values():
                writer.abort()
            raise
        check_conservation(f"{self._source.id}/{self._trace}", result.counts)
        check_not_empty(self._files, result.counts, result.inputs, self._reject_path)
        return result

    def _find_zero(self, *, first_blocks: bool) -> int:
        """Returns the first instant of the trace over all its tables, where the source's zero is that.

        Args:
            first_blocks: Whether to look at the first block of each file alone, which is right wherever files are in order.
        """
        if self._clock.zero != "first":
            return 0
        first: int | None = None
        offset = 0
        stage = Stage(self._source, self._scratch / "zero")
        for file in self._files:
            converters = self._converters(file)
            entry = Input(file.name, "", "", 0, "")
            for records in read_records(file, offset, entry, self._settings, lambda *_: None):
                frame = records.frame.filter(~pl.col(RECORD).is_in(list(stage.unfit(file.kind, records.frame))))
                stage.add(file.kind, frame)
                for converter in converters:
                    low, _ = _extent(converter.convert(frame).rows, converter.table.instants)
                    first = _least(first, low)
                if first_blocks:
                    break
            offset += entry.records
        for pairing in stage.ready():
            converters = [Converter(self._source, pairing, tables()[name], self._trace) for name in pairing.maps]
            for frame in stage.pair(pairing, int(self._settings.memory_limit * 0.8)):
                for converter in converters:
                    first = _least(first, _extent(converter.convert(frame).rows, converter.table.instants)[0])
        return first or 0

    def _converters(self, file: RawFile) -> list[Converter]:
        return [Converter(self._source, file.kind, tables()[name], self._trace) for name in file.kind.maps]

    def _read_all(self, background: Background) -> None:
        offset = 0
        for file in self._files:
            entry = Input(file.name, file.origin, file.kind.name, file.path.stat().st_size, "")
            entry.extra_columns, entry.copies = file.extra_columns, list(file.copies)
            converters = self._converters(file)
            for converter in converters:
                self._writer(converter.table.name)
            for records in read_records(file, offset, entry, self._settings, self._progress):
                self._take(file, offset, records, converters, background)
            for converter in converters:
                self._result.counts[converter.table.name].records += entry.records
                self._result.errata.update(converter.errata)
            self._stage.ended(file.kind, entry.records)
            offset += entry.records
            self._result.inputs.append(entry)

    def _pair_all(self, background: Background) -> None:
        """Makes rows of the records that only make them together."""
        for pairing in self._stage.ready():
            converters = [Converter(self._source, pairing, tables()[name], self._trace) for name in pairing.maps]
            looked_up = self._stage.looked_up(pairing)
            read = (*pairing.counts, *looked_up)
            for converter in converters:
                self._writer(converter.table.name)
                count = self._result.counts[converter.table.name]
                count.records += sum(self._stage.read.get(name, 0) for name in read)
                count.rejected += sum(self._stage.rejected.get(name, 0) for name in read)
                count.barren += sum(self._stage.counts.get(name, 0) for name in looked_up)
            rejected: dict[str, dict[int, str]] = {converter.table.name: {} for converter in converters}
            for frame in self._stage.pair(pairing, int(self._settings.memory_limit * 0.8)):
                for converter in converters:
                    rejected[converter.table.name] |= self._take_paired(frame, converter, background)
            for converter in converters:
                self._result.errata.update(converter.errata)
                for file, rejects in in_files(self._files, self._result.inputs, self._stage, rejected[converter.table.name]):
                    self._reject(file, rejects, converter.table.name)

    def _take_paired(self, frame: pl.DataFrame, converter: Converter, background: Background) -> dict[int, str]:
        """Takes rows of a pairing; returns the reasons of those that are rejected, by the first record of each."""
        result, name = self._result, converter.table.name
        converted = converter.convert(frame)
        rows = self._shift(converted.rows, converter.table.instants)
        self._widen(rows, converter.table.instants)
        count = result.counts[name]
        count.converted += made_of(frame, rows[RECORD])
        count.rejected += made_of(frame, pl.Series(RECORD, list(converted.rejected), dtype=pl.Int64))
        count.dropped += made_of(frame, converted.dropped)
        count.barren += made_of(frame, converted.barren)
        background.put(result.writers[name].append(rows), is_small=rows.height < _FEW)
        return converted.rejected

    def _writer(self, name: str) -> TableWriter:
        result = self._result
        if name not in result.writers:
            part = self._staged.part(name, self._source.id, self._trace)
            result.writers[name] = TableWriter(tables()[name], part, self._scratch / name)
            result.counts[name] = TableCount()
        return result.writers[name]

    def _take(self, file: RawFile, offset: int, records: Records, converters: list[Converter], background: Background) -> None:
        if unfit := self._stage.unfit(file.kind, records.frame):
            frame = records.frame.filter(~pl.col(RECORD).is_in(list(unfit)))
            records = replace(records, frame=frame, rejects=[*records.rejects, *in_block(records, unfit, offset)])
        result, rejects = self._result, list(records.rejects)
        self._reject(file, records.rejects, None)
        self._stage.add(file.kind, records.frame, len(records.rejects))
        for converter in converters:
            name = converter.table.name
            converted = converter.convert(records.frame)
            rows = self._shift(converted.rows, converter.table.instants)
            self._widen(rows, converter.table.instants)
            count = result.counts[name]
            count.converted += rows.height if is_one_to_one(rows) else rows[RECORD].n_unique()
            count.dropped += len(converted.dropped)
            count.barren += len(converted.barren)
            count.rejected += len(records.rejects) + len(converted.rejected)
            invalid = in_block(records, converted.rejected, offset)
            self._reject(file, invalid, name)
            rejects += invalid
            background.put(result.writers[name].append(rows), is_small=rows.height < _FEW)
        self._stop_if_another_layout(file, rejects)

    def _widen(self, rows: pl.DataFrame, instants: list[str]) -> None:
        """Takes the instants of some rows into what the trace spans."""
        result = self._result
        low, high = _extent(rows, instants)
        if low is not None and low < 0 and self._clock.zero == "first":
            raise _EarlierInstantError
        result.first_us = _least(result.first_us, low)
        result.last_us = None if high is None and result.last_us is None else max(h for h in (high, result.last_us) if h is not None)

    def _shift(self, rows: pl.DataFrame, instants: list[str]) -> pl.DataFrame:
        zero = self._result.zero_us
        return rows.with_columns(pl.col(name) - zero for name in instants) if zero else rows

    def _reject(self, file: RawFile, rejects: list[Reject], table: str | None) -> None:
        if not rejects:
            return
        if file.kind.withheld:
            rejects = [replace(reject, text="") for reject in rejects]
        self._result.rejects += len(rejects)
        if self._settings.strict:
            fix = "mend the file, or ingest without --strict: rejects are kept beside the lake's tables"
            raise DataError(f"{file.path}: {first_words(rejects)}", fix)
        self._reject_path.parent.mkdir(parents=True, exist_ok=True)
        with self._reject_path.open("a", encoding="utf-8", errors="backslashreplace") as out:
            for reject in rejects:
                entry = {"file": file.name, **asdict(reject), "table": table}
                out.write(json.dumps(entry, ensure_ascii=False) + "\n")

    def _stop_if_another_layout(self, file: RawFile, rejects: list[Reject]) -> None:
        staged = sum(self._stage.counts.values())
        rejected, taken = self._result.rejects, staged + sum(c.converted for c in self._result.counts.values())
        if rejected > _REJECTS_ENOUGH and rejected > _REJECTS_SHARE * (rejected + taken):
            words = first_words(rejects) or "see the first lines"
            fix = f"tracekit sources {self._source.id} shows the layout that it reads"
            raise DataError(f"{file.path}: {rejected:,} records do not fit the layout: {words}", fix)


def _least(a: int | None, b: int | None) -> int | None:
    return b if a is None else a if b is None else min(a, b)


def _extent(rows: pl.DataFrame, instants: list[str]) -> tuple[int | None, int | None]:
    """Returns the smallest and the largest instant of some rows over all their instant columns."""
    known = [rows[name] for name in instants if rows[name].null_count() < rows.height]
    lows, highs = [int(c.min()) for c in known], [int(c.max()) for c in known]  # type: ignore[arg-type]
    return (min(lows), max(highs)) if known else (None, None)
