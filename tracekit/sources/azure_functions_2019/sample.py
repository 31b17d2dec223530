"""Writes the synthetic Azure Functions 2019 sample: two days of the release's layout, and a subset of one day."""

import hashlib
import math
from pathlib import Path

import numpy as np

MINUTES = 120
TRIGGERS = ("http", "timer", "queue", "event", "storage", "orchestration", "others")
DURATIONS = ["Average", "Count", "Minimum", "Maximum", *(f"percentile_Average_{p}" for p in (0, 1, 25, 50, 75, 99, 100))]
MEMORY = ["SampleCount", "AverageAllocatedMb", *(f"AverageAllocatedMb_pct{p}" for p in (1, 5, 25, 50, 75, 95, 99, 100))]


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _counts(rng: np.random.Generator, function: int) -> list[int]:
    if function % 4 == 1:
        return [int(minute % 15 == 0) for minute in range(MINUTES)]
    rate = 0.02 * 3.0 ** (function % 7)
    return [int(n) for n in rng.poisson(rate * rng.gamma(0.5, 2.0, MINUTES))]


def _duration(rng: np.random.Generator, count: int, *, is_odd: bool) -> list[float]:
    values = np.sort(np.round(rng.lognormal(5.5, 1.5, 7)))
    # Upstream, some averages are 0 although executions took time.
    mean = 0.0 if is_odd else float(np.round(values.mean()))
    return [mean, count, float(values[0]), float(values[-1]), *(float(v) for v in values)]


def _memory(rng: np.random.Generator) -> list[float]:
    values = np.sort(np.round(107 * (rng.random(8) + 0.5), 2))
    return [int(rng.integers(100, 20_000)), round(math.fsum(values) / 8, 5), *(float(v) for v in values)]


def _line(*cells: object) -> str:
    return ",".join(str(cell) for cell in cells)


def write(folder: Path) -> None:
    """Writes the raw-shaped files into a folder."""
    rng = np.random.default_rng(20190715)
    functions = [(_hash(f"owner {i // 6}"), _hash(f"app {i // 3}"), _hash(f"function {i}"), TRIGGERS[i % 7]) for i in range(14)]
    for day in (1, 2):
        counts = {names: _counts(rng, i) for i, names in enumerate(functions)}
        # Triggers drift: what is `others` on the first day has its type on the second.
        rows = [_line(*n[:3], "others" if day == 1 and i % 5 == 0 else n[3], *counts[n]) for i, n in enumerate(functions)]
        head = _line("HashOwner", "HashApp", "HashFunction", "Trigger", *range(1, MINUTES + 1))
        (folder / f"invocations_per_function_md.anon.d{day:02}.csv").write_text("\n".join([head, *rows]) + "\n")
        # The last function has no durations; the first stands twice.
        rows = [_line(*n[:3], *_duration(rng, sum(counts[n]), is_odd=i == 4)) for i, n in enumerate(functions[:-1])]
        head = _line("HashOwner", "HashApp", "HashFunction", *DURATIONS)
        (folder / f"function_durations_percentiles.anon.d{day:02}.csv").write_text("\n".join([head, rows[0], *rows]) + "\n")
    apps = list(dict.fromkeys(names[:2] for names in functions))
    rows = [_line(*names, *_memory(rng)) for names in apps]
    (folder / "app_memory_percentiles.anon.d01.csv").write_text("\n".join([_line("HashOwner", "HashApp", *MEMORY), *rows]) + "\n")
    _write_subset(folder, rng, functions[:6])


def _write_subset(folder: Path, rng: np.random.Generator, functions: list[tuple[str, str, str, str]]) -> None:
    counts = [_counts(rng, i)[:60] for i in range(len(functions))]
    rows = [_line(*names, *n) for names, n in zip(functions, counts, strict=True)]
    head = _line("HashOwner", "HashApp", "HashFunction", "Trigger", *range(480, 540))
    (folder / "6_invocations.csv").write_text("\n".join([head, *rows]) + "\n")
    rows = [_line(*names[:3], *_duration(rng, sum(n), is_odd=False)) for names, n in zip(functions, counts, strict=True)]
    (folder / "6_durations.csv").write_text("\n".join([_line("HashOwner", "HashApp", "HashFunction", *DURATIONS), *rows]) + "\n")
    rows = [_line(owner_app[2], *owner_app[:2], *_memory(rng)) for owner_app in functions]
    (folder / "6_memory.csv").write_text("\n".join([_line("HashFunction", "HashOwner", "HashApp", *MEMORY), *rows]) + "\n")
