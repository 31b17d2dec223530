"""Cluster queries against loops and numpy: on the raw text of the openb sample, and on hand-made jobs, machines and samples."""

import csv
import math
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from handmade import make_tables

from tracekit.api import Lake

SAMPLES = Path(__file__).parents[2] / "data" / "samples" / "alibaba-gpu-2023"
STATES = ["completed", "failed", "timeout", "cancelled", "running", "pending"]
Row = dict[str, Any]


def _raw(name: str) -> list[dict[str, str]]:
    with (SAMPLES / name).open(newline="") as file:
        return list(csv.DictReader(file))


def _jobs(rng: np.random.Generator) -> list[Row]:
    """Jobs on whole seconds, so that a second-by-second count is exact."""
    rows: list[Row] = []
    at = 0
    for number in range(160):
        at += int(rng.integers(0, 4))
        start = None if number % 9 == 4 else at + int(rng.integers(0, 5))
        rows.append(
            {
                "job_id": f"j{number}",
                "user_id": f"u{int(rng.integers(0, 9)) ** 2 // 9}" if number % 7 else None,
                "queue": None,
                "submitted_us": at * 1_000_000,
                "started_us": None if start is None else start * 1_000_000,
                "ended_us": None if start is None else (start + int(rng.integers(1, 90))) * 1_000_000,
                "run_s": 7.0 if number % 18 == 4 else None,
                "attempts": int(rng.integers(1, 4)) if number % 2 else None,
                "gpus": float(rng.choice([0, 0.25, 0.5, 1, 2, 3, 4, 8, 16])),
                "cpus": float(rng.integers(1, 17)),
                "cpu_ratio_p95": float(rng.random()) if number % 3 else None,
                "cpu_ratio_max": float(rng.random()),
                "status": "pending" if start is None else STATES[int(rng.integers(0, 5))],
            }
        )
    return rows


@pytest.fixture(scope="module")
def jobs() -> list[Row]:
    return _jobs(np.random.default_rng(1))


@pytest.fixture(scope="module")
def samples() -> list[Row]:
    rng = np.random.default_rng(2)
    rows: list[Row] = []
    for second in range(60):
        for machine in range(5):
            row: Row = {"entity_id": f"m{machine}", "entity_kind": "machine", "sampled_us": second * 1_000_000, "width_s": 1.0 + machine}
            row |= {"cpu_cores": float(rng.integers(0, 9)), "cpu_cores_provisioned": 8.0, "memory_mb": float(rng.exponential(100))}
            rows.append(row | ({"cpu_cores": None} if rng.random() < 0.1 else {}))
    rows += [{"entity_id": "m0", "entity_kind": "gpu", "sampled_us": i, "gpu_index": i % 2, "gpu_ratio": i / 10} for i in range(11)]
    return rows


@pytest.fixture(scope="module")
def machines() -> list[Row]:
    return [{"machine_id": f"n{i}", "cpus": 40.0, "gpus": 8.0, "numa_nodes": 2, "pool": "rack" if i < 5 else "inactive"} for i in range(6)]


@pytest.fixture(scope="module")
def placements() -> list[Row]:
    rng = np.random.default_rng(3)
    return [
        {"job_id": f"v{i}", "machine_id": f"n{rng.integers(0, 5)}", "numa_node": int(rng.integers(0, 2)), "cpus": float(rng.choice([2, 4]))}
        for i in range(22)
    ] + [{"job_id": "wide", "machine_id": "n1", "cpus": 4.0}]


@pytest.fixture(scope="module")
def results() -> list[Row]:
    rng = np.random.default_rng(4)
    rows: list[Row] = []
    for sku in ("small", "large"):
        for vm in range(4):
            base = 100 * (1 + 0.1 * rng.standard_normal())
            runs = 1 if vm == 3 else 6
            more = {"suite": "s", "test": "t", "region": "r", "sku": sku, "machine_id": f"{sku}{vm}", "unit": "x"}
            rows += [{**more, "value": base * (1 + 0.02 * rng.standard_normal())} for _ in range(runs)]
    return rows


