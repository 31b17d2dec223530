"""Writes the synthetic SeBS sample: two benchmarks, a config that must not be read, outputs that must not be kept."""

import json
from pathlib import Path

import numpy as np


def _invocation(rng: np.random.Generator, at: float, *, is_cold: bool, is_broken: bool) -> dict[str, object]:
    run = float(rng.gamma(3.0, 0.004))
    wait = 6.0 if is_cold else 0.05
    return {
        "billing": {"_billed_time": None, "_gb_seconds": 0, "_memory": None},
        "output": {"begin": f"{at:.6f}", "end": f"{at + run:.6f}", "is_cold": is_cold, "result": {"result": "not to be read"}},
        "provider_times": {"execution": 0, "initialization": 250_000 if is_cold else 0},
        "stats": {"cold_start": is_cold, "failure": is_broken, "memory_used": None if is_cold else 61.5},
        "times": {"benchmark": round(run * 1e6), "client": round((run + wait) * 1e6), "client_begin": "2030-01-01", "initialization": 0},
    }


def write(folder: Path) -> None:
    """Writes the raw-shaped file into a folder."""
    rng = np.random.default_rng(20211206)
    at = 1_893_456_000.0
    found: dict[str, dict[str, object]] = {}
    for benchmark in ("110.dynamic-html-python-3.7", "220.video-processing-python-3.7"):
        found[benchmark] = {}
        for number in range(12):
            at += float(rng.exponential(3.0))
            found[benchmark][rng.bytes(16).hex()] = _invocation(rng, at, is_cold=number % 6 == 0, is_broken=number == 7)
    document = {"_invocations": found, "_metrics": {}, "begin_time": at - 60, "config": {"secret": "must never leave"}, "end_time": at}
    (folder / "experiments.json").write_text(json.dumps(document, indent=1))
