"""Load, popularity, sizes and what-ifs against plain Python over hand-made invocations and counts."""

from __future__ import annotations

from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from handmade import make_traces
from scipy import stats

from tracekit.api import Lake
from tracekit.stats.policies import hybrid_windows
from tracekit.stats.sizes import fit_burr12

Rows = list[dict[str, Any]]
Key = tuple[str, str]
S = 1_000_000


def _events() -> Rows:
    rng = np.random.default_rng(4)
    rows: Rows = []
    for i in range(8):
        # Two applications share the names of their functions; the first functions are timers.
        key = {"app_id": f"a{i // 4}", "function_id": f"f{i % 4}", "user_id": f"u{i % 3}"}
        starts = np.arange(i, 6000, 200 + i) * S if i < 3 else np.sort(rng.integers(0, 6000 * S, 5 + 12 * i))
        for at in starts:
            length = int(rng.integers(0, 90 * S)) if rng.random() < 0.8 else 0
            use = {"memory_mb": 256.0, "memory_used_mb": float(rng.integers(10, 300)), "cpu_cores": 0.5}
            rows.append({"started_us": int(at), "ended_us": int(at) + length, "duration_s": length / S, **key, **use})
    return sorted(rows, key=lambda row: row["started_us"])


def _counts() -> Rows:
    rng = np.random.default_rng(5)
    rows: Rows = []
    for i in range(6):
        key = {"app_id": f"a{i // 2}", "function_id": f"f{i}", "user_id": "u", "trigger": ["http", "timer"][i % 2]}
        minutes = range(600) if i == 0 else np.flatnonzero(rng.random(600) < 0.3 / i)
        for minute in minutes:
            cell = {"width_s": 60.0, "metric": "invocations", "stat": "sum", "value": float(rng.integers(1, 9))}
            rows.append({"started_us": int(minute) * 60 * S, **key, **cell})
        # The same minutes by the second must not count twice.
        rows.append({"started_us": 0, **key, "width_s": 1.0, "metric": "invocations", "stat": "sum", "value": 5.0})
    return sorted(rows, key=lambda row: row["started_us"])


EVENTS, COUNTS = _events(), _counts()
MINUTES = [row for row in COUNTS if row["width_s"] == 60]
PROFILE = [{"app_id": "a0", "function_id": f"f{i}", "trigger": "TIMER-A" if i < 2 else "APIG-S TIMER-A"} for i in range(4)]


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    events, counts = {("e", "t"): EVENTS}, {("c", "t"): COUNTS}
    tables = {"function_invocation": events, "function_rate": counts, "function_profile": {("e", "t"): PROFILE}}
    return make_traces(tmp_path_factory.mktemp("functions"), tables)


def _by_key(rows: Rows, *names: str) -> dict[Any, Rows]:
    found: dict[Any, Rows] = defaultdict(list)
    for row in rows:
        found[tuple(row[name] for name in names)].append(row)
    return found


def _load(dataset: str, by: str) -> Counter[Any]:
    names = {"function": ("app_id", "function_id"), "app": ("app_id",), "user": ("user_id",)}[by]
    rows = EVENTS if dataset == "e" else MINUTES
    return Counter({key: sum(row.get("value", 1) for row in mine) for key, mine in _by_key(rows, *names).items()})


def test_invocations_from_counts(lake: Lake) -> None:
    row = lake.query("serverless/invocations", dataset="c").row(0, named=True)
    loads = sorted(_load("c", "function").values(), reverse=True)
    assert (row["grain"], row["invocations"], row["functions"], row["apps"]) == ("count", sum(loads), 6, 3)
    assert row["top1pct_share"] == row["top1_share"] == pytest.approx(loads[0] / sum(loads))


@pytest.mark.parametrize("by", ["function", "app", "user"])
def test_popularity_and_classes(lake: Lake, by: str) -> None:
    for row in lake.query("serverless/popularity", by=by, shares=[0.1, 0.3, 0.5, 1]).iter_rows(named=True):
        loads = sorted(_load(row["dataset"], by).values(), reverse=True)
        busiest = int(np.ceil(round(row["busiest_share"] * len(loads), 9)))
        assert (row["busiest"], row["keys"]) == (busiest, len(loads))
        assert row["invocations_share"] == pytest.approx(sum(loads[:busiest]) / sum(loads))
    edges = [1, 24, 1440, 86400, np.inf]
    spans = {"e": (EVENTS[-1]["started_us"] - EVENTS[0]["started_us"]) / S, "c": 600 * 60}
    for row in lake.query("serverless/rate_classes", by=by).iter_rows(named=True):
        rates = {key: n / spans[row["dataset"]] * 86400 for key, n in _load(row["dataset"], by).items()}
        low, high = [0, *edges][int(row["class"][0]) - 1], edges[int(row["class"][0]) - 1]
        assert row["keys"] == sum(low < rate <= high for rate in rates.values())
        assert row["up_to_share"] == pytest.approx(np.mean([rate <= high for rate in rates.values()]))


