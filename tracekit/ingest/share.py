"""Shares out the traces of an ingest over processes: small ones whole, the files of one that outweighs the others."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from tracekit.errors import NoRowsError
from tracekit.ingest.settings import Progress, Settings
from tracekit.ingest.task import Ingested, TraceTask, ingest_trace, ingest_traces, or_error
from tracekit.ingest.trace import SMALL

if TYPE_CHECKING:
    from tracekit.ingest.apart import Workers

# A process starts in about the time that reading so much takes, or so many small files.
_WORTH_BYTES = 32 << 20
_WORTH_FILES = 128
# Handing a file to another process costs what reading so much of it does.
_APART_BYTES = 4 << 20
# Small traces are converted together, and handed over together; the last ones should not leave one process alone with many.
_AT_ONCE = 32


def jobs_for(tasks: list[TraceTask], jobs: int | None) -> int:
    """Returns how many processes to ingest some traces in.

    Args:
        tasks: The traces.
        jobs: How many are wanted; None: as many as there are processors, where there is enough to do for them.
    """
    files = sum(len(task.files) for task in tasks)
    if files < 2:
        return 1
    if jobs is None:
        is_worth_it = files >= _WORTH_FILES or sum(task.bytes for task in tasks) >= _WORTH_BYTES
        jobs = len(os.sched_getaffinity(0)) if is_worth_it else 1
    return min(jobs, files)


def ingest_all(tasks: list[TraceTask], settings: Settings, progress: Progress, jobs: int | None) -> Iterator[Ingested | NoRowsError]:
    """Ingests traces.

    Args:
        tasks: The traces.
        settings: Memory limit, which the processes share, record limit and strictness.
        progress: Told file and bytes as they are read.
        jobs: How many processes; None: as many as pay.

    Yields:
        For each, its manifest and name → prepared file, or the error of one without a valid record; in the order of the traces, whatever
        the number of processes.

    Raises:
        TracekitError: The first one in that order that failed; names file, line and value.
    """
    number = jobs_for(tasks, jobs)
    if number == 1:
        for group in _groups(tasks, _AT_ONCE):
            yield from ingest_traces(group, progress)
        return
    # Not before: one process needs none of what makes others.
    from tracekit.ingest.apart import workers

    with workers(number) as pool:
        yield from _apart(tasks, settings, progress, pool)


def _groups(tasks: list[TraceTask], at_once: int) -> Iterator[list[TraceTask]]:
    """Yields the traces in their order: small ones several at once, each of the others alone."""
    group: list[TraceTask] = []
    size = 0
    for task in tasks:
        if group and (len(group) == at_once or size + task.bytes > SMALL):
            yield group
            group, size = [], 0
        group.append(task)
        size += task.bytes
    if group:
        yield group


def _apart(tasks: list[TraceTask], settings: Settings, progress: Progress, pool: Workers) -> Iterator[Ingested | NoRowsError]:
    share = replace(settings, memory_limit=settings.memory_limit // pool.jobs)
    sizes = [task.bytes for task in tasks]
    is_large = [
        len(task.files) > 1 and size >= _APART_BYTES and size * pool.jobs > sum(sizes) for task, size in zip(tasks, sizes, strict=True)
    ]
    small = [replace(task, settings=share) for task, large in zip(tasks, is_large, strict=True) if not large]
    made = _told(list(_groups(small, max(min(_AT_ONCE, len(small) // (4 * pool.jobs)), 1))), pool, progress)
    for task, large in zip(tasks, is_large, strict=True):
        yield or_error(partial(ingest_trace, task, progress, pool)) if large else next(made)


def _told(groups: list[list[TraceTask]], pool: Workers, progress: Progress) -> Iterator[Ingested | NoRowsError]:
    for group, results in zip(groups, pool.map(ingest_traces, groups), strict=True):
        for task in group:
            for file in task.files:
                progress(file, file.path.stat().st_size)
        yield from results
