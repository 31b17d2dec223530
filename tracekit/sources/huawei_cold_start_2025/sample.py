"""Writes the synthetic Huawei 2025 sample in the release's layout: R1 and R2 cold starts, the R2 function table, R2 and R5 requests."""

from pathlib import Path

import numpy as np

POOLS = ["pool22-300-128", "pool24-600-512", "pool31-1000-1024"]
RUNTIMES = ["Python3", "Java", "Node.js", "Custom", "Go1.x"]
TRIGGERS = ["TIMER-A", "APIG-S", "APIG-S TIMER-A", "workflow-S", "unknown"]
COLD = (
    "day,time,clusterName,funcName,userID,requestID,totalCost_cold_start,"
    "podAllocationCost,deployCodeCost,deployDependencyCost,schedulingCost,podID"
)
REQUEST = (
    "time_worker,time_frontend,requestID,clusterName,funcName,podID,userID,totalCost_worker,workerCost,runtimeCost,"
    "totalCost_frontend,frontendCost,busCost,readBodyCost,writeRspCost,cpu_usage,memory_usage,requestBodySize"
)


def _functions(rng: np.random.Generator, count: int) -> list[tuple[int, int, str]]:
    return [(int(rng.integers(1, 2500)), int(rng.integers(1, 1200)), POOLS[i % len(POOLS)]) for i in range(count)]


def _cold_start(rng: np.random.Generator, time: float, function: tuple[int, int, str], scale: float) -> str:
    # Allocation and scheduling are logged to the microsecond, code and dependencies to the millisecond.
    allocation, scheduling = (
        round(float(rng.lognormal(-6, 2)) * scale, 6),
        round(float(rng.lognormal(-1, 1)) * scale, 6),
    )
    code = round(float(rng.lognormal(-3, 1)), 3)
    dependency = 0.0 if rng.random() < 0.6 else round(float(rng.lognormal(0, 1)) * scale, 3)
    total = allocation + scheduling + code + dependency
    name, user, pool = function
    request, pod = f"{int(rng.integers(2**60)):016x}", f"{pool}-{int(rng.integers(10**9)):010d}"
    return (
        f"{int(time // 86400)},{time:.3f},{int(rng.integers(1, 5))},{name},{user},{request},{total:.6f},{allocation:.6f},"
        f"{code:.3f},{dependency:.3f},{scheduling:.6f},{pod}"
    )


