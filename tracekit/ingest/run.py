"""The ingest: plans, converts every trace into staging, and commits all of them at once."""

from __future__ import annotations

import datetime as dt
import errno
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import polars as pl

from tracekit import assets
from tracekit.errors import TracekitError, UsageError
from tracekit.ingest.plan import Plan, RawFile, make_plan
from tracekit.ingest.raw import hash_file
from tracekit.ingest.settings import Progress, Settings
from tracekit.ingest.trace import TraceIngest, TraceResult
from tracekit.ingest.write import ParquetSink
from tracekit.lake import catalog
from tracekit.lake.commit import commit, writing
from tracekit.lake.layout import Layout
from tracekit.lake.manifest import Input, Manifest, read_manifest, read_manifests
from tracekit.schema.arrow import arrow_schema, schema_version
from tracekit.schema.load import Table, table, tables
from tracekit.schema.polars import conform
from tracekit.sources.load import source_version
from tracekit.sources.mapped import MappedSource
from tracekit.sources.model import Clock, Source

_EPOCH = dt.datetime(1970, 1, 1)
# Fewer distinct instants say more of the workload than of the clock.
_ENOUGH_INSTANTS = 1_000


@dataclass
class Outcome:
    """What an ingest did.

    Attributes:
        written: Manifests of the traces written.
        unchanged: Traces that were there already, from the same input.
        plan: What was read, unknown and skipped.
    """

    written: list[Manifest] = field(default_factory=list)
    unchanged: list[str | None] = field(default_factory=list)
    plan: Plan = field(default_factory=Plan)


def tool_version() -> str:
    """Returns the installed version of tracekit."""
    try:
        return version("workload-tracekit")
    except PackageNotFoundError:
        return "unknown"


def ingest(
    source: Source,
    paths: list[Path],
    lake: Path,
    *,
    macros: list[str] | None,
    settings: Settings | None = None,
    sample: bool = False,
    replace: bool = False,
    progress: Callable[[Plan], Progress] | None = None,
) -> Outcome:
    """Ingests raw files of a source into a lake.

    Args:
        source: The dataset.
        paths: Files, folders and archives; with ``sample`` the shipped sample is taken instead.
        lake: The lake's folder; made if it is not there.
        macros: Statements of the catalog's table macros; None: the caller rebuilds the catalog, once for many sources.
        settings: Memory limit, record limit, strictness.
        sample: Whether to ingest the synthetic sample.
        replace: Whether a trace that exists may be replaced by other input.
        progress: Given the plan, returns what is told file and bytes as they are read.

    Returns:
        What was written and what was not.

    Raises:
        TracekitError: Names file, line and value; the lake is as it was.
    """
    layout = Layout(lake)
    settings = settings or Settings()
    try:
        with writing(layout) as staging:
            _refuse_mixture(layout, source, sample=sample)
            chosen = [assets.samples_dir() / source.id] if sample else paths
            plan = make_plan(source, chosen, staging / "archives")
            outcome = _Run(layout, staging, source, settings, sample=sample, replace=replace).run(
                plan, progress(plan) if progress else _silent
            )
            if macros is not None and (outcome.written or not catalog.is_current(layout)):
                catalog.rebuild(layout, macros)
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        fix = "free some space, or put the lake elsewhere with --lake"
        raise TracekitError(f"no space left on the disk of {lake}; the lake is as it was", fix) from error
    return outcome


def _silent(_file: RawFile, _bytes: int) -> None:
    pass


def _refuse_mixture(layout: Layout, source: Source, *, sample: bool) -> None:
    for manifest in read_manifests(layout, source.id):
        if manifest.is_synthetic != sample:
            holds, given = ("synthetic", "real") if manifest.is_synthetic else ("real", "synthetic")
            raise UsageError(
                f"{source.id} holds {holds} traces in {layout.root}: {given} ones are not mixed in",
                "use another lake: --lake DIR",
            )


