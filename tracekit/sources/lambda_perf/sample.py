"""Writes the synthetic lambda-perf sample: two days of each generation of keys."""

import json
from pathlib import Path

import numpy as np

RUNTIMES = {"go1x": 80.0, "python39": 110.0, "java11": 450.0, "nodejs16x": 140.0}


def _record(rng: np.random.Generator, name: str, mean: float, memory: int, generation: int) -> dict[str, object]:
    durations = [round(float(d), 2) for d in rng.normal(mean, mean / 10, 9 if name == "java11" and memory == 256 else 10)]
    used, duration, init = int(rng.integers(25, 90)), round(float(rng.gamma(2.0, 2.0)), 3), round(float(np.mean(durations)), 3)
    if generation == 2022:
        return {
            **{"runtime": f"lambda-perf-{name}", "initDurations": durations, "memorySize": memory},
            **{"averageMemoryUsed": used, "averageDuration": duration, "averageColdStartDuration": init},
        }
    return {
        **{"r": f"lambda-perf-{name}-zip-{memory}-arm64", "p": "zip", "d": name, "i": durations, "m": memory, "a": "arm64"},
        **{"mu": used, "ad": duration, "acd": init},
    }


def write(folder: Path) -> None:
    """Writes the raw-shaped files into a folder."""
    rng = np.random.default_rng(20220904)
    for day, generation in (("2022-09-04", 2022), ("2022-09-05", 2022), ("2023-09-04", 2023), ("2023-09-05", 2023)):
        sizes = [128] if generation == 2022 else [128, 256]
        records = [_record(rng, name, mean, memory, generation) for name, mean in RUNTIMES.items() for memory in sizes]
        document = {"metadata": {"generatedAt": f"{day}T14:00:07.100Z"}, "runtimeData": records}
        (folder / f"{day}.json").write_text(json.dumps(document, indent="\t" if generation == 2022 else None))
