"""Writes the synthetic Bitbrains sample: a semicolon and a tab between cells, seconds called milliseconds, use above capacity."""

from pathlib import Path

import numpy as np

STEPS = 40
NAMES = (
    "Timestamp [ms]",
    "CPU cores",
    "CPU capacity provisioned [MHZ]",
    "CPU usage [MHZ]",
    "CPU usage [%]",
    "Memory capacity provisioned [KB]",
    "Memory usage [KB]",
    "Disk read throughput [KB/s]",
    "Disk write throughput [KB/s]",
    "Network received throughput [KB/s]",
    "Network transmitted throughput [KB/s]",
)


def write(folder: Path) -> None:
    """Writes the raw-shaped files into a folder."""
    rng = np.random.default_rng(12)
    (folder / "fastStorage").mkdir()
    for vm, cores in (("1", 1), ("2", 4), ("3", 2)):
        rows = [";\t".join(NAMES)]
        for step in range(STEPS):
            percent = 104.5 if step == 7 else float(rng.uniform(0.5, 60))
            capacity = 2_599.999309 * cores
            cells = [
                946_890_000 + 300 * step,
                cores,
                capacity,
                capacity * percent / 100,
                percent,
                2_097_152.0 * cores,
                round(float(rng.uniform(9e4, 2e6)), 3),
                0.0 if step % 3 else 12.5,
                float(rng.uniform(0, 40)),
                float(rng.uniform(0, 9)),
                0.0,
            ]
            rows.append(";\t".join(str(round(cell, 6)) for cell in cells))
        (folder / "fastStorage" / f"{vm}.csv").write_text("\n".join(rows) + "\n")
