"""Other tools write seconds in Mooncake's shape: a decimal point shows which it is, and nothing is taken for milliseconds in silence."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tracekit.api import Lake
from tracekit.errors import DataError
from tracekit.ingest.run import ingest
from tracekit.sources.load import source
from tracekit.sources.mapping_file import parse_mapping

ROWS = [(0, 1024, 10, [1, 2]), (500, 1536, 20, [1, 2, 3]), (2_500, 1536, 20, [1, 2, 4]), (3_000, 600, 20, [1, 9])]
SECONDS = """
dataset = "mine"
table = "llm_request"
trace = "t"
[columns]
arrived_us = { column = "timestamp", unit = "s" }
input_tokens = "input_length"
output_tokens = "output_length"
prefix_blocks = "hash_ids"
"""


def _write(path: Path, stamps: list[object], **more: object) -> Path:
    keys = ("timestamp", "input_length", "output_length", "hash_ids")
    rows = [dict(zip(keys, (stamp, *row[1:]), strict=True)) | more for stamp, row in zip(stamps, ROWS, strict=True)]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    raw = _write(tmp_path / "conversation_trace.jsonl", [row[0] for row in ROWS])
    ingest(source("mooncake"), [raw], tmp_path / "lake", macros=[])
    return Lake(tmp_path / "lake")


@pytest.mark.parametrize("form", ["vllm-timed-trace", "guidellm"])
def test_exports_in_seconds_are_refused_and_taken_by_a_mapping(lake: Lake, tmp_path: Path, form: str) -> None:
    path = tmp_path / "trace.jsonl"
    lake.export("mooncake", form, path)
    with pytest.raises(DataError, match=r"trace\.jsonl: line 1: 'timestamp' is 0\.0, not a whole number: .* seconds") as caught:
        ingest(source("mooncake"), [path], tmp_path / "other", macros=[])
    assert "--mapping" in str(caught.value.fix)
    assert not (tmp_path / "other" / "llm_request").exists()
    ingest(parse_mapping('format = "jsonl"' + SECONDS, Path("mine.toml")), [path], tmp_path / "other", macros=[])
    there, here = (Lake(tmp_path / name).query("arrival/interarrival").to_dicts()[0]["rate_per_s"] for name in ("other", "lake"))
    assert there == here == pytest.approx(4 / 3)


def test_export_in_milliseconds_comes_back_as_it_was(lake: Lake, tmp_path: Path) -> None:
    lake.export("mooncake", "mooncake", tmp_path / "trace.jsonl")
    ingest(source("mooncake"), [tmp_path / "trace.jsonl"], tmp_path / "other", macros=[])
    assert Lake(tmp_path / "other").query("arrival/interarrival")["rate_per_s"].to_list() == [pytest.approx(4 / 3)]


@pytest.mark.parametrize("name", ["conversation_trace.jsonl", "mooncake_trace.jsonl", "mine.jsonl"])
@pytest.mark.parametrize(("stamps", "line"), [([0.0, 0.5, 2.5, 3.0], 1), ([0, 0.5, 2.5, 3], 2), ([0, 1, 2, 3e0], 4)])
def test_a_decimal_point_anywhere_refuses_the_file(tmp_path: Path, name: str, stamps: list[object], line: int) -> None:
    with pytest.raises(DataError, match=f"line {line}: 'timestamp' is"):
        ingest(source("mooncake"), [_write(tmp_path / name, stamps)], tmp_path / "lake", macros=[])


@pytest.mark.parametrize(("given", "kept"), [("s-1", "s-1"), (7, "7"), ('quo"te', 'quo"te')])
def test_sessions_are_kept(tmp_path: Path, given: object, kept: str) -> None:
    ingest(source("mooncake"), [_write(tmp_path / "a.jsonl", [0, 1, 2, 3], session_id=given)], tmp_path / "lake", macros=[])
    assert Lake(tmp_path / "lake").table("llm_request").collect()["session_id"].to_list() == [kept] * 4
