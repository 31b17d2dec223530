"""Cold-start queries against numpy and scipy over hand-made cold starts, requests and functions of two regions."""

from __future__ import annotations

import itertools
from collections import Counter
from typing import Any

import numpy as np
import pytest
from handmade import make_traces
from scipy import stats

from tracekit.api import Lake

PARTS = ("pod_allocation", "deploy_code", "deploy_dependency", "scheduling")
FUNCTIONS = [{"function_id": f"f{i}", "runtime": ["Java", "Go"][i % 2], "trigger": ["TIMER-A", "APIG-S"][i % 3 == 0]} for i in range(6)]
Rows = list[dict[str, Any]]


def _starts(seed: int, n: int) -> Rows:
    rng = np.random.default_rng(seed)
    rows = []
    # Whole seconds make ties; a third has no dependencies; every seventh function is in no table.
    for at in np.sort(rng.integers(0, 4 * 3600, n)):
        parts = np.round(rng.lognormal(-1, 1.2, 4), 3)
        parts[2] *= rng.random() < 0.66
        function = f"f{int(rng.integers(7))}"
        small = rng.random() < 0.5
        rows.append(
            {"occurred_us": int(at) * 1_000_000, "function_id": function, "user_id": function, "total_s": float(parts.sum())}
            | {f"{name}_s": float(v) for name, v in zip(PARTS, parts, strict=True)}
            | {"pod_id": f"p{seed}-{len(rows)}", "request_id": f"r{seed}-{len(rows)}"}
            | {"cpu_cores": 0.3 if small else 1.0, "memory_mb": 128.0 if small else 1024.0}
        )
    return rows


STARTS = {"R1": _starts(1, 240), "R2": _starts(2, 160)}


def _requests() -> Rows:
    rng = np.random.default_rng(9)
    rows: Rows = []
    for start in STARTS["R2"][:60]:
        at = start["occurred_us"] + round(start["total_s"] * 1e6)
        for i in range(int(rng.integers(0, 5))):
            end = at + int(rng.integers(0, 2_000_000))
            request = start["request_id"] if i == 0 else f"q{len(rows)}"
            rows.append(
                {"started_us": at, "ended_us": end, "pod_id": start["pod_id"], "function_id": start["function_id"], "request_id": request}
            )
            at = end + int(rng.integers(0, 60_000_000))
    rows += [{"started_us": 5_000_000 * i, "ended_us": 5_000_000 * i + 10, "pod_id": "old", "request_id": f"o{i}"} for i in range(20)]
    return sorted(rows, key=lambda row: row["started_us"])


REQUESTS = _requests()


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    cold = {("d", trace): rows for trace, rows in STARTS.items()}
    tables = {"cold_start": cold, "function_profile": {("d", "R2"): FUNCTIONS}, "function_invocation": {("d", "R2"): REQUESTS}}
    return make_traces(tmp_path_factory.mktemp("cold"), tables)


def _group(trace: str, row: dict[str, Any], name: str) -> str:
    if name == "size":
        return "small" if row["cpu_cores"] < 0.5 else "large"
    listed = {f["function_id"]: f[name] for f in FUNCTIONS} if trace == "R2" else {}
    return listed.get(row["function_id"], "(not in function table)")


@pytest.mark.parametrize("by", ["runtime", "trigger", "size"])
def test_quantiles_and_breakdown_by_group(lake: Lake, by: str) -> None:
    found = lake.query("serverless/cold_start_quantiles", by=by, quantiles=[0.1, 0.5, 0.99])
    broken = lake.query("serverless/cold_start_breakdown", by=by)
    assert set(found["group_name"]) == {_group(t, row, by) for t, rows in STARTS.items() for row in rows}
    for row in found.iter_rows(named=True):
        mine = [r["total_s"] for r in STARTS[row["trace"]] if _group(row["trace"], r, by) == row["group_name"]]
        assert (row["n"], row["value_s"]) == (len(mine), pytest.approx(np.quantile(mine, row["quantile"])))
    for row in broken.filter(broken["component"] == "scheduling").iter_rows(named=True):
        rows = [r for r in STARTS[row["trace"]] if _group(row["trace"], r, by) == row["grp"]]
        part, total = (np.array([r[name] for r in rows]) for name in ("scheduling_s", "total_s"))
        assert row["share_of_time"] == pytest.approx(part.sum() / total.sum())
        assert row["mean_share"] == pytest.approx((part / total).mean())