class _Run:
    def __init__(self, layout: Layout, staging: Path, source: Source, settings: Settings, *, sample: bool, replace: bool) -> None:
        self._layout = layout
        self._staged = Layout(staging / "lake")
        self._source = source
        self._settings = settings
        self._sample = sample
        self._replace = replace
        self._removed: list[Path] = []

    def run(self, plan: Plan, progress: Progress) -> Outcome:
        outcome = Outcome(plan=plan)
        for trace in dict.fromkeys(file.trace for file in plan.files):
            files = [file for file in plan.files if file.trace == trace]
            if self._is_unchanged(trace, files):
                outcome.unchanged.append(trace)
                continue
            result = TraceIngest(self._source, trace, files, self._staged, self._settings, progress).run()
            manifest = self._manifest(trace, result)
            self._write_recording(trace, result, files[0].kind.clock or self._source.clock)
            self._write_profile(trace, result)
            path = self._staged.manifest(self._source.id, trace)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(manifest.to_json(), encoding="utf-8")
            outcome.written.append(manifest)
            self._removed += self._files_of(trace)
        if outcome.written:
            self._keep_mapping()
            commit(self._layout, self._staged.root, self._removed)
        return outcome

    def _keep_mapping(self) -> None:
        """A lake keeps the mapping of a user's own dataset: without it no row could be traced back or explained."""
        if isinstance(self._source, MappedSource):
            path = self._staged.mapping(self._source.id)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(self._source.text, encoding="utf-8")

    def _files_of(self, trace: str | None) -> list[Path]:
        """Returns every file that the lake holds for a trace."""
        parts = [self._layout.part(name, self._source.id, trace) for name in tables()]
        return [path for path in [*parts, self._layout.rejects(self._source.id, trace)] if path.exists()]

    def _is_unchanged(self, trace: str | None, files: list[RawFile]) -> bool:
        known = read_manifest(self._layout.manifest(self._source.id, trace))
        if known is None:
            return False
        sizes = [(file.kind.name, file.path.stat().st_size) for file in files]
        if sizes == [(entry.kind, entry.bytes) for entry in known.inputs]:
            inputs = [Input(f.name, "", f.kind.name, f.path.stat().st_size, hash_file(f.path)) for f in files]
            if known.same_input(self._manifest(trace, TraceResult(inputs=inputs))):
                return True
        if not self._replace:
            raise UsageError(
                f"{self._source.id}/{trace or 'every trace'} is in {self._layout.root} already, from other input or by another version",
                "ingest again with --replace to replace it",
            )
        return False

    def _manifest(self, trace: str | None, result: TraceResult) -> Manifest:
        return Manifest(
            dataset=self._source.id,
            trace=trace,
            is_synthetic=self._sample,
            tracekit=tool_version(),
            source_version=source_version(self._source),
            schema_version=schema_version([table(name) for name in self._source.tables]),
            limit=self._settings.limit,
            zero_us=result.zero_us,
            inputs=result.inputs,
            tables=result.counts,
            errata=dict(sorted(result.errata.items())),
        )

    def _write(self, shape: Table, trace: str | None, rows: list[dict[str, object]]) -> None:
        frame = conform(pl.LazyFrame(rows, infer_schema_length=None), shape).collect()
        sink = ParquetSink(self._staged.part(shape.name, self._source.id, trace), arrow_schema(shape))
        sink.write(frame.to_arrow().cast(arrow_schema(shape)))
        sink.close()

    def _write_recording(self, trace: str | None, result: TraceResult, clock: Clock) -> None:
        spans = result.first_us is not None and result.last_us is not None
        row: dict[str, object] = {
            "dataset": self._source.id,
            "trace": trace,
            "family": self._source.family,
            "anchor_at": _anchor(clock, result.zero_us),
            "anchor_note": clock.note,
            "zone": clock.zone,
            "calendar": clock.calendar,
            "resolution_us": _resolution(clock, result),
            "span_us": (result.last_us or 0) - (result.first_us or 0) if spans else None,
            "is_synthetic": self._sample,
        }
        self._write(table("recording"), trace, [row])

    def _write_profile(self, trace: str | None, result: TraceResult) -> None:
        rows: list[dict[str, object]] = [
            {
                "dataset": self._source.id,
                "trace": trace,
                "table_name": name,
                "column_name": column,
                "records": result.counts[name].records,
                "rows": result.counts[name].rows,
                "rejected": result.counts[name].rejected,
                "dropped": result.counts[name].dropped,
                "nulls": nulls,
                "above_max": writer.in_file_order.above.get(column),
                "duplicate_rows": writer.in_time_order.duplicates,
                "out_of_order": writer.in_file_order.out_of_order,
                "backwards": writer.in_file_order.backwards,
                "gap_max_s": writer.in_time_order.gap_us / 1e6 if writer.in_time_order.instants > 1 else None,
            }
            for name, writer in result.writers.items()
            for column, nulls in writer.in_file_order.nulls.items()
        ]
        self._write(table("ingest_profile"), trace, rows)


def _anchor(clock: Clock, zero_us: int) -> dt.datetime | None:
    if clock.anchor == "withheld":
        return None
    start = _EPOCH if clock.anchor == "epoch" else dt.datetime.fromisoformat(clock.anchor).replace(tzinfo=None)
    return start + dt.timedelta(microseconds=zero_us)


def _resolution(clock: Clock, result: TraceResult) -> int:
    """Returns the larger of the declared resolution and the smallest step seen, where enough instants were seen."""
    steps = [
        seen.in_time_order.step_us
        for seen in result.writers.values()
        if seen.in_time_order.instants >= _ENOUGH_INSTANTS and seen.in_time_order.step_us
    ]
    return max([clock.resolution_us, *([min(steps)] if steps else [])])
