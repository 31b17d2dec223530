"""Ingests one trace whole: its tables, its clock, its profile, and the manifest that tells of them. Here or in another process."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING

from tracekit.errors import NoRowsError, TracekitError
from tracekit.ingest.batch import Batch
from tracekit.ingest.beside import write_profile, write_recording
from tracekit.ingest.convert import Converted, Converter
from tracekit.ingest.extent import recorded_extent
from tracekit.ingest.plan import RawFile
from tracekit.ingest.settings import Progress, Settings, untold
from tracekit.ingest.trace import TraceIngest, TraceResult
from tracekit.lake.drafts import Run
from tracekit.lake.manifest import Manifest
from tracekit.lake.named import name_files
from tracekit.schema.load import tables
from tracekit.sources.model import Source

if TYPE_CHECKING:
    from tracekit.ingest.apart import Workers

# A manifest, and name → prepared file of all that it names.
Ingested = tuple[Manifest, dict[str, Path]]


@dataclass(frozen=True)
class TraceTask:
    """A trace to ingest.

    Attributes:
        source: The dataset.
        files: The files of the trace, in order.
        manifest: What is known of it beforehand.
        run: Where it is prepared.
        settings: Memory limit, record limit, strictness.
    """

    source: Source
    files: list[RawFile]
    manifest: Manifest
    run: Run
    settings: Settings

    @cached_property
    def bytes(self) -> int:
        """Size of the files."""
        return sum(file.path.stat().st_size for file in self.files)


def _of(task: TraceTask, progress: Progress, workers: Workers | None = None) -> TraceIngest:
    return TraceIngest(task.source, task.manifest.trace, task.files, task.run, task.settings, progress, workers)


def ingest_trace(task: TraceTask, progress: Progress, workers: Workers | None = None) -> Ingested:
    """Ingests a trace.

    Args:
        task: The trace.
        progress: Told file and bytes as they are read.
        workers: Processes that read the files of a large trace; None: they are read here.

    Returns:
        Its manifest, and name → prepared file of all that it names.

    Raises:
        TracekitError: Names file, line and value.
    """
    return _finish(task, _of(task, progress, workers).run())


def ingest_traces(tasks: list[TraceTask], progress: Progress = untold) -> list[Ingested | NoRowsError]:
    """Ingests some traces, small ones together; for one without a valid record its error stands.

    Raises:
        TracekitError: As the first trace that is wrong would raise it alone.
    """
    try:
        if len(tasks) > 1:
            return _together(tasks, progress)
    except TracekitError:
        # Each says by itself what is wrong with it.
        pass
    return [or_error(partial(ingest_trace, task, progress)) for task in tasks]


def or_error(ingest: Callable[[], Ingested]) -> Ingested | NoRowsError:
    """Returns what an ingest of a trace gives, or its error where the trace has no valid record."""
    try:
        return ingest()
    except NoRowsError as error:
        return error


def _together(tasks: list[TraceTask], progress: Progress) -> list[Ingested | NoRowsError]:
    ingests = [_of(task, progress) for task in tasks]
    held = [ingest.hold() for ingest in ingests]
    given = [(task.manifest.trace, batch) for task, batches in zip(tasks, held, strict=True) for batch in batches or []]
    converted = iter(_convert(tasks[0].source, given))

    def one(task: TraceTask, ingest: TraceIngest, batches: list[Batch] | None) -> Ingested:
        made = None if batches is None else [(batch, next(converted)) for batch in batches]
        return _finish(task, ingest.run() if made is None else ingest.run_held(made))

    return [or_error(partial(one, *each)) for each in zip(tasks, ingests, held, strict=True)]


def _convert(source: Source, given: list[tuple[str | None, Batch]]) -> list[list[Converted]]:
    """Returns, for each batch of a trace, what the tables of its kind make of it; those that look alike are converted together."""
    alike: dict[tuple[object, ...], list[int]] = defaultdict(list)
    for i, (_, batch) in enumerate(given):
        alike[batch.kind.name, *batch.frame.schema.items()].append(i)
    found: list[list[Converted]] = [[] for _ in given]
    for members in alike.values():
        kind = given[members[0]][1].kind
        frames = [(given[i][0], given[i][1].frame) for i in members]
        for name in kind.maps:
            for i, converted in zip(members, Converter(source, kind, tables()[name], frames[0][0]).convert_each(frames), strict=True):
                found[i].append(converted)
    return found


def _finish(task: TraceTask, result: TraceResult) -> Ingested:
    """Writes what stands beside the tables, and names all files."""
    trace, files = task.manifest.trace, task.files
    manifest = replace(
        task.manifest,
        zero_us=result.zero_us,
        inputs=result.inputs,
        tables=result.counts,
        errata=dict(sorted(result.errata.items())),
    )
    clock = files[0].kind.clock or task.source.clock
    extent = recorded_extent(files, result)
    write_recording(task.run.part("recording", task.source.id, trace), manifest, result, clock, task.source.family, extent)
    columns = write_profile(task.run.part("ingest_profile", task.source.id, trace), manifest, result)
    rows = {name: count.rows for name, count in result.counts.items()} | {"recording": 1, "ingest_profile": columns}
    return manifest, name_files(task.run, manifest, rows)
