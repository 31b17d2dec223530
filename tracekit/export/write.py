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
from typing import IO, TYPE_CHECKING, Any

from tracekit.errors import DataError, NothingMatchedError, UsageError, did_you_mean
from tracekit.export import record
from tracekit.export.formats import get
from tracekit.export.model import Facts, Field, Format
from tracekit.export.moment import Moment, to_us
from tracekit.export.record import Recording, Written
from tracekit.export.select import AT, ROW, TABLE, Counts, Selection, one_row, tally
from tracekit.lake.layout import Layout
from tracekit.lake.manifest import Manifest, read_manifests
from tracekit.lake.sources import sources_in
from tracekit.schema.duckdb import quote_text

if TYPE_CHECKING:
    import duckdb
    import polars as pl

_BATCH = 65_536
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
        """Raises UsageError where a value cannot be meant."""
        if not (math.isfinite(self.rate_scale) and self.rate_scale > 0):
            raise UsageError(
                f"rate scale {self.rate_scale:g}: it divides the instants and has to be above 0", "2 is twice the rate, 0.5 half of it"
            )
        if self.limit is not None and self.limit < 1:
            raise UsageError(f"limit {self.limit}: at least one row has to be written")


def find_trace(layout: Layout, dataset: str, trace: str | None) -> Manifest:
    """Returns the manifest of the one trace that is meant.

    Args:
        layout: The lake.
        dataset: Source id.
        trace: A trace of it; None: the only one that has requests.

    Raises:
        NothingMatchedError: The lake holds no such dataset or trace, or no requests of it.
        UsageError: There are several traces and none is named.
    """
    every = read_manifests(layout)
    held = [m for m in every if m.dataset == dataset]
    if not held:
        datasets = sorted({m.dataset for m in every if TABLE in m.tables})
        hint = did_you_mean(dataset, datasets)
        raise NothingMatchedError(f"the lake holds no dataset {dataset!r}.{hint}", f"it holds requests of: {', '.join(datasets) or 'none'}")
    traces = {m.trace: m for m in held if TABLE in m.tables and m.tables[TABLE].rows}
    names = sorted(name or "" for name in traces)
    if not traces:
        raise NothingMatchedError(
            f"{dataset} has no {TABLE} rows, and the replay formats hold nothing else", "tracekit describe " + dataset
        )
    if trace is None and len(traces) > 1:
        raise UsageError(
            f"{dataset} has {len(traces)} traces and a replay file holds one: {', '.join(names)}", f"name it: --trace {names[0]}"
        )
    if trace is not None and trace not in traces:
        known = ", ".join(names)
        raise NothingMatchedError(f"{dataset} has no trace {trace!r} with requests.{did_you_mean(trace, names)}", f"it has: {known}")
    return traces[trace] if trace is not None else next(iter(traces.values()))


