"""Writes the synthetic GPU power sample: both dialects, units in the cells, no GPU index, a stall and a torn last tick."""

import datetime as dt
from pathlib import Path

import numpy as np

TICKS = 40
HEADER = "timestamp, power.draw [W], utilization.gpu [%], memory.used [MiB]"


def _write(path: Path, rng: np.random.Generator, gpus: int, watts: tuple[float, float], unit: str, start: dt.datetime) -> None:
    at = start
    rows = [HEADER]
    for tick in range(TICKS):
        # Every tenth tick falls into a checkpoint: all GPUs drop together.
        low = tick % 10 == 9
        for gpu in range(gpus):
            power = rng.normal(watts[0] if low else watts[1], 8.0)
            stall = 900 if tick == 20 and gpu == 1 else 2
            rows.append(f"{at:%Y/%m/%d %H:%M:%S}.{at.microsecond // 1000:03d}, {power:.2f}{unit}, {0 if low else 98} %, {17 + gpu} MiB")
            at += dt.timedelta(milliseconds=stall)
        at += dt.timedelta(milliseconds=100 - 2 * gpus)
    # The recording stops inside a tick.
    path.write_text("\n".join(rows[:-1]) + "\n")


def write(folder: Path) -> None:
    """Writes the raw-shaped files into a folder."""
    rng = np.random.default_rng(20250727)
    _write(folder / "sample-8gpu.csv", rng, 8, (120.0, 520.0), " W", dt.datetime(2000, 1, 3, 10, 0, 0, 120_000))
    _write(folder / "sample-2gpu.csv", rng, 2, (60.0, 160.0), "", dt.datetime(2000, 1, 3, 12, 0, 0, 250_000))
