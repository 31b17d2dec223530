"""Agents' memory and latency against loops over hand-made tasks, samples and calls."""

from typing import Any

import numpy as np
import pytest
from handmade import make_tables

from tracekit.api import Lake

Row = dict[str, Any]
S = 1_000_000
# Task → seconds sampled; the last is too short to be valid.
SPANS = {"a": 100, "b": 70, "c": 61, "short": 30}


@pytest.fixture(scope="module")
def readings() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(5)
    return {task: np.concatenate([[0.0], rng.exponential(200, span)]) for task, span in SPANS.items()}


@pytest.fixture(scope="module")
def calls() -> list[Row]:
    """Calls of which some run at once, some inside others, and one belongs to an attempt that is not the last."""
    spans = {"a": [(0, 10), (5, 20), (6, 8), (40, 41)], "b": [(10, 30), (30, 35)], "c": []}
    rows = [
        {
            "task_id": task,
            "attempt": 2,
            "tool": "Bash" if start < 30 else "Read",
            "started_us": start * S,
            "ended_us": end * S,
            "is_ok": True,
        }
        for task, pairs in spans.items()
        for start, end in pairs
    ]
    return [*rows, {"task_id": "a", "attempt": 1, "tool": "Read", "started_us": 0, "ended_us": 90 * S, "is_ok": False}]


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory, readings: dict[str, np.ndarray], calls: list[Row]) -> Lake:
    tasks: list[Row] = [{"task_id": task, "attempt": 2, "is_last_attempt": True, "total_s": span * 2.0} for task, span in SPANS.items()]
    tasks.append({"task_id": "a", "attempt": 1, "is_last_attempt": False, "total_s": 1e6})
    samples = [
        {"entity_id": f"{task}/2", "entity_kind": "container", "sampled_us": i * S, "memory_mb": float(mb)}
        for task, memory in readings.items()
        for i, mb in enumerate(memory)
    ]
    tables = {"agent_task": tasks, "resource_sample": samples, "tool_call": calls}
    return make_tables(tmp_path_factory.mktemp("agent"), tables)


VALID = ["a", "b", "c"]


def test_memory_of_valid_tasks(lake: Lake, readings: dict[str, np.ndarray]) -> None:
    row = lake.query("agent/memory").row(0, named=True)
    ratios = {task: readings[task].max() / readings[task].mean() for task in VALID}
    assert (row["tasks"], row["valid"]) == (4, 3)
    assert row["peak_to_mean_p50"] == pytest.approx(np.median(list(ratios.values())))
    assert row["peak_to_mean_max"] == pytest.approx(max(ratios.values()))
    assert row["peak_task"] == max(ratios, key=lambda task: ratios[task])
    assert row["rise_max_mb_per_s"] == pytest.approx(max(np.diff(readings[task]).max() for task in VALID))
    peaks, means = [readings[task].max() for task in VALID], [readings[task].mean() for task in VALID]
    assert row["used_ratio"] == pytest.approx(sum(means) / sum(peaks))
    assert row["used_ratio_of_largest"] == pytest.approx(np.mean(means) / max(peaks))


def test_each_task_can_be_told(lake: Lake, readings: dict[str, np.ndarray]) -> None:
    rows = {row["task_id"]: row for row in lake.query("agent/memory", level="task", min_span_s=10.0).iter_rows(named=True)}
    assert set(rows) == set(SPANS)
    assert rows["short"]["peak_to_mean_max"] == pytest.approx(readings["short"].max() / readings["short"].mean())


def test_latency_counts_tools_that_run_at_once_once(lake: Lake, calls: list[Row]) -> None:
    shares: dict[str, list[float]] = {"tools": [], "setup": [], "model": []}
    for task in VALID:
        busy = {s for c in calls if c["task_id"] == task and c["attempt"] == 2 for s in range(c["started_us"] // S, c["ended_us"] // S)}
        total, active = SPANS[task] * 2.0, float(SPANS[task])
        for part, seconds in {"tools": len(busy), "setup": total - active, "model": active - len(busy)}.items():
            shares[part].append(seconds / total)
    rows = {row["part"]: row for row in lake.query("agent/latency").iter_rows(named=True)}
    for part, values in shares.items():
        assert rows[part]["tasks"] == 3
        assert rows[part]["share"] == pytest.approx(np.mean(values))
        assert rows[part]["os_ratio"] == pytest.approx(1 - np.mean(shares["model"]))


def test_tools_fold_into_others_and_lose_nothing(lake: Lake, calls: list[Row]) -> None:
    rows = lake.query("agent/tools", top=1).rows(named=True)
    assert [row["tool"] for row in rows] == ["Read", "(others)"]
    assert sum(row["calls"] for row in rows) == len(calls)
    assert sum(row["total_s"] for row in rows) == sum((c["ended_us"] - c["started_us"]) / S for c in calls)
    assert rows[0]["failed_ratio"] == pytest.approx(1 / sum(c["tool"] == "Read" for c in calls))
