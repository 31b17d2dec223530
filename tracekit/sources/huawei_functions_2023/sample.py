"""Writes the synthetic Huawei 2023 sample: a few functions of both datasets, with cells that are empty and cells that are zero."""

from pathlib import Path

import numpy as np

FUNCTIONS = {"private": [0, 1, 5, 7, 28, 199], "public": [0, 3, 17, 2500, 5092]}


def _write(path: Path, functions: list[int], times: list[int], cells: list[list[str]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    head = ",".join(["day", "time", *map(str, functions)])
    rows = [",".join([str(time // 86_400), str(time), *row]) for time, row in zip(times, cells, strict=True)]
    path.write_text("\n".join([head, *rows]) + "\n")


def _counts(rng: np.random.Generator, times: list[int], functions: list[int], scale: float) -> list[list[str]]:
    def cell(time: int, i: int) -> str:
        if i == 3 or (i == 2 and time % 600 < 120):
            return ""
        wave = 1 + 0.5 * np.sin(2 * np.pi * (time % 86_400) / 86_400)
        return f"{int(rng.poisson(scale * 3.0**i * wave))}.0" if i % 2 else str(int(rng.poisson(scale * 3.0**i * wave)))

    return [[cell(time, i) for i in range(len(functions))] for time in times]


def _levels(rng: np.random.Generator, times: list[int], functions: list[int], mean: float) -> list[list[str]]:
    return [["" if i == 3 else f"{mean * rng.gamma(9.0, 1 / 9):.6g}" for i in range(len(functions))] for _ in times]


def write(folder: Path) -> None:
    """Writes the raw-shaped files into a folder."""
    rng = np.random.default_rng(20231031)
    minutes = list(range(0, 3600, 60))
    private, public = (folder / f"{name}_dataset" for name in FUNCTIONS)
    few = FUNCTIONS["private"]
    for day in (0, 2):
        times = [day * 86_400 + minute for minute in minutes]
        _write(private / "requests_minute" / f"day_{day:03}.csv", few, times, _counts(rng, times, few, 0.8))
    _write(private / "requests_second" / "day_000.csv", few, list(range(20)), _counts(rng, list(range(20)), few, 0.1))
    for name, mean in (("function_delay", 250.0), ("platform_delay", 12.0)):
        _write(private / f"{name}_minute" / "day_000.csv", few, minutes[:10], _levels(rng, minutes[:10], few, mean))
    _write(private / "function_delay_second" / "day_000.csv", few, [0, 1, 2], _levels(rng, [0, 1, 2], few, 250.0))
    levels = {"cpu_usage": 0.02, "memory_usage": 0.3, "cpu_limit": 0.45, "memory_limit": 256.0}
    for name, mean in levels.items():
        _write(private / f"{name}_minute" / "day_000.csv", few, minutes[:10], _levels(rng, minutes[:10], few, mean))
    _write(private / "instances_minute" / "day_000.csv", few, minutes[:10], _counts(rng, minutes[:10], few, 0.2))
    many = FUNCTIONS["public"]
    _write(public / "requests_minute" / "day_00.csv", many, minutes, _counts(rng, minutes, many, 2.0))
