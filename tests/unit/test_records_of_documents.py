"""Where records lie: paths within JSON documents, and Arrow files of both forms."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pyarrow as pa
import pytest
from raw_records import json_records

from tracekit.errors import DataError
from tracekit.ingest.formats.arrow import Arrow
from tracekit.ingest.formats.json import Document
from tracekit.ingest.plan import RawFile
from tracekit.ingest.read_arrow import ArrowParser, arrow_columns, read_arrow
from tracekit.ingest.read_json import read_json, records_of
from tracekit.sources.files import RawColumn

DOCUMENTS = [
    ({"a": {"x": 1}, "b": {"x": 2}}, "*", [{"_key": "a", "x": 1}, {"_key": "b", "x": 2}]),
    ({"a": 1, "b": 2}, "*", [{"_key": "a", "_value": 1}, {"_key": "b", "_value": 2}]),
    ({"x": 1}, ".", [{"x": 1}]),
    ([{"x": 1}, {"x": 2}], ".", [{"x": 1}, {"x": 2}]),
    ({"rows": [{"x": 1}]}, "rows", [{"x": 1}]),
    ({"a": {"rows": [{"x": 1}, {"x": 2}]}}, "a.rows", [{"x": 1}, {"x": 2}]),
    ({"a": {"b": {"x": 1}}}, "a.b", [{"x": 1}]),
    ({"m": [{"x": 1}, {"x": 2}], "n": []}, "*.*", [{"_key": "m", "x": 1}, {"_key": "m", "x": 2}]),
    (
        {"w": {"coal": 1}, "c": {"gas": 2}},
        "*.*",
        [{"_key": "coal", "_parent": "w", "_value": 1}, {"_key": "gas", "_parent": "c", "_value": 2}],
    ),
    ({"m": {"rows": [{"x": 1}]}}, "*.rows", [{"_key": "m", "x": 1}]),
    ({}, "*.*", []),
]


@pytest.mark.parametrize(("document", "where", "records"), DOCUMENTS)
def test_records_at_a_path(document: object, where: str, records: list[object], tmp_path: Path) -> None:
    assert records_of(document, where) == records
    path = tmp_path / "d.json"
    path.write_text(json.dumps(document))
    assert json_records(path, where) == records


@pytest.mark.parametrize(("document", "where"), [({"a": 1}, "b"), ([1], "a"), ({"a": 1}, "a.b"), ({"a": 1}, "*.*"), ([{"x": 1}], "*")])
def test_a_path_that_leads_nowhere_is_named(document: object, where: str, tmp_path: Path) -> None:
    path = tmp_path / "d.json"
    path.write_text(json.dumps(document))
    kind = Document(name="k", text="t", path="", columns=(RawColumn("x", "BIGINT"),), maps={}, records=where)
    with pytest.raises(DataError, match=r"d\.json: no records at"):
        read_json(RawFile(path, "d.json", kind, None), kind, None, 0)


COLUMNS = (RawColumn("n", "BIGINT", required=True), RawColumn("deep", "JSON"), RawColumn("late", "DOUBLE", optional=True))


def _arrow(path: Path, form: str) -> RawFile:
    table = pa.table({"n": [1, None, 3], "deep": [{"a": [1.5]}, None, {"a": []}], "other": ["x", "y", "z"]})
    with pa.OSFile(str(path), "wb") as out, (pa.ipc.new_file if form == "file" else pa.ipc.new_stream)(out, table.schema) as writer:
        writer.write_table(table, max_chunksize=2)
    kind = Arrow(name="k", text="t", path="", columns=COLUMNS, maps={})
    return RawFile(path, path.name, kind, None, arrow_columns(path))


@pytest.mark.parametrize("form", ["file", "stream"])
def test_arrow(form: str, tmp_path: Path) -> None:
    file = _arrow(tmp_path / "d.arrow", form)
    parts = list(ArrowParser(file, 1 << 20, None).parse(10))
    frame = pl.concat([part for part, _ in parts])
    assert frame.to_dict(as_series=False) == {
        "source_row": [11, 13],
        "n": [1, 3],
        "deep": ['{"a": [1.5]}', '{"a": []}'],
        "late": [None, None],
    }
    [reject] = [reject for _, rejects in parts for reject in rejects]
    assert (reject.record, reject.reason) == (2, "column 'n' is empty")
    assert file.extra_columns == ["other"]
    assert read_arrow(file.path).num_rows == 3
    assert sum(part.height for part, _ in ArrowParser(file, 1 << 20, 1).parse(0)) == 1


@pytest.mark.parametrize("form", ["file", "stream"])
def test_arrow_that_ends_in_the_middle(form: str, tmp_path: Path) -> None:
    file = _arrow(tmp_path / "d.arrow", form)
    file.path.write_bytes(file.path.read_bytes()[:-200])
    with pytest.raises(DataError, match=r"d\.arrow"):
        list(ArrowParser(file, 1 << 20, None).parse(0))
