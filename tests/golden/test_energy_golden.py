"""Energy queries over hand-made tables, against numpy, scipy and loops."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

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
        mine = [r for r in RUNS if all(r[name] == row[name] for name in ("model", "device", "task", "precision", "batch_size"))]
        assert row["runs"] == len(mine)
        score = next(s["accuracy_ratio"] for s in SCORES if (s["model"], s["benchmark"]) == (row["model"], row["benchmark"]))
        assert row["accuracy_per_w"] == pytest.approx(score / np.mean([r["mean_power_w"] for r in mine]))
        assert row["accuracy_per_j"] == pytest.approx(score / np.mean([r["energy_per_request_j"] for r in mine]))
    assert sum(r["runs"] for r in rows if r["benchmark"] == "arc") == len(RUNS)
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
        runs = [r for r in RUNS if r["task"] == row["group_name"]]
        run = next(r for r in RUNS if r["run_id"] == row["run_id"])
        assert row["is_front"] != _beaten(run, runs, "energy_per_token_j", "itl_p50_s")


def test_pareto_against_accuracy(lake: Lake) -> None:
    rows = lake.run("energy/pareto", {"dataset": "runs", "against": "accuracy"}).records()
    arc = [{**r, "lack": -next(s["accuracy_ratio"] for s in SCORES[:2] if s["model"] == r["model"])} for r in RUNS]
    front = {r["run_id"] for r in arc if not _beaten(r, arc, "energy_per_request_j", "lack")}
    assert {r["run_id"] for r in rows if r["group_name"] == "arc"} == front


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
    [row] = lake.run("energy/significance", {"dataset": "runs", "on_log": on_log, "match": []}).records()
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
    chosen = {"a": "device=a100,model=m1", "b": "device=H100, model=m2", "metric": "mean_power_w", "match": []}
    [row] = lake.run("energy/significance", {"dataset": "runs", **chosen}).records()
    a = [r["mean_power_w"] for r in RUNS if (r["device"], r["model"]) == ("A100", "m1")]
    assert (row["n_a"], row["mean_a"]) == (len(a), pytest.approx(np.mean(a)))
    with pytest.raises(UsageError, match="Did you mean 'device'"):
        lake.run("energy/significance", {"a": "devise=A100"})


def _pairs(metric: str) -> list[tuple[float, float]]:
    """Means of runs that share model, task, batch size, precision and variant, of device X and of device Y."""
    found = []
    for key in {(r["model"], r["task"], r["batch_size"], r["precision"], r["variant"]) for r in MATCHED}:
        sides = [
            [
                r[metric]
                for r in MATCHED
                if (r["model"], r["task"], r["batch_size"], r["precision"], r["variant"]) == key and r["device"] == d
            ]
            for d in ("X", "Y")
        ]
        if all(sides):
            found.append((float(np.mean(sides[0])), float(np.mean(sides[1]))))
    return found


def _matched_runs() -> list[dict[str, object]]:
    """X takes 0.8 times what Y takes in every setting, but was run with small batches more often, so that its mean is larger."""
    rng = np.random.default_rng(13)
    runs = []
    for i in range(90):
        device = "X" if i % 2 else "Y"
        batch = int(rng.choice([1, 1, 1, 8, 64] if device == "X" else [1, 8, 64, 64, 64]))
        joules = {"m1": 1.0, "m2": 3.0}[model := ["m1", "m2"][i // 2 % 2]] * 20 / batch * (0.8 if device == "X" else 1.0)
        runs.append(
            {
                **{"run_id": f"x{i}", "device": device, "model": model, "task": ["chat", "code"][i // 4 % 2], "batch_size": batch},
                **{"precision": ["fp16", None][i // 8 % 2], "variant": f"v{i // 16 % 3}", "boundary": "gpu"},
                "energy_per_token_j": joules * float(rng.lognormal(0, 0.05)),
                "output_tokens_per_s": float(rng.lognormal(5, 0.2)),
            }
        )
    return runs


MATCHED = _matched_runs()


def test_significance_compares_runs_that_share_every_other_setting(tmp_path: Path) -> None:
    lake = make_traces(tmp_path / "lake", {"energy_run": {("runs", "t"): MATCHED}})
    [pooled] = lake.run("energy/significance", {"a": "X", "b": "Y", "match": []}).records()
    [row] = lake.run("energy/significance", {"a": "X", "b": "Y"}).records()
    pairs = _pairs("energy_per_token_j")
    logs = np.log([x / y for x, y in pairs])
    # Pooled, X seems dearer; where all else is equal, it takes a fifth less.
    assert pooled["ratio"] > 1 > row["ratio"]
    assert (row["pairs"], row["ratio"]) == (len(pairs), pytest.approx(np.exp(logs.mean())))
    assert row["ratio_median"] == pytest.approx(np.median([x / y for x, y in pairs]))
    t = stats.ttest_1samp(logs, 0)
    assert (row["paired_t"], row["paired_df"], row["paired_p"]) == pytest.approx((t.statistic, len(pairs) - 1, t.pvalue))
    assert row["wilcoxon_p"] == pytest.approx(stats.wilcoxon(logs).pvalue)
    assert row["better_share"] == pytest.approx(np.mean([x < y for x, y in pairs]))
    assert row["mean_a"] == pytest.approx(np.mean([x for x, _ in pairs]))
    assert [row[name] for name in ("welch_p", "mann_whitney_p", "anova_p", "note")] == [None] * 4
    subjects = [(m, t) for m in ("m1", "m2") for t in ("chat", "code")]
    best = [
        [min(r["energy_per_token_j"] for r in MATCHED if (r["model"], r["task"], r["device"]) == (m, t, d)) for d in ("X", "Y")]
        for m, t in subjects
    ]
    assert (row["best_pairs"], row["best_ratio"]) == (4, pytest.approx(np.exp(np.mean([np.log(x / y) for x, y in best]))))
    # Of tokens per second more is better.
    [speed] = lake.run("energy/significance", {"a": "X", "b": "Y", "metric": "output_tokens_per_s"}).records()
    assert speed["better_share"] == pytest.approx(np.mean([x > y for x, y in _pairs("output_tokens_per_s")]))


def test_significance_says_where_nothing_matches_and_gives_no_p(tmp_path: Path) -> None:
    runs = [{**r, "batch_size": 1 if r["device"] == "X" else 2} for r in MATCHED]
    apart = [{**r, "boundary": "server"} if r["device"] == "X" else r for r in MATCHED]
    lake = make_traces(tmp_path / "lake", {"energy_run": {("batches", "t"): runs, ("boundaries", "t"): apart}})
    for row in lake.run("energy/significance").records():
        assert (row["pairs"], row["unmatched_a"], row["unmatched_b"], row["runs"]) == (0, 45, 45, 90)
        assert [row[name] for name in ("ratio", "paired_p", "wilcoxon_p", "welch_p", "mann_whitney_p", "anova_p", "mean_a")] == [None] * 7
        assert "there is no p" in row["note"]
    [boundaries] = lake.run("energy/significance", {"dataset": "boundaries"}).records()
    assert (boundaries["best_pairs"], boundaries["best_ratio"]) == (0, None)
    # What the conditions name is not matched on; what they do not name is.
    [row] = lake.run("energy/significance", {"dataset": "batches", "a": "device=X,batch_size=1", "b": "device=Y,batch_size=2"}).records()
    assert row["pairs"] > 0
    assert not {"device", "batch_size"} & set(row["matched_on"].split(", "))
    with pytest.raises(UsageError, match="Did you mean 'model'"):
        lake.run("energy/significance", {"match": ["modle"]})


def test_intelligence_per_watt_keeps_settings_apart(tmp_path: Path) -> None:
    same = {"model": "m", "device": "A100", "task": "chat", "energy_per_request_j": 100.0}
    settings: list[dict[str, object]] = [
        {"precision": "fp16"},
        {"precision": "int4"},
        {"precision": "fp16", "framework": "vllm"},
        {"precision": "fp16", "variant": "long"},
        {"precision": "fp16", "batch_size": 8},
        {"precision": "fp16", "devices": 2},
    ]
    runs = [{"run_id": f"r{i}", **same, **setting, "mean_power_w": 100.0 + i} for i, setting in enumerate([*settings, settings[0]])]
    scores = [{"model": "m", "benchmark": "arc", "accuracy_ratio": a, "precision": p} for a, p in [(0.7, "fp16"), (0.6, "int4")]]
    lake = make_traces(tmp_path / "lake", {"energy_run": {("r", "t"): runs}, "model_accuracy": {("r", "t"): scores}})
    rows = lake.run("energy/intelligence_per_watt").records()
    names = ("precision", "framework", "variant", "batch_size", "devices")
    found = {tuple(r[name] for name in names): (r["runs"], r["mean_power_w"], r["accuracy_ratio"]) for r in rows}
    # The first setting was run twice: 100 and 106 W.
    expected = {
        tuple(s.get(name) for name in names): (1, 100.0 + i, 0.6 if s["precision"] == "int4" else 0.7) for i, s in enumerate(settings) if i
    }
    assert found == {**expected, ("fp16", None, None, None, None): (2, 103.0, 0.7)}
    assert len({r["series"] for r in rows}) == len(rows)


def test_a_score_of_two_precisions_is_never_averaged_for_runs_that_name_none(tmp_path: Path) -> None:
    run = {"run_id": "r", "model": "m", "device": "A100", "mean_power_w": 100.0, "energy_per_request_j": 10.0}
    scores = [{"model": "m", "benchmark": "arc", "accuracy_ratio": a, "precision": p} for a, p in [(0.7, "fp16"), (0.5, "int4")]]
    lake = make_traces(tmp_path / "lake", {"energy_run": {("r", "t"): [run]}, "model_accuracy": {("r", "t"): scores}})
    rows = lake.run("energy/intelligence_per_watt").records()
    assert {r["precision"]: r["accuracy_per_w"] for r in rows} == pytest.approx({"fp16": 0.007, "int4": 0.005})


def test_a_setting_is_held_against_others_where_all_else_is_equal(tmp_path: Path) -> None:
    # Batch 64 was tried on the cheap device alone: against batch 8 it must be compared there, not with the dear device's.
    cells = {("dear", 8): 10.0, ("cheap", 8): 2.0, ("cheap", 64): 1.0, ("old", 64): 30.0}
    runs = [
        {"run_id": f"{d}{b}", "model": "m", "task": "t", "device": d, "batch_size": b, "energy_per_token_j": j}
        for (d, b), j in cells.items()
    ]
    rows = make_traces(tmp_path / "lake", {"energy_run": {("r", "t"): runs}}).run("energy/configurations").records()
    assert [(r["setting"], r["to_cheapest_alike"], r["alike"]) for r in rows] == [("8", 2.0, 1), ("64", 1.0, 1)]
    by_device = make_traces(tmp_path / "other", {"energy_run": {("r", "t"): runs}}).run("energy/configurations", {"by": "device"}).records()
    assert {r["setting"]: (r["to_cheapest_alike"], r["alike"]) for r in by_device} == {
        "dear": (pytest.approx(5.0), 1),
        # The geometric mean of 1 at batch 8 and 1 at batch 64.
        "cheap": (pytest.approx(1.0), 2),
        "old": (pytest.approx(30.0), 1),
    }


def test_power_limits_and_fronts_never_mix_what_differs(tmp_path: Path) -> None:
    same = {"model": "m", "device": "V100", "batch_size": 8, "duration_s": 10.0, "task": "t"}
    runs = [
        {
            "run_id": f"{p}{w}{b}",
            **same,
            "precision": p,
            "power_limit_w": w,
            "energy_j": j,
            "boundary": b,
            "energy_per_request_j": j,
            "latency_s": 1.0,
        }
        for p, w, b, j in [
            ("fp16", 100.0, "gpu", 8.0),
            ("fp16", 200.0, "gpu", 10.0),
            ("fp32", 200.0, "gpu", 40.0),
            ("fp16", 200.0, "server", 90.0),
        ]
    ]
    lake = make_traces(tmp_path / "lake", {"energy_run": {("r", "t"): runs}})
    rows = lake.run("energy/power_limit").records()
    found = {(r["precision"], r["power_limit_w"], r["boundary"]): (r["joules"], r["to_unlimited_energy"], r["is_least"]) for r in rows}
    assert found == {
        ("fp16", 100.0, "gpu"): (8.0, 0.8, True),
        ("fp16", 200.0, "gpu"): (10.0, 1.0, False),
        ("fp32", 200.0, "gpu"): (40.0, 1.0, True),
        ("fp16", 200.0, "server"): (90.0, 1.0, True),
    }
    # A server's joules do not lose against those of its GPUs.
    assert {(r["boundary"], r["joules"], r["runs"]) for r in lake.run("energy/pareto").records()} == {("gpu", 8.0, 3), ("server", 90.0, 1)}


def test_load_fits(lake: Lake) -> None:
    pooled = {r["group_name"]: r for r in lake.run("energy/load_fit", {"dataset": "cells"}).records()}
    assert (pooled["sites of 1 cell"]["sites"], pooled["sites of 2 cells"]["sites"]) == (2, 1)
    readings = {(r["entity_id"], r["sampled_us"]): r["energy_index"] for r in STATIONS if "energy_index" in r}
    for name, sites in [("sites of 1 cell", ("B1", "B2")), ("sites of 2 cells", ("B3",))]:
        keys = [key for key in readings if key[0] in sites]
        loads = [np.mean([r["load_ratio"] for r in STATIONS if (r.get("parent_id"), r["sampled_us"]) == key]) for key in keys]
        fit = stats.linregress(loads, [readings[key] for key in keys])
        found = pooled[name]
        assert (found["slope"], found["intercept"], found["corr"]) == pytest.approx((fit.slope, fit.intercept, fit.rvalue))
        assert found["samples"] == len(keys)
    each = lake.run("energy/load_fit", {"dataset": "cells", "level": "entity"}).records()
    assert [(r["group_name"], r["cells"]) for r in each] == [("B1", 1), ("B2", 1), ("B3", 2)]
    assert each[1]["slope"] == pytest.approx(25, abs=0.01)


def test_saving_mode_against_the_site_without_it(lake: Lake) -> None:
    rows = {r["mode"]: r for r in lake.run("energy/saving_modes", {"dataset": "cells"}).records()}
    assert (rows["ESMode1"]["sites"], rows["ESMode1"]["samples"]) == (1, 10)
    assert rows["ESMode1"]["expected_index"] - rows["ESMode1"]["mean_index"] == pytest.approx(4, abs=0.01)
    assert rows["none"]["saved_ratio"] == pytest.approx(0, abs=1e-12)


def test_a_mode_weighs_as_much_as_its_share_of_the_hour(tmp_path: Path) -> None:
    # Without a mode a site takes 10 + 20 load; the mode saves 5 for as long as it is on. ESMode6 is on in every hour of its site.
    hours = [("S", None, None)] * 30 + [("S", "ESMode1", 0.016)] * 20 + [("S", "ESMode1", 1.0)] * 4 + [("T", "ESMode6", 0.5)] * 30
    rows: list[dict[str, object]] = []
    for hour, (site, mode, share) in enumerate(hours):
        load = hour % 7 / 10
        at = {"sampled_us": hour * HOUR_US, "width_s": 3600.0}
        rows.append(
            {
                "entity_id": f"{site}/0",
                "entity_kind": "cell",
                "parent_id": site,
                "load_ratio": load,
                "mode": mode,
                "mode_ratio": share,
                **at,
            }
        )
        rows.append({"entity_id": site, "entity_kind": "site", "energy_index": 10 + 20 * load - 5 * (share or 0), **at})
    lake = make_traces(tmp_path / "lake", {"power_sample": {("cells", "t"): rows}})
    found = {r["mode"]: r for r in lake.run("energy/saving_modes").records()}
    on = [(share, 10 + 20 * (hour % 7 / 10)) for hour, (_, mode, share) in enumerate(hours) if mode == "ESMode1"]
    wanted = sum(share * 5 * share for share, _ in on) / sum(share * expected for share, expected in on)
    assert found["ESMode1"]["saved_ratio"] == pytest.approx(wanted, abs=1e-9)
    by_squares = sum(share * e * 5 * share for share, e in on) / sum((share * e) ** 2 for share, e in on)
    assert found["ESMode1"]["saved_whole_ratio"] == pytest.approx(by_squares, abs=1e-9)
    assert found["ESMode1"]["mode_h"] == pytest.approx(20 * 0.016 + 4)
    assert (found["ESMode1"]["samples"], found["ESMode1"]["compared"], found["ESMode1"]["reason"]) == (24, 24, None)
    other = found["ESMode6"]
    assert (other["sites"], other["samples"], other["compared"], other["saved_ratio"]) == (1, 30, 0, None)
    assert other["reason"].startswith("no reading of these sites is without a mode")


def test_a_mode_counts_whole_where_its_share_is_not_said_and_a_short_reference_is_no_reference(tmp_path: Path) -> None:
    rows: list[dict[str, object]] = []
    for hour in range(20):
        mode = "M" if hour >= 10 else None
        at = {"sampled_us": hour * HOUR_US, "width_s": 3600.0}
        rows.append({"entity_id": "c", "entity_kind": "cell", "parent_id": "S", "load_ratio": hour % 5 / 5, "mode": mode, **at})
        rows.append({"entity_id": "S", "entity_kind": "site", "energy_index": 20.0 - 4 * (hour >= 10), **at})
    lake = make_traces(tmp_path / "lake", {"power_sample": {("cells", "t"): rows}})
    found = {r["mode"]: r for r in lake.run("energy/saving_modes", {"min_samples": 10}).records()}
    assert (found["M"]["saved_ratio"], found["M"]["mode_h"]) == (pytest.approx(0.2), pytest.approx(10))
    found = {r["mode"]: r for r in lake.run("energy/saving_modes").records()}
    assert found["M"]["saved_ratio"] is None
    assert found["M"]["reason"] == "these sites have at most 10 readings without a mode, or all at one load; a line needs 24"


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
    given = lake.run("energy/wue_by_wet_bulb", {"dataset": "zeus", "wet_bulb_c": [(70 - 32) * 5 / 9]}).records()
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


@pytest.mark.parametrize("name", ["energy/configurations", "energy/pareto", "energy/significance", "energy/power_limit"])
def test_a_model_goes_by_its_last_part_in_any_case_and_an_unknown_one_is_refused(name: str, tmp_path: Path) -> None:
    common = {"task": "chat", "boundary": "gpu", "devices": 1, "batch_size": 8, "itl_p50_s": 0.1, "duration_s": 10.0, "mean_power_w": 60.0}
    runs = [
        common
        | {"run_id": f"{model}{i}", "model": f"org/{model}", "device": device, "energy_per_token_j": 1.0 + i, "power_limit_w": 100.0 + i}
        for model in ("One", "Two")
        for i, device in enumerate(("A", "A", "B", "B"))
    ]
    lake = make_traces(tmp_path / "lake", {"energy_run": {("r", "t"): runs}})
    whole = lake.run(name, {"model": "org/One"}).rows
    assert whole
    assert lake.run(name, {"model": "one"}).rows == whole
    with pytest.raises(UsageError, match=r"model='Onne' is not in this lake. Did you mean 'One'\?"):
        lake.run(name, {"model": "Onne"})


@pytest.mark.parametrize(("name", "table"), [("energy/water_by_month", "water_intensity"), ("energy/carbon_over_time", "grid_mix")])
def test_an_unknown_place_is_refused(name: str, table: str, tmp_path: Path) -> None:
    place = {"region_id": "KEN", "region": "Kenya", "country_iso3": "KEN", "started_us": 0, "fuel": "total", "carbon_g_per_kwh": 1.0}
    rows = [{k: v for k, v in place.items() if table == "grid_mix" or k not in ("fuel",)}]
    lake = make_traces(tmp_path / "lake", {table: {("w", "m"): rows}}, EPOCH)
    assert [r["region"] for r in lake.run(name, {"region": "ken"}).records()] == ["Kenya"] * len(lake.run(name).rows)
    with pytest.raises(UsageError, match=r"region='Kenia' is not in this lake. Did you mean 'Kenya'\?"):
        lake.run(name, {"region": "Kenia"})