def test_owners_and_triggers(lake: Lake) -> None:
    rows = {(r["dataset"], r["owner"]): r for r in lake.query("serverless/functions_per_owner").iter_rows(named=True)}
    assert (rows["e", "app"]["owners"], rows["e", "app"]["functions"], rows["e", "app"]["functions_max"]) == (2, 8, 4)
    assert rows["c", "user"]["one_share"] == 0
    exact = {r["group_name"]: r for r in lake.query("serverless/mix", dataset="e").iter_rows(named=True)}
    every = {r["group_name"]: r for r in lake.query("serverless/mix", dataset="e", by="any_trigger").iter_rows(named=True)}
    loads = _load("e", "function")
    assert {name: row["functions"] for name, row in exact.items()} == {"TIMER-A": 2, "APIG-S TIMER-A": 2, "(unknown)": 4}
    assert {name: row["functions"] for name, row in every.items()} == {"TIMER-A": 4, "APIG-S": 2, "(unknown)": 4}
    assert every["TIMER-A"]["invocations_share"] == pytest.approx(sum(loads["a0", f"f{i}"] for i in range(4)) / loads.total())


@pytest.mark.parametrize("by", ["function", "app"])
def test_regularity(lake: Lake, by: str) -> None:
    names = ("app_id", "function_id") if by == "function" else ("app_id",)
    cvs = []
    for mine in _by_key(EVENTS, *names).values():
        gaps = np.diff([row["started_us"] for row in mine])
        cvs.append(gaps.std() / gaps.mean())
    row = lake.query("serverless/function_iat", by=by).row(0, named=True)
    assert (row["keys"], row["left_out"]) == (len(cvs), 0)
    assert row["cv_p50"] == pytest.approx(np.median(cvs), abs=1e-12)
    assert row["cv_gt1_share"] == pytest.approx(np.mean(np.array(cvs) > 1))


