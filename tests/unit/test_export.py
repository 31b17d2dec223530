"""Replay files, read again by plain Python and held against the lake; and the record that lies beside each."""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import json
import math
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from handmade import Rows, make_lake, req

from tracekit.api import Lake
from tracekit.errors import DataError, NothingMatchedError, UsageError
from tracekit.export import draft, write
from tracekit.export.draft import write_lines
from tracekit.export.formats import formats
from tracekit.export.moment import parse, to_us
from tracekit.ingest.run import ingest
from tracekit.lake.layout import Layout
from tracekit.lake.manifest import read_manifests
from tracekit.sources.load import source

Run = Callable[..., "subprocess.CompletedProcess[str]"]
TRACES = [("azure-llm-2023", "conv"), ("azure-llm-2023", "code"), ("burstgpt", "sample_1"), ("burstgpt", "sample_3")]


def read(path: Path) -> Rows:
    text = path.read_text()
    assert text.endswith("\n")
    if text.startswith("{"):
        return [json.loads(line) for line in text.splitlines()]
    return list(csv.DictReader(text.splitlines()))


def _calendar_us(text: str) -> int:
    assert text[-1] == "0"
    return (dt.datetime.strptime(text[:-1], "%Y-%m-%d %H:%M:%S.%f") - dt.datetime(1970, 1, 1)) // dt.timedelta(microseconds=1)


def _us(text: str | float, unit: float) -> int:
    return round(float(text) * unit)


