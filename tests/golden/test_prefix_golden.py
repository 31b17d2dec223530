"""Prefix reuse and client skew against loops that follow the definitions to the letter."""

from __future__ import annotations

import csv
import json
from collections import OrderedDict, defaultdict
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tracekit.api import Lake
from tracekit.errors import UsageError
from tracekit.stats.prefix import hit_depths, stack_positions

SAMPLES = Path(__file__).parents[2] / "data" / "samples"
CAPACITIES = [1, 2, 5, 20, 100, 100_000]


def _hits(requests: list[list[int]], capacity: int | None) -> list[int]:
    """Look up, then touch or insert from first to last, evicting the least recently touched: one request after another."""
    cache: OrderedDict[int, None] = OrderedDict()
    found = []
    for blocks in requests:
        run = 0
        for block in blocks:
            if block not in cache:
                break
            run += 1
        found.append(run)
        for block in blocks:
            cache[block] = None
            cache.move_to_end(block)
            if capacity is not None and len(cache) > capacity:
                cache.popitem(last=False)
    return found


@settings(max_examples=200, deadline=None)
@given(st.lists(st.lists(st.integers(0, 12), min_size=1, max_size=9), min_size=1, max_size=40), st.integers(1, 14))
def test_lru_of_any_size_is_told_by_one_pass(requests: list[list[int]], capacity: int) -> None:
    # Blocks repeat within a request and come in any order: harsher than chained hashes ever are.
    lengths = np.array([len(blocks) for blocks in requests])
    depths = hit_depths(np.array([b for blocks in requests for b in blocks]), lengths)
    owner = np.repeat(np.arange(len(lengths)), lengths)
    for size in (capacity, None):
        is_hit = (depths > 0) & (depths <= (size or len(owner) + 1))
        assert np.bincount(owner[is_hit], minlength=len(lengths)).tolist() == _hits(requests, size)


def test_stack_positions_of_a_small_case() -> None:
    # a b | a | c a b: before the third request the stack is a, b (a touched last), so a stands at 1 and b at 2; c is new.
    positions = stack_positions(np.array([7, 8, 7, 9, 7, 8]), np.array([2, 1, 3]))
    assert positions.tolist() == [0, 0, 2, 0, 1, 2]


@pytest.mark.parametrize("name", ["conversation_trace", "toolagent_trace"])
def test_ratios_of_the_sample(name: str, demo_lake: Path) -> None:
    raw = [json.loads(line) for line in (SAMPLES / "mooncake" / f"{name}.jsonl").read_text().splitlines()]
    raw.sort(key=lambda row: row["timestamp"])
    trace = name.removesuffix("_trace")
    rows = Lake(demo_lake).run("llm/prefix_reuse", {"dataset": "mooncake", "trace": trace, "capacities_blocks": CAPACITIES}).records()
    assert [row["capacity_blocks"] for row in rows] == [*CAPACITIES, None]
    for row in rows:
        hits = _hits([r["hash_ids"] for r in raw], row["capacity_blocks"])
        tokens = [min(512 * hit, r["input_length"]) for hit, r in zip(hits, raw, strict=True)]
        assert (row["requests"], row["blocks"]) == (len(raw), sum(len(r["hash_ids"]) for r in raw))
        assert row["hit_blocks"] == sum(hits)
        assert row["block_hit_ratio"] == pytest.approx(sum(hits) / row["blocks"])
        assert row["token_hit_ratio"] == pytest.approx(sum(tokens) / sum(r["input_length"] for r in raw))
        shares = [t / r["input_length"] for t, r in zip(tokens, raw, strict=True)]
        assert row["request_hit_ratio"] == pytest.approx(float(np.mean(shares)))
    assert rows[-1]["block_hit_ratio"] > 0.1


def test_chunks_without_a_size_have_no_token_ratio(demo_lake: Path) -> None:
    [row] = Lake(demo_lake).run("llm/prefix_reuse", {"dataset": "ragpulse"}).records()
    assert row["block_hit_ratio"] > 0
    assert row["token_hit_ratio"] is None
    assert row["request_hit_ratio"] is None


def test_cache_of_no_block_is_refused(demo_lake: Path) -> None:
    with pytest.raises(UsageError, match="a cache of 0 blocks"):
        Lake(demo_lake).run("llm/prefix_reuse", {"capacities_blocks": [0, 5]})


def test_client_skew(demo_lake: Path) -> None:
    sent: dict[int, float] = defaultdict(float)
    load: dict[int, float] = defaultdict(float)
    cvs = []
    for path in (SAMPLES / "servegen" / "language" / "m-small").glob("*-trace.csv"):
        for start, rate, cv, *_ in csv.reader(path.read_text().splitlines()):
            sent[int(path.name.split("-")[1])] += float(rate) * 600
            load[int(start)] += float(rate)
            cvs += [float(cv)] if float(rate) > 0 else []
    [row] = Lake(demo_lake).run("llm/client_skew", {}).records()
    rates, shares = np.array(list(load.values())), np.sort(list(sent.values()))[::-1] / sum(sent.values())
    assert row["trace"] == "m-small"
    assert (row["clients"], row["windows"], row["active_windows"]) == (len(sent), len(load), len(cvs))
    assert row["mean_rate_per_s"] == pytest.approx(rates.mean())
    assert row["peak_to_mean"] == pytest.approx(rates.max() / rates.mean())
    assert row["top1_share"] == pytest.approx(shares[0])
    assert row["top10_share"] == pytest.approx(shares[:10].sum())
    assert row["clients_for_90pct"] == int(np.argmax(np.cumsum(shares) >= 0.9)) + 1
    assert row["cv_p50"] == pytest.approx(np.quantile(cvs, 0.5))
    assert row["cv_gt1_share"] == pytest.approx(np.mean(np.array(cvs) > 1))


def test_requests_without_blocks_are_left_out(ingest_file: Callable[..., Lake]) -> None:
    lines = [
        '{"timestamp": 0, "input_length": 600, "output_length": 1, "hash_ids": [1, 2]}',
        '{"timestamp": 1, "input_length": 5, "output_length": 1, "hash_ids": []}',
        '{"timestamp": 2, "input_length": 700, "output_length": 1, "hash_ids": [1, 2]}',
    ]
    lake = ingest_file("mooncake", "conversation_trace.jsonl", "\n".join(lines))
    [row] = lake.run("llm/prefix_reuse", {}).records()
    # The last block is partial: a hit is never more than the prompt.
    assert (row["requests"], row["blocks"], row["hit_blocks"]) == (2, 4, 2)
    assert row["token_hit_ratio"] == pytest.approx(700 / 1300)
