"""Writes the synthetic AgentCgroup sample: two sets, a task attempted twice, a first reading of 0 B, units from B to GB, a short task."""

import datetime as dt
import json
from pathlib import Path
from typing import Any

import numpy as np

ZERO = dt.datetime(2000, 1, 3, 9, 0, 0)
BEHIND = dt.timedelta(hours=8)
TASKS = (
    ("set_a", "task-1", 1, 40),
    ("set_a", "task-1", 2, 70),
    ("set_a", "task-2", 1, 64),
    ("set_a", "task-3", 1, 5),
    ("set_b", "task-4", 1, 66),
)


def _memory(megabytes: float) -> str:
    shown = f"{megabytes / 1000:.3f}GB" if megabytes >= 1000 else f"{megabytes:.4g}MB" if megabytes else "0B"
    return f"{shown} / 134.5GB" if megabytes else "0B / 0B"


def _samples(rng: np.random.Generator, start: dt.datetime, seconds: int) -> list[dict[str, Any]]:
    samples = []
    for i in range(seconds):
        at = start + dt.timedelta(seconds=i * 1.04, microseconds=int(rng.integers(0, 2_000)))
        megabytes = 0.0 if i == 0 else 1_250.0 if i == seconds // 2 else float(rng.normal(230, 12))
        samples.append(
            {
                "timestamp": (at - BEHIND).isoformat(timespec="microseconds"),
                "epoch": round((at - dt.datetime(1970, 1, 1)).total_seconds() + 1e-5, 6),
                "mem_usage": _memory(megabytes),
                "mem_percent": f"{megabytes / 134_500:.2%}",
                "cpu_percent": f"{rng.uniform(1, 130):.2f}%",
            }
        )
    return samples


def _calls(rng: np.random.Generator, start: dt.datetime, seconds: int) -> list[dict[str, Any]]:
    calls = []
    for number, tool in enumerate(("TodoWrite", "Grep", "Read", "Bash", "Edit")[: max(seconds // 10, 1)]):
        at = start + dt.timedelta(seconds=2 + number * 7)
        end = at + dt.timedelta(milliseconds=int(rng.integers(20, 6_000)))
        stamps = [f"{t:%Y-%m-%dT%H:%M:%S}.{t.microsecond // 1000:03d}Z" for t in (at, end)]
        calls.append(
            {"timestamp": stamps[0], "tool": tool, "id": f"call_{number}", "input": {}, "end_timestamp": stamps[1], "result_preview": ""}
        )
    return calls


def write(folder: Path) -> None:
    """Writes the raw-shaped files into a folder."""
    rng = np.random.default_rng(144)
    for number, (name, task, attempt, seconds) in enumerate(TASKS):
        start = ZERO + dt.timedelta(minutes=10 * number)
        samples = _samples(rng, start, seconds)
        end = start + dt.timedelta(seconds=seconds * 1.04 + 1)
        results = {
            "image": f"example/{task}",
            "start_time": (start - BEHIND - dt.timedelta(seconds=9)).isoformat(),
            "memory_limit": "4GB" if name == "set_b" else None,
            "cpu_limit": None,
            "model": "model-a" if name == "set_a" else "model-b",
            "pull_time": 0.9,
            "permission_fix_time": 7.5,
            "output_dir": "/somewhere/else",
            "claude_time": round(seconds * 1.04, 2),
            "claude_output": {"stdout": "not ours to keep", "stderr": "", "exit_code": int(attempt == 1 and number == 0)},
            "resource_samples": {"samples": samples[:2]},
            "total_time": round(seconds * 1.04 + 10, 2),
            "end_time": (end - BEHIND).isoformat(),
        }
        place = folder / name / task / f"attempt_{attempt}"
        place.mkdir(parents=True)
        (place / "results.json").write_text(json.dumps(results, indent=1) + "\n")
        (place / "resources.json").write_text(json.dumps({"samples": samples, "summary": {"sample_count": len(samples)}}) + "\n")
        (place / "tool_calls.json").write_text(json.dumps(_calls(rng, start, seconds)) + "\n")
