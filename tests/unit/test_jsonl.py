"""JSON lines: what one broken record costs, and what no record may."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
from kept import kept_rejects

from tracekit.api import Lake
from tracekit.errors import DataError
from tracekit.ingest.convert import Converter
from tracekit.ingest.why import find_origin
from tracekit.schema.load import table
from tracekit.sources.load import source

GOOD = {"timestamp": 5, "input_length": 600, "output_length": 3, "hash_ids": [1, 2]}
BROKEN = [
    ('{"timestamp": 5, "input_length": 600', "not JSON"),
    ("[1, 2]", "is not an object of named values"),
    (json.dumps({**GOOD, "input_length": "600"}), "'input_length': \"600\" is not a whole number"),
    (json.dumps({**GOOD, "input_length": 600.5}), "'input_length': 600.5 is not a whole number"),
    (json.dumps({**GOOD, "input_length": True}), "'input_length': true is not a whole number"),
    (json.dumps({**GOOD, "hash_ids": [1, "2"]}), "'hash_ids'"),
    (json.dumps({**GOOD, "hash_ids": [1, 1 << 64]}), "'hash_ids'"),
    (json.dumps({k: v for k, v in GOOD.items() if k != "hash_ids"}), "'hash_ids' is missing"),
    (json.dumps({**GOOD, "output_length": None}), "'output_length' is missing"),
    (json.dumps({**GOOD, "output_length": -1}), "output_tokens = -1 is below 0"),
    ('{"timestamp": NaN, "input_length": 1, "output_length": 1, "hash_ids": [1]}', "cannot be mapped"),
    ("[" * 100_000, "not JSON"),
]


@pytest.mark.parametrize(("line", "words"), BROKEN)
def test_a_broken_record_costs_itself(line: str, words: str, ingest_file: Callable[..., Lake]) -> None:
    good = json.dumps(GOOD)
    lake = ingest_file("mooncake", "conversation_trace.jsonl", "\n".join([good, "", line, good]) + "\n\n")
    rows = lake.table("llm_request").collect()
    assert rows["source_row"].to_list() == [1, 3]
    [reject] = [json.loads(x) for x in kept_rejects(lake, "mooncake", "conversation").splitlines()]
    # Blank lines are no records, but they are lines.
    assert (reject["record"], reject["line"], reject["text"]) == (2, 3, line)
    assert words in reject["reason"]
    assert find_origin(lake.layout, "mooncake", "conversation", 3).line == 4


def test_numbers_that_are_whole_are_whole(ingest_file: Callable[..., Lake]) -> None:
    lake = ingest_file("mooncake", "conversation_trace.jsonl", json.dumps({**GOOD, "input_length": 600.0}))
    row = lake.table("llm_request").collect().row(0, named=True)
    assert (row["input_tokens"], row["arrived_us"], row["prefix_blocks"]) == (600, 5000, [1, 2])


def test_gzip_bom_and_a_name_of_ones_own(ingest_file: Callable[..., Lake]) -> None:
    data = gzip.compress(b"\xef\xbb\xbf" + json.dumps(GOOD).encode())
    lake = ingest_file("mooncake", "conversation_trace.jsonl.gz", data)
    assert lake.table("llm_request").collect().height == 1


def test_file_of_another_dataset_is_refused(ingest_file: Callable[..., Lake]) -> None:
    with pytest.raises(DataError, match=r"'hash_ids' is missing; the first record has a, b"):
        ingest_file("mooncake", "conversation_trace.jsonl", '{"a": 1, "b": 2}\n')
    with pytest.raises(DataError, match="its first line is no JSON object"):
        ingest_file("mooncake", "conversation_trace.jsonl", "timestamp,input_length\n1,2\n")


def test_limit_and_small_blocks_give_the_same_rows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ingest_file: Callable[..., Lake]
) -> None:
    from tracekit.ingest.settings import Settings

    lines = "\n".join(json.dumps({**GOOD, "timestamp": i // 3, "hash_ids": list(range(i % 50))}) for i in range(2_000))
    monkeypatch.setattr(Settings, "block_bytes", property(lambda _self: 1 << 12))
    lake = ingest_file("mooncake", "conversation_trace.jsonl", lines, limit=777)
    rows = lake.table("llm_request").collect()
    assert rows["source_row"].to_list() == list(range(1, 778))
    assert rows["prefix_blocks"].list.len().to_list() == [i % 50 for i in range(777)]


def test_a_mapping_that_stumbles_over_every_record_is_no_fault_of_theirs(monkeypatch: pytest.MonkeyPatch) -> None:
    known = source("mooncake")
    monkeypatch.setattr(type(known), "mapping", lambda _self, _name: lambda raw: raw.select("no_such_column"))
    converter = Converter(known, known.files[0], table("llm_request"), "t")
    with pytest.raises(DataError, match=r"mapping\.py: llm_request.*no_such_column"):
        converter.convert(pl.DataFrame({"source_row": [1, 2], "timestamp": [1.0, 2.0]}))


def test_a_mapping_that_stumbles_over_one_record_keeps_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    known = source("mooncake")

    def mapping(raw: pl.LazyFrame) -> pl.LazyFrame:
        return raw.select("source_row", arrived_us=pl.col("at").cast(pl.Int64))

    monkeypatch.setattr(type(known), "mapping", lambda _self, _name: mapping)
    converter = Converter(known, known.files[0], table("llm_request"), "t")
    made = converter.convert(pl.DataFrame({"source_row": list(range(1, 10)), "at": ["1", "2", "3", "x", "5", "6", "y", "8", "9"]}))
    assert made.rows["source_row"].to_list() == [1, 2, 3, 5, 6, 8, 9]
    assert sorted(made.rejected) == [4, 7]
    assert "x" in made.rejected[4]
