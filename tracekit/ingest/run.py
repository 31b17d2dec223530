"""The ingest: plans, converts every trace into staging, and commits all of them at once."""

from __future__ import annotations

import contextlib
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from pathlib import Path

from tracekit import assets
from tracekit.disk import hash_file
from tracekit.errors import DataError, NoRowsError, TracekitError, UsageError
from tracekit.ingest.held import refusal
from tracekit.ingest.plan import Plan, RawFile, make_plan
from tracekit.ingest.recognise import UnsureError
from tracekit.ingest.settings import Progress, Settings, untold
from tracekit.ingest.shipped import is_shipped
from tracekit.lake import catalog
from tracekit.lake.commit import Change, commit
from tracekit.lake.drafts import Run, wait_for_others, writing
from tracekit.lake.former import refuse_former
from tracekit.lake.head import Head, read_head
from tracekit.lake.layout import Layout
from tracekit.lake.manifest import Input, Manifest, read_held
from tracekit.lake.storage import is_full
from tracekit.lake.verify import find_faults_of
from tracekit.schema.load import table
from tracekit.schema.version import schema_version
from tracekit.sources.load import source_version
from tracekit.sources.model import Source

# What takes long to import is imported where a trace is converted: to find that all is there already needs none of it.


@dataclass
class Outcome:
    """What an ingest did.

    Attributes:
        written: Manifests of the traces written.
        unchanged: Traces that were there already, from the same input.
        plan: What was read, unknown and skipped.
        notes: What the user has to know beside, e.g. of the catalog or of the file system.
    """

    written: list[Manifest] = field(default_factory=list)
    unchanged: list[str | None] = field(default_factory=list)
    plan: Plan = field(default_factory=Plan)
    notes: list[str] = field(default_factory=list)


