"""Ingests one trace: its files, in order, into the staged Parquet of each table."""

from __future__ import annotations

import contextlib
import shutil
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tracekit.ingest.account import check_conservation, check_not_empty
from tracekit.ingest.batch import Batch
from tracekit.ingest.convert import Converted
from tracekit.ingest.locate import in_files
from tracekit.ingest.pair import Stage
from tracekit.ingest.plan import RawFile
from tracekit.ingest.reading import Account, EarlierInstantError, Reading
from tracekit.ingest.rejects import Rejects
from tracekit.ingest.settings import Progress, Settings, untold
from tracekit.ingest.table_writer import TableWriter
from tracekit.ingest.write import Background
from tracekit.lake.drafts import Run
from tracekit.lake.layout import trace_path
from tracekit.schema.load import tables
from tracekit.sources.model import Source

if TYPE_CHECKING:
    from tracekit.ingest.apart import Apart, Workers

# Files of so many bytes in all are read once, and held until the first instant is known; and what came of them, if it is no more than this.
SMALL = 1 << 20
_HELD = 8 << 20


@dataclass
class TraceResult(Account):
    """What an ingested trace holds.

    Attributes:
        writers: Table → its writer, closed.
        zero_us: What was subtracted from the source's instants.
    """

    writers: dict[str, TableWriter] = field(default_factory=dict)
    zero_us: int = 0