def test_peak_to_trough(lake: Lake) -> None:
    for row in lake.query("serverless/peak_to_trough", smooth_s=[60, 900]).iter_rows(named=True):
        rows = EVENTS if row["dataset"] == "e" else MINUTES
        first = rows[0]["started_us"]
        span = rows[-1]["started_us"] - first + (0 if row["dataset"] == "e" else 60 * S)
        windows = int(span // (row["smooth_s"] * S))
        load, of_functions = np.zeros(windows), defaultdict(lambda n=windows: np.zeros(n))
        for r in rows:
            i = int((r["started_us"] - first) // (row["smooth_s"] * S))
            if i < windows:
                load[i] += r.get("value", 1)
                of_functions[r["app_id"], r["function_id"]][i] += r.get("value", 1)
        assert (row["windows"], row["functions"]) == (windows, len(of_functions))
        assert row["peak_to_mean"] == pytest.approx(load.max() / load.mean())
        assert row["peak_to_trough"] == (pytest.approx(load.max() / load.min()) if load.min() else None)
        ratios = [f.max() / f.min() for f in of_functions.values() if f.min()]
        assert row["idle_share"] == pytest.approx(1 - len(ratios) / len(of_functions))
        assert row["function_max"] == (pytest.approx(max(ratios)) if ratios else None)


def test_days_compare_with_working_days(tmp_path: Path) -> None:
    # Twice as many on days 1 and 3, none on day 2.
    counts = [4, 8, 0, 8, 4]
    rows = [{"started_us": (86400 * day + 3600 * h) * S} for day, n in enumerate(counts) for h in range(n)]
    rows.append({"started_us": 86400 * 5 * S})
    own = make_traces(tmp_path, {"function_invocation": {("d", "t"): rows}})
    found = {r["day"]: r for r in own.query("serverless/days", holidays=[1], weekend=[3]).iter_rows(named=True)}
    assert [found[day]["kind"] for day in (0, 1, 3, 4)] == ["other", "holiday", "weekend", "other"]
    assert found[1]["per_hour"] == pytest.approx(8 / 24)
    assert found[1]["to_other"] == pytest.approx((8 / 24) / (9 / 48))
    assert 2 not in found


def test_used_memory_and_concurrency(lake: Lake) -> None:
    row = lake.query("serverless/memory_use").row(0, named=True)
    used, held = (np.array([r[name] for r in EVENTS]) for name in ("memory_used_mb", "memory_mb"))
    seconds = np.array([r["duration_s"] for r in EVENTS])
    assert row["resource"] == "memory"
    assert row["used_p50"] == pytest.approx(np.median(used / held))
    assert row["unused_gb_s"] == pytest.approx((np.maximum(held - used, 0) * seconds).sum() / 1000)
    assert row["above_share"] == pytest.approx((used > held).mean())
    ends = [(r["started_us"], 1) for r in EVENTS if r["duration_s"]] + [(r["ended_us"], -1) for r in EVENTS if r["duration_s"]]
    level = most = area = 0
    previous = min(ends)[0]
    for at, step in sorted(ends):
        area += level * (at - previous)
        level, previous = level + step, at
        most = max(most, level)
    row = lake.query("serverless/concurrency").row(0, named=True)
    assert (row["invocations"], row["max_in_flight"]) == (len(EVENTS), most)
    assert row["mean_in_flight"] == pytest.approx(area / (max(ends)[0] - min(ends)[0]))


def test_cold_minutes(lake: Lake) -> None:
    for row in lake.query("serverless/keepalive", dataset="c", keepalive_s=[60, 600]).iter_rows(named=True):
        cold, idle = 0, 0.0
        for mine in _by_key(MINUTES, "app_id", "function_id").values():
            minutes = [r["started_us"] // (60 * S) for r in mine]
            gaps = np.diff(minutes)
            cold += 1 + int((gaps > row["keepalive_s"] / 60).sum())
            idle += np.minimum(np.append(gaps, 599 - minutes[-1]) * 60, row["keepalive_s"]).sum()
        assert (row["rule"], row["grain"], row["cold_starts"]) == ("arrival", "count", cold)
        assert row["warm_idle_s"] == pytest.approx(idle)
        assert row["cold_ratio"] == pytest.approx(cold / sum(r["value"] for r in MINUTES))


def _hybrid(gaps: list[float]) -> list[tuple[float, float]]:
    """The policy as the paper words it, one decision at a time."""
    decisions, bins = [], [0] * 240
    for i in range(len(gaps) + 1):
        total, mean = sum(bins), sum(bins) / 240
        deviation = float(np.std(bins))
        if total == 0 or deviation < 2 * mean:
            decisions.append((0.0, 14400.0))
        else:
            inside = [b for b, n in enumerate(bins) for _ in range(n)]
            head = inside[int(np.ceil(0.05 * total)) - 1] * 60 * 0.9
            tail = (inside[int(np.ceil(0.99 * total)) - 1] + 1) * 60 * 1.1
            decisions.append((head, tail - head))
        if i < len(gaps) and gaps[i] < 14400:
            bins[int(max(gaps[i], 0) // 60)] += 1
    return decisions


def test_hybrid_windows_are_the_papers() -> None:
    rng = np.random.default_rng(3)
    # Two rhythms, a few idle times beyond the histogram, some overlaps.
    gaps = np.where(rng.random(300) < 0.9, rng.normal(1800, 40, 300), rng.uniform(-50, 30000, 300))
    prewarm, keep = hybrid_windows(gaps)
    assert np.column_stack([prewarm, keep]) == pytest.approx(np.array(_hybrid(gaps.tolist())))
    assert (prewarm > 0).any()
    # Longer than one chunk: what was seen before the seam still counts after it.
    long = np.concatenate([np.full(4100, 1800.0), np.full(10, 90.0)])
    prewarm, keep = hybrid_windows(long)
    assert (prewarm[-1], prewarm[-1] + keep[-1]) == (pytest.approx(30 * 60 * 0.9), pytest.approx(31 * 60 * 1.1))


@pytest.mark.parametrize("by", ["function", "app"])
def test_policies_equal_a_simulation(lake: Lake, by: str) -> None:
    names = ("app_id", "function_id") if by == "function" else ("app_id",)
    end = max(r["ended_us"] for r in EVENTS)
    costs: dict[float | None, list[float]] = {60.0: [0, 0.0], 600.0: [0, 0.0], None: [0, 0.0]}
    for mine in _by_key(EVENTS, *names).values():
        latest, gaps = mine[0]["ended_us"], []
        for r in mine[1:]:
            gaps.append((r["started_us"] - latest) / S)
            latest = max(latest, r["ended_us"])
        for keep_s, cost in costs.items():
            decisions = _hybrid(gaps) if keep_s is None else [(0.0, keep_s)] * (len(gaps) + 1)
            cost[0] += 1
            for (load, keep), gap in zip(decisions, [*gaps, (end - latest) / S], strict=True):
                cost[1] += min(max(max(gap, 0) - load, 0), keep)
            cost[0] += sum(max(g, 0) < load or max(g, 0) > load + keep for (load, keep), g in zip(decisions, gaps, strict=False))
    found = lake.query("serverless/keepalive_policy", dataset="e", by=by, keepalive_s=[60, 600])
    for row in found.iter_rows(named=True):
        cold, idle = costs[row["keepalive_s"]]
        assert (row["cold_starts"], row["idle_s"]) == (cold, pytest.approx(idle))
        assert row["idle_gb_s"] == pytest.approx(idle * 0.256)
    # A fixed time of a function is the rule `idle` of serverless/keepalive.
    if by == "function":
        other = lake.query("serverless/keepalive", dataset="e", rule="idle", keepalive_s=[60, 600])
        assert other["cold_starts"].to_list() == found["cold_starts"].to_list()[:2]
        assert other["warm_idle_s"].to_list() == pytest.approx(found["idle_s"].to_list()[:2])
    counts = lake.query("serverless/keepalive_policy", dataset="c", keepalive_s=[60, 600], memory_mb=500)
    minutes = lake.query("serverless/keepalive", dataset="c", keepalive_s=[60, 600])
    assert counts["cold_starts"].to_list()[:2] == minutes["cold_starts"].to_list()
    assert counts["idle_gb_s"].to_list()[:2] == pytest.approx([s / 2 for s in minutes["warm_idle_s"]])


def test_prewarming(lake: Lake) -> None:
    cold = left = guesses = hits = timer = 0
    for (app, _), mine in _by_key(EVENTS, "app_id", "function_id").items():
        gaps = [None, *(np.diff([r["started_us"] for r in mine]) / S)]
        for i, gap in enumerate(gaps):
            is_cold = gap is None or gap > 60
            due = gaps[i - 1] if i > 2 and abs(gaps[i - 1] - gaps[i - 2]) <= 1 and gaps[i - 1] > 61 else None
            hit = due is not None and abs(gap - due) <= 1
            cold, left, guesses, hits = cold + is_cold, left + (is_cold and not hit), guesses + (due is not None), hits + hit
            timer += is_cold and app == "a0"
    row = lake.query("serverless/prewarm").row(0, named=True)
    assert (row["cold_starts"], row["cold_starts_left"], row["prewarms"], row["timer_cold_starts"]) == (cold, left, guesses, timer)
    assert row["hit_share"] == pytest.approx(hits / guesses)
    assert 0 < row["timer_avoided_share"] <= 1


def test_sizes_and_their_fits(lake: Lake) -> None:
    durations = np.array([r["duration_s"] for r in EVENTS])
    for row in lake.query("serverless/sizes", field="duration").iter_rows(named=True):
        assert row["value"] == pytest.approx(np.quantile(durations, row["quantile"]))
        assert (row["n"], row["zeros"]) == (len(durations), (durations == 0).sum())
    fits = {r["family"]: r for r in lake.query("serverless/size_fit", field="duration").iter_rows(named=True)}
    positive = durations[durations > 0]
    assert fits["lognormal"]["mu"] == pytest.approx(np.log(positive).mean())
    assert fits["lognormal"]["shape"] == pytest.approx(np.log(positive).std())


def test_burr_is_at_least_as_likely_as_the_truth() -> None:
    # The published fit of applications' memory.
    truth = (11.652, 0.221, 107.083)
    x = np.sort(stats.burr12.rvs(truth[0], truth[1], scale=truth[2], size=4000, random_state=1))
    c, k, scale = fit_burr12(x, np.ones(len(x)))
    assert stats.burr12.logpdf(x, c, k, scale=scale).sum() >= stats.burr12.logpdf(x, truth[0], truth[1], scale=truth[2]).sum()
    assert (c, k, scale) == (pytest.approx(truth[0], rel=0.15), pytest.approx(truth[1], rel=0.15), pytest.approx(truth[2], rel=0.02))
    # Joined on a grid of logarithms, many values give the same fit.
    many = np.sort(stats.burr12.rvs(truth[0], truth[1], scale=truth[2], size=60_000, random_state=2))
    assert fit_burr12(many, np.ones(len(many)))[2] == pytest.approx(truth[2], rel=0.01)