@pytest.fixture(scope="module")
def lake(
    tmp_path_factory: pytest.TempPathFactory,
    jobs: list[Row],
    samples: list[Row],
    machines: list[Row],
    placements: list[Row],
    results: list[Row],
) -> Lake:
    tables = {"cluster_job": jobs, "resource_sample": samples, "machine": machines, "placement": placements, "benchmark_result": results}
    return make_tables(tmp_path_factory.mktemp("cluster"), tables)


def _run_s(job: Row) -> float | None:
    known = job["ended_us"] is not None and job["started_us"] is not None
    return (job["ended_us"] - job["started_us"]) / 1e6 if known else job["run_s"]


def test_fragmentation_of_the_empty_cluster(demo_lake: Path) -> None:
    pods, nodes = _raw("openb_pod_list_sample.csv"), _raw("openb_node_list_all_node.csv")
    useless = 0.0
    for node in nodes:
        for pod in pods:
            asked = int(pod["num_gpu"])
            allowed = not pod["gpu_spec"] or node["model"] in pod["gpu_spec"].split("|")
            runs = int(pod["cpu_milli"]) <= int(node["cpu_milli"]) and asked <= int(node["gpu"]) and allowed
            useless += 0 if asked and runs else int(node["gpu"]) / len(pods)
    row = Lake(demo_lake).query("cluster/fragmentation", dataset="alibaba-gpu-2023").row(0, named=True)
    gpus = sum(int(node["gpu"]) for node in nodes)
    assert (row["machines"], row["gpus"], row["jobs"]) == (len(nodes), gpus, len(pods))
    assert row["fgd_ratio_empty"] == pytest.approx(useless / gpus)


def test_first_fit(demo_lake: Path) -> None:
    pods, nodes = _raw("openb_pod_list_sample.csv"), _raw("openb_node_list_all_node.csv")
    left = [[int(n["cpu_milli"]), int(n["memory_mib"]), [1000] * int(n["gpu"]), n["model"]] for n in nodes]
    placed = 0
    for pod in sorted(pods, key=lambda pod: int(pod["creation_time"])):
        asked, milli = int(pod["num_gpu"]), int(pod["gpu_milli"])
        for node in left:
            able = [i for i, free in enumerate(node[2]) if free >= milli]
            allowed = not pod["gpu_spec"] or node[3] in pod["gpu_spec"].split("|")
            if node[0] >= int(pod["cpu_milli"]) and node[1] >= int(pod["memory_mib"]) and len(able) >= asked and allowed:
                node[0] -= int(pod["cpu_milli"])
                node[1] -= int(pod["memory_mib"])
                for gpu in able[:asked]:
                    node[2][gpu] -= milli
                placed += 1
                break
    row = Lake(demo_lake).query("cluster/first_fit", dataset="alibaba-gpu-2023").row(0, named=True)
    gpus = sum(len(node[2]) for node in left)
    free = sum(sum(node[2]) for node in left) / 1000
    assert 0 < placed < len(pods)
    assert (row["placed"], row["jobs"], row["jobs_left_out"]) == (placed, len(pods), 0)
    assert row["allocated_ratio"] == pytest.approx(1 - free / gpus)
    useless = 0.0
    for node in left:
        for pod in pods:
            asked, milli = int(pod["num_gpu"]), int(pod["gpu_milli"])
            allowed = not pod["gpu_spec"] or node[3] in pod["gpu_spec"].split("|")
            fits = asked and allowed and node[0] >= int(pod["cpu_milli"]) and sum(f >= milli for f in node[2]) >= asked
            useless += sum(f for f in node[2] if not fits or f < milli) / 1000 / len(pods)
    assert row["fgd_ratio_of_free"] == pytest.approx(useless / free)


