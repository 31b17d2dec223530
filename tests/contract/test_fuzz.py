"""Every source's sample, damaged in every way that fits its files: nothing is lost in silence, nothing changes, nothing is unexpected.

A seeded choice of pairs of a source and a class of damage is tried, so that every class meets several sources and every source several
classes; ``TRACEKIT_FUZZ=all`` tries every pair, ``TRACEKIT_FUZZ=N`` N seeds of the choice.
"""

from __future__ import annotations

import csv
import gzip
import json
import math
import os
import random
import shutil
import sqlite3
from collections import defaultdict
from contextlib import closing
from pathlib import Path
from typing import Any

import pyarrow.ipc
import pyarrow.parquet
import pytest
from mutations import MUTATIONS
from raw_records import SAMPLES, json_records

from tracekit.errors import TracekitError
from tracekit.ingest.formats.csv import Csv
from tracekit.ingest.formats.json import Document
from tracekit.ingest.formats.sqlite import Sqlite
from tracekit.ingest.plan import RawFile, make_plan
from tracekit.ingest.records import read_records
from tracekit.ingest.run import Outcome, ingest
from tracekit.ingest.settings import Settings
from tracekit.lake.manifest import Input
from tracekit.sources.files import FileKind, RawColumn
from tracekit.sources.load import sources
from tracekit.sources.model import Source

SOURCES = sources()
SEED = 20_261_129
EACH = 7


def _pairs() -> list[tuple[str, str, int]]:
    """Returns source, class and seed of what is tried."""
    fitting = {
        name: [s.id for s in SOURCES.values() if {kind.format for kind in s.files} & set(mutation.formats)]
        for name, mutation in MUTATIONS.items()
    }
    asked = os.environ.get("TRACEKIT_FUZZ", "1")
    if asked == "all":
        return [(dataset, name, SEED) for name, datasets in fitting.items() for dataset in datasets]
    pairs = []
    for seed in range(SEED, SEED + int(asked)):
        rng, used = random.Random(seed), dict.fromkeys(SOURCES, 0)
        for name, datasets in fitting.items():
            # Those that met the fewest classes so far come first.
            rng.shuffle(datasets)
            for dataset in sorted(datasets, key=used.__getitem__)[:EACH]:
                used[dataset] += 1
                pairs.append((dataset, name, seed))
    return pairs


def _damage(folder: Path, source: Source, name: str, rng: random.Random) -> Path | None:
    """Copies a sample, damages one file of it, and returns that file; None where none of its files is of a fitting kind."""
    shutil.copytree(SAMPLES / source.id, folder)
    plan = make_plan(source, [folder], folder.parent / "scratch")
    mutation = MUTATIONS[name]
    fitting = [file for file in plan.files if file.kind.format in mutation.formats and "!" not in file.name]
    if not fitting:
        return None
    file = rng.choice(fitting)
    data = file.path.read_bytes()
    is_packed = data[:2] == b"\x1f\x8b"
    damaged = mutation.apply(gzip.decompress(data) if is_packed else data, file.kind, rng)
    file.path.write_bytes(gzip.compress(damaged, mtime=0) if is_packed and not name.startswith("compressed") else damaged)
    return file.path


def _content(path: Path) -> bytes:
    data = path.read_bytes()
    return gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data


def _lines(path: Path, kind: FileKind) -> list[bytes]:
    """The records of a file of lines: what is neither blank nor a comment, after the header."""
    assert kind.lines
    comment = kind.lines.comment
    blank = b" \t\r".replace(kind.lines.separator.encode(), b"") if isinstance(kind, Csv) else b" \t\r"
    lines = [line for line in _content(path).removeprefix(b"\xef\xbb\xbf").split(b"\n") if line.strip(blank)]
    if kind.has_header:
        lines = lines[1:]
    return [line for line in lines if not (comment and line.startswith(comment.encode()))]


def _count(path: Path, kind: FileKind) -> int | None:
    """The number of raw records, by another reader; None where there is none."""
    if kind.lines:
        return len(_lines(path, kind))
    if isinstance(kind, Document):
        return len(json_records(path, kind.records)) if not path.read_bytes().startswith(b"\xef\xbb\xbf") else None
    if kind.format == "parquet":
        return int(pyarrow.parquet.read_metadata(path).num_rows)
    if kind.format == "arrow":
        with pyarrow.ipc.open_stream(path) as reader:
            return sum(batch.num_rows for batch in reader)
    if isinstance(kind, Sqlite):
        with closing(sqlite3.connect(path)) as connection:
            return int(connection.execute(f'SELECT count(*) FROM "{kind.records}"').fetchone()[0])
    return None