def test_gaps_and_components_without_zeros(lake: Lake) -> None:
    for row in lake.query("serverless/cold_start_quantiles", field="gap").iter_rows(named=True):
        gaps = np.diff([r["occurred_us"] for r in STARTS[row["trace"]]]) / 1e6
        assert row["value_s"] == pytest.approx(np.quantile(gaps, row["quantile"]))
    for row in lake.query("serverless/cold_start_quantiles", field="deploy_dependency", drop_zeros=True).iter_rows(named=True):
        values = [r["deploy_dependency_s"] for r in STARTS[row["trace"]] if r["deploy_dependency_s"]]
        assert (row["n"], row["value_s"]) == (len(values), pytest.approx(np.quantile(values, row["quantile"])))


def test_fits_tell_moments_from_parameters(lake: Lake) -> None:
    rows = {(r["trace"], r["field"], r["family"]): r for r in lake.query("serverless/cold_start_fit").iter_rows(named=True)}
    totals = {trace: np.array([r["total_s"] for r in starts]) for trace, starts in STARTS.items()}
    totals["ALL"] = np.concatenate(list(totals.values()))
    for trace, values in totals.items():
        sigma, _, scale = stats.lognorm.fit(values, floc=0)
        row = rows[trace, "total", "lognormal"]
        assert (row["shape"], row["scale_s"]) == (pytest.approx(sigma, rel=1e-6), pytest.approx(scale, rel=1e-6))
        assert row["fit_mean_s"] == pytest.approx(stats.lognorm.mean(sigma, scale=scale))
        assert row["fit_sd_s"] == pytest.approx(stats.lognorm.std(sigma, scale=scale))
        assert (row["n"], row["mean_s"], row["sd_s"]) == (len(values), pytest.approx(values.mean()), pytest.approx(values.std()))
        assert stats.lognorm.mean(row["moment_shape"], scale=row["moment_scale_s"]) == pytest.approx(values.mean())
    # Gaps of the traces taken together are those within them.
    gaps = [np.diff([r["occurred_us"] for r in starts]) / 1e6 for starts in STARTS.values()]
    both = np.concatenate(gaps)
    row = rows["ALL", "gap", "weibull"]
    assert (row["n"], row["zeros"]) == ((both > 0).sum(), (both == 0).sum())
    shape, _, scale = stats.weibull_min.fit(both[both > 0], floc=0)
    assert (row["shape"], row["scale_s"]) == (pytest.approx(shape, rel=1e-3), pytest.approx(scale, rel=1e-3))