# Format → instant in us (on whatever zero), prompt tokens, generated tokens, as its readers would take them.
READERS: dict[str, Callable[[dict[str, Any]], tuple[int, int, int]]] = {
    "mooncake": lambda r: (r["timestamp"] * 1000, r["input_length"], r["output_length"]),
    "vllm-timed-trace": lambda r: (_us(r["timestamp"], 1e6), r["input_length"], r["output_length"]),
    "vllm-burstgpt": lambda r: (_us(r["Timestamp"], 1e6), int(list(r.values())[2]), int(list(r.values())[3])),
    "guidellm": lambda r: (_us(r["timestamp"], 1e6), r["input_length"], r["output_length"]),
    "azure-llm": lambda r: (_calendar_us(r["TIMESTAMP"]), int(r["ContextTokens"]), int(r["GeneratedTokens"])),
    "vidur": lambda r: (_us(r["arrived_at"], 1e6), int(r["num_prefill_tokens"]), int(r["num_decode_tokens"])),
    "splitwise-sim": lambda r: (_us(r["arrival_timestamp"], 1e6), int(r["prompt_size"]), int(r["token_size"])),
    "apex": lambda r: (r["StartTimeOffset"] // 1000, r["ContextTokens"], r["GeneratedTokens"]),
    "llmservingsim": lambda r: (r["arrival_time_ns"] // 1000, r["input_toks"], r["output_toks"]),
    "tracelab-replay": lambda r: (_us(r["arrival_time"], 1e3), int(r["prefix_len"]) + int(r["input_len"]), int(r["output_len"])),
}
CLAMPS = {"vidur", "tracelab-replay"}


def test_every_format_of_requests_that_is_no_experiment_is_read_here() -> None:
    of_requests = {name for name, form in formats().items() if form.tables == ("llm_request",)}
    assert {name for name in of_requests if not formats()[name].is_experimental} <= set(READERS) <= of_requests


@pytest.mark.parametrize(("dataset", "trace"), TRACES)
@pytest.mark.parametrize("to", sorted(READERS))
def test_instants_and_tokens_come_back(to: str, dataset: str, trace: str, demo_lake: Path, tmp_path: Path) -> None:
    lake = Lake(demo_lake)
    path = tmp_path / f"x{formats()[to].suffix}"
    made = lake.export(dataset, to, path, trace=trace)
    text = (
        f"SELECT arrived_us, input_tokens, output_tokens FROM llm_request WHERE dataset = '{dataset}' AND trace = '{trace}' "
        "AND arrived_us IS NOT NULL AND input_tokens IS NOT NULL AND output_tokens IS NOT NULL ORDER BY arrived_us, source_row"
    )
    least = 1 if to in CLAMPS else 0
    expected = [(at, max(i, least), max(o, least)) for at, i, o in lake.sql(text).rows()]
    found = [READERS[to](row) for row in read(path)]
    assert len(found) == len(expected) == made["rows"]["written"]
    assert [row[1:] for row in found] == [row[1:] for row in expected]
    step = 500 if to == "mooncake" else 0
    assert max(abs((f[0] - found[0][0]) - (e[0] - expected[0][0])) for f, e in zip(found, expected, strict=True)) <= step
    if formats()[to].zero == "first":
        assert found[0][0] == 0
    elif to == "vllm-burstgpt":
        assert found[0][0] == expected[0][0]
    assert list(read(path)[0]) == [f.name for f in formats()[to].fields(write.Facts())]


@pytest.mark.parametrize(("dataset", "trace"), TRACES)
@pytest.mark.parametrize("to", sorted(READERS))
def test_the_record_adds_up(to: str, dataset: str, trace: str, demo_lake: Path, tmp_path: Path) -> None:
    path = tmp_path / "x.out"
    made = Lake(demo_lake).export(dataset, to, path, trace=trace, start_s=1, limit=100)
    assert json.loads((tmp_path / "x.out.export.json").read_text()) == made
    assert sorted(p.name for p in tmp_path.iterdir()) == ["x.out", "x.out.export.json"]
    rows = dict(made["rows"])
    known = next(m for m in read_manifests(Layout(demo_lake)) if (m.dataset, m.trace) == (dataset, trace))
    assert rows["trace"] == known.tables["llm_request"].rows
    assert rows.pop("trace") == sum(rows.values())
    assert rows["written"] == len(read(path)) == made["file"]["rows"]
    data = path.read_bytes()
    assert (made["file"]["bytes"], made["file"]["sha256"]) == (len(data), hashlib.sha256(data).hexdigest())
    assert made["licence"]["spdx"] == source(dataset).licence.spdx
    assert [f["sha256"] for f in made["input"]["files"]] == [i.sha256 for i in known.inputs]
    # Every field of the file has an origin, every column with values a fate.
    told = {e["field"] for key in ("kept", "derived", "invented") for e in made[key]}
    assert told == set(read(path)[0])
    assert all(0 < e["rows"] <= rows["written"] for key in ("invented", "clamped", "rounded", "dropped") for e in made[key])


def test_azure_round_trip(demo_lake: Path, tmp_path: Path) -> None:
    path = tmp_path / "AzureLLMInferenceTrace_conv.csv"
    lake = Lake(demo_lake)
    made = lake.export("azure-llm-2023", "azure-llm", path, trace="conv")
    ingest(source("azure-llm-2023"), [path], tmp_path / "lake", macros=[])
    again = Lake(tmp_path / "lake").table("llm_request").collect()
    first = lake.table("llm_request").filter(pl.col("dataset") == "azure-llm-2023", pl.col("trace") == "conv").collect()
    known = first.filter(pl.col("arrived_us").is_not_null()).sort("arrived_us", "source_row")
    assert again.drop("source_row").equals(known.drop("source_row"))
    assert made["rows"]["without_instant"] == first.height - known.height
    anchors = [
        Lake(root).sql("SELECT anchor_at FROM recording WHERE dataset = 'azure-llm-2023' AND trace = 'conv'").item()
        for root in (demo_lake, tmp_path / "lake")
    ]
    assert anchors[0] == anchors[1]
    assert dt.datetime.fromisoformat(made["clock"]["first_row_at"]) == anchors[0] + dt.timedelta(microseconds=known["arrived_us"][0])


@pytest.mark.parametrize("trace", ["sample_1", "sample_3"])
def test_burstgpt_round_trip(trace: str, demo_lake: Path, tmp_path: Path) -> None:
    path = tmp_path / f"{trace}.csv"
    lake = Lake(demo_lake)
    made = lake.export("burstgpt", "vllm-burstgpt", path, trace=trace)
    ingest(source("burstgpt"), [path], tmp_path / "lake", macros=[])
    again = Lake(tmp_path / "lake").table("llm_request").collect()
    first = (
        lake.table("llm_request")
        .filter(pl.col("dataset") == "burstgpt", pl.col("trace") == trace)
        .sort("arrived_us", "source_row")
        .collect()
    )
    dropped = {entry["column"] for entry in made["dropped"]}
    assert {"model", "is_ok"} <= dropped <= {"model", "is_ok", "session_id", "e2e_s"}
    same = ["arrived_us", "service", "input_tokens", "output_tokens", "is_ok"]
    assert again.select(same).equals(first.select(same))
    assert again["model"].unique().to_list() == ["GPT-4"]
    assert all(again[column].null_count() == again.height for column in dropped - {"model", "is_ok"})


def _ids(rows: Rows) -> list[list[int]]:
    return [row["hash_ids"] for row in rows]


@pytest.mark.parametrize("to", ["mooncake", "vllm-timed-trace"])
def test_invented_blocks_are_never_shared(to: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tokens = [0, 1, 511, 512, 513, 5000, 1024] * 9
    lake = make_lake(tmp_path / "lake", [req(i, n) for i, n in enumerate(tokens)])
    made = lake.export("handmade", to, tmp_path / "a.jsonl")
    ids = _ids(read(tmp_path / "a.jsonl"))
    assert [len(row) for row in ids] == [math.ceil(n / 512) for n in tokens]
    assert [i for row in ids for i in row] == list(range(sum(map(len, ids))))
    assert made["invented"] == [
        {"field": "hash_ids", "how": "ceil(input_tokens / 512) ids, numbered from 0, none of them shared: no prefix is reused", "rows": 63}
    ]
    # The number of batches does not show.
    monkeypatch.setattr(draft, "BATCH", 5)
    lake.export("handmade", to, tmp_path / "b.jsonl")
    assert (tmp_path / "a.jsonl").read_bytes() == (tmp_path / "b.jsonl").read_bytes()


def test_known_blocks_are_kept_with_their_size(tmp_path: Path) -> None:
    rows = [req(i * 3000_000, 40, prefix_blocks=[7, 8, i], block_tokens=16) for i in range(4)]
    lake = make_lake(tmp_path / "lake", rows)
    made = lake.export("handmade", "mooncake", tmp_path / "a.jsonl")
    assert _ids(read(tmp_path / "a.jsonl")) == [[7, 8, i] for i in range(4)]
    assert (made["invented"], made["dropped"], made["rounded"]) == ([], [], [])
    assert "16 tokens" in made["reader_settings"]["block size"]
    timed = lake.export("handmade", "vllm-timed-trace", tmp_path / "b.jsonl")
    assert timed["reader_settings"]["vLLM bench serve"].endswith("--timed-trace-chunk-hash-size 16")
    guide = lake.export("handmade", "guidellm", tmp_path / "c.jsonl")
    assert "hash_id_block_size=16" in guide["reader_settings"]["GuideLLM"]
    assert {row["hash_id_block_size"] for row in read(tmp_path / "c.jsonl")} == {16}
    assert [entry["column"] for entry in lake.export("handmade", "vidur", tmp_path / "d.csv")["dropped"]] == [
        "prefix_blocks",
        "block_tokens",
    ]


def test_rows_without_blocks_get_ids_above_the_known_ones(tmp_path: Path) -> None:
    rows = [
        req(0, 600, prefix_blocks=[5, 90], block_tokens=512),
        req(1, 600),
        req(2, 512, prefix_blocks=[5, 6], block_tokens=512),
        req(3, 1025),
    ]
    made = make_lake(tmp_path / "lake", rows).export("handmade", "mooncake", tmp_path / "a.jsonl")
    assert _ids(read(tmp_path / "a.jsonl")) == [[5, 90], [91, 92], [5, 6], [93, 94, 95]]
    assert [(e["field"], e["rows"]) for e in made["invented"]] == [("hash_ids", 2)]
    assert "hash_ids" in {e["field"] for e in made["kept"]}
    assert any("number of block ids" in note and ": 1," in note for note in made["notes"])


def test_no_room_above_hashes_of_64_bits(tmp_path: Path) -> None:
    known = req(0, 600, prefix_blocks=[5, (1 << 63) - 1], block_tokens=512)
    make_lake(tmp_path / "all", [known]).export("handmade", "mooncake", tmp_path / "a.jsonl")
    assert _ids(read(tmp_path / "a.jsonl")) == [[5, (1 << 63) - 1]]
    with pytest.raises(DataError, match="no room above"):
        make_lake(tmp_path / "some", [known, req(1)]).export("handmade", "mooncake", tmp_path / "b.jsonl")


@pytest.mark.parametrize("sizes", [(None, None), (16, 512), (16, None)])
def test_chunks_of_varying_length_are_no_blocks(sizes: tuple[int | None, int | None], tmp_path: Path) -> None:
    rows = [req(i, 600, prefix_blocks=[3, 4, 5], block_tokens=size) for i, size in enumerate(sizes)]
    lake = make_lake(tmp_path / "lake", rows)
    made = lake.export("handmade", "mooncake", tmp_path / "a.jsonl")
    assert _ids(read(tmp_path / "a.jsonl")) == [[0, 1], [2, 3]]
    dropped = {e["column"]: e for e in made["dropped"]}
    assert dropped["prefix_blocks"]["rows"] == 2
    assert "no fixed number of tokens" in dropped["prefix_blocks"]["why"]
    lake.export("handmade", "guidellm", tmp_path / "b.jsonl")
    assert list(read(tmp_path / "b.jsonl")[0]) == ["timestamp", "input_length", "output_length"]


MIXED = [
    req(1_000_000, 0, 7),
    req(2_000_000, 9, 0),
    req(2_000_000, None, 3),
    req(3_000_000, 4, None),
    req(4_500_400, 30, 40),
    req(9_000_000, 50, 60),
    req(None, 70, 80),
]


def test_every_row_is_accounted_for(tmp_path: Path) -> None:
    lake = make_lake(tmp_path / "lake", MIXED)
    made = lake.export("handmade", "vidur", tmp_path / "a.csv", start_s=1.5, until_s=9, limit=1)
    assert made["rows"] == {
        "trace": 7,
        "written": 1,
        "outside_window": 2,
        "beyond_limit": 1,
        "without_instant": 1,
        "without_token_counts": 2,
    }
    assert (tmp_path / "a.csv").read_text() == "arrived_at,num_prefill_tokens,num_decode_tokens\n0.0,9,1\n"
    assert made["options"] == {"from_us": 1_500_000, "until_us": 9_000_000, "rate_scale": 1.0, "limit": 1, "seed": 0}
    assert made["clock"]["subtracted_us"] == 2_000_000


def test_clamped_and_rounded_rows_are_counted(tmp_path: Path) -> None:
    lake = make_lake(tmp_path / "lake", MIXED)
    made = lake.export("handmade", "vidur", tmp_path / "a.csv")
    assert [row["num_prefill_tokens"] for row in read(tmp_path / "a.csv")] == ["1", "9", "30", "50"]
    assert [row["num_decode_tokens"] for row in read(tmp_path / "a.csv")] == ["7", "1", "40", "60"]
    assert made["clamped"] == [
        {"field": "num_prefill_tokens", "from": 0, "to": 1, "rows": 1},
        {"field": "num_decode_tokens", "from": 0, "to": 1, "rows": 1},
    ]
    assert not any("with 0" in note for note in made["notes"])
    other = lake.export("handmade", "mooncake", tmp_path / "b.jsonl")
    assert [row["timestamp"] for row in read(tmp_path / "b.jsonl")] == [0, 1000, 3500, 8000]
    assert other["rounded"] == [{"field": "timestamp", "to_us": 1000, "rows": 1}]
    assert other["clamped"] == []
    assert "rows with 0 input_tokens: 1; they are written, the reader may leave them out" in other["notes"]


def test_milliseconds_round_to_the_nearest_and_stay_in_order(tmp_path: Path) -> None:
    instants = [1_000_123, 1_000_622, 1_000_623, 1_001_122, 1_001_623]
    make_lake(tmp_path / "lake", [req(us) for us in instants]).export("handmade", "mooncake", tmp_path / "a.jsonl")
    assert [row["timestamp"] for row in read(tmp_path / "a.jsonl")] == [0, 0, 1, 1, 2]


def test_rate_scale_divides_offsets(tmp_path: Path) -> None:
    anchor = dt.datetime(2023, 11, 16, 18, 0)
    lake = make_lake(tmp_path / "lake", [req(us) for us in (10_000_000, 10_000_001, 13_000_000, 40_000_000)], anchor)
    lake.export("handmade", "llmservingsim", tmp_path / "a.jsonl", rate_scale=3)
    assert [row["arrival_time_ns"] for row in read(tmp_path / "a.jsonl")] == [0, 0, 1_000_000_000, 10_000_000_000]
    # On the trace's own clock the first row stays where it is.
    made = lake.export("handmade", "azure-llm", tmp_path / "b.csv", rate_scale=0.5, start_s=13)
    assert [row["TIMESTAMP"] for row in read(tmp_path / "b.csv")] == ["2023-11-16 18:00:13.0000000", "2023-11-16 18:01:07.0000000"]
    assert (made["clock"]["first_row_at"], made["clock"]["subtracted_us"]) == ("2023-11-16 18:00:13.000000", 0)
    lake.export("handmade", "vllm-burstgpt", tmp_path / "c.csv", rate_scale=4)
    assert [row["Timestamp"] for row in read(tmp_path / "c.csv")] == ["10", "10", "10.75", "17.5"]


def test_a_window_by_the_calendar(tmp_path: Path) -> None:
    rows = [req(us) for us in (0, 60_000_000, 120_000_000)]
    anchor = dt.datetime(2023, 11, 16, 18, 0)
    printed = make_lake(tmp_path / "printed", rows, anchor)
    made = printed.export("handmade", "vidur", tmp_path / "a.csv", start_s=parse("2023-11-16 18:01"), until_s=parse("2m"))
    assert made["rows"]["written"] == 1
    with pytest.raises(UsageError, match="printed without a zone"):
        printed.export("handmade", "vidur", tmp_path / "b.csv", start_s=parse("2023-11-16T18:01:00+00:00"))
    zoned = make_lake(tmp_path / "zoned", rows, anchor, zone="Asia/Shanghai")
    assert zoned.export("handmade", "vidur", tmp_path / "c.csv", start_s=parse("2023-11-17T02:02:00+08:00"))["rows"]["written"] == 1
    with pytest.raises(UsageError, match="no calendar"):
        make_lake(tmp_path / "withheld", rows).export("handmade", "vidur", tmp_path / "d.csv", until_s=parse("2023-11-16T18:01"))


def test_without_a_calendar_the_date_is_invented(tmp_path: Path) -> None:
    made = make_lake(tmp_path / "lake", [req(1_500_000), req(2_000_000)]).export("handmade", "azure-llm", tmp_path / "a.csv")
    assert [row["TIMESTAMP"] for row in read(tmp_path / "a.csv")] == ["2000-01-01 00:00:01.5000000", "2000-01-01 00:00:02.0000000"]
    assert [(e["field"], e["rows"]) for e in made["invented"]] == [("TIMESTAMP", 2)]
    assert made["dropped"] == []


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90", 90), ("90s", 90), ("10m", 600), ("2h", 7200), ("1d", 86400), ("250ms", 0.25), ("3us", 3e-6), (" 1.5 h ", 5400)],
)
def test_moments(text: str, seconds: float) -> None:
    assert to_us(parse(text), None, None) == round(seconds * 1e6)


@pytest.mark.parametrize("text", ["", "ten minutes", "-5s", "5 weeks", "1e3", "nan", "2023-13-01"])
def test_other_texts_are_no_moments(text: str) -> None:
    with pytest.raises(UsageError, match="neither a time"):
        parse(text)


def test_sessions_and_their_waits(tmp_path: Path) -> None:
    rows = [
        req(0, 100, 5, session_id="a", e2e_s=1.0, cached_tokens=30),
        req(1_000_000, 10, 5, e2e_s=2.0),
        req(4_000_000, 200, 0, session_id="a", e2e_s=9.5, cached_tokens=200),
        req(5_000_000, 10, 5, session_id="b"),
        req(6_000_000, 10, 5, session_id="b", e2e_s=1.0),
        req(10_000_000, 300, 5, session_id="a", e2e_s=1.0, cached_tokens=205),
    ]
    lake = make_lake(tmp_path / "lake", rows)
    made = lake.export("handmade", "tracelab-replay", tmp_path / "a.csv")
    found = [list(row.values()) for row in read(tmp_path / "a.csv")]
    assert found == [
        ["a", "0.0", "0", "30", "70", "5", "3000.0"],
        ["request-2", "1000.0", "0", "0", "10", "5", "0.0"],
        ["a", "4000.0", "1", "200", "1", "1", "0.0"],
        ["b", "5000.0", "0", "0", "10", "5", "0.0"],
        ["b", "6000.0", "1", "0", "10", "5", "0.0"],
        ["a", "10000.0", "2", "205", "95", "5", "0.0"],
    ]
    assert {e["field"]: e["rows"] for e in made["invented"]} == {"session_id": 1, "prefix_len": 3, "tool_wait_after_ms": 4}
    assert {e["field"]: (e["from"], e["to"], e["rows"]) for e in made["clamped"]} == {
        "input_len": (0, 1, 1),
        "output_len": (0, 1, 1),
        "tool_wait_after_ms": (-3500.0, 0, 1),
    }
    lake.export("handmade", "tracelab-replay", tmp_path / "b.csv", rate_scale=2, limit=3)
    assert [row["tool_wait_after_ms"] for row in read(tmp_path / "b.csv")] == ["1500.0", "0.0", "0.0"]


def test_bodies_follow_the_seed(tmp_path: Path) -> None:
    lake = make_lake(tmp_path / "lake", [req(i, n) for i, n in enumerate([0, 1, 3, 512, 4000])])
    texts = []
    for i, seed in enumerate([1, 1, 2]):
        made = lake.export("handmade", "apex", tmp_path / f"{i}.jsonl", seed=seed)
        assert [e["seed"] for e in made["invented"] if e["field"] == "SynthesizedBody"] == [seed]
        texts.append([row["SynthesizedBody"] for row in read(tmp_path / f"{i}.jsonl")])
    assert texts[0] == texts[1] != texts[2]
    assert [len(text.split()) for text in texts[0]] == [0, 1, 3, 512, 512]
    assert [row["TotalTokens"] for row in read(tmp_path / "0.jsonl")] == [5, 6, 8, 517, 4005]


def test_the_same_export_writes_the_same_files(demo_lake: Path, tmp_path: Path) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        Lake(demo_lake).export("azure-llm-2023", "apex", tmp_path / folder / "x.jsonl", trace="conv", seed=4, rate_scale=1.5)
    for name in ("x.jsonl", "x.jsonl.export.json"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def test_a_file_in_the_way_stays(tmp_path: Path) -> None:
    lake = make_lake(tmp_path / "lake", MIXED)
    path = tmp_path / "a.csv"
    path.write_text("mine")
    with pytest.raises(UsageError, match="exists already"):
        lake.export("handmade", "vidur", path)
    # A failing export leaves what was there, and nothing else.
    with pytest.raises(NothingMatchedError, match=r"arrive from 1 s to 9 s"):
        lake.export("handmade", "vidur", path, start_s=100, force=True)
    assert path.read_text() == "mine"
    lake.export("handmade", "vidur", path, force=True)
    assert len(read(path)) == 4
    path.unlink()
    with pytest.raises(UsageError, match=r"a\.csv\.export\.json exists already"):
        lake.export("handmade", "vidur", path)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.csv.export.json", "lake"]


def test_a_lake_that_disagrees_with_itself_exports_nothing(tmp_path: Path) -> None:
    shuffled = make_lake(tmp_path / "shuffled", [req(5), req(3)])
    swapped = make_lake(tmp_path / "swapped", [req(5, source_row=2), req(5, source_row=1)])
    for lake in (shuffled, swapped):
        with pytest.raises(DataError, match="not in order"):
            lake.export("handmade", "vidur", tmp_path / "a.csv")
    with pytest.raises(DataError, match="its manifest has 3"):
        make_lake(tmp_path / "short", [req(5)], count=3).export("handmade", "vidur", tmp_path / "a.csv")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["short", "shuffled", "swapped"]


def test_order_is_checked_across_batches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(draft, "BATCH", 2)
    with pytest.raises(DataError, match="not in order"):
        make_lake(tmp_path / "lake", [req(1), req(5), req(3), req(7)]).export("handmade", "vidur", tmp_path / "a.csv")


def test_rows_that_are_not_accounted_for_are_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lake = make_lake(tmp_path / "lake", MIXED)
    monkeypatch.setattr(write, "write_lines", lambda rows: write_lines(rows) - 1)
    with pytest.raises(DataError, match="not accounted for"):
        lake.export("handmade", "vidur", tmp_path / "a.csv")
    assert not (tmp_path / "a.csv").exists()


def test_nothing_to_replay(tmp_path: Path) -> None:
    with pytest.raises(NothingMatchedError, match="none of its 2 rows has an instant"):
        make_lake(tmp_path / "a", [req(None), req(None)]).export("handmade", "vidur", tmp_path / "a.csv")
    with pytest.raises(NothingMatchedError, match="none of the 1 rows in the window has both token counts"):
        make_lake(tmp_path / "b", [req(1, None)]).export("handmade", "vidur", tmp_path / "a.csv")


@pytest.mark.parametrize(
    ("args", "code", "words"),
    [
        (["burstgpt", "--to", "vidr"], 2, "Did you mean 'vidur'"),
        (["burstgpt", "--to", "vidur"], 2, "sample_1, sample_3"),
        (["burstgtp", "--to", "vidur"], 6, "Did you mean 'burstgpt'"),
        (["burstgpt", "--to", "vidur", "--trace", "sample_2"], 6, "it has: sample_1, sample_3"),
        (["energy-mix", "--to", "vidur"], 6, "has no llm_request rows"),
        (["burstgpt", "--to", "vidur", "--trace", "sample_1", "--from", "9000d"], 6, "no row in the window"),
        (["burstgpt", "--to", "vidur", "--trace", "sample_1", "--from", "2h", "--until", "1h"], 2, "the window is empty"),
        (["burstgpt", "--to", "vidur", "--trace", "sample_1", "--until", "soon"], 2, "write 90s, 10m, 2h"),
        (["burstgpt", "--to", "vidur", "--trace", "sample_1", "--until", "2023-11-16"], 2, "no calendar"),
        (["burstgpt", "--to", "vidur", "--trace", "sample_1", "--rate-scale", "0"], 2, "has to be above 0"),
        (["burstgpt", "--to", "vidur", "--trace", "sample_1", "--rate-scale", "-1"], 2, "has to be above 0"),
        (["burstgpt", "--to", "vidur", "--trace", "sample_1", "--rate-scale", "nan"], 2, "has to be above 0"),
        (["burstgpt", "--to", "vidur", "--trace", "sample_1", "--rate-scale", "1e-200"], 2, "years"),
        (["burstgpt", "--to", "vidur", "--trace", "sample_1", "--limit", "0"], 2, "at least one row"),
        (["burstgpt", "--to", "vidur", "--trace", "sample_1", "-o", "/nowhere/x.csv"], 2, "mkdir -p /nowhere"),
        (["burstgpt", "--to", "vidur", "--trace", "sample_1", "-o", "/"], 2, "is a folder"),
    ],
)
def test_errors_have_a_way_out(args: list[str], code: int, words: str, cli: Run, demo_lake: Path, tmp_path: Path) -> None:
    out = [] if "-o" in args else ["-o", str(tmp_path / "x.csv")]
    done = cli("export", *args, *out, "--lake", demo_lake)
    assert (done.returncode, done.stdout) == (code, "")
    assert words in done.stderr
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_the_command_writes_and_tells(cli: Run, demo_lake: Path, tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    args = ("export", "azure-llm-2023", "--trace", "conv", "--to", "mooncake", "--until", "10m", "--limit", "5", "-o", path)
    done = cli(*args, "--lake", demo_lake)
    assert (done.returncode, done.stdout) == (0, f"{path}\n")
    assert "5 of 250 rows written" in done.stderr
    assert "invented: hash_ids, 5 rows" in done.stderr
    assert "does not end in .jsonl" in done.stderr
    assert len(read(path)) == 5
    shown = cli("export", "--help").stdout
    for name, form in formats().items():
        assert f"{name}{'*' * form.is_experimental}" in shown
        assert form.text in shown