def test_utilisation(lake: Lake, samples: list[Row]) -> None:
    rows = {row["entity_kind"]: row for row in lake.query("cluster/utilisation").iter_rows(named=True)}
    mine = [s for s in samples if s["entity_kind"] == "machine"]
    used = [s for s in mine if s["cpu_cores"] is not None]
    ratio, width = np.array([s["cpu_cores"] / 8 for s in used]), np.array([s["width_s"] for s in used])
    row = rows["machine"]
    assert (row["entities"], row["samples"]) == (5, len(mine))
    assert row["cpu_ratio_mean"] == pytest.approx(ratio.mean())
    assert row["cpu_ratio_p50"] == pytest.approx(np.quantile(ratio, 0.5))
    assert row["cpu_ratio_p99"] == pytest.approx(np.quantile(ratio, 0.99))
    assert row["cpu_ratio_time_mean"] == pytest.approx((ratio * width).sum() / width.sum())
    memory = [np.array([s["memory_mb"] for s in mine if s["entity_id"] == f"m{i}"]) for i in range(5)]
    assert row["memory_peak_to_mean_max"] == pytest.approx(max(m.max() / m.mean() for m in memory))
    gpus = np.array([s["gpu_ratio"] for s in samples if s["entity_kind"] == "gpu"])
    assert (rows["gpu"]["entities"], rows["gpu"]["cpu_ratio_mean"]) == (2, None)
    assert rows["gpu"]["gpu_ratio_p99"] == pytest.approx(np.quantile(gpus, 0.99))


def _size(gpus: float) -> str:
    if gpus == 0:
        return "0"
    if gpus < 1:
        return "< 1"
    low = 2 ** math.floor(math.log2(gpus))
    return "1" if low == 1 else f"{low} to {2 * low - 1}"


def test_hours_by_size_add_up(lake: Lake, jobs: list[Row]) -> None:
    hours: defaultdict[str, list[float]] = defaultdict(list)
    for job in jobs:
        hours[_size(job["gpus"])].append(job["gpus"] * (_run_s(job) or 0) / 3600)
    found = {row["group_name"]: row for row in lake.query("cluster/job_hours").iter_rows(named=True)}
    assert list(found) == ["0", "< 1", "1", "2 to 3", "4 to 7", "8 to 15", "16 to 31"]
    whole = sum(map(sum, hours.values()))
    for name, row in found.items():
        assert row["jobs"] == len(hours[name])
        assert row["gpu_hours_share"] == pytest.approx(sum(hours[name]) / whole)


def test_hours_by_user_fold_the_small_ones_and_keep_the_unknown(lake: Lake, jobs: list[Row]) -> None:
    hours: defaultdict[str | None, float] = defaultdict(float)
    for job in jobs:
        hours[job["user_id"]] += job["gpus"] * (_run_s(job) or 0) / 3600
    order = sorted((user for user in hours if user), key=lambda user: -hours[user])
    rows = lake.query("cluster/job_hours", by="user", top=2).rows(named=True)
    assert [row["group_name"] for row in rows] == [*order[:2], "(others)", None]
    assert rows[2]["gpu_hours"] == pytest.approx(sum(hours[user] for user in order[2:]))
    assert rows[3]["gpu_hours"] == pytest.approx(hours[None])
    assert sum(row["jobs"] for row in rows) == len(jobs)
    # No job has a queue: a trace that does not publish the group says nothing.
    assert lake.query("cluster/job_hours", by="queue").is_empty()


def test_durations(lake: Lake, jobs: list[Row]) -> None:
    runs = np.array([run for job in jobs if (run := _run_s(job)) is not None and job["gpus"] > 0])
    for row in lake.query("cluster/durations", hardware="gpu", quantiles=[0.0, 0.3, 1.0]).iter_rows(named=True):
        assert row["jobs"] == len(runs)
        assert row["run_s"] == pytest.approx(np.quantile(runs, row["quantile"]))


def test_arrivals(lake: Lake, jobs: list[Row]) -> None:
    gaps = np.diff([job["submitted_us"] / 1e6 for job in jobs])
    row = lake.query("cluster/arrivals").row(0, named=True)
    assert row["iat_cv"] == pytest.approx(gaps.std() / gaps.mean())
    assert row["same_instant_ratio"] == pytest.approx((gaps == 0).mean())
    assert row["gpus"] == sum(job["gpus"] for job in jobs)