def _check_conservation(outcome: Outcome, source: Source) -> None:
    kinds = {kind.name: kind for kind in source.files}
    paired = {table for pairing in source.pairings for table in pairing.maps}
    for manifest in outcome.written:
        read: dict[str, int] = defaultdict(int)
        for entry in manifest.inputs:
            expected = _count(Path(entry.path), kinds[entry.kind])
            assert expected is None or entry.records == expected, f"{entry.name}: {entry.records} records, another reader finds {expected}"
            for table in kinds[entry.kind].maps:
                read[table] += entry.records
        for table, count in manifest.tables.items():
            assert count.records == count.converted + count.rejected + count.dropped + count.barren, f"{table}: {count}"
            assert table in paired or count.records == read[table], f"{table}: {count.records} of {read[table]} records"


def _same(ours: Any, cell: str, column: RawColumn, nulls: tuple[str, ...]) -> bool:
    """Whether a typed value is what a cell of text says."""
    if ours is None:
        return cell.strip(" \t") == "" or cell in nulls
    if column.type in ("BIGINT", "DOUBLE"):
        stated = float(cell)
        return ours == stated or (math.isnan(ours) and math.isnan(stated)) or (column.type == "BIGINT" and int(cell) == ours)
    if column.type == "BOOLEAN":
        return cell.lower() == str(ours).lower()
    return str(ours) == cell


def _split(line: bytes, kind: Csv) -> list[str]:
    return next(csv.reader([line.decode().rstrip("\r")], delimiter=kind.separator, strict=True))


def _check_values(file: RawFile) -> None:
    """Every value that was read from a file of lines is what the standard library reads there; every other record is a reject."""
    kind = file.kind
    entry = Input(file.name, str(file.path), kind.name, 0, "")
    rejected: set[int] = set()
    found: dict[int, dict[str, Any]] = {}
    wide: dict[int, dict[str, Any]] = defaultdict(dict)
    for records in read_records(file, 0, entry, Settings(), lambda *_: None):
        rejected |= {reject.record for reject in records.rejects}
        for row in records.frame.iter_rows(named=True):
            found[row["source_row"]] = row
            if row.get("_column") is not None and row["_cell"] is not None:
                wide[row["source_row"]][row["_column"]] = row["_cell"]
    lines = _lines(file.path, kind)
    assert not rejected & set(found)
    assert rejected | set(found) == set(range(1, len(lines) + 1)), "a record is neither read nor rejected"
    for number, row in found.items():
        line = lines[number - 1]
        if isinstance(kind, Csv):
            cells = dict(zip(file.header, _split(line, kind), strict=True))
            for column in kind.columns:
                assert _same(row[column.name], cells.get(column.name, ""), column, kind.nulls), (
                    number,
                    column,
                    row[column.name],
                    line[:200],
                )
            for name, value in wide.get(number, {}).items():
                assert value == float(cells[name]) or math.isnan(value), (number, name, value)
        elif kind.format == "jsonl":
            record = json.loads(line)
            for column in kind.columns:
                if column.type in ("VARCHAR", "BIGINT", "DOUBLE") and column.name in record:
                    stated = record[column.name]
                    # Numbers that the publisher writes as text, and texts as numbers.
                    if column.quoted and stated is not None:
                        stated = {"BIGINT": int, "DOUBLE": float, "VARCHAR": str}[column.type](stated)
                    assert row[column.name] == stated or stated != stated, (number, column, row[column.name], stated)
        else:
            line.decode()


@pytest.mark.parametrize(("dataset", "name", "seed"), _pairs())
def test_damage_costs_no_more_than_it_must(dataset: str, name: str, seed: int, tmp_path: Path) -> None:
    source = SOURCES[dataset]
    path = _damage(tmp_path / "raw", source, name, random.Random(f"{seed} {dataset} {name}"))
    if path is None:
        pytest.skip("the sample holds no file of a fitting kind")
    try:
        outcome = ingest(source, [tmp_path / "raw"], tmp_path / "lake", macros=None)
    except TracekitError as error:
        assert error.exit_code in (2, 3, 6), error
        assert error.exit_code == 6 or path.name in str(error) or source.id in str(error), f"{error} does not name {path.name}"
        assert "defect" not in str(error), error
        return
    _check_conservation(outcome, source)
    for file in outcome.plan.files:
        if file.path == path and file.kind.lines:
            _check_values(file)


def test_classes_and_sources_meet() -> None:
    pairs = _pairs()
    assert len(MUTATIONS) == 36
    assert {name for _, name, _ in pairs} == set(MUTATIONS)
    assert {dataset for dataset, _, _ in pairs} == set(SOURCES)
