"""Writes the synthetic Azure Functions 2021 sample: file in start order, timers on the minute, zero durations, shared names."""

import hashlib
from pathlib import Path

import numpy as np

HORIZON_S = 3600.0


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def write(folder: Path) -> None:
    """Writes the raw-shaped file into a folder."""
    rng = np.random.default_rng(20210131)
    rows: list[tuple[float, float, str, str]] = []
    for app in range(8):
        for function in range(1 + app % 3):
            # A function's name is unique only within its app: the first of every app shares one.
            names = _hash(f"app {app}"), _hash("shared" if function == 0 else f"function {app} {function}")
            starts = np.arange(rng.uniform(0, 60), HORIZON_S, 300.0) if app % 2 else np.cumsum(rng.gamma(0.4, 300.0, 20))
            durations = np.round(rng.lognormal(-0.4, 1.8, len(starts)), 3)
            durations[rng.random(len(starts)) < 0.05] = 0.0
            rows += [(float(s), float(d), *names) for s, d in zip(starts, durations, strict=True) if s < HORIZON_S]
    rows.sort(key=lambda row: row[0])
    lines = ["app,func,end_timestamp,duration"]
    lines += [f"{app},{func},{start + duration:.6f},{duration:g}" for start, duration, app, func in rows]
    (folder / "AzureFunctionsInvocationTraceForTwoWeeksJan2021.txt").write_text("\n".join(lines) + "\n")
