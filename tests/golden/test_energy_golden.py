"""Energy queries over hand-made tables, against numpy, scipy and loops."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest
from handmade import make_traces
from scipy import stats

from tracekit.api import Lake
from tracekit.errors import UsageError

EPOCH = dt.datetime(1970, 1, 1)
RNG = np.random.default_rng(6)
HOUR_US = 3_600_000_000

# --- runs: three devices, four batch sizes, two models; log-normal joules ------------------------------------------------
RUNS = [
    {
        "run_id": f"r{i}",
        "task": ["chat", "code"][i % 2],
        "model": ["m1", "m2"][i // 2 % 2],
        "device": ["A100", "A100", "H100", "B200"][i % 4],
        "precision": ["fp16", "fp8", None][i % 3],
        "batch_size": 2 ** (i % 4),
        "energy_per_token_j": float(RNG.lognormal(i % 4 / 4, 0.5)),
        "energy_per_request_j": float(RNG.lognormal(5, 0.5)),
        "itl_p50_s": float(RNG.lognormal(-3, 0.5)),
        "mean_power_w": float(RNG.uniform(100, 700)),
        "boundary": "gpu",
    }
    for i in range(60)
]
SCORES = [{"model": m, "benchmark": b, "accuracy_ratio": a} for m, b, a in [("m1", "arc", 0.5), ("m2", "arc", 0.7), ("m1", "qa", 0.25)]]
# A model of which the notes give power and accuracy: fastchat-t5-3b on ARC, 0.004121 per watt.
T5 = {"run_id": "t5", "model": "t5", "mean_power_w": 87.17, "energy_per_request_j": 1803.0, "accuracy_ratio": 0.3592, "task": "arc"}

LIMITS = [
    {"run_id": f"p{b}-{w}", "model": "resnet50", "device": "V100", "batch_size": b, "power_limit_w": w, "duration_s": t, "mean_power_w": p}
    for b, w, t, p in [(256, 150.0, 4000.0, 149.0), (256, 250.0, 3000.0, 230.0), (128, 150.0, 4500.0, 145.0), (128, 250.0, 3300.0, 210.0)]
]
TRACKED = [
    {"run_id": run, "duration_s": float(s), "energy_j": j, "carbon_g": j / 1e4}
    for run, s, j in [("a", 10, 100.0), ("a", 20, 260.0), ("a", 30, 400.0), ("b", 5, 7.0)]
]

# Energies rise with the durations, as running totals would.
TASKS = [
    {"run_id": "c", "task": task, "is_part": True, "duration_s": seconds, "energy_j": kwh * 3.6e6, "carbon_g": grams}
    for task, seconds, kwh, grams in [("load", 30.0, 0.0035, 10.0), ("train", 600.0, 0.0815, 20.0), ("eval", 60.0, 0.0075, 30.0)]
]


# --- base stations: two of one cell, one of two; hourly -----------------------------------------------------------------
def _stations() -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    for hour in range(60):
        for site, cells in [("B1", 1), ("B2", 1), ("B3", 2)]:
            loads = RNG.uniform(0, 0.8, cells)
            saving = site == "B1" and hour % 6 == 0
            reading = {"B1": 10, "B2": 14, "B3": 30}[site] + 25 * loads.mean() - 4 * saving + RNG.normal(0, 1e-3)
            at = {"sampled_us": hour * HOUR_US}
            rows.append({"entity_id": site, "entity_kind": "site", "energy_index": float(reading), **at})
            for number, load in enumerate(loads):
                cell = {"entity_id": f"{site}/{number}", "entity_kind": "cell", "parent_id": site, "load_ratio": float(load)}
                rows.append({**cell, "mode": "ESMode1" if saving else None, **at})
    return rows


STATIONS = _stations()
METERS = [
    {"entity_id": name, "entity_kind": kind, "sampled_us": s * 10**6, "power_w": w}
    for name, kind, series in [
        ("mains", "mains", [(0, 100.0), (10, 300.0), (20, 300.0), (500, 200.0), (510, 200.0)]),
        ("kettle", "appliance", [(0, 0.0), (8, 200.0), (16, 100.0)]),
    ]
    for s, w in series
]
# --- water: hourly wet bulbs, with the published formulas -----------------------------------------------------------------
FAHRENHEIT = np.round(RNG.uniform(20, 85, 50), 2)
WATER = [
    {
        "region": "City",
        "region_id": "C",
        "started_us": int(i * 20 * 24 * HOUR_US),
        "width_s": 3600.0,
        "wet_bulb_c": float((f - 32) * 5 / 9),
        "wue_approach_l_per_kwh": float(-0.0001896 * f**2 + 0.03095 * f + 0.4442),
        # Below 45 degrees Fahrenheit the source has zeros that are no values.
        "wue_cold_water_l_per_kwh": float(0.0005112 * f**2 - 0.04982 * f + 2.387) if f >= 45 else None,
        "ewif_l_per_kwh": float(1 + i % 3),
    }
    for i, f in enumerate(FAHRENHEIT)
]
FACTORS = {"coal": 1.8, "gas": 0.8, "hydro": 22.0}
SHARES = RNG.dirichlet(np.ones(4), 20)
MIXED = [
    {"region_id": "X", "fuel": fuel, "started_us": hour * HOUR_US, "share_ratio": float(share)}
    for hour, shares in enumerate(SHARES)
    # Wind and solar rise and fall together: their shares tell nothing of either.
    for fuel, share in [*zip(FACTORS, shares[:3], strict=True), ("wind", shares[3] / 2), ("solar", shares[3] / 2)]
]
WEIGHED = [
    {"region": "X", "region_id": "X", "started_us": hour * HOUR_US, "ewif_l_per_kwh": float(shares[:3] @ list(FACTORS.values()))}
    for hour, shares in enumerate(SHARES)
]
PUBLISHED = [
    {"factor_set": name, "version": "1", "fuel": fuel, "technology": technology, "ewif_l_per_kwh": value}
    for name, fuel, technology, value in [("one", "coal", None, 1.7), ("one", "coal", "dry", 0.1), ("two", "coal", "tower", 2.5)]
]
GRID = [
    {"region_id": "NL", "region": "NL", "fuel": "total", "started_us": h * HOUR_US, "width_s": 3600.0, "carbon_g_per_kwh": 300.0 + h % 24}
    for h in range(96)
] + [{"region_id": "NL", "region": "NL", "fuel": "total", "started_us": 0, "width_s": 365 * 86400.0, "carbon_g_per_kwh": 1.0}]


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    tables = {
        "energy_run": {
            ("runs", "t"): RUNS,
            ("t5", "t"): [T5],
            ("zeus", "t"): LIMITS,
            ("tracker", "t"): TRACKED,
            ("tracker", "tasks"): TASKS,
        },
        "model_accuracy": {("runs", "t"): SCORES},
        "power_sample": {("cells", "t"): STATIONS, ("home", "t"): METERS},
        "water_intensity": {("water", "t"): WATER, ("mixed", "t"): WEIGHED},
        "grid_mix": {("grid", "t"): GRID, ("mixed", "t"): MIXED},
        "factor": {("published", "t"): PUBLISHED},
    }
    return make_traces(tmp_path_factory.mktemp("energy") / "lake", tables, EPOCH)


@pytest.mark.parametrize("by", ["task", "device", "model", "none"])
def test_per_token(by: str, lake: Lake) -> None:
    found = lake.run("energy/per_token", {"dataset": "runs", "by": by}).records()
    assert {r["grp"] for r in found} == {run.get(by, "all") for run in RUNS}
    for row in found:
        values = [r["energy_per_token_j"] for r in RUNS if r.get(by, "all") == row["grp"]]
        assert (row["runs"], row["min_j"], row["max_j"]) == (len(values), min(values), max(values))
        assert [row["p50_j"], row["mean_j"], row["p99_j"]] == pytest.approx([np.median(values), np.mean(values), np.quantile(values, 0.99)])


def test_intelligence_per_watt(lake: Lake) -> None:
    rows = lake.run("energy/intelligence_per_watt", {"dataset": "runs"}).records()
    assert {(r["model"], r["benchmark"]) for r in rows} == {("m1", "arc"), ("m2", "arc"), ("m1", "qa")}
    for row in rows:
        mine = [r for r in RUNS if all(r[name] == row[name] for name in ("model", "device", "task"))]
        score = next(s["accuracy_ratio"] for s in SCORES if (s["model"], s["benchmark"]) == (row["model"], row["benchmark"]))
        assert row["accuracy_per_w"] == pytest.approx(score / np.mean([r["mean_power_w"] for r in mine]))
        assert row["accuracy_per_j"] == pytest.approx(score / np.mean([r["energy_per_request_j"] for r in mine]))
    [t5] = lake.run("energy/intelligence_per_watt", {"dataset": "t5"}).records()
    assert t5["accuracy_per_w"] == pytest.approx(0.004121, abs=5e-7)


@pytest.mark.parametrize("by", ["batch_size", "device", "precision"])
def test_configurations(by: str, lake: Lake) -> None:
    rows = lake.run("energy/configurations", {"dataset": "runs", "by": by}).records()
    same = [r for r in RUNS if r[by] is not None]
    assert sum(r["runs"] for r in rows) == len(same)
    for row in rows:
        mine = [r for r in same if (r["task"], r["model"], str(r[by])) == (row["task"], row["model"], row["setting"])]
        others = [r for r in same if (r["task"], r["model"]) == (row["task"], row["model"])]
        least = min(r["energy_per_token_j"] for r in mine)
        assert row["min_token_j"] == least
        assert row["p50_request_j"] == pytest.approx(np.median([r["energy_per_request_j"] for r in mine]))
        assert row["to_cheapest"] == pytest.approx(least / min(r["energy_per_token_j"] for r in others))


def _beaten(run: dict[str, float], others: list[dict[str, float]], one: str, two: str) -> bool:
    return any(o[one] <= run[one] and o[two] <= run[two] and (o[one] < run[one] or o[two] < run[two]) for o in others)


def test_pareto_against_latency(lake: Lake) -> None:
    found = {r["run_id"] for r in lake.run("energy/pareto", {"dataset": "runs"}).records()}
    groups = {(m, t): [r for r in RUNS if (r["model"], r["task"]) == (m, t)] for m in ("m1", "m2") for t in ("chat", "code")}
    front = {r["run_id"] for runs in groups.values() for r in runs if not _beaten(r, runs, "energy_per_token_j", "itl_p50_s")}
    assert found == front
    everything = lake.run("energy/pareto", {"dataset": "runs", "within": "task", "all_runs": True}).records()
    assert len(everything) == len(RUNS)
    for row in everything:
        runs = [r for r in RUNS if r["task"] == row["grp"]]
        run = next(r for r in RUNS if r["run_id"] == row["run_id"])
        assert row["is_front"] != _beaten(run, runs, "energy_per_token_j", "itl_p50_s")


def test_pareto_against_accuracy(lake: Lake) -> None:
    rows = lake.run("energy/pareto", {"dataset": "runs", "against": "accuracy"}).records()
    arc = [{**r, "lack": -next(s["accuracy_ratio"] for s in SCORES[:2] if s["model"] == r["model"])} for r in RUNS]
    front = {r["run_id"] for r in arc if not _beaten(r, arc, "energy_per_request_j", "lack")}
    assert {r["run_id"] for r in rows if r["grp"] == "arc"} == front


def test_power_limit(lake: Lake) -> None:
    rows = lake.run("energy/power_limit", {"dataset": "zeus"}).records()
    for row, run in zip(rows, sorted(LIMITS, key=lambda r: (r["batch_size"], r["power_limit_w"])), strict=True):
        highest = next(r for r in LIMITS if r["batch_size"] == run["batch_size"] and r["power_limit_w"] == 250)
        joules = run["duration_s"] * run["mean_power_w"]
        assert row["joules"] == pytest.approx(joules)
        assert row["saved_ratio"] == pytest.approx(1 - joules / (highest["duration_s"] * highest["mean_power_w"]))
        assert row["slowdown"] == pytest.approx(run["duration_s"] / highest["duration_s"])
    assert [(r["batch_size"], r["power_limit_w"]) for r in rows if r["is_least"]] == [(256, 150.0)]


def test_cumulative_rows_are_not_added_up(lake: Lake) -> None:
    row, single = lake.run("energy/tracker_runs", {"dataset": "tracker", "trace": "t"}).records()
    assert (row["run"], row["rows"], row["is_cumulative"]) == ("a", 3, True)
    assert row["energy_kwh"] == pytest.approx(400 / 3.6e6)
    assert row["overcount"] == pytest.approx(760 / 400)
    # A run of one row is a total.
    assert (single["run"], single["rows"], single["is_cumulative"], single["overcount"]) == ("b", 1, False, 1.0)
    assert (single["energy_kwh"], single["carbon_g"], single["duration_s"]) == (pytest.approx(7 / 3.6e6), 7e-4, 5.0)


def test_tasks_of_a_run_add_up(lake: Lake) -> None:
    [row] = lake.run("energy/tracker_runs", {"dataset": "tracker", "trace": "tasks"}).records()
    assert (row["run"], row["task"], row["rows"], row["is_cumulative"], row["overcount"]) == ("c", None, 3, False, 1.0)
    assert (row["energy_kwh"], row["duration_s"], row["carbon_g"]) == (pytest.approx(0.0925), 690.0, pytest.approx(60.0))
    tasks = lake.run("energy/tracker_runs", {"dataset": "tracker", "trace": "tasks", "by": "task"}).records()
    assert {row["task"]: row["energy_kwh"] for row in tasks} == pytest.approx({"load": 0.0035, "train": 0.0815, "eval": 0.0075})


def test_runs_that_no_tracker_wrote_are_not_listed(lake: Lake) -> None:
    assert {row["dataset"] for row in lake.run("energy/tracker_runs").records()} == {"tracker"}


@pytest.mark.parametrize("on_log", [False, True])
def test_significance_against_scipy(on_log: bool, lake: Lake) -> None:
    [row] = lake.run("energy/significance", {"dataset": "runs", "on_log": on_log}).records()
    values = {d: np.array([r["energy_per_token_j"] for r in RUNS if r["device"] == d]) for d in ("A100", "B200", "H100")}
    if on_log:
        values = {d: np.log(v) for d, v in values.items()}
    # The most frequent device, then the first by name of those that are equally frequent.
    a, b = values["A100"], values["B200"]
    assert (row["comparison"], row["n_a"], row["n_b"], row["runs"]) == ("A100 against B200", 30, 15, 45)
    t = stats.ttest_ind(a, b, equal_var=False)
    assert (row["welch_t"], row["welch_df"], row["welch_p"]) == pytest.approx((t.statistic, t.df, t.pvalue))
    u = stats.mannwhitneyu(a, b)
    assert (row["mann_whitney_u"], row["mann_whitney_p"]) == pytest.approx((u.statistic, u.pvalue))
    f = stats.f_oneway(*values.values())
    assert (row["anova_groups"], row["anova_f"], row["anova_p"]) == (3, pytest.approx(f.statistic), pytest.approx(f.pvalue))
    pooled = np.sqrt((29 * a.var(ddof=1) + 14 * b.var(ddof=1)) / 43)
    assert row["hedges_g"] == pytest.approx((a.mean() - b.mean()) / pooled * (1 - 3 / (4 * 43 - 1)))
    assert row["ratio"] == pytest.approx(np.exp(a.mean() - b.mean()) if on_log else a.mean() / b.mean())
    assert row["rank_biserial"] == pytest.approx(np.mean(np.sign(a[:, None] - b[None, :])))


def test_significance_between_configurations_by_conditions(lake: Lake) -> None:
    chosen = {"a": "device=a100,model=m1", "b": "device=H100, model=m2", "metric": "mean_power_w"}
    [row] = lake.run("energy/significance", {"dataset": "runs", **chosen}).records()
    a = [r["mean_power_w"] for r in RUNS if (r["device"], r["model"]) == ("A100", "m1")]
    assert (row["n_a"], row["mean_a"]) == (len(a), pytest.approx(np.mean(a)))
    with pytest.raises(UsageError, match="Did you mean 'device'"):
        lake.run("energy/significance", {"a": "devise=A100"})


def test_load_fits(lake: Lake) -> None:
    pooled = {r["grp"]: r for r in lake.run("energy/load_fit", {"dataset": "cells"}).records()}
    assert (pooled["sites of 1 cell"]["sites"], pooled["sites of 2 cells"]["sites"]) == (2, 1)
    readings = {(r["entity_id"], r["sampled_us"]): r["energy_index"] for r in STATIONS if "energy_index" in r}
    for grp, sites in [("sites of 1 cell", ("B1", "B2")), ("sites of 2 cells", ("B3",))]:
        keys = [key for key in readings if key[0] in sites]
        loads = [np.mean([r["load_ratio"] for r in STATIONS if (r.get("parent_id"), r["sampled_us"]) == key]) for key in keys]
        fit = stats.linregress(loads, [readings[key] for key in keys])
        found = pooled[grp]
        assert (found["slope"], found["intercept"], found["corr"]) == pytest.approx((fit.slope, fit.intercept, fit.rvalue))
        assert found["samples"] == len(keys)
    each = lake.run("energy/load_fit", {"dataset": "cells", "level": "entity"}).records()
    assert [(r["grp"], r["cells"]) for r in each] == [("B1", 1), ("B2", 1), ("B3", 2)]
    assert each[1]["slope"] == pytest.approx(25, abs=0.01)


def test_saving_mode_against_the_site_without_it(lake: Lake) -> None:
    rows = {r["mode"]: r for r in lake.run("energy/saving_modes", {"dataset": "cells"}).records()}
    assert (rows["ESMode1"]["sites"], rows["ESMode1"]["samples"]) == (1, 10)
    assert rows["ESMode1"]["expected_index"] - rows["ESMode1"]["mean_index"] == pytest.approx(4, abs=0.01)
    assert rows["none"]["saved_ratio"] == pytest.approx(0, abs=1e-12)


def test_meters_bridge_short_gaps_alone(lake: Lake) -> None:
    rows = {r["entity_id"]: r for r in lake.run("energy/meters", {"dataset": "home"}).records()}
    mains = 10 * 200 + 10 * 300 + 10 * 200
    kettle = 8 * 100 + 8 * 150
    assert rows["mains"]["energy_kwh"] == pytest.approx(mains / 3.6e6)
    assert rows["mains"]["unbridged_h"] == pytest.approx(480 / 3600)
    assert rows["kettle"]["share_of_mains"] == pytest.approx(kettle / mains)
    assert rows["kettle"]["mean_w"] == pytest.approx(kettle / 16)


def test_formulas_reproduce_the_columns(lake: Lake) -> None:
    rows = lake.run("energy/wue_by_wet_bulb", {"dataset": "water"}).records()
    assert max(r["max_difference"] for r in rows if r["polynomial"] != "li_2023" and r["max_difference"] is not None) < 1e-12
    assert sum(r["samples"] for r in rows) == 3 * len(WATER)
    given = lake.run("energy/wue_by_wet_bulb", {"dataset": "none", "wet_bulb_c": [(70 - 32) * 5 / 9]}).records()
    # At 70 degrees Fahrenheit the three disagree strongly.
    assert {r["polynomial"]: round(r["wue_l_per_kwh"], 2) for r in given} == {"li_2023": 4.66, "approach": 1.68, "cold_water": 1.40}


def test_fahrenheit_is_refused(lake: Lake) -> None:
    with pytest.raises(UsageError, match=r"70\.0 degC does not exist: it is in degrees Fahrenheit"):
        lake.run("energy/wue_by_wet_bulb", {"wet_bulb_c": [70.0]})


def test_water_by_month_and_season(lake: Lake) -> None:
    cells: dict[dt.date, list[dict[str, float]]] = {}
    for row in WATER:
        cells.setdefault((EPOCH + dt.timedelta(microseconds=row["started_us"])).date().replace(day=1), []).append(row)
    by_month: dict[int, list[float]] = {}
    for start, rows in cells.items():
        by_month.setdefault(start.month, []).append(np.mean([r["wue_approach_l_per_kwh"] for r in rows]))
    expected = {month: np.mean(means) for month, means in by_month.items()}
    found = lake.run("energy/water_by_month", {"dataset": "water", "onsite": "approach"}).records()
    assert {r["month"]: r["wue_l_per_kwh"] for r in found} == pytest.approx(expected)
    [season] = lake.run("energy/water_season", {"dataset": "water", "onsite": "approach"}).records()
    assert season["high_month"] == max(expected, key=expected.__getitem__)
    assert season["swing_ratio"] == pytest.approx(np.ptp(list(expected.values())) / np.mean(list(expected.values())))


def test_carbon_by_hour_leaves_out_the_yearly_mean(lake: Lake) -> None:
    rows = lake.run("energy/carbon_over_time", {"dataset": "grid"}).records()
    assert {r["part"]: r["mean_g_per_kwh"] for r in rows if r["period"] == "hour"} == {h: 300.0 + h for h in range(24)}
    # A mean of a year says nothing of an hour.
    assert [(r["part"], r["mean_g_per_kwh"]) for r in rows if r["period"] != "hour"] == [(1970, 1.0)]
    [year] = lake.run("energy/carbon_over_time", {"dataset": "grid", "every": "year"}).records()
    assert (year["samples"], year["min_g_per_kwh"]) == (97, 1.0)


def test_factors_are_recovered_where_the_data_tell_them(lake: Lake) -> None:
    rows = {r["fuel"]: r for r in lake.run("energy/ewif_recovered", {"dataset": "mixed"}).records()}
    assert {f: r["ewif_l_per_kwh"] for f, r in rows.items()} == pytest.approx({**FACTORS, "wind": None, "solar": None})
    assert rows["coal"]["rows"] == 20
    assert rows["coal"]["max_residual_l_per_kwh"] == pytest.approx(0, abs=1e-12)


def test_factors_side_by_side(lake: Lake) -> None:
    rows = lake.run("energy/factors", {"dataset": "published"}).records()
    assert [(r["factor_set"], r["technology"], r["ewif_l_per_kwh"]) for r in rows] == [("one 1", None, 1.7), ("two 1", "tower", 2.5)]
    assert {(r["fuel_low_l_per_kwh"], r["fuel_high_l_per_kwh"]) for r in rows} == {(1.7, 2.5)}
    assert len(lake.run("energy/factors", {"dataset": "published", "usual_only": False}).records()) == 3


def test_per_request(lake: Lake) -> None:
    [row] = lake.run("energy/per_request", {"dataset": "runs", "by": "none", "task": "chat"}).records()
    values = [r["energy_per_request_j"] for r in RUNS if r["task"] == "chat"]
    assert (row["runs"], row["p50_j"], row["mean_j"]) == (len(values), pytest.approx(np.median(values)), pytest.approx(np.mean(values)))
