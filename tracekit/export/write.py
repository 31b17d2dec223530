"""Writes one trace of the lake as a replay file: streamed, written aside, checked, then renamed into place."""

from __future__ import annotations

import hashlib
import json
import math
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tracekit.errors import DataError, NothingMatchedError, UsageError, did_you_mean
from tracekit.export import record
from tracekit.export.draft import Draft, write_lines
from tracekit.export.formats import get
from tracekit.export.functions import known_functions
from tracekit.export.intake import INTAKES, Intake
from tracekit.export.model import Facts, Format
from tracekit.export.moment import Moment, to_us
from tracekit.export.record import Recording, Written
from tracekit.export.select import Counts, Selection, one_row, tally
from tracekit.ingest.raw import hash_file
from tracekit.lake.files import check_there, files_of
from tracekit.lake.layout import Layout
from tracekit.lake.manifest import Manifest, read_manifest, read_manifests
from tracekit.lake.relation import read_sql
from tracekit.lake.sources import sources_in
from tracekit.schema.duckdb import empty_select, with_derived
from tracekit.schema.load import table, tables

if TYPE_CHECKING:
    import duckdb

_LONGEST_US = 1 << 53


@dataclass(frozen=True)
class Options:
    """What to export of a trace, and how.

    Attributes:
        start: Start of the window, in seconds since the trace's zero or as a calendar instant; None: the first row.
        until: Its end, exclusive; None: the last row.
        rate_scale: 2 is twice the rate: offsets from the first exported row are halved.
        limit: Rows to write at most, the first ones.
        seed: Seed of what is invented at random.
    """

    start: Moment | None = None
    until: Moment | None = None
    rate_scale: float = 1.0
    limit: int | None = None
    seed: int = 0

    def check(self) -> None:
        """Raises UsageError where a value is not valid."""
        if not (math.isfinite(self.rate_scale) and self.rate_scale > 0):
            raise UsageError(
                f"rate scale {self.rate_scale:g}: it divides the instants and has to be above 0", "2 is twice the rate, 0.5 half of it"
            )
        if self.limit is not None and self.limit < 1:
            raise UsageError(f"limit {self.limit}: at least one row has to be written")


def _fitting(manifest: Manifest, form: Format) -> str | None:
    """Returns the first of the format's tables that a trace has rows in."""
    return next((name for name in form.tables if name in manifest.tables and manifest.tables[name].rows), None)


def find_trace(layout: Layout, dataset: str, trace: str | None, form: Format) -> tuple[Manifest, Intake]:
    """Returns the manifest of the one trace that is meant, and the table of it that the format takes.

    Args:
        layout: The lake.
        dataset: Source id.
        trace: A trace of it; None: the only one that the format can be made of.
        form: The format.

    Raises:
        NothingMatchedError: The lake holds no such dataset or trace, or no rows of it that the format takes.
        UsageError: There are several traces and none is named.
    """
    wanted = " or ".join(form.tables)
    every = read_manifests(layout)
    held = [m for m in every if m.dataset == dataset]
    if not held:
        datasets = sorted({m.dataset for m in every if _fitting(m, form)})
        hint = did_you_mean(dataset, datasets)
        raise NothingMatchedError(f"the lake holds no dataset {dataset!r}.{hint}", f"it holds {wanted} of: {', '.join(datasets) or 'none'}")
    traces = {m.trace: m for m in held if _fitting(m, form)}
    names = sorted(name or "" for name in traces)
    if not traces:
        raise NothingMatchedError(
            f"{dataset} has no {wanted} rows, and this format holds nothing else", f"tracekit describe {dataset}; tracekit export --help"
        )
    if trace is None and len(traces) > 1:
        raise UsageError(
            f"{dataset} has {len(traces)} traces and a replay file holds one: {', '.join(names)}",
            f"name it: trace={names[0]!r}",
            f"name it: --trace {names[0]}",
        )
    if trace is not None and trace not in traces:
        known = ", ".join(names)
        raise NothingMatchedError(f"{dataset} has no trace {trace!r} with {wanted}.{did_you_mean(trace, names)}", f"it has: {known}")
    found = traces[trace] if trace is not None else next(iter(traces.values()))
    return found, INTAKES[_fitting(found, form) or form.tables[0]]