def test_failures_and_retries(lake: Lake, jobs: list[Row]) -> None:
    ended = [job for job in jobs if job["status"] in ("completed", "failed", "timeout", "cancelled", "preempted")]
    failed = [job for job in ended if job["status"] in ("failed", "timeout")]
    hours = [sum(job["gpus"] * (_run_s(job) or 0) for job in rows) for rows in (failed, jobs)]
    tried = [job["attempts"] for job in jobs if job["attempts"]]
    row = lake.query("cluster/failures").row(0, named=True)
    assert (row["jobs"], row["ended"], row["failed"]) == (len(jobs), len(ended), len(failed))
    assert row["failed_gpu_hours_share"] == pytest.approx(hours[0] / hours[1])
    assert row["retried_ratio"] == pytest.approx(np.mean(np.array(tried) > 1))
    assert (row["attempts_mean"], row["attempts_max"]) == (pytest.approx(np.mean(tried)), max(tried))
    assert row["failed_run_p50_s"] == pytest.approx(np.median([_run_s(job) for job in failed]))


def test_demand_second_by_second(lake: Lake, jobs: list[Row]) -> None:
    held = [(job["started_us"] // 10**6, job["ended_us"] // 10**6, job["gpus"]) for job in jobs if job["started_us"] is not None]
    first, last = min(s for s, _, _ in held), max(e for _, e, _ in held)
    level = np.zeros(last - first)
    for start, end, gpus in held:
        level[start - first : end - first] += gpus
    row = next(r for r in lake.query("cluster/occupancy").iter_rows(named=True) if r["resource"] == "gpus")
    assert (row["capacity"], row["basis"]) == (48.0, "started")
    assert row["mean_running"] == pytest.approx(level.mean())
    assert row["peak_running"] == pytest.approx(level.max())
    assert row["verdict"] == "more than the machines have"
    windows = lake.query("cluster/demand", windows=last - first)
    assert windows.height == last - first
    assert windows["running_mean"].to_list() == pytest.approx(level.tolist())


def test_a_cluster_that_is_never_full_is_not_a_utilisation_trace(lake: Lake) -> None:
    row = next(r for r in lake.query("cluster/occupancy", full_ratio=100.0).iter_rows(named=True) if r["resource"] == "gpus")
    assert row["verdict"] == "not a utilisation trace"


def test_lifetimes(lake: Lake, jobs: list[Row]) -> None:
    runs = [run for job in jobs if (run := _run_s(job)) is not None]
    row = lake.query("cluster/lifetimes").row(0, named=True)
    assert (row["jobs"], row["whole"]) == (len(jobs), len(runs))
    assert row["life_p90_s"] == pytest.approx(np.quantile(runs, 0.9))
    assert row["hours"] == pytest.approx(sum(runs) / 3600)
    assert row["below_hour_ratio"] == 1.0


def test_rightsizing(lake: Lake, jobs: list[Row]) -> None:
    cores = freed = smaller = 0.0
    for job in jobs:
        use = job["cpu_ratio_max"] if job["cpu_ratio_p95"] is None else job["cpu_ratio_p95"]
        needed = job["cpus"]
        # Halve as long as what is used stays below the target, one core at least.
        while needed / 2 >= 1 and use * job["cpus"] <= 0.8 * needed / 2:
            needed /= 2
        if needed > 1 and use * job["cpus"] <= 0.8 * needed / 2:
            needed = 1.0
        smaller += needed <= job["cpus"] / 2
        hours = job["cpus"] * (_run_s(job) or 0)
        cores += hours
        freed += hours * (1 - needed / job["cpus"])
    row = lake.query("cluster/rightsizing").row(0, named=True)
    assert row["smaller_ratio"] == pytest.approx(smaller / len(jobs))
    assert row["freed_core_hours_ratio"] == pytest.approx(freed / cores)


def test_fragment_rate(lake: Lake, placements: list[Row]) -> None:
    free = {(m, node): 20.0 for m in range(6) for node in range(2)}
    for piece in placements:
        for node in [piece["numa_node"]] if "numa_node" in piece else [0, 1]:
            free[int(piece["machine_id"][1:]), node] -= piece["cpus"] / (1 if "numa_node" in piece else 2)
    # The last machine is not active.
    active = range(5)
    total = sum(free[m, node] for m in active for node in range(2))
    usable = sum(free[m, node] // 16 * 16 for m in active for node in range(2))
    row = lake.query("cluster/fragment_rate").row(0, named=True)
    assert (row["machines"], row["active"], row["placements"]) == (6, len(active), len(placements))
    assert row["fragment_ratio"] == pytest.approx((total - usable) / total)
    assert 0 < row["fragment_ratio"] < 1
    assert row["used_ratio"] == pytest.approx(1 - total / (40 * len(active)))


def test_noise_within_and_between_machines(lake: Lake, results: list[Row]) -> None:
    for row in lake.query("cluster/benchmark_noise").iter_rows(named=True):
        runs = [np.array([r["value"] for r in results if r["machine_id"] == f"{row['group_name']}{vm}"]) for vm in range(3)]
        assert (row["machines"], row["measurements"], row["single_runs"]) == (3, 18, 1)
        assert row["cv_within_p50"] == pytest.approx(np.mean([r.std() / r.mean() for r in runs]))
        every = np.array([r["value"] for r in results if r["sku"] == row["group_name"]])
        assert row["cv_total_p50"] == pytest.approx(every.std() / every.mean())
        means = np.array([r.mean() for r in runs])
        assert row["cv_between_p50"] == pytest.approx(means.std() / means.mean())


def test_a_benchmark_measured_once_has_no_variation(tmp_path: Path) -> None:
    runs = {"twice": {"a": [1.0, 3.0], "b": [4.0, 6.0]}, "machines": {"a": [10.0], "b": [30.0]}, "once": {"a": [5.0]}}
    rows = [
        {"suite": "s", "test": test, "sku": "X", "machine_id": vm, "value": value, "unit": "u"}
        for test, machines in runs.items()
        for vm, values in machines.items()
        for value in values
    ]
    lake = make_tables(tmp_path / "lake", {"benchmark_result": [*rows, {**rows[-1], "sku": "Y"}]})
    found = {r["group_name"]: r for r in lake.run("cluster/benchmark_noise").records()}
    total = {
        test: np.std([v for m in machines.values() for v in m]) / np.mean([v for m in machines.values() for v in m])
        for test, machines in runs.items()
    }
    row = found["X"]
    assert row["cv_within_p50"] == pytest.approx((0.5 + 0.2) / 2)
    assert row["cv_total_p50"] == pytest.approx((total["twice"] + total["machines"]) / 2)
    assert row["cv_total_repeated_p50"] == pytest.approx(total["twice"])
    assert (row["cells"], row["total_cells"], row["single_cells"], row["single_runs"]) == (1, 2, 1, 3)
    # Asked for or not, one measurement has no coefficient of variation; and what says nothing is still counted.
    [alone] = [r for r in lake.run("cluster/benchmark_noise", {"min_runs": 1}).records() if r["group_name"] == "Y"]
    assert (alone["cv_within_p50"], alone["cv_total_p50"], alone["single_cells"]) == (None, None, 1)


@pytest.mark.parametrize("hardware", ["all", "gpu", "cpu"])
def test_waits_of_jobs_with_and_without_gpus(hardware: str, tmp_path: Path) -> None:
    gpus = [1.0, 0.5, 0.0, None, 8.0, None]
    jobs = [
        {"submitted_us": 0, "started_us": (10 * i + 1) ** 2 * 1_000_000, "gpus": count, "status": "completed"}
        for i, count in enumerate(gpus)
    ]
    [row] = make_tables(tmp_path / "lake", {"cluster_job": jobs}).run("cluster/queue_delay", {"hardware": hardware}).records()
    taken = {"all": range(6), "gpu": [0, 1, 4], "cpu": [2, 3, 5]}[hardware]
    waits = [(10 * i + 1) ** 2 for i in taken]
    assert (row["jobs"], row["wait_max_s"]) == (len(waits), max(waits))
    assert (row["wait_mean_s"], row["wait_p50_s"]) == (pytest.approx(np.mean(waits)), pytest.approx(np.median(waits)))


@pytest.mark.parametrize(("least_s", "hours"), [(0, 5100 / 3600), (300, (300 + 300 + 5000) / 3600)])
def test_a_life_may_count_for_the_length_of_a_reading(least_s: float, hours: float, tmp_path: Path) -> None:
    lives = [0, 100, 5000]
    jobs = [{"started_us": 0, "ended_us": s * 1_000_000, "cpus": 1.0, "status": "completed"} for s in lives]
    [row] = make_tables(tmp_path / "lake", {"cluster_job": jobs}).run("cluster/lifetimes", {"least_s": least_s}).records()
    assert row["hours"] == pytest.approx(hours)
