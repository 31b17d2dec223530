"""Exports of functions against the files that consumers publish, and back through tracekit's own readers."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from tracekit.api import Lake
from tracekit.ingest.run import ingest
from tracekit.sources.load import source


def _table(path: Path) -> list[list[str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.reader(file))


def test_the_triple_has_the_loaders_columns_and_comes_back(real_lake: Lake, real_traces: Path, tmp_path: Path) -> None:
    real_lake.export("azure-functions-2019", "invitro-2019", tmp_path / "x", trace="500")
    tables = {name: _table(tmp_path / "x" / f"{name}.csv") for name in ("invocations", "durations", "memory")}
    for name, found in tables.items():
        example = _table(real_traces / "_export-references" / "invitro-example" / f"{name}.csv")
        assert [c for c in found[0] if not c.isdigit()] == [c for c in example[0] if not c.isdigit()]
    raw = {row[2]: row for row in _table(real_traces / "azure-functions-2019" / "500_invocations.csv")}
    header, *rows = tables["invocations"]
    assert header[4:] == raw["HashFunction"][4:]
    # Functions that are idle in these eight hours have no cell in the lake.
    busy = {name: row for name, row in raw.items() if name != "HashFunction" and any(int(cell) for cell in row[4:])}
    assert {row[2]: row for row in rows} == busy
    published = {row[2]: row for row in _table(real_traces / "azure-functions-2019" / "500_durations.csv")}
    for row in tables["durations"][1:]:
        theirs = published[row[2]]
        assert float(row[3]) == max(float(theirs[3]), 1) or float(theirs[3]) < 0
        assert [float(row[i]) for i in (4, 5, 9, 10, 11, 12)] == [pytest.approx(float(theirs[i])) for i in (4, 5, 9, 10, 11, 12)]


def test_invocations_come_back(real_lake: Lake, tmp_path: Path) -> None:
    made = real_lake.export("azure-functions-2021", "invitro-2021", tmp_path / "x.csv")
    starts = [(r[1], int((float(r[2]) - float(r[3])) * 1e6)) for r in _table(tmp_path / "x.csv")[1:]]
    assert len(set(starts)) == len(starts) == made["rows"]["trace"]
    ingest(source("azure-functions-2021"), [tmp_path / "x.csv"], tmp_path / "lake", macros=[])
    text = "SELECT app_id, function_id, started_us, duration_s FROM function_invocation WHERE dataset = 'azure-functions-2021' ORDER BY ALL"
    moved = sum(e["rows"] for e in made["invented"])
    pairs = zip(Lake(tmp_path / "lake").sql(text).rows(), real_lake.sql(text).rows(), strict=True)
    assert sum(a != b for a, b in pairs) <= moved


def test_the_specification_is_like_faasrails(real_lake: Lake, real_traces: Path, tmp_path: Path) -> None:
    real_lake.export("azure-functions-2019", "faasrail", tmp_path / "x.csv", trace="500")
    ours, theirs = _table(tmp_path / "x.csv"), _table(real_traces / "_export-references" / "faasrail_spec.csv")
    assert ours[0][:2] == theirs[0][:2]
    assert list(json.loads(ours[1][1])) == list(json.loads(theirs[1][1]))
    assert sum(int(cell) for row in ours[1:] for cell in row[2:]) == 3_037_902
    totals = [sum(map(int, row[2:])) for row in ours[1:]]
    assert totals == sorted(totals, reverse=True)