def _minutes(trace: str, width_s: int) -> dict[int, Rows]:
    found: dict[int, Rows] = {}
    for row in STARTS[trace]:
        found.setdefault(row["occurred_us"] // (width_s * 1_000_000), []).append(row)
    return found


def test_timeline(lake: Lake) -> None:
    found = lake.query("serverless/cold_start_timeline", component="scheduling", trace="R1")
    windows = _minutes("R1", 3600)
    assert found["at_h"].to_list() == sorted(windows)
    for row in found.iter_rows(named=True):
        mine = windows[int(row["at_h"])]
        assert row["cold_starts"] == len(mine)
        assert row["functions"] == len({r["function_id"] for r in mine})
        assert row["mean_s"] == pytest.approx(np.mean([r["scheduling_s"] for r in mine]))
        assert row["to_mean"] == pytest.approx(len(mine) / np.mean([len(w) for w in windows.values()]))


def test_dominating_component(lake: Lake) -> None:
    for row in lake.query("serverless/cold_start_dominant", width_s=600).iter_rows(named=True):
        starts, name = STARTS[row["trace"]], f"{row['component']}_s"
        largest = Counter(max(PARTS, key=lambda part, r=r: r[f"{part}_s"]) for r in starts)
        sums = [{part: sum(r[f"{part}_s"] for r in rows) for part in PARTS} for rows in _minutes(row["trace"], 600).values()]
        wins = Counter(max(PARTS, key=lambda part, s=s: s[part]) for s in sums)
        assert row["share_of_time"] == pytest.approx(sum(r[name] for r in starts) / sum(r["total_s"] for r in starts))
        assert (row["dominated"], row["cold_starts"]) == (largest[row["component"]], len(starts))
        assert row["windows_share"] == pytest.approx(wins[row["component"]] / len(sums))


def test_correlation_is_spearmans(lake: Lake) -> None:
    found = lake.query("serverless/cold_start_correlation", against="all", width_s=60)
    assert found.height == 2 * 6 * 5
    for row in found.filter((found["against"] == "total") | (found["component"] == "count")).iter_rows(named=True):
        windows = _minutes(row["trace"], 60).values()

        def series(name: str, windows: Any = windows) -> list[float]:
            return [len(w) if name == "count" else float(np.mean([r[f"{name}_s"] for r in w])) for w in windows]

        expected = stats.spearmanr(series(row["against"]), series(row["component"])).statistic
        assert row["spearman"] == pytest.approx(expected, abs=1e-9)


def test_matrix(lake: Lake) -> None:
    found = lake.query("serverless/cold_start_matrix", by_size=True, trace="R2")
    cells: dict[tuple[str, ...], Rows] = {}
    for row in STARTS["R2"]:
        cells.setdefault(tuple(_group("R2", row, name) for name in ("runtime", "trigger", "size")), []).append(row)
    assert found.height == len(cells)
    for row in found.iter_rows(named=True):
        mine = cells[row["runtime"], row["trigger"], row["size"]]
        assert (row["cold_starts"], row["functions"]) == (len(mine), len({r["function_id"] for r in mine}))
        assert row["total_p50_s"] == pytest.approx(np.median([r["total_s"] for r in mine]))
        assert row["cold_starts_share"] == pytest.approx(len(mine) / 160)


@pytest.mark.parametrize(("ready", "censored"), list(itertools.product(["after", "at"], ["exclude", "include"])))
def test_pod_utility(lake: Lake, ready: str, censored: str) -> None:
    last: dict[str, int] = {}
    for r in REQUESTS:
        last[r["pod_id"]] = max(last.get(r["pod_id"], 0), r["ended_us"])
    end, first = max(r["ended_us"] for r in REQUESTS), REQUESTS[0]["started_us"]
    ratios, outlive, without = [], 0, 0
    for s in STARTS["R2"]:
        if s["pod_id"] not in last:
            without += first <= s["occurred_us"] <= end
            continue
        is_outliving = last[s["pod_id"]] + 60e6 > end
        outlive += is_outliving
        begin = s["occurred_us"] + (round(s["total_s"] * 1e6) if ready == "after" else 0)
        if censored == "include" or not is_outliving:
            ratios.append(max(last[s["pod_id"]] - begin, 0) / 1e6 / s["total_s"])
    row = lake.query("serverless/pod_utility", ready=ready, censored=censored).row(0, named=True)
    assert (row["pods"], row["outlive"], row["without_request"], row["born_before"]) == (len(ratios), outlive, without, 1)
    assert row["ratio_p50"] == pytest.approx(np.median(ratios), rel=1e-4)
    assert row["below10_share"] == pytest.approx(np.mean(np.array(ratios) < 10))


def test_pods_over_time(lake: Lake) -> None:
    lives: dict[str, tuple[int, int]] = {}
    for r in REQUESTS:
        begin, end = lives.get(r["pod_id"], (r["started_us"], 0))
        lives[r["pod_id"]] = min(begin, r["started_us"]), max(end, r["ended_us"])
    found = lake.query("serverless/pods_over_time", width_s=120, keepalive_s=30)
    assert found.height > 5
    for row in found.iter_rows(named=True):
        at = round(row["at_h"] * 3.6e9)
        assert row["pods"] == sum(begin <= at < end + 30_000_000 for begin, end in lives.values())


def test_cold_ratio_takes_the_request_that_started_a_pod(lake: Lake) -> None:
    edges = [0, 1, 10, 60]
    gaps = np.diff([r["started_us"] for r in REQUESTS]) / 1e6
    triggers = {s["request_id"] for s in STARTS["R2"]}
    cold = np.array([r["request_id"] in triggers for r in REQUESTS[1:]])
    found = lake.query("serverless/cold_ratio_by_gap", edges_s=edges, by="trace")
    assert found["invocations"].sum() == len(gaps)
    for row in found.iter_rows(named=True):
        low, high = row["gap_from_s"], row["gap_to_s"] or np.inf
        inside = ((gaps > low) | ((low == 0) & (gaps == 0))) & (gaps <= high)
        assert (row["invocations"], row["cold"]) == (inside.sum(), cold[inside].sum())


def test_moved_peak(lake: Lake) -> None:
    windows = {trace: _minutes(trace, 600) for trace in STARTS}
    for row in lake.query("serverless/move_peak", width_s=600, threshold=0.8).iter_rows(named=True):
        here, there = windows[row["trace"]], windows[row["to_trace"]]
        span = range(min(here), max(here) + 1)
        counts = sorted(len(here.get(i, [])) for i in span)
        limit = counts[int(np.ceil(0.8 * (len(span) - 1)))]
        peak = max(len(w) for w in there.values())
        elsewhere = [r["total_s"] for r in STARTS[row["to_trace"]]]
        moved, saved = 0, 0.0
        for i, rows in here.items():
            other = there.get(i, [])
            room = peak - len(other) if min(there) <= i <= max(there) else 0
            n = min(max(len(rows) - limit, 0), room)
            moved += n
            saved += n * (np.mean([r["total_s"] for r in rows]) - np.mean([r["total_s"] for r in other] or elsewhere) - 0.05)
        assert (row["moved"], row["to_peak"]) == (moved, peak)
        assert row["saved_s"] == pytest.approx(saved)
        assert row["saved_share"] == pytest.approx(saved / sum(r["total_s"] for r in STARTS[row["trace"]]))


# A trace that knows the init of its cold starts and nothing else of them.
INITS = [
    {"function_id": f"f{i % 2}", "runtime": "python" if i % 2 else "java", "occurred_us": i * 60_000_000, "init_s": value}
    for i, value in enumerate([0.1, 0.4, 0.2, 0.8, 0.3, 1.2])
]


@pytest.fixture(scope="module")
def inits(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    whole = [{"function_id": "f", "occurred_us": 0, "total_s": 2.0, "init_s": 0.5}]
    return make_traces(tmp_path_factory.mktemp("inits") / "lake", {"cold_start": {("d", "inits"): INITS, ("d", "whole"): whole}})


def test_quantiles_of_inits_where_no_total_is_known(inits: Lake) -> None:
    found = inits.query("serverless/cold_start_quantiles", quantiles=[0.5]).to_dicts()
    assert [(r["trace"], r["field"], r["value_s"], r["n"]) for r in found] == [
        ("inits", "init", pytest.approx(0.35), 6),
        ("whole", "total", 2.0, 1),
    ]
    asked = inits.query("serverless/cold_start_quantiles", quantiles=[0.5], field="init").to_dicts()
    assert [(r["trace"], r["field"], r["value_s"]) for r in asked] == [("inits", "init", pytest.approx(0.35)), ("whole", "init", 0.5)]


def test_breakdown_gives_the_components_that_are_known(inits: Lake) -> None:
    [row] = inits.query("serverless/cold_start_breakdown", trace="inits").to_dicts()
    assert (row["component"], row["mean_s"], row["cold_starts"], row["left_out"]) == ("init", pytest.approx(0.5), 6, 6)
    assert {row[name] for name in ("total_mean_s", "total_p50_s", "share_of_time", "mean_share")} == {None}
    by = {r["grp"]: r["mean_s"] for r in inits.query("serverless/cold_start_breakdown", trace="inits", by="runtime").to_dicts()}
    assert by == pytest.approx({"java": 0.2, "python": 0.8})
    parts = {r["component"] for r in inits.query("serverless/cold_start_breakdown", trace="whole").to_dicts()}
    assert parts == {"init", "residual"}


def test_fit_matrix_and_timeline_say_that_they_are_of_inits(inits: Lake) -> None:
    fitted = inits.query("serverless/cold_start_fit", trace="inits", field="total").to_dicts()
    assert {(r["field"], r["n"]) for r in fitted} == {("init", 6)}
    assert [r["mean_s"] for r in fitted] == [pytest.approx(0.5)] * 4
    cells = {r["runtime"]: (r["field"], r["total_mean_s"]) for r in inits.query("serverless/cold_start_matrix", trace="inits").to_dicts()}
    assert cells == {"java": ("init", pytest.approx(0.2)), "python": ("init", pytest.approx(0.8))}
    hours = inits.query("serverless/cold_start_timeline").to_dicts()
    assert [(r["trace"], r["component"], r["cold_starts"], r["mean_s"]) for r in hours] == [
        ("inits", "init", 6, pytest.approx(0.5)),
        ("whole", "total", 1, 2.0),
    ]
