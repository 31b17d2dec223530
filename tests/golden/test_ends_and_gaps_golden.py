"""Ends that follow from start and duration, ends that nobody knows, and gaps within a function, against plain Python."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from handmade import make_traces

from tracekit.api import Lake

S = 1_000_000
_NONE = "no invocation has an end or a duration"


def _invocations(seed: int = 3) -> list[dict[str, object]]:
    """Two functions that take turns, one quick and often cold, one busy; row numbers as they stand."""
    rng = np.random.default_rng(seed)
    rows: list[dict[str, object]] = []
    for name, gap, length in (("rare", 400, 5), ("busy", 20, 30)):
        at = 0
        for _ in range(60):
            at += int(rng.exponential(gap) * S)
            last = max((int(r["started_us"]) for r in rows if r["function_id"] == name), default=at)  # type: ignore[call-overload]
            took = int(rng.exponential(length) * S)
            row = {"started_us": at, "ended_us": at + took, "duration_s": took / S, "function_id": name}
            rows.append(row | {"is_cold": at == last or at - last > 300 * S})
    rows.sort(key=lambda row: row["started_us"])  # type: ignore[arg-type,return-value]
    return [{"source_row": i} | row for i, row in enumerate(rows, 1)]


ROWS = _invocations()
WITHOUT = [{k: v for k, v in row.items() if k != "ended_us"} for row in ROWS]
BACKWARDS = [row | {"ended_us": row["started_us"] - S} for row in ROWS]  # type: ignore[operator]
STARTS = [{k: v for k, v in row.items() if k not in ("ended_us", "duration_s")} for row in ROWS]


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """The same invocations four times: with ends, with durations alone, with ends before starts, with starts alone."""
    invocations = {("d", "ends"): ROWS, ("d", "durations"): WITHOUT, ("d", "backwards"): BACKWARDS, ("d", "starts"): STARTS}
    return make_traces(tmp_path_factory.mktemp("ends") / "lake", {"function_invocation": invocations})


def _rows(lake: Lake, name: str, trace: str, **params: object) -> list[dict[str, object]]:
    return [{k: v for k, v in r.items() if k != "trace"} for r in lake.run(name, {"trace": trace, **params}).records()]


@pytest.mark.parametrize("trace", ["durations", "backwards"])
@pytest.mark.parametrize("name", ["serverless/keepalive", "serverless/concurrency"])
def test_start_and_duration_make_an_end(lake: Lake, name: str, trace: str) -> None:
    expected = _rows(lake, name, "ends")
    found = _rows(lake, name, trace)
    assert len(found) == len(expected) > 0
    for row, other in zip(found, expected, strict=True):
        assert row.keys() == other.keys()
        for key, value in row.items():
            assert value == (pytest.approx(other[key], rel=1e-12) if isinstance(value, float) else other[key])
    assert {(row["without_end"], row["reason"]) for row in expected} == {(0, None)}


def test_without_ends_keepalive_answers_what_starts_tell(lake: Lake) -> None:
    found = {(r["rule"], r["keepalive_s"]): r for r in _rows(lake, "serverless/keepalive", "starts")}
    for keep in (60, 600):
        cold = 0
        for name in ("rare", "busy"):
            starts = [int(r["started_us"]) for r in ROWS if r["function_id"] == name]  # type: ignore[call-overload]
            cold += 1 + sum(b - a > keep * S for a, b in pairwise(starts))
        row = found["arrival", keep]
        assert (row["cold_starts"], row["cold_ratio"]) == (cold, pytest.approx(cold / len(ROWS)))
        for rule in ("arrival", "idle", "single"):
            assert (found[rule, keep]["warm_idle_s"], found[rule, keep]["without_end"], found[rule, keep]["reason"]) == (None, 120, _NONE)
        for rule in ("idle", "single"):
            assert (found[rule, keep]["cold_starts"], found[rule, keep]["cold_ratio"]) == (None, None)


def test_without_ends_concurrency_says_why(lake: Lake) -> None:
    [row] = _rows(lake, "serverless/concurrency", "starts")
    assert (row["invocations"], row["mean_in_flight"], row["without_end"], row["reason"]) == (0, None, 120, _NONE)


def test_some_ends_are_enough(tmp_path: Path) -> None:
    rows = [{"started_us": i * 100 * S, "ended_us": i * 100 * S + 50 * S if i else None, "function_id": "f"} for i in range(4)]
    few = make_traces(tmp_path / "lake", {"function_invocation": {("d", "t"): [{"source_row": i} | r for i, r in enumerate(rows)]}})
    [row] = few.run("serverless/concurrency").records()
    assert (row["invocations"], row["without_end"], row["max_in_flight"], row["reason"]) == (3, 1, 1, None)
    found = {r["rule"]: r for r in few.run("serverless/keepalive", {"keepalive_s": [60]}).records()}
    # The first ends when it starts, the earliest it can: the next finds it gone after 100 s; the others wait 50 s.
    assert (found["idle"]["cold_starts"], found["idle"]["without_end"], found["idle"]["reason"]) == (2, 1, None)


def test_invocations_that_take_no_time_are_never_in_flight(tmp_path: Path) -> None:
    rows = [{"source_row": i, "started_us": i * S, "ended_us": i * S, "function_id": "f"} for i in range(3)]
    [row] = make_traces(tmp_path / "lake", {"function_invocation": {("d", "t"): rows}}).run("serverless/concurrency").records()
    assert (row["invocations"], row["mean_in_flight"], row["reason"]) == (3, None, "every invocation ends as it starts")


def _by_gap(by_function: bool) -> dict[float, tuple[int, int]]:
    edges = [0.0, 60.0, 300.0, 600.0, 900.0, np.inf]
    counts = dict.fromkeys(edges[:-1], (0, 0))
    latest: dict[object, int] = {}
    for row in ROWS:
        key, start = row["function_id"] if by_function else None, int(row["started_us"])  # type: ignore[call-overload]
        if key in latest:
            gap = (start - latest[key]) / S
            low = next(a for a, b in pairwise(edges) if (gap > a or a == gap == 0) and gap <= b)
            counts[low] = (counts[low][0] + 1, counts[low][1] + bool(row["is_cold"]))
        latest[key] = start
    return {low: count for low, count in counts.items() if count[0]}


def test_gaps_are_within_a_function_unless_asked_otherwise(lake: Lake) -> None:
    def counts(**params: object) -> dict[float, tuple[int, int]]:
        rows = lake.run("serverless/cold_ratio_by_gap", {"trace": "starts", **params}).records()
        return {r["gap_from_s"]: (r["invocations"], r["cold"]) for r in rows}

    assert counts() == counts(by="function") == _by_gap(by_function=True)
    assert counts(by="trace") == _by_gap(by_function=False)
    # A function alone is cold after 300 s and never before: mixed with another, the gap says nothing.
    assert counts()[60.0][1] == 0
    assert counts(by="trace")[0.0][1] > 0


def test_functions_of_two_applications_are_two(tmp_path: Path) -> None:
    keys = [("a/b", "c"), ("a", "b/c"), ("a/b", "c"), ("a", "b/c")]
    rows = [
        {"source_row": i, "started_us": i * 50 * S, "app_id": app, "function_id": name, "is_cold": False}
        for i, (app, name) in enumerate(keys)
    ]
    lake = make_traces(tmp_path / "lake", {"function_invocation": {("d", "t"): rows}})
    assert [(r["gap"], r["invocations"]) for r in lake.run("serverless/cold_ratio_by_gap").records()] == [("60 to 300 s", 2)]


@pytest.mark.parametrize(("third", "hits"), [(129.3, 1), (129.300001, 0), (127.3, 1), (127.299999, 0)])
def test_the_tolerance_includes_its_limits(third: float, hits: int, tmp_path: Path) -> None:
    # Gaps of 127.3 and 128.3 s differ by one second, though not as floating point subtracts them.
    assert 128.3 - 127.3 > 1
    starts = np.cumsum(np.round(np.array([0, 127.3, 128.3, third]) * S)).astype(int)
    rows = [{"source_row": i, "started_us": int(at), "function_id": "f"} for i, at in enumerate(starts)]
    [row] = make_traces(tmp_path / "lake", {"function_invocation": {("d", "t"): rows}}).run("serverless/prewarm").records()
    assert (row["cold_starts"], row["prewarms"], row["hit_share"]) == (4, 1, hits)
    assert row["cold_starts_left"] == 4 - hits
    # Ready one second early and kept one after: it waits until the start, or for two seconds.
    assert row["idle_s"] == pytest.approx(min(max(third - 128.3 + 1, 0), 2))
