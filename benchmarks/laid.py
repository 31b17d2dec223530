"""Lays Parquet files that a benchmark generated into a lake, as if they had been ingested."""

from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq

from tracekit.lake.commit import Change, commit
from tracekit.lake.drafts import writing
from tracekit.lake.head import read_head
from tracekit.lake.layout import Layout
from tracekit.lake.manifest import Manifest, TableCount
from tracekit.lake.named import name_files


def lay(made: Path, lake: Path) -> None:
    """Commits every ``<table>/<dataset>/<trace>.parquet`` of a folder to a lake; the files are moved."""
    with writing(Layout(lake)) as run:
        change = Change("laid by a benchmark")
        for dataset, trace in sorted({(path.parent.name, path.stem) for path in made.glob("*/*/*.parquet")}):
            paths = {path.parent.parent.name: path for path in made.glob(f"*/{dataset}/{trace}.parquet")}
            counts = {name: TableCount(rows=pq.read_metadata(path).num_rows) for name, path in paths.items()}
            manifest = Manifest(dataset, trace, True, "0", "", "", None, 0, [], counts, {})
            for name, path in paths.items():
                target = run.part(name, dataset, trace)
                target.parent.mkdir(parents=True, exist_ok=True)
                path.replace(target)
            change.files |= name_files(run, manifest)
            change.put.append(manifest)
        commit(run, read_head(Layout(lake)), change)
