"""Reads the files of one trace in several processes, a file each, and lets many traces be ingested in as many.

What a process hands back is put together in the order of the files, so that the lake does not show how many there were.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TypeVar

from tracekit.errors import TracekitError
from tracekit.ingest.pair import Stage, Staged
from tracekit.ingest.plan import RawFile
from tracekit.ingest.reading import Account, Reading
from tracekit.ingest.records import count_records
from tracekit.ingest.rejects import Rejects
from tracekit.ingest.settings import Settings, untold
from tracekit.ingest.table_writer import Pieces
from tracekit.ingest.write import Background
from tracekit.schema.load import tables
from tracekit.sources.clock import Clock
from tracekit.sources.model import Source

_Task = TypeVar("_Task")
_Result = TypeVar("_Result")


class Workers:
    """Processes that work for this one, and end with it, however it ends."""

    def __init__(self, jobs: int) -> None:
        self.jobs = jobs
        # Forking would copy threads of the engines half-way through something.
        context = multiprocessing.get_context("spawn")
        lifeline, self._hold = context.Pipe(duplex=False)
        threads = max(len(os.sched_getaffinity(0)) // jobs, 1)
        self._pool = ProcessPoolExecutor(jobs, context, initializer=_begin, initargs=(lifeline, threads))

    def map(self, function: Callable[[_Task], _Result], tasks: Iterable[_Task]) -> Iterator[_Result]:
        """Yields what a function of a module makes of each task, in their order, as soon as it is there.

        Raises:
            TracekitError: A process was killed, for want of memory as a rule.
        """
        futures: list[Future[_Result]] = [self._pool.submit(function, task) for task in tasks]
        return self._results(futures)

    def _results(self, futures: list[Future[_Result]]) -> Iterator[_Result]:
        try:
            while futures:
                yield futures.pop(0).result()
        except BrokenProcessPool as error:
            raise TracekitError(
                "a process that was reading was killed: the machine may be short of memory",
                "give fewer of them, --jobs 1, or less memory to each, --memory-limit",
            ) from error
        except (KeyboardInterrupt, SystemExit):
            # Nobody waits for what is under way.
            self._hold.close()
            raise
        finally:
            # Whoever asked may do away with the files that they work on.
            left = [future for future in futures if not future.cancel()]
            for future in left:
                future.exception()

    def stop(self) -> None:
        """Ends the processes, whatever they are at."""
        self._hold.close()
        self._pool.shutdown(cancel_futures=True)


@contextmanager
def workers(jobs: int) -> Iterator[Workers]:
    """Opens a number of processes; they start with the first task."""
    opened = Workers(jobs)
    try:
        yield opened
    finally:
        opened.stop()


def _begin(lifeline: Connection, threads: int) -> None:
    """Lets a process end when the other end of a pipe does, be it killed, and share the processors with the others."""
    os.environ.setdefault("POLARS_MAX_THREADS", str(threads))
    # An interrupt from the keyboard reaches all of them; the first one decides what becomes of it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)

    def wait() -> None:
        lifeline.poll(None)
        os._exit(1)

    threading.Thread(target=wait, daemon=True).start()


@dataclass(frozen=True)
class FileTask:
    """A file of a trace, to be read by a process of its own.

    Attributes:
        source: The dataset.
        trace: The trace.
        clock: The trace's clock.
        file: The file.
        offset: Records of the trace before it.
        zero_us: What is subtracted from instants; None: instants are looked at alone.
        first_block: Whether to read no more than its first block.
        settings: With the share of the memory that the process may hold.
        folder: Where it puts what it sets aside.
    """

    source: Source
    trace: str | None
    clock: Clock
    file: RawFile
    offset: int
    zero_us: int | None
    first_block: bool
    settings: Settings
    folder: Path


@dataclass
class Taken:
    """What was read of a file.

    Attributes:
        account: What became of its records.
        staged: Records that are to be paired.
        rejects: Records that are set aside.
        pieces: Table → rows.
    """

    account: Account
    staged: Staged
    rejects: Rejects
    pieces: dict[str, Pieces] = field(default_factory=dict)


def read_file(task: FileTask) -> Taken:
    """Reads a file of a trace and sets aside what it gives."""
    stage = Stage(task.source, task.folder / "paired")
    rejects = Rejects(task.source.id, task.folder / "rejects.jsonl", strict=task.settings.strict)
    taken = Taken(Account(), stage.staged, rejects)

    def writer(name: str) -> Pieces:
        if name not in taken.pieces:
            taken.pieces[name] = Pieces(tables()[name], task.folder / "rows" / name)
        return taken.pieces[name]

    is_written = task.zero_us is not None
    reading = Reading(
        task.source, task.trace, taken.account, stage, rejects, task.settings, untold, task.clock, writer if is_written else None
    )
    background = Background()
    try:
        for batch, converted in reading.converted([task.file], task.offset, first_blocks=task.first_block):
            if task.zero_us is None:
                reading.look(batch, converted)
            else:
                reading.take(batch, converted, task.zero_us, background)
    finally:
        background.finish()
    return taken


def _count(task: FileTask) -> int:
    return count_records(task.file, task.settings)


class Apart:
    """The files of a trace, read by other processes."""

    def __init__(
        self, source: Source, trace: str | None, files: list[RawFile], clock: Clock, settings: Settings, scratch: Path, workers: Workers
    ) -> None:
        share = replace(settings, memory_limit=settings.memory_limit // workers.jobs)
        self._workers = workers
        self._tasks = [
            FileTask(source, trace, clock, file, 0, None, False, share, scratch / "apart" / f"{i:06d}") for i, file in enumerate(files)
        ]
        self._offsets: list[int] | None = None

    def look(self, *, first_blocks: bool) -> Iterator[tuple[RawFile, Taken]]:
        """Yields the files and what instants they have, on the source's clock."""
        tasks = [replace(task, first_block=first_blocks, folder=task.folder.with_name(f"look-{task.folder.name}")) for task in self._tasks]
        yield from zip((task.file for task in tasks), self._workers.map(read_file, tasks), strict=True)

    def read(self, zero_us: int) -> Iterator[tuple[RawFile, Taken]]:
        """Yields the files and what was read of them, in order.

        Records are counted first: their numbers go through all files of the trace.
        """
        if self._offsets is None:
            self._offsets, records = [], 0
            for count in self._workers.map(_count, self._tasks):
                self._offsets.append(records)
                records += count
        tasks = [replace(task, offset=offset, zero_us=zero_us) for task, offset in zip(self._tasks, self._offsets, strict=True)]
        yield from zip((task.file for task in tasks), self._workers.map(read_file, tasks), strict=True)