def check_path(path: Path, *, force: bool) -> None:
    """Raises UsageError where the file cannot or should not be written."""
    if path.is_dir():
        raise UsageError(f"{path} is a folder", "name a file: -o FILE")
    if not path.parent.is_dir():
        raise UsageError(f"there is no folder {path.parent}", f"mkdir -p {path.parent}")
    there = [p for p in (path, record_path(path)) if p.exists()]
    if there and not force:
        raise UsageError(f"{there[0]} exists already", "--force replaces it")


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
        path: The file to write.
        trace: The trace; None: the only one of the dataset.
        options: Window, scale, limit and seed.
        force: Replace a file that is there.
        memory_limit: What DuckDB may hold; the rows stream through.

    Returns:
        The record, as written to ``<path>.export.json``.

    Raises:
        UsageError: An argument cannot be meant, or a file is in the way.
        NothingMatchedError: There is no such dataset or trace, or no row in the window.
        DataError: The lake's rows are not in order, or the counts do not add up; nothing is written.
    """
    form = get(to)
    options.check()
    manifest = find_trace(layout, dataset, trace)
    check_path(path, force=force)
    try:
        with (
            tempfile.TemporaryDirectory(prefix=".export-", dir=path.parent) as scratch,
            _connect(Path(scratch), memory_limit) as connection,
        ):
            draft = Path(scratch) / "rows"
            made = _make(connection, layout, manifest, to, form, options, draft, path.name)
            note = Path(scratch) / "record"
            note.write_text(json.dumps(made, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
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
    part = layout.part("recording", manifest.dataset, manifest.trace)
    if not part.exists():
        return Recording()
    return Recording(*one_row(connection, f"SELECT anchor_at, zone, calendar FROM read_parquet({quote_text(str(part))})"))


def _select(layout: Layout, manifest: Manifest, clock: Recording, options: Options) -> Selection:
    start, until = (None if moment is None else to_us(moment, clock.anchor, clock.zone) for moment in (options.start, options.until))
    if start is not None and until is not None and until <= start:
        raise UsageError(f"the window is empty: it ends at {until / 1e6:g} s and starts at {start / 1e6:g} s")
    return Selection(layout.part(TABLE, manifest.dataset, manifest.trace), start, until, options.limit, options.rate_scale)


def _make(
    connection: duckdb.DuckDBPyConnection,
    layout: Layout,
    manifest: Manifest,
    to: str,
    form: Format,
    options: Options,
    draft: Path,
    name: str,
) -> dict[str, Any]:
    from tracekit.ingest.run import tool_version

    clock = _recording(connection, layout, manifest)
    chosen = _select(layout, manifest, clock, options)
    expected, first_us, extent = chosen.count(connection)
    if first_us is None:
        raise _nothing(manifest, expected, extent)
    _check_span(extent[1] or 0, first_us, options.rate_scale)
    facts = Facts(anchor=clock.anchor, seed=options.seed)
    if form.uses_blocks:
        facts = chosen.with_blocks(connection, facts)
    fields = form.fields(facts)
    counted = tally(connection, chosen, form, facts, fields, first_us)
    with draft.open("wb") as file:
        rows, size, digest = _write(connection, chosen, form, fields, first_us, file)
    counts = replace(expected, written=rows)
    _reconcile(manifest, counts)
    asked = {
        "from_us": chosen.from_us,
        "until_us": chosen.until_us,
        "rate_scale": options.rate_scale,
        "limit": options.limit,
        "seed": options.seed,
    }
    written = Written(name, rows, size, digest)
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
        table=TABLE,
        version=tool_version(),
    )


def _check_span(last_us: int, first_us: int, rate_scale: float) -> None:
    """Raises UsageError where the stretched trace would not fit a clock: past 2^53 us doubles lose microseconds."""
    if (last_us - first_us) / rate_scale > _LONGEST_US:
        raise UsageError(f"rate scale {rate_scale:g}: the trace would last longer than {_LONGEST_US / 31_557_600e6:.0f} years")


def _nothing(manifest: Manifest, counts: Counts, extent: tuple[int | None, int | None]) -> NothingMatchedError:
    low, high = extent
    where = f"{manifest.dataset}/{manifest.trace}"
    if low is None or high is None:
        return NothingMatchedError(f"{where}: none of its {counts.trace:,} rows has an arrival, so there is nothing to replay")
    if counts.without_token_counts:
        return NothingMatchedError(f"{where}: none of the {counts.without_token_counts:,} rows in the window has both token counts")
    return NothingMatchedError(
        f"{where}: no row in the window", f"its rows arrive from {low / 1e6:g} s to {high / 1e6:g} s since the trace's zero"
    )


def _write(
    connection: duckdb.DuckDBPyConnection, chosen: Selection, form: Format, fields: list[Field], first_us: int, file: IO[bytes]
) -> tuple[int, int, str]:
    """Streams the rows into the file; returns their number, its bytes and its SHA-256."""
    import polars as pl

    digest = hashlib.sha256()
    rows = size = 0

    def put(text: str) -> None:
        nonlocal size
        data = text.encode()
        digest.update(data)
        size += file.write(data)

    names = [field.name for field in fields]
    if form.suffix == ".csv":
        put(",".join(names) + "\n")
    last: tuple[int, int] | None = None
    # A relation streams; a DB-API result would be materialised first.
    for batch in connection.sql(chosen.written(form, fields, first_us)).to_arrow_reader(_BATCH):
        frame = pl.DataFrame(batch)
        if frame.is_empty():
            continue
        last = _check_order(frame, last)
        kept = frame.select(names)
        put(kept.write_csv(include_header=False) if form.suffix == ".csv" else kept.write_ndjson())
        rows += frame.height
    file.flush()
    os.fsync(file.fileno())
    return rows, size, digest.hexdigest()


def _check_order(frame: pl.DataFrame, last: tuple[int, int] | None) -> tuple[int, int]:
    """Returns the key of the last row.

    Raises:
        DataError: A row comes before the one above it.
    """
    import polars as pl

    at, row = pl.col(AT), pl.col(ROW)
    wrong = frame.select((at < at.shift(1)) | ((at == at.shift(1)) & (row < row.shift(1)))).to_series().any()
    first: tuple[int, int] = frame.select(AT, ROW).row(0)
    if wrong or (last is not None and first < last):
        raise DataError(
            f"rows of {TABLE} are not in order of (arrived_us, source_row)", "tracekit check; then ingest the trace again with --replace"
        )
    end: tuple[int, int] = frame.select(AT, ROW).row(-1)
    return end


def _reconcile(manifest: Manifest, counts: Counts) -> None:
    """Raises DataError where a row is not accounted for, or the trace is not the one of the manifest."""
    rows = manifest.tables[TABLE].rows
    if counts.trace != rows:
        raise DataError(f"{manifest.dataset}/{manifest.trace}: {counts.trace:,} rows, its manifest has {rows:,}", "tracekit check")
    if not counts.adds_up():
        raise DataError(f"{manifest.dataset}/{manifest.trace}: rows are not accounted for: {counts}; nothing was written")
