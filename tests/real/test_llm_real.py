"""The LLM issue's figures on real files, and arithmetic that must hold on any file of these datasets."""

from __future__ import annotations

import itertools
import math
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from raw_records import json_lines

from tracekit.api import Lake

CONVERSATION = {"dataset": "mooncake", "trace": "conversation"}
RAG = {"dataset": "ragpulse"}
GENAI = {"dataset": "alibaba-genai-2026", "trace": "lora_request_trace"}

FIGURES = [
    ("llm/tokens", CONVERSATION, {}, {"requests": 12_031, "input_mean": 12_035.06, "output_mean": 342.62}),
    ("arrival/interarrival", CONVERSATION, {}, {"iat_cv": 3.03, "below_resolution": True}),
    ("llm/client_skew", {"dataset": "servegen", "trace": "m-large"}, {}, {"cv_p50": 1.168, "cv_gt1_share": 0.674}),
    ("arrival/interarrival", RAG, {}, {"events": 7_106, "iat_cv": 3.0611}),
    ("arrival/fit", RAG, {"family": "gamma"}, {"shape": 0.64758, "scale_s": 133.09}),
    ("llm/sessions", RAG, {}, {"sessions": 3_990, "turns_mean": 1.781}),
    ("arrival/interarrival", GENAI, {}, {"events": 26_823, "iat_cv": 12.000}),
    ("llm/tokens", GENAI, {}, {"requests": 26_823, "failed": 398}),
]


@pytest.mark.parametrize(("query", "params", "row", "expected"), FIGURES)
def test_figure(query: str, params: dict[str, str], row: dict[str, object], expected: dict[str, float], real_lake: Lake) -> None:
    [found] = [r for r in real_lake.run(query, params).records() if all(r[name] == value for name, value in row.items())]
    for name, value in expected.items():
        digits = len(str(value).partition(".")[2]) if isinstance(value, float) else 0
        assert found[name] == pytest.approx(value, abs=0.6 * 10**-digits), name


@pytest.mark.parametrize(
    ("capacity", "block_hit_ratio"),
    [
        (1_000, 0.044475),
        (3_000, 0.065029),
        (10_000, 0.211165),
        (30_000, 0.325709),
        (50_000, 0.354558),
        (100_000, 0.363688),
        (None, 0.366412),
    ],
)
def test_prefix_cache(capacity: int | None, block_hit_ratio: float, real_lake: Lake) -> None:
    given = [] if capacity is None else [capacity]
    rows = real_lake.run("llm/prefix_reuse", {**CONVERSATION, "capacities_blocks": given}).records()
    [row] = [r for r in rows if r["capacity_blocks"] == capacity]
    assert row["block_hit_ratio"] == pytest.approx(block_hit_ratio, abs=6e-7)
    if capacity is None:
        assert row["token_hit_ratio"] == pytest.approx(0.373624, abs=6e-7)
        assert row["request_hit_ratio"] == pytest.approx(0.4094, abs=6e-5)
        assert (
            real_lake.table("llm_request")
            .filter(pl.col("dataset") == "mooncake")
            .select(pl.col("prefix_blocks").explode().n_unique())
            .collect()
            .item()
            == 182_790
        )


@pytest.mark.parametrize(("window_s", "with_last"), [(1, 7.89), (10, 2.09), (60, 2.85)])
def test_the_last_window_makes_the_difference(window_s: int, with_last: float, real_lake: Lake, real_traces: Path) -> None:
    """The figures in circulation count the last, partial window; the contract's definition does not."""
    raw = json_lines(real_traces / "mooncake" / "conversation_trace.jsonl")
    seconds = np.array([r["timestamp"] for r in raw]) / 1000
    counts = np.bincount(((seconds - seconds[0]) // window_s).astype(int))
    assert counts.var() / counts.mean() == pytest.approx(with_last, abs=0.006)
    [row] = real_lake.run("arrival/dispersion", {**CONVERSATION, "windows_s": [window_s]}).records()
    assert row["idc"] == pytest.approx(counts[:-1].var() / counts[:-1].mean())
    assert row["below_resolution"] is (window_s < 3)


def test_genai_outcomes_and_duty(real_lake: Lake) -> None:
    outcomes = real_lake.sql("SELECT count(*) FILTER (WHERE is_ok) AS ok FROM llm_request WHERE dataset = 'alibaba-genai-2026'")
    assert outcomes.item() == 26_392
    duty = real_lake.sql(
        "SELECT avg(gpu_ratio) AS mean, avg((gpu_ratio = 0)::INT) AS idle FROM resource_sample WHERE dataset = 'alibaba-genai-2026'"
    )
    assert duty["mean"][0] == pytest.approx(0.0703, abs=5e-5)
    assert duty["idle"][0] == pytest.approx(0.668, abs=5e-4)


def test_every_mooncake_prompt_is_covered_by_its_blocks(real_lake: Lake, real_traces: Path) -> None:
    rows = real_lake.table("llm_request").filter(pl.col("dataset") == "mooncake").sort("trace", "source_row").collect()
    assert (rows["prefix_blocks"].list.len() == (rows["input_tokens"] / 512).ceil().cast(pl.UInt32)).all()
    raw = [r for path in sorted((real_traces / "mooncake").glob("*.jsonl")) for r in json_lines(path)]
    assert rows.height == len(raw)
    assert sum(rows["prefix_blocks"].list.sum()) == sum(sum(r["hash_ids"]) for r in raw)


def test_ragpulse_order_and_blank_line(real_lake: Lake, real_traces: Path) -> None:
    lines = (real_traces / "ragpulse" / "0_trace.jsonl").read_text().split("\n")
    assert lines[-2:] == ["", ""]
    [quality] = real_lake.run("quality/scorecard", RAG).records()
    seconds = [int(r["timestamp"]) for r in json_lines(real_traces / "ragpulse" / "0_trace.jsonl")]
    assert quality["out_of_order"] == sum(b < a for a, b in itertools.pairwise(seconds)) == 1


def test_servegen_moments(real_lake: Lake) -> None:
    gamma = real_lake.table("llm_client_window").filter(pl.col("iat_family") == "gamma").collect()
    assert ((gamma["iat_cv"] ** 2 * gamma["iat_shape"] - 1).abs() < 1e-6).all()
    idle = real_lake.table("llm_client_window").filter(pl.col("iat_family").is_null()).collect()
    assert idle["rate_per_s"].sum() == 0
    assert math.isclose(gamma["width_s"].min(), 600)  # type: ignore[arg-type]
