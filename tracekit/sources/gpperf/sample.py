"""Writes the synthetic GPPerf sample: power and time in two files, one of which lacks a tile."""

from pathlib import Path

import numpy as np


def write(folder: Path) -> None:
    """Writes the raw-shaped files into a folder."""
    rng = np.random.default_rng(20240501)
    power, time = ["M,N,K,Tile Size,Average Power Usage (W)"], ["M,N,K,Tile Size,Execution Time"]
    for size in (512, 1024, 2048):
        for tile in (1, 8, 16, 32):
            gflops = 60 * (tile / 8) ** 0.8 * float(rng.uniform(0.9, 1.1))
            power.append(f"{size},{size},{size},{tile},{30 + gflops / 6:.3f}")
            if tile > 1:
                time.append(f"{size},{size},{size},{tile},{2 * size**3 / gflops / 1e6:.5f}" + (" " if tile == 32 else ""))
    (folder / "power_usage_results_all.csv").write_text("\n".join(power) + "\n")
    (folder / "execution_times_all.csv").write_text("\n".join(time) + "\n")