@cache
def tool_version() -> str:
    """Returns the installed version of tracekit."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("workload-tracekit")
    except PackageNotFoundError:
        return "unknown"


def ingest(
    source: Source,
    paths: list[Path],
    lake: Path,
    *,
    macros: catalog.Given | None,
    settings: Settings | None = None,
    sample: bool = False,
    replace: bool = False,
    trace: str | None = None,
    wait_s: float = 0.0,
    jobs: int | None = 1,
    progress: Callable[[Plan], Progress] | None = None,
) -> Outcome:
    """Ingests raw files of a source into a lake.

    Args:
        source: The dataset.
        paths: Files, folders and archives; with ``sample`` the shipped sample is taken instead.
        lake: The lake's folder; made if it is not there.
        macros: The catalog's table macros; None: the caller rebuilds the catalog, once for many sources.
        settings: Memory limit, record limit, strictness.
        sample: Whether to ingest the synthetic sample.
        replace: Whether a trace that exists may be replaced by other input.
        trace: A name for the trace, instead of the one that the source's rule gives; the input has to be one trace.
        wait_s: How long to wait for another run that is writing one of these traces.
        jobs: How many processes read, which share the memory limit; None: one per processor, where that pays. They import the program
            that calls this, which needs its ``if __name__ == "__main__"``.
        progress: Given the plan, returns what is told file and bytes as they are read.

    Raises:
        TracekitError: Names file, line and value; the lake is as it was.
    """
    layout, settings = Layout(lake), settings or Settings()
    with _explained(source, lake), writing(layout) as run:
        refuse_former(layout)
        chosen = [assets.samples_dir() / source.id] if sample else paths
        plan = _plan(source, chosen, run, settings, trace)
        # A shipped sample that is named by its path is synthetic too, and so is what stands beside it.
        sample = sample or any(is_shipped(path) for path in {file.path for file in plan.files})
        _refuse_mixture(layout, source, read_head(layout), sample=sample)
        asked = _Run(run, source, settings, sample=sample, replaces=replace, is_named=trace is not None, jobs=jobs)
        wait_for_others(run, source.id, list(_by_trace(plan)), wait_s)
        if plan.is_partial and not asked.is_all_there(plan):
            plan = make_plan(source, chosen, run.folder / "again", strict=settings.strict, trace=trace)
        outcome = asked.run(plan, progress(plan) if progress else untold)
    if macros is not None and (outcome.written or not catalog.is_current(layout)):
        outcome.notes += catalog.refresh(layout, macros)
    return outcome


@contextlib.contextmanager
def _explained(source: Source, lake: Path) -> Iterator[None]:
    """Says what to do where memory or the disk is not enough."""
    try:
        yield
    except Exception as error:
        if type(error).__name__ == "OutOfMemoryException":
            fix = "give it more, --memory-limit 2GB, or fewer processes to share it, --jobs 1"
            raise TracekitError(f"{source.id}: the engine needs more memory than it may hold to sort or pair the records", fix) from error
        if not is_full(error):
            raise
        fix = "free some space, or put the lake elsewhere with --lake"
        raise TracekitError(f"no space left on the disk of {lake}; the lake is as it was", fix) from error


def _plan(source: Source, chosen: list[Path], run: Run, settings: Settings, trace: str | None) -> Plan:
    """Plans by paths where the lake may hold all of it already: what tells the columns of files that are no text takes long to import."""
    if any(held.dataset == source.id for held in read_head(run.layout).held):
        with contextlib.suppress(UnsureError):
            return make_plan(source, chosen, run.folder / "archives", strict=settings.strict, trace=trace, by_path=True)
    return make_plan(source, chosen, run.folder / "archives", strict=settings.strict, trace=trace)


def _refuse_mixture(layout: Layout, source: Source, head: Head, *, sample: bool) -> None:
    if any(held.dataset == source.id and held.is_synthetic != sample for held in head.held):
        holds, given = ("real", "synthetic") if sample else ("synthetic", "real")
        raise UsageError(
            f"{source.id} holds {holds} traces in {layout.root}: {given} ones are not mixed in", "use another lake: --lake DIR"
        )


class _Run:
    def __init__(
        self, run: Run, source: Source, settings: Settings, *, sample: bool, replaces: bool, is_named: bool, jobs: int | None
    ) -> None:
        self._run = run
        self._layout = run.layout
        self._base = read_head(run.layout)
        self._source = source
        self._source_version = source_version(source)
        self._schema_version = schema_version([table(name) for name in source.tables])
        self._settings = settings
        self._sample = sample
        self._replaces = replaces
        self._jobs = jobs
        self._is_named = is_named

    def is_all_there(self, plan: Plan) -> bool:
        """Whether the lake holds all that was planned already, under these names."""
        self._base = read_head(self._layout)
        held = {trace: (self._base.get((self._source.id, trace)), files) for trace, files in _by_trace(plan).items()}
        return all(known and self._is_same(read_held(self._layout, known), files) for known, files in held.values())

    def run(self, plan: Plan, progress: Progress) -> Outcome:
        outcome = Outcome(plan=plan, notes=self._run.notes)
        self._base = read_head(self._layout)
        _refuse_mixture(self._layout, self._source, self._base, sample=self._sample)
        change = Change(f"ingest {self._source.id}")
        pending: dict[str | None, list[RawFile]] = {}
        for trace, files in _by_trace(plan).items():
            if self._is_unchanged(trace, files):
                outcome.unchanged.append(trace)
            elif other := self._other_name(trace, files):
                outcome.unchanged.append(other)
            else:
                pending[trace] = files
        if pending:
            self._convert(pending, progress, change, outcome)
        if change.put:
            self._commit(change)
            outcome.written = change.put
        return outcome

    def _convert(self, pending: dict[str | None, list[RawFile]], progress: Progress, change: Change, outcome: Outcome) -> None:
        from tracekit.ingest.share import ingest_all
        from tracekit.ingest.task import TraceTask

        tasks = [
            TraceTask(self._source, files, replace(self._manifest(trace, []), tracekit=tool_version()), self._run, self._settings)
            for trace, files in pending.items()
        ]
        empty: list[NoRowsError] = []
        for made in ingest_all(tasks, self._settings, progress, self._jobs):
            if isinstance(made, NoRowsError):
                empty.append(made)
                if self._settings.strict:
                    break
                continue
            manifest, files = made
            change.files |= files
            change.put.append(manifest)
            outcome.plan.skipped += [(entry.name, "no records") for entry in manifest.inputs if not entry.records]
        if empty and (self._settings.strict or not (change.put or outcome.unchanged)):
            raise empty[0]
        outcome.plan.skipped += [(error.files, error.reason) for error in empty]

    def _commit(self, change: Change) -> None:
        from tracekit.sources.mapped import MappedSource

        change.by = tool_version()
        change.did += ": " + ", ".join(m.trace or "*" for m in change.put)
        if isinstance(self._source, MappedSource):
            # Without it no row of a user's own dataset could be traced back or explained.
            change.mappings[self._source.id] = self._source.text
        commit(self._run, self._base, change)

    def _is_unchanged(self, trace: str | None, files: list[RawFile]) -> bool:
        held = self._base.get((self._source.id, trace))
        if held is None:
            return False
        known = read_held(self._layout, held)
        if self._is_same(known, files):
            # A file that is gone or was damaged is made again.
            return not find_faults_of(self._layout, known, hashes=self._replaces)
        if not self._replaces:
            raise refusal(self._layout, known, files)
        return False

    def _is_same(self, known: Manifest, files: list[RawFile]) -> bool:
        """Whether a trace of the lake was made from these files, hashed only where their sizes are the same."""
        if _sizes(files) != tuple((entry.kind, entry.bytes) for entry in known.inputs):
            return False
        inputs = [Input(f.name, "", f.kind.name, f.path.stat().st_size, hash_file(f.path)) for f in files]
        return known.same_input(self._manifest(known.trace, inputs))

    def _other_name(self, trace: str | None, files: list[RawFile]) -> str | None:
        """Returns the other name that the lake holds a trace of these files by: names depend on what is ingested together."""
        if self._is_named or trace is None or self._replaces or self._base.get((self._source.id, trace)):
            return None
        others = self._by_sizes.get(_sizes(files), [])
        return next((known.trace for known in others if known.trace is not None and self._is_same(known, files)), None)

    @cached_property
    def _by_sizes(self) -> dict[tuple[tuple[str, int], ...], list[Manifest]]:
        """The traces that the lake holds of this source, by kinds and sizes of their files."""
        found = defaultdict(list)
        for held in (held for held in self._base.held if held.dataset == self._source.id):
            # What is damaged there is no matter of these files.
            with contextlib.suppress(DataError):
                known = read_held(self._layout, held)
                found[tuple((entry.kind, entry.bytes) for entry in known.inputs)].append(known)
        return found

    def _manifest(self, trace: str | None, inputs: list[Input]) -> Manifest:
        """Returns what is known of a trace before it is read."""
        return Manifest(
            dataset=self._source.id,
            trace=trace,
            is_synthetic=self._sample,
            tracekit="",
            source_version=self._source_version,
            schema_version=self._schema_version,
            limit=self._settings.limit,
            zero_us=0,
            inputs=inputs,
            tables={},
            errata={},
        )


def _by_trace(plan: Plan) -> dict[str | None, list[RawFile]]:
    """Returns trace → its files, in the order of the plan."""
    found: dict[str | None, list[RawFile]] = {}
    for file in plan.files:
        found.setdefault(file.trace, []).append(file)
    return found


def _sizes(files: list[RawFile]) -> tuple[tuple[str, int], ...]:
    return tuple((file.kind.name, file.path.stat().st_size) for file in files)
