"""Writes one trace of the lake as a replay file: streamed, written aside, checked, then renamed into place."""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tracekit.disk import hash_file, sync
from tracekit.errors import DataError, NothingMatchedError, UsageError
from tracekit.export import record
from tracekit.export.draft import Draft, write_lines
from tracekit.export.formats import get
from tracekit.export.functions import known_functions
from tracekit.export.intake import Intake
from tracekit.export.model import Facts, Format
from tracekit.export.moment import to_us
from tracekit.export.options import Options, find_trace
from tracekit.export.record import Recording, Written
from tracekit.export.select import Counts, Selection, one_row, tally
from tracekit.lake.files import check_there, files_of
from tracekit.lake.layout import Layout
from tracekit.lake.manifest import Manifest, read_manifest
from tracekit.lake.relation import read_sql
from tracekit.lake.sources import sources_in
from tracekit.schema.duckdb import empty_select, with_derived
from tracekit.schema.load import table, tables

if TYPE_CHECKING:
    import duckdb

_LONGEST_US = 1 << 53


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
        with _scratch(path) as scratch, _connect(scratch, memory_limit) as connection:
            draft = scratch / f"rows{form.suffix or ''}"
            made = _Export(connection, layout, manifest, intake, to, options).make(draft, path.name)
            note = scratch / "record"
            note.write_text(json.dumps(made, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
            if path.is_dir():
                path.rename(scratch / "former")
            draft.replace(path)
            note.replace(record_path(path))
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror or error}") from error
    return made


@contextmanager
def _scratch(path: Path) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix=".export-", dir=path.parent) as scratch:
        yield Path(scratch)


@contextmanager
def _connect(scratch: Path, memory_limit: str) -> Iterator[duckdb.DuckDBPyConnection]:
    import duckdb

    with duckdb.connect(config={"memory_limit": memory_limit, "temp_directory": str(scratch / "spill")}) as connection:
        connection.execute("SET preserve_insertion_order = true")
        yield connection


class _Export:
    """One trace on its way into a file.

    Args:
        connection: An engine of its own.
        layout: The lake.
        manifest: The trace.
        intake: The table of it that the format takes.
        to: Name of the format.
        options: What is asked.
    """

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, layout: Layout, manifest: Manifest, intake: Intake, to: str, options: Options
    ) -> None:
        self._connection = connection
        self._layout = layout
        self._manifest = manifest
        self._intake = intake
        self._to = to
        self._form = get(to)
        self._options = options

    def make(self, draft: Path, name: str) -> dict[str, Any]:
        """Writes the file under another name; returns its record."""
        from tracekit.ingest.run import tool_version

        clock = self._recording()
        chosen = self._select(clock)
        expected, first_us, extent = chosen.count(self._connection)
        if first_us is None:
            raise _nothing(self._manifest, self._intake, expected, extent)
        _check_span(extent[1] or 0, first_us, self._options.rate_scale)
        facts = self._facts(chosen, clock)
        fields = self._form.fields(facts)
        counted = tally(self._connection, chosen, self._form, facts, fields, first_us)
        rows, timed = chosen.written(self._form, fields, first_us), chosen.timed(self._form, first_us)
        whole = Draft(self._connection, rows, timed, fields, facts, draft, self._intake.table, self._rows)
        counts = replace(expected, written=(self._form.shape or write_lines)(whole))
        _reconcile(self._manifest, self._intake, counts)
        return record.build(
            self._to,
            self._form,
            sources_in(self._layout).get(self._manifest.dataset),
            self._manifest,
            clock,
            self._asked(chosen),
            facts,
            fields,
            counted,
            counts,
            first_us,
            _hashed(draft, name, counts.written),
            intake=self._intake,
            version=tool_version(),
        )

    def _asked(self, chosen: Selection) -> dict[str, Any]:
        asked = self._options
        window = {"from_us": chosen.from_us, "until_us": chosen.until_us}
        return {**window, "rate_scale": asked.rate_scale, "limit": asked.limit, "seed": asked.seed}

    def _facts(self, chosen: Selection, clock: Recording) -> Facts:
        has = frozenset(name for name in tables() if self._rows(name))
        facts = Facts(anchor=clock.anchor, seed=self._options.seed, table=self._intake.table, trace=self._manifest.trace, has=has)
        return chosen.with_blocks(self._connection, facts) if self._form.uses_blocks else facts

    def _recording(self) -> Recording:
        rows = self._rows("recording")
        return Recording() if rows is None else Recording(*one_row(self._connection, f"SELECT anchor_at, zone, calendar FROM ({rows})"))

    def _select(self, clock: Recording) -> Selection:
        asked, intake, form = self._options, self._intake, self._form
        start, until = (None if moment is None else to_us(moment, clock.anchor, clock.zone) for moment in (asked.start, asked.until))
        if start is not None and until is not None and until <= start:
            raise UsageError(f"the window is empty: it ends at {until / 1e6:g} s and starts at {start / 1e6:g} s")
        needs = f"({intake.needs}) AND ({form.needs or 'true'})"
        shape = table(intake.table)
        rows = with_derived(shape, f"({self._rows(intake.table) or empty_select(shape)}) AS stored")
        profile = known_functions(self._rows("function_profile"), rows, intake.table) if form.uses_profile else None
        return Selection(intake, needs, rows, start, until, asked.limit, asked.rate_scale, profile)

    def _rows(self, name: str) -> str | None:
        """Returns the rows of a table for this trace, or for every trace of the dataset, as a SELECT; None where there are none."""
        files = files_of(self._layout, self._manifest, name)
        if not files and (every := read_manifest(self._layout, self._manifest.dataset, None)):
            files = files_of(self._layout, every, name)
        check_there(files)
        return read_sql(table(name), files) if files else None


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
        sync(path)
        return Written(name, rows, path.stat().st_size, hash_file(path))
    found: list[dict[str, Any]] = []
    for file in sorted(p for p in path.rglob("*") if p.is_file()):
        sync(file)
        found.append({"name": file.relative_to(path).as_posix(), "bytes": file.stat().st_size, "sha256": hash_file(file)})
    lines = "".join(f"{entry['sha256']}  {entry['name']}\n" for entry in found)
    return Written(name, rows, sum(entry["bytes"] for entry in found), hashlib.sha256(lines.encode()).hexdigest(), tuple(found))


def _reconcile(manifest: Manifest, intake: Intake, counts: Counts) -> None:
    """Raises DataError where a row is not accounted for, or the trace is not the one of the manifest."""
    rows = manifest.tables[intake.table].rows
    if counts.trace != rows:
        raise DataError(f"{manifest.dataset}/{manifest.trace}: {counts.trace:,} rows, its manifest has {rows:,}", "tracekit check")
    if not counts.adds_up():
        raise DataError(f"{manifest.dataset}/{manifest.trace}: rows are not accounted for: {counts}; nothing was written")
