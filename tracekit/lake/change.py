"""Changes to a lake that need no raw files: a dataset or a trace goes, a trace gets another name."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from tracekit.errors import NothingMatchedError, UsageError, did_you_mean
from tracekit.ingest.write import ParquetSink, typed
from tracekit.lake import catalog
from tracekit.lake.catalog import Macros
from tracekit.lake.commit import Change, commit
from tracekit.lake.drafts import Run, wait_for_others, writing
from tracekit.lake.files import TableFile, check_there, files_of
from tracekit.lake.former import refuse_former
from tracekit.lake.head import Head, Held, read_head
from tracekit.lake.layout import BESIDE, Layout, is_trace_name
from tracekit.lake.manifest import Manifest, read_held
from tracekit.lake.named import name_files
from tracekit.paths import inside
from tracekit.schema.arrow import arrow_schema
from tracekit.schema.load import tables


def _held(layout: Layout, head: Head, dataset: str, trace: str | None) -> list[Held]:
    """Returns the traces of a dataset, or the one that is named.

    Raises:
        NothingMatchedError: The lake has none.
    """
    datasets = sorted({held.dataset for held in head.held})
    of = [held for held in head.held if held.dataset == dataset]
    if not of:
        known = f"it holds: {', '.join(datasets) or 'nothing'}"
        raise NothingMatchedError(f"{layout.root} holds no dataset {dataset!r}.{did_you_mean(dataset, datasets)}", known)
    traces = [held.trace or "*" for held in of]
    found = [held for held in of if trace is None or (held.trace or "*") == trace]
    if not found:
        raise NothingMatchedError(f"{dataset} has no trace {trace!r}.{did_you_mean(trace or '', traces)}", f"it has: {', '.join(traces)}")
    return found


def remove(layout: Layout, dataset: str, trace: str | None, macros: Macros, by: str) -> tuple[list[str | None], list[str]]:
    """Takes a dataset, or one trace of it, out of a lake.

    Args:
        layout: The lake.
        dataset: Source id.
        trace: The trace, ``*`` for the rows that hold for every trace; None: all of the dataset.
        macros: Those of the catalog.
        by: Version of tracekit.

    Returns:
        The traces that went, and what the user has to know.

    Raises:
        NothingMatchedError: The lake holds no such trace.
    """
    refuse_former(layout)
    _held(layout, read_head(layout), dataset, trace)
    with writing(layout) as run:
        head = read_head(layout)
        found = _held(layout, head, dataset, trace)
        names = ", ".join(held.trace or "*" for held in found)
        wait_for_others(run, dataset, [held.trace for held in found], 0)
        commit(run, head, Change(f"remove {dataset}: {names}", gone={held.key for held in found}, by=by))
        notes = list(run.notes)
    return [held.trace for held in found], notes + catalog.refresh(layout, macros)


def rename(layout: Layout, dataset: str, trace: str, name: str, macros: Macros, by: str) -> tuple[int, list[str]]:
    """Gives a trace another name: writes its rows anew, with the bytes that an ingest under that name would have written.

    Args:
        layout: The lake.
        dataset: Source id.
        trace: Its name.
        name: The new one.
        macros: Those of the catalog.
        by: Version of tracekit.

    Returns:
        Its number of rows, and what the user has to know.

    Raises:
        NothingMatchedError: The lake holds no such trace.
        UsageError: There is a trace of the new name, or it is no name.
    """
    refuse_former(layout)
    if not is_trace_name(name):
        raise UsageError(f"{name!r} is no name for a trace")
    _held(layout, read_head(layout), dataset, trace)
    with writing(layout) as run:
        head = read_head(layout)
        (held,) = _held(layout, head, dataset, trace)
        if held.trace is None:
            raise UsageError(f"the rows of {dataset} that hold for every trace have no trace name")
        if held.trace == name:
            raise UsageError(f"{dataset}/{name} has that name already", "choose another name")
        if head.get((dataset, name)):
            raise UsageError(f"{dataset}/{name} is in {layout.root} already", "remove it first, or choose another name")
        wait_for_others(run, dataset, [held.trace, name], 0)
        former = read_held(layout, held)
        check_there(files_of(layout, former))
        manifest = _copied(run, former, name)
        change = Change(f"rename {dataset}: {trace} is {name}", [manifest], name_files(run, manifest), {held.key}, by=by)
        commit(run, head, change)
        notes = list(run.notes)
    return sum(count.rows for count in manifest.tables.values()), notes + catalog.refresh(layout, macros)


def _copied(run: Run, former: Manifest, name: str) -> Manifest:
    """Prepares the files of a trace under another name; returns its manifest, which knows none of them yet."""
    counts = {table: replace(count, sha256="") for table, count in former.tables.items()}
    manifest = replace(former, trace=name, tables=counts, parts={}, columns={}, rejects=None)
    for table in (*former.tables, *BESIDE):
        for number, file in enumerate(files_of(run.layout, former, table)):
            _copy(file, run.part(table, former.dataset, name, number), name)
    if former.rejects:
        target = run.rejects(former.dataset, name)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(inside(run.layout.root, former.rejects.name, run.layout.root).read_bytes())
    return manifest


def _copy(source: TableFile, target: Path, name: str) -> None:
    with pq.ParquetFile(source.path) as file:
        schema = _schema(source, file.schema_arrow)
        sink = ParquetSink(target, schema)
        at = schema.get_field_index("trace")
        for group in range(file.num_row_groups):
            rows = file.read_row_group(group)
            # By Polars: Arrow's own way from a Python value imports pandas where that is installed.
            names = pl.repeat(name, len(rows), dtype=pl.String, eager=True).to_arrow().cast(pa.string())
            sink.write(typed(rows.set_column(at, schema.field(at), names), schema))
        sink.close()


def _schema(source: TableFile, found: pa.Schema) -> pa.Schema:
    """Returns the schema to write: as declared, where the file is of the present one; else its own, without what reading it added."""
    declared = tables().get(source.table)
    if declared and {f.name: f.type for f in declared.fields} == dict(source.columns):
        return arrow_schema(declared)
    plain = [f.with_metadata({k: v for k, v in (f.metadata or {}).items() if not k.startswith(b"PARQUET:")}) for f in found]
    return pa.schema(plain, metadata=found.metadata)
