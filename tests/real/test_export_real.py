"""Exports of real traces against files that consumers publish themselves, row for row."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from handmade import make_lake

from tracekit.api import Lake
from tracekit.ingest.run import ingest
from tracekit.sources.load import source


@pytest.fixture(scope="module")
def lake(real_traces: Path, tmp_path_factory: pytest.TempPathFactory) -> Lake:
    path = tmp_path_factory.mktemp("exported") / "lake"
    for dataset in ("azure-llm-2023", "burstgpt"):
        ingest(source(dataset), [real_traces / dataset], path, macros=[])
    return Lake(path)


@pytest.fixture
def references(real_traces: Path) -> Path:
    folder = real_traces / "_export-references"
    if not folder.is_dir():
        pytest.skip("no reference files of consumers here")
    return folder


def _table(path: Path) -> list[list[str]]:
    return list(csv.reader(path.read_text(encoding="utf-8").splitlines()))


def test_vidur_equals_its_own_processed_trace(lake: Lake, references: Path, tmp_path: Path) -> None:
    made = lake.export("azure-llm-2023", "vidur", tmp_path / "x.csv", trace="conv")
    found, known = _table(tmp_path / "x.csv"), _table(references / "vidur_splitwise_conv.csv")
    assert found[0] == known[0]
    assert len(found) == len(known) == 19_367
    assert [row[1:] for row in found] == [row[1:] for row in known]
    assert max(abs(float(f[0]) - float(k[0])) for f, k in zip(found[1:], known[1:], strict=True)) <= 1e-9
    # The texts differ only where the reference shows the noise of a binary fraction.
    assert all(f == k or len(k[0]) > len(f[0]) for f, k in zip(found[1:], known[1:], strict=True))
    assert made["rows"] == {
        "trace": 19_366,
        "written": 19_366,
        "outside_window": 0,
        "beyond_limit": 0,
        "without_instant": 0,
        "without_token_counts": 0,
    }
    assert (made["clamped"], made["invented"], made["rounded"]) == ([], [], [])
    assert made["clock"]["first_row_at"] == "2023-11-16 18:15:46.680590"


def test_azure_comes_out_as_it_went_in(lake: Lake, real_traces: Path, references: Path, tmp_path: Path) -> None:
    lake.export("azure-llm-2023", "azure-llm", tmp_path / "x.csv", trace="conv")
    text = (tmp_path / "x.csv").read_text()
    raw = (real_traces / "azure-llm-2023" / "AzureLLMInferenceTrace_conv.csv").read_bytes().decode()
    assert text.splitlines() == raw.splitlines()
    known = (references / "inference-perf_trace.csv").read_text().splitlines()
    assert len(known) > 10
    assert text.splitlines()[: len(known)] == known


def test_burstgpt_comes_out_as_it_went_in(lake: Lake, real_traces: Path, tmp_path: Path) -> None:
    made = lake.export("burstgpt", "vllm-burstgpt", tmp_path / "x.csv", trace="burstgpt_slice")
    found, raw = _table(tmp_path / "x.csv"), _table(real_traces / "burstgpt" / "burstgpt_slice.csv")
    assert found[0] == raw[0]
    assert [[*f[:1], *f[2:]] for f in found] == [[*r[:1], *r[2:]] for r in raw]
    assert {row[1] for row in found[1:]} == {"GPT-4"}
    same = [(f, r) for f, r in zip(found[1:], raw[1:], strict=True) if r[1] == "GPT-4"]
    assert len(same) > 10
    assert all(f == r for f, r in same)
    failed = sum(row[3] == "0" for row in raw[1:])
    assert f"rows with 0 output_tokens: {failed}; they are written, the reader may leave them out" in made["notes"]


def test_the_third_burstgpt_layout_becomes_the_first(lake: Lake, real_traces: Path, tmp_path: Path) -> None:
    lake.export("burstgpt", "vllm-burstgpt", tmp_path / "x.csv", trace="burstgpt3_slice")
    with (real_traces / "burstgpt" / "burstgpt3_slice.csv").open() as file:
        raw = [
            [str(int(float(r["Timestamp"]))), *(r[c] for c in ("Request tokens", "Response tokens", "Total tokens", "Log Type"))]
            for r in csv.DictReader(file)
        ]
    assert [[row[0], *row[2:]] for row in _table(tmp_path / "x.csv")[1:]] == raw


def test_mooncake_comes_out_as_it_went_in(real_traces: Path, tmp_path: Path) -> None:
    path = real_traces / "mooncake" / "conversation_trace.jsonl"
    if not path.exists():
        pytest.skip("no real Mooncake trace here")
    raw = [json.loads(line) for line in path.read_text().splitlines()]
    rows = [
        {
            "arrived_us": r["timestamp"] * 1000,
            "input_tokens": r["input_length"],
            "output_tokens": r["output_length"],
            "prefix_blocks": r["hash_ids"],
            "block_tokens": 512,
        }
        for r in raw
    ]
    lake = make_lake(tmp_path / "lake", rows)
    made = lake.export("handmade", "mooncake", tmp_path / "x.jsonl")
    assert [json.loads(line) for line in (tmp_path / "x.jsonl").read_text().splitlines()] == raw
    assert (made["invented"], made["rounded"], made["clamped"], made["dropped"]) == ([], [], [], [])
    lake.export("handmade", "vllm-timed-trace", tmp_path / "y.jsonl")
    timed = [json.loads(line) for line in (tmp_path / "y.jsonl").read_text().splitlines()]
    assert timed == [r | {"timestamp": r["timestamp"] / 1000} for r in raw]


def test_field_names_and_types_of_simulators(lake: Lake, references: Path, tmp_path: Path) -> None:
    lake.export("azure-llm-2023", "splitwise-sim", tmp_path / "x.csv", trace="conv", limit=50)
    found, known = _table(tmp_path / "x.csv"), _table(references / "splitwise-sim_test_trace.csv")
    assert found[0] == known[0]
    assert {tuple(row[i] for i in (1, 2, 4)) for row in found[1:]} == {tuple(row[i] for i in (1, 2, 4)) for row in known[1:]}
    assert [row[0] for row in found[1:]] == [str(i) for i in range(50)]
    lake.export("azure-llm-2023", "llmservingsim", tmp_path / "x.jsonl", trace="conv", limit=50)
    mine = json.loads((tmp_path / "x.jsonl").read_text().splitlines()[1])
    theirs = json.loads((references / "llmservingsim_example_trace.jsonl").read_text().splitlines()[0])
    assert {name: type(value) for name, value in theirs.items() if not name.endswith("_ids")} == {n: type(v) for n, v in mine.items()}
    assert mine == {"input_toks": 396, "output_toks": 109, "arrival_time_ns": 4_314_579_000}