class TraceIngest:
    """Ingests the files of one trace into a staging folder.

    Args:
        workers: Processes that read a file each; None: the files are read here, one after another. The rows are the same.
    """

    def __init__(
        self,
        source: Source,
        trace: str | None,
        files: list[RawFile],
        staged: Run,
        settings: Settings,
        progress: Progress,
        workers: Workers | None = None,
    ) -> None:
        self._source = source
        self._trace = trace
        self._files = files
        self._clock = files[0].kind.clock or source.clock
        self._staged = staged
        self._settings = settings
        self._progress = progress
        self._scratch = staged.folder / "scratch" / trace_path(source.id, trace)
        self._apart: Apart | None = None
        if workers:
            from tracekit.ingest.apart import Apart

            self._apart = Apart(source, trace, files, self._clock, settings, self._scratch, workers)

    def run(self) -> TraceResult:
        """Reads, converts, sorts and writes.

        Raises:
            DataError: The layout is not the source's, nothing is left, or counts do not add up.
        """
        if (held := self.hold()) is not None:
            return self.run_held([(batch, self._reading.convert(batch)) for batch in held])
        if self._clock.zero != "first":
            return self._run(0)
        try:
            # What is paired is known at the end alone.
            return self._run(self._first_instant(first_blocks=not self._source.pairings))
        except EarlierInstantError:
            # The files are not in order, and their first blocks do not hold the first instant: all is read for it.
            return self._run(self._first_instant(first_blocks=False))

    def _begin(self) -> None:
        shutil.rmtree(self._scratch, ignore_errors=True)
        self._result = TraceResult()
        self._stage = Stage(self._source, self._scratch / "paired")
        path = self._staged.rejects(self._source.id, self._trace)
        path.unlink(missing_ok=True)
        self._rejects = Rejects(self._source.id, path, strict=self._settings.strict)
        self._reading = self._read_into(self._result, self._stage, self._progress, is_written=True)

    def _read_into(self, account: Account, stage: Stage, progress: Progress, *, is_written: bool) -> Reading:
        writer = self._writer if is_written else None
        return Reading(self._source, self._trace, account, stage, self._rejects, self._settings, progress, self._clock, writer)

    def _writer(self, name: str) -> TableWriter:
        if name not in self._result.writers:
            part = self._staged.part(name, self._source.id, self._trace)
            self._result.writers[name] = TableWriter(tables()[name], part, self._scratch / name)
        return self._result.writers[name]

    def hold(self) -> list[Batch] | None:
        """Reads small files, to be converted before the first instant is known; None where there is more than can be held."""
        if self._apart or self._source.pairings or sum(file.path.stat().st_size for file in self._files) > SMALL:
            return None
        self._begin()
        held, size = [], 0
        for batch in self._reading.batches(self._files):
            held.append(batch)
            size += int(batch.frame.estimated_size())
            if size > _HELD:
                return None
        return held

    def run_held(self, held: list[tuple[Batch, list[Converted]]]) -> TraceResult:
        """Does the rest with what ``hold`` returned and what it was converted to; see ``run``."""
        looked = Account()
        if self._clock.zero == "first":
            reading = self._read_into(looked, self._stage, untold, is_written=False)
            for batch, converted in held:
                reading.look(batch, converted)
        return self._run(looked.first_us or 0, held)

    def _run(self, zero_us: int, held: list[tuple[Batch, list[Converted]]] | None = None) -> TraceResult:
        if held is None:
            self._begin()
        result = self._result
        result.zero_us = zero_us
        background = Background()
        try:
            if self._apart:
                self._take_apart(self._apart, zero_us)
            else:
                for batch, converted in self._reading.converted(self._files) if held is None else held:
                    self._reading.take(batch, converted, zero_us, background)
            self._pair_all(zero_us, background)
            background.finish()
            self._close()
        except BaseException:
            # Jobs that are still queued write to the files that are given up here.
            with contextlib.suppress(Exception):
                background.finish()
            for writer in result.writers.values():
                writer.abort()
            raise
        check_conservation(f"{self._source.id}/{self._trace}", result.counts)
        check_not_empty(self._files, result.counts, result.inputs, self._rejects.path)
        shutil.rmtree(self._scratch, ignore_errors=True)
        return result

    def _close(self) -> None:
        for name, writer in self._result.writers.items():
            count = self._result.counts[name]
            count.sha256 = writer.close(self._settings.engine_bytes)
            count.rows, count.out_of_order = writer.rows, writer.in_file_order.out_of_order
            count.same_instant = writer.in_time_order.same_instant

    def _take_apart(self, apart: Apart, zero_us: int) -> None:
        """Puts together what other processes read of each file."""
        for file, taken in apart.read(zero_us):
            self._progress(file, file.path.stat().st_size)
            self._result.add(taken.account)
            for name, pieces in taken.pieces.items():
                self._writer(name).adopt(pieces)
            self._stage.add_staged(taken.staged)
            self._rejects.adopt(taken.rejects)

    def _first_instant(self, *, first_blocks: bool) -> int:
        """Returns the first instant of the trace over all its tables, which is its zero.

        Args:
            first_blocks: Whether to look at the first block of each file alone, which is right wherever files are in order.
        """
        self._begin()
        looked = Account()
        stage = Stage(self._source, self._scratch / "zero")
        reading = self._read_into(looked, stage, untold, is_written=False)
        if self._apart:
            for _, taken in self._apart.look(first_blocks=first_blocks):
                looked.add(taken.account)
                stage.add_staged(taken.staged)
        else:
            for batch, converted in reading.converted(self._files, first_blocks=first_blocks):
                reading.look(batch, converted)
        for pairing in stage.ready():
            for frame in stage.pair(pairing, self._settings.engine_bytes):
                reading.look_paired(frame, pairing)
        return looked.first_us or 0

    def _pair_all(self, zero_us: int, background: Background) -> None:
        """Makes rows of the records that only make them together."""
        for pairing in self._stage.ready():
            self._reading.begin_pairing(pairing)
            rejected: dict[str, dict[int, str]] = {}
            for frame in self._stage.pair(pairing, self._settings.engine_bytes):
                for name, reasons in self._reading.take_paired(frame, pairing, zero_us, background).items():
                    rejected.setdefault(name, {}).update(reasons)
            for name, reasons in rejected.items():
                for file, rejects in in_files(self._files, self._result.inputs, self._stage, reasons):
                    self._rejects.add(file, rejects, name)