def _write(path: Path, header: str, rows: list[str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join([header, *rows]) + "\n")


def _request(rng: np.random.Generator, time: float, function: tuple[int, int, str], pod: str = "", trigger: str = "") -> str:
    name, user, pool = function
    worker, runtime = round(float(rng.lognormal(-9, 0.5)), 6), round(float(rng.lognormal(-6, 1.5)), 6)
    pod = pod or f"{pool}-{int(rng.integers(4)):010d}"
    parts = [round(float(rng.lognormal(-8, 1)), 6) for _ in range(4)]
    has_frontend = rng.random() < 0.5
    frontend = f"{worker + runtime + sum(parts) + 0.0003:.6f}," + ",".join(f"{p:.6f}" for p in parts) if has_frontend else ",,,,"
    cells = [
        f"{time:.3f}",
        f"{time + 0.001:.3f}" if has_frontend else "",
        trigger or f"{int(rng.integers(2**60)):016x}",
        "3",
        str(name),
        pod,
        str(user),
    ]
    cells += [
        f"{worker + runtime:.6f}",
        f"{worker:.6f}",
        f"{runtime:.6f}",
        frontend,
        f"{rng.random():.6f}",
        f"{rng.uniform(20, 120):.6f}",
    ]
    cells += [f"{int(rng.integers(0, 500))}.0" if has_frontend else ""]
    return ",".join(cells)


def _lives(folder: Path, rng: np.random.Generator, functions: list[tuple[int, int, str]]) -> None:
    """Writes a last day on which pods are followed from their cold start through their requests; some outlive the recording."""
    starts, requests = [], []
    for time in 2_592_000 + np.sort(np.append(rng.uniform(0, 86_000, 18), [86_380, 86_390])):
        function = functions[int(rng.integers(len(functions)))]
        row = _cold_start(rng, float(time), function, 0.8)
        starts.append(row)
        at = float(time) + float(row.split(",")[6])
        trigger, pod = row.split(",")[5], row.split(",")[11]
        for gap in [0.01, *rng.exponential(25, int(rng.geometric(0.3)) - 1)]:
            # A pod that waits for a minute is deleted; its first request is the one that started it.
            at += min(gap, 59.0)
            if at < 2_678_400:
                requests.append((at, _request(rng, at, function, pod, trigger)))
            trigger = ""
    _write(folder / "cold_start" / "R2" / "day_30.csv", COLD, starts)
    _write(folder / "per_request" / "R2" / "part_000.csv", REQUEST, [row for _, row in sorted(requests)])


def _series(folder: Path, functions: list[tuple[int, int, str]]) -> None:
    """Writes matrices of an hour, a function per column: counts, of which an empty cell is a zero, and one statistic."""
    rng = np.random.default_rng(60)
    names = [f"{name}---{user}---{pool}" for name, user, pool in functions[:8]]
    head = ",".join(["day", "time", *names])
    for folder_name, scale in (("requests", 3.0), ("num_pods", 1.0), ("num_cold_starts", 0.1)):
        counts = rng.poisson(scale * 1.6 ** np.arange(8), (60, 8))
        rows = [f"0,{60 * i}," + ",".join(f"{n}.0" if n else "" for n in row) for i, row in enumerate(counts)]
        _write(folder / "quantiles" / "R2" / folder_name / "day_00.csv", head, rows)
    costs = rng.lognormal(-5, 1, (5, 8))
    for name, factor in (("totalCost_quantile_050", 1.0), ("totalCost_avg", 1.3)):
        rows = [
            f"0,{60 * i}," + ",".join("" if i == j else f"{cost * factor:.6f}" for j, cost in enumerate(row)) for i, row in enumerate(costs)
        ]
        _write(folder / "quantiles" / "R2" / name / "day_00.csv", head, rows)


def write(folder: Path) -> None:
    """Writes the raw-shaped files into a folder."""
    rng = np.random.default_rng(20250330)
    for region, scale in (("R1", 1.5), ("R2", 0.8)):
        functions = _functions(rng, 24)
        for day in (0, 1):
            times = day * 86400 + np.sort(rng.uniform(0, 86400, 60))
            rows = [_cold_start(rng, float(t), functions[int(rng.integers(24))], scale) for t in times]
            # One request may start several pods: every twentieth row was caused by the request of the row before.
            for i in range(20, len(rows), 20):
                rows[i] = ",".join([*rows[i].split(",")[:5], rows[i - 1].split(",")[5], *rows[i].split(",")[6:]])
            _write(folder / "cold_start" / region / f"day_{day:02d}.csv", COLD, rows)
        if region == "R2":
            table = [
                f"{name}---{user}---{pool},{[100, 300, 500][POOLS.index(pool)]},{RUNTIMES[i % 5]},{TRIGGERS[i % 4 if i % 7 else 4]}"
                for i, (name, user, pool) in enumerate(functions)
            ]
            path = folder / "runtime_triggerType" / "df_funcID_runtime_triggerType.csv"
            _write(path, "funcID,cpu_request,runtime,triggerType-invocationType", table)
            _lives(folder, np.random.default_rng(30), functions)
            _series(folder, functions)
    functions = _functions(rng, 6)
    times = 2_592_000 + np.sort(rng.uniform(0, 1800, 150))
    rows = [_request(rng, float(t), functions[int(rng.integers(6))]) for t in times]
    _write(folder / "per_request" / "R5" / "part_000.csv", REQUEST, rows)
