"""A lake of one trace, written by hand: for sources that say more than the samples do, and for lakes that are wrong."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import polars as pl

from tracekit.api import Lake
from tracekit.ingest.write import ParquetSink
from tracekit.lake.layout import Layout
from tracekit.lake.manifest import Input, Manifest, TableCount
from tracekit.schema.arrow import arrow_schema
from tracekit.schema.load import table
from tracekit.schema.polars import polars_schema

Rows = list[dict[str, Any]]


def _put(layout: Layout, name: str, dataset: str, trace: str, rows: Rows) -> None:
    shape = table(name)
    whole = [{column: row.get(column) for column in shape.columns} | {"dataset": dataset, "trace": trace} for row in rows]
    sink = ParquetSink(layout.part(name, dataset, trace), arrow_schema(shape))
    sink.write(pl.DataFrame(whole, schema=polars_schema(shape)).to_arrow().cast(arrow_schema(shape)))
    sink.close()


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
    layout = Layout(root)
    for name, rows in tables.items():
        _put(layout, name, "handmade", "t", [{"source_row": i} | row for i, row in enumerate(rows, 1)])
    clock = {"family": "llm", "calendar": "none", "anchor_at": anchor, "zone": zone, "is_synthetic": True}
    _put(layout, "recording", "handmade", "t", [clock])
    held = {name: TableCount(rows=(counts or {}).get(name, len(rows))) for name, rows in tables.items()}
    known = Manifest(
        dataset="handmade",
        trace="t",
        is_synthetic=True,
        tracekit="0",
        source_version="v",
        schema_version="s",
        limit=None,
        zero_us=0,
        inputs=[Input("raw.csv", "/raw.csv", "rows", 3, "ab" * 32, max(map(len, tables.values())))],
        tables=held,
        errata={},
    )
    path = layout.manifest("handmade", "t")
    path.parent.mkdir(parents=True)
    path.write_text(known.to_json())
    return Lake(root)


def make_traces(root: Path, tables: dict[str, dict[tuple[str, str], Rows]], anchor: dt.datetime | None = None) -> Lake:
    """Makes a lake of hand-made tables of several traces, by (dataset, trace); it has no manifests."""
    layout = Layout(root)
    (root / "_manifests").mkdir(parents=True)
    for name, parts in tables.items():
        for (dataset, trace), rows in parts.items():
            _put(layout, name, dataset, trace, [{"source_row": i} | row for i, row in enumerate(rows, 1)])
    for dataset, trace in sorted({key for parts in tables.values() for key in parts}):
        clock = {"family": "energy", "calendar": "none", "anchor_at": anchor, "is_synthetic": True}
        _put(layout, "recording", dataset, trace, [clock])
    return Lake(root)


def req(us: int | None, tokens: int | None = 10, out: int | None = 5, **more: Any) -> dict[str, Any]:
    return {"arrived_us": us, "input_tokens": tokens, "output_tokens": out, **more}
