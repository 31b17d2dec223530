"""A lake of one trace, written by hand: for sources that say more than the samples do, and for lakes that are wrong."""

from __future__ import annotations

import atexit
import datetime as dt
import shutil
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl

from tracekit.api import Lake
from tracekit.ingest.write import ParquetSink
from tracekit.lake import catalog
from tracekit.lake.commit import Change, commit
from tracekit.lake.drafts import Run, writing
from tracekit.lake.head import read_head
from tracekit.lake.layout import Layout
from tracekit.lake.manifest import Input, Manifest, TableCount
from tracekit.lake.named import name_files
from tracekit.schema.arrow import arrow_schema
from tracekit.schema.load import table
from tracekit.schema.polars import polars_schema

Rows = list[dict[str, Any]]
Traces = dict[str, dict[tuple[str, str], Rows]]


def _put(run: Run, name: str, dataset: str, trace: str, rows: Rows) -> None:
    shape = table(name)
    whole = [{column: row.get(column) for column in shape.columns} | {"dataset": dataset, "trace": trace} for row in rows]
    sink = ParquetSink(run.part(name, dataset, trace), arrow_schema(shape))
    sink.write(pl.DataFrame(whole, schema=polars_schema(shape)).to_arrow().cast(arrow_schema(shape)))
    sink.close()


@cache
def _empty_catalog() -> Path:
    root = Path(tempfile.mkdtemp(prefix="tracekit-empty-"))
    atexit.register(shutil.rmtree, root, ignore_errors=True)
    catalog.rebuild(Layout(root), [])
    return Layout(root).catalog


def _make(root: Path, tables: Traces, clock: dict[str, Any], counts: dict[str, int]) -> Lake:
    layout = Layout(root)
    with writing(layout) as run:
        change = Change("made by hand")
        for dataset, trace in sorted({key for parts in tables.values() for key in parts}):
            held = {name: parts[dataset, trace] for name, parts in tables.items() if (dataset, trace) in parts}
            for name, rows in held.items():
                _put(run, name, dataset, trace, [{"source_row": i} | row for i, row in enumerate(rows, 1)])
            _put(run, "recording", dataset, trace, [clock])
            _put(run, "ingest_profile", dataset, trace, [])
            manifest = Manifest(
                dataset=dataset,
                trace=trace,
                is_synthetic=True,
                tracekit="0",
                source_version="v",
                schema_version="s",
                limit=None,
                zero_us=0,
                inputs=[Input("raw.csv", "/raw.csv", "rows", 3, "ab" * 32, max(map(len, held.values())))],
                tables={name: TableCount(rows=counts.get(name, len(rows))) for name, rows in held.items()},
                errata={},
                anchor_at=None if clock["anchor_at"] is None else clock["anchor_at"].isoformat(sep=" "),
            )
            change.files |= name_files(run, manifest)
            change.put.append(manifest)
        commit(run, read_head(layout), change)
    shutil.copyfile(_empty_catalog(), layout.catalog)
    assert catalog.refresh(layout, []) == []
    return Lake(root)


def make_lake(root: Path, rows: Rows, anchor: dt.datetime | None = None, zone: str | None = None, count: int | None = None) -> Lake:
    """Makes a lake of one hand-made trace of requests; rows are numbered as they stand."""
    counts = None if count is None else {"llm_request": count}
    return make_tables(root, {"llm_request": rows}, anchor, zone, counts)


def make_tables(
    root: Path,
    tables: dict[str, Rows],
    anchor: dt.datetime | None = None,
    zone: str | None = None,
    counts: dict[str, int] | None = None,
) -> Lake:
    """Makes a lake of one hand-made trace of any tables; rows are numbered as they stand. ``counts``: what the manifest says instead."""
    clock = {"family": "llm", "calendar": "none", "anchor_at": anchor, "zone": zone, "is_synthetic": True}
    return _make(root, {name: {("handmade", "t"): rows} for name, rows in tables.items()}, clock, counts or {})


def make_traces(root: Path, tables: Traces, anchor: dt.datetime | None = None) -> Lake:
    """Makes a lake of hand-made tables of several traces, by (dataset, trace)."""
    return _make(root, tables, {"family": "energy", "calendar": "none", "anchor_at": anchor, "is_synthetic": True}, {})


def req(us: int | None, tokens: int | None = 10, out: int | None = 5, **more: Any) -> dict[str, Any]:
    return {"arrived_us": us, "input_tokens": tokens, "output_tokens": out, **more}
