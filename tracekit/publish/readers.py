"""Reads a built release as its users will, in a process of its own: ``python -m tracekit.publish.readers DIR RECORDS`` prints JSON.

Own process, because the readers take their settings from the environment when they are imported, and hold what they read.
"""

from __future__ import annotations

import contextlib
import copy
import io
import itertools
import json
import logging
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

# Rows of a table that the readers which go record by record are given: a thousand a second, or less. The others read all of them.
RECORDS = 20_000


def read_croissant(root: Path, configs: dict[str, Any], most: int) -> str:
    """mlcroissant: validates without error or warning, and yields every record."""
    import mlcroissant as mlc

    logging.getLogger("absl").setLevel(logging.ERROR)
    dataset = mlc.Dataset(jsonld=str(root / "croissant.json"), mapping={"repo": str(root)})
    issues = dataset.metadata.ctx.issues
    # A release bears no date, so that it can be built again.
    left = [w for w in issues.warnings if "datePublished" not in w]
    if issues.errors or left:
        raise ValueError("; ".join([*issues.errors, *left]))
    seen = []
    for name, config in configs.items():
        columns = {field.name for rs in dataset.metadata.record_sets if rs.id == name for field in rs.fields}
        count = 0
        for record in itertools.islice(dataset.records(name), most):
            count += 1
            if {key.partition("/")[2] for key in record} != columns:
                raise ValueError(f"{name}: record {count} has other fields than declared")
        if count != min(config["rows"], most):
            raise ValueError(f"{name}: {count:,} records, {config['rows']:,} rows")
        seen.append(f"{name} {count:,} of {config['rows']:,}")
    return "records: " + ", ".join(seen)


def read_frictionless(root: Path, configs: dict[str, Any], most: int) -> str:
    """frictionless: the data package is valid, rows and types included."""
    import frictionless

    path = root / "datapackage.json"
    # Of a table of several files it reads the first only: each file becomes a resource of its own, with its own copy of the
    # schema, which it changes as it reads.
    body = json.loads(path.read_text(encoding="utf-8"))
    files = {shard["path"]: min(shard["rows"], most) for config in configs.values() for shard in config["files"]}
    apart = [
        {**copy.deepcopy(resource), "name": f"{resource['name']}-{i}", "path": name}
        for resource in body["resources"]
        for i, name in enumerate([resource["path"]] if isinstance(resource["path"], str) else resource["path"])
    ]
    reports = [
        frictionless.Package(str(path)).validate(limit_rows=1),
        frictionless.Package({**body, "resources": apart}, basepath=str(root)).validate(limit_rows=most),
    ]
    for report in reports:
        if not report.valid:
            faults = report.flatten(["name", "rowNumber", "fieldName", "note"])[:5] or report.errors[:5]
            raise ValueError("; ".join(str(fault) for fault in faults))
    rows = {task.place: task.stats["rows"] for task in reports[1].tasks}
    if rows != files:
        raise ValueError(f"rows {rows}, declared {files}")
    return f"{len(rows)} files, {sum(rows.values()):,} rows"


def read_datasets(root: Path, configs: dict[str, Any], most: int) -> str:
    """Hugging Face datasets: each config loads with its declared features and streams."""
    import datasets
    import pyarrow.parquet as pq

    datasets.disable_progress_bars()
    for name, config in configs.items():
        whole = datasets.load_dataset(str(root), name, split="train")
        if whole.num_rows != config["rows"]:
            raise ValueError(f"{name}: {whole.num_rows:,} rows, {config['rows']:,} declared")
        written = pq.read_schema(root / config["files"][0]["path"])
        if whole.features != datasets.Features.from_arrow_schema(written.remove_metadata()):
            raise ValueError(f"{name}: the card's features are not those of the files")
        first = next(iter(datasets.load_dataset(str(root), name, split="train", streaming=True)))
        if first != whole[0]:
            raise ValueError(f"{name}: its first row differs between streaming and loading")
    return f"{len(configs)} configs load and stream"


def _files(root: Path, name: str) -> list[Path]:
    """Returns the files of a table; found here, since to an engine a folder's name may be a pattern."""
    return sorted((root / name).glob("*.parquet"))


def read_duckdb(root: Path, configs: dict[str, Any], most: int) -> str:
    """DuckDB: every table."""
    import duckdb

    from tracekit.schema.duckdb import quote_path

    for name, config in configs.items():
        query = f"SELECT count(*), count(COLUMNS(*)) FROM read_parquet([{', '.join(map(quote_path, _files(root, name)))}])"
        found = duckdb.execute(query).fetchall()[0][0]
        if found != config["rows"]:
            raise ValueError(f"{name}: {found:,} rows, {config['rows']:,} declared")
    return f"{len(configs)} tables"


def read_polars(root: Path, configs: dict[str, Any], most: int) -> str:
    """Polars: every table."""
    import polars as pl

    for name, config in configs.items():
        counts = pl.scan_parquet(_files(root, name), glob=False).select(pl.len(), pl.all().count().name.prefix("n_")).collect()
        if counts.item(0, "len") != config["rows"]:
            raise ValueError(f"{name}: {counts.item(0, 'len'):,} rows, {config['rows']:,} declared")
    return f"{len(configs)} tables"


def read_citation(root: Path, configs: dict[str, Any], most: int) -> str:
    """cffconvert: CITATION.cff is valid under its schema."""
    from cffconvert.citation import Citation

    citation = Citation((root / "CITATION.cff").read_text(encoding="utf-8"))
    citation.validate()
    return f"cff {citation.cffversion}"


READERS: dict[str, tuple[str, Callable[[Path, dict[str, Any], int], str], str]] = {
    "croissant": ("mlcroissant", read_croissant, "pip install 'workload-tracekit[publish]'"),
    "data package": ("frictionless", read_frictionless, "pip install 'workload-tracekit[publish]'"),
    "datasets": ("datasets", read_datasets, "pip install 'workload-tracekit[publish]'"),
    "duckdb": ("duckdb", read_duckdb, ""),
    "polars": ("polars", read_polars, ""),
    "citation": ("cffconvert", read_citation, "pip install --no-deps cffconvert docopt pykwalify ruamel.yaml"),
}


def read_all(root: Path, most: int = RECORDS) -> list[dict[str, Any]]:
    """Returns name, verdict and remark of every reader; one that is not installed has failed."""
    configs = json.loads((root / "provenance.json").read_text(encoding="utf-8"))["outputs"]
    found = []
    for name, (module, read, install) in READERS.items():
        if find_spec(module) is None:
            found.append({"name": name, "ok": False, "remark": f"{module} is not installed: {install}"})
            continue
        try:
            # What readers print is not our result.
            with contextlib.redirect_stdout(io.StringIO()):
                remark, ok = read(root, configs, most), True
        except Exception as error:
            remark, ok = f"{type(error).__name__}: {' '.join(str(error).split())[:600]}", False
        found.append({"name": name, "ok": ok, "remark": remark})
    return found


if __name__ == "__main__":
    print(json.dumps(read_all(Path(sys.argv[1]), int(sys.argv[2]))))
