"""Writes the synthetic SeBS sample: two benchmarks, a config that must not be read, outputs that must not be kept."""

import json
from pathlib import Path

import numpy as np


def _seconds(at_us: int) -> str:
    return f"{at_us // 10**6}.{at_us % 10**6:06d}"


def _invocation(rng: np.random.Generator, at_us: int, *, is_cold: bool, is_broken: bool) -> dict[str, object]:
    run_us = round(rng.gamma(3.0, 4_000))
    wait_us = 6_000_000 if is_cold else 50_000
    return {
        "billing": {"_billed_time": None, "_gb_seconds": 0, "_memory": None},
        "output": {"begin": _seconds(at_us), "end": _seconds(at_us + run_us), "is_cold": is_cold, "result": {"result": "not to be read"}},
        "provider_times": {"execution": 0, "initialization": 250_000 if is_cold else 0},
        "stats": {"cold_start": is_cold, "failure": is_broken, "memory_used": None if is_cold else 61.5},
        "times": {"benchmark": run_us, "client": run_us + wait_us, "client_begin": "2030-01-01", "initialization": 0},
    }


def write(folder: Path) -> None:
    """Writes the raw-shaped file into a folder."""
    rng = np.random.default_rng(20211206)
    at_us = 1_893_456_000_000_000
    found: dict[str, dict[str, object]] = {}
    for benchmark in ("110.dynamic-html-python-3.7", "220.video-processing-python-3.7"):
        found[benchmark] = {}
        for number in range(12):
            at_us += round(rng.exponential(3e6))
            found[benchmark][rng.bytes(16).hex()] = _invocation(rng, at_us, is_cold=number % 6 == 0, is_broken=number == 7)
    document = {
        "_invocations": found,
        "_metrics": {},
        "begin_time": round(at_us / 1e6 - 60, 3),
        "config": {"secret": "must never leave"},
        "end_time": round(at_us / 1e6, 3),
    }
    (folder / "experiments.json").write_text(json.dumps(document, indent=1))