def check_path(path: Path, form: Format, *, force: bool) -> None:
    """Raises UsageError where the file or folder cannot or should not be written."""
    if path.is_dir() and form.suffix is not None:
        raise UsageError(f"{path} is a folder", "name a file", "name a file: -o FILE")
    if path.is_file() and form.suffix is None:
        raise UsageError(
            f"{path} is a file, and this format is a folder",
            "name a folder that does not exist yet",
            "name a folder that does not exist yet: -o FOLDER",
        )
    if not path.parent.is_dir():
        raise UsageError(f"there is no folder {path.parent}", f"mkdir -p {path.parent}")
    there = [p for p in (path, record_path(path)) if p.exists()]
    if there and not force:
        raise UsageError(f"{there[0]} exists already", "force=True replaces it", "--force replaces it")


def record_path(path: Path) -> Path:
    """Returns where the record of an exported file lies."""
    return path.with_name(path.name + record.SUFFIX)


def export(
    layout: Layout,
    dataset: str,
    to: str,
    path: Path,
    trace: str | None,
    options: Options,
    *,
    force: bool = False,
    memory_limit: str = "1GB",
) -> dict[str, Any]:
    """Writes one trace as a replay file, and its record beside it.

    Args:
        layout: The lake.
        dataset: Source id.
        to: Name of the format.
        path: The file or folder to write.
        trace: The trace; None: the only one of the dataset that the format can be made of.
        options: Window, scale, limit and seed.
        force: Replace a file that is there.
        memory_limit: What DuckDB may hold; the rows stream through.

    Returns:
        The record, as written to ``<path>.export.json``.

    Raises:
        UsageError: An argument is not valid, or a file is in the way.
        NothingMatchedError: There is no such dataset or trace, or no row in the window.
        DataError: The lake's rows are not in order, or the counts do not add up; nothing is written.
    """
    form = get(to)
    options.check()
    manifest, intake = find_trace(layout, dataset, trace, form)
    check_path(path, form, force=force)
    try:
        with (
            tempfile.TemporaryDirectory(prefix=".export-", dir=path.parent) as scratch,
            _connect(Path(scratch), memory_limit) as connection,
        ):
            draft = Path(scratch) / f"rows{form.suffix or ''}"
            made = _make(connection, layout, manifest, intake, to, form, options, draft, path.name)
            note = Path(scratch) / "record"
            note.write_text(json.dumps(made, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
            if path.is_dir():
                path.rename(Path(scratch) / "former")
            draft.replace(path)
            note.replace(record_path(path))
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror or error}") from error
    return made


@contextmanager
def _connect(scratch: Path, memory_limit: str) -> Iterator[duckdb.DuckDBPyConnection]:
    import duckdb

    with duckdb.connect(config={"memory_limit": memory_limit, "temp_directory": str(scratch / "spill")}) as connection:
        connection.execute("SET preserve_insertion_order = true")
        yield connection


def _recording(connection: duckdb.DuckDBPyConnection, layout: Layout, manifest: Manifest) -> Recording:
    rows = _rows(layout, manifest, "recording")
    return Recording() if rows is None else Recording(*one_row(connection, f"SELECT anchor_at, zone, calendar FROM ({rows})"))


def _select(layout: Layout, manifest: Manifest, intake: Intake, form: Format, clock: Recording, options: Options) -> Selection:
    start, until = (None if moment is None else to_us(moment, clock.anchor, clock.zone) for moment in (options.start, options.until))
    if start is not None and until is not None and until <= start:
        raise UsageError(f"the window is empty: it ends at {until / 1e6:g} s and starts at {start / 1e6:g} s")
    needs = f"({intake.needs}) AND ({form.needs or 'true'})"
    shape = table(intake.table)
    rows = with_derived(shape, f"({_rows(layout, manifest, intake.table) or empty_select(shape)}) AS stored")
    profile = known_functions(_rows(layout, manifest, "function_profile"), rows, intake.table) if form.uses_profile else None
    return Selection(intake, needs, rows, start, until, options.limit, options.rate_scale, profile)


def _rows(layout: Layout, manifest: Manifest, name: str) -> str | None:
    """Returns the rows of a table for this trace, or for every trace of the dataset, as a SELECT; None where there are none."""
    files = files_of(layout, manifest, name)
    if not files and (every := read_manifest(layout, manifest.dataset, None)):
        files = files_of(layout, every, name)
    check_there(files)
    return read_sql(table(name), files) if files else None


def _make(
    connection: duckdb.DuckDBPyConnection,
    layout: Layout,
    manifest: Manifest,
    intake: Intake,
    to: str,
    form: Format,
    options: Options,
    draft: Path,
    name: str,
) -> dict[str, Any]:
    from tracekit.ingest.run import tool_version

    clock = _recording(connection, layout, manifest)
    chosen = _select(layout, manifest, intake, form, clock, options)
    expected, first_us, extent = chosen.count(connection)
    if first_us is None:
        raise _nothing(manifest, intake, expected, extent)
    _check_span(extent[1] or 0, first_us, options.rate_scale)
    has = frozenset(name for name in tables() if _rows(layout, manifest, name))
    facts = Facts(anchor=clock.anchor, seed=options.seed, table=intake.table, trace=manifest.trace, has=has)
    if form.uses_blocks:
        facts = chosen.with_blocks(connection, facts)
    fields = form.fields(facts)
    counted = tally(connection, chosen, form, facts, fields, first_us)
    whole = Draft(
        connection,
        chosen.written(form, fields, first_us),
        chosen.timed(form, first_us),
        fields,
        facts,
        draft,
        intake.table,
        lambda name: _rows(layout, manifest, name),
    )
    counts = replace(expected, written=(form.shape or write_lines)(whole))
    _reconcile(manifest, intake, counts)
    asked = {
        "from_us": chosen.from_us,
        "until_us": chosen.until_us,
        "rate_scale": options.rate_scale,
        "limit": options.limit,
        "seed": options.seed,
    }
    written = _hashed(draft, name, counts.written)
    return record.build(
        to,
        form,
        sources_in(layout).get(manifest.dataset),
        manifest,
        clock,
        asked,
        facts,
        fields,
        counted,
        counts,
        first_us,
        written,
        intake=intake,
        version=tool_version(),
    )


def _check_span(last_us: int, first_us: int, rate_scale: float) -> None:
    """Raises UsageError where the stretched trace would not fit a clock: past 2^53 us doubles lose microseconds."""
    if (last_us - first_us) / rate_scale > _LONGEST_US:
        raise UsageError(f"rate scale {rate_scale:g}: the trace would last longer than {_LONGEST_US / 31_557_600e6:.0f} years")


def _nothing(manifest: Manifest, intake: Intake, counts: Counts, extent: tuple[int | None, int | None]) -> NothingMatchedError:
    low, high = extent
    where = f"{manifest.dataset}/{manifest.trace}"
    if low is None or high is None:
        return NothingMatchedError(f"{where}: none of its {counts.trace:,} rows has an instant, so there is nothing to replay")
    if counts.lacking:
        return NothingMatchedError(f"{where}: none of the {counts.lacking:,} rows in the window has {intake.lacks_words}")
    return NothingMatchedError(
        f"{where}: no row in the window", f"its {intake.what} {intake.verb} from {low / 1e6:g} s to {high / 1e6:g} s since the trace's zero"
    )


def _hashed(path: Path, name: str, rows: int) -> Written:
    """Returns a file, or a folder with its files, with sizes and hashes; they are those on disk."""
    if path.is_file():
        _to_disk(path)
        return Written(name, rows, path.stat().st_size, hash_file(path))
    found: list[dict[str, Any]] = []
    for file in sorted(p for p in path.rglob("*") if p.is_file()):
        _to_disk(file)
        found.append({"name": file.relative_to(path).as_posix(), "bytes": file.stat().st_size, "sha256": hash_file(file)})
    lines = "".join(f"{entry['sha256']}  {entry['name']}\n" for entry in found)
    return Written(name, rows, sum(entry["bytes"] for entry in found), hashlib.sha256(lines.encode()).hexdigest(), tuple(found))


def _to_disk(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())


def _reconcile(manifest: Manifest, intake: Intake, counts: Counts) -> None:
    """Raises DataError where a row is not accounted for, or the trace is not the one of the manifest."""
    rows = manifest.tables[intake.table].rows
    if counts.trace != rows:
        raise DataError(f"{manifest.dataset}/{manifest.trace}: {counts.trace:,} rows, its manifest has {rows:,}", "tracekit check")
    if not counts.adds_up():
        raise DataError(f"{manifest.dataset}/{manifest.trace}: rows are not accounted for: {counts}; nothing was written")
