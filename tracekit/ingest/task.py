"""Ingests one trace whole: its tables, its clock, its profile, and the manifest that tells of them. Here or in another process."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from tracekit.ingest.apart import Workers
from tracekit.ingest.beside import write_profile, write_recording
from tracekit.ingest.extent import recorded_extent
from tracekit.ingest.plan import RawFile
from tracekit.ingest.settings import Progress, Settings, untold
from tracekit.ingest.trace import TraceIngest
from tracekit.lake.drafts import Run
from tracekit.lake.manifest import Manifest
from tracekit.lake.named import name_files
from tracekit.sources.model import Source


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

    @property
    def bytes(self) -> int:
        """Size of the files."""
        return sum(file.path.stat().st_size for file in self.files)


def ingest_trace(task: TraceTask, progress: Progress, workers: Workers | None = None) -> tuple[Manifest, dict[str, Path]]:
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
    trace, files = task.manifest.trace, task.files
    result = TraceIngest(task.source, trace, files, task.run, task.settings, progress, workers).run()
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
    write_profile(task.run.part("ingest_profile", task.source.id, trace), manifest, result)
    return manifest, name_files(task.run, manifest)


def ingest_traces(tasks: list[TraceTask]) -> list[tuple[Manifest, dict[str, Path]]]:
    """Ingests some traces one after another: what a process does at a time."""
    return [ingest_trace(task, untold) for task in tasks]
