"""Writes the synthetic Zeus monitor sample: two GPUs, nested windows, one too short to be seen."""

from pathlib import Path

import numpy as np


def write(folder: Path) -> None:
    """Writes the raw-shaped file into a folder."""
    rng = np.random.default_rng(20230501)
    lines, now = ["start_time,window_name,elapsed_time,gpu0_energy,gpu1_energy"], 946_894_800.0
    for epoch in range(4):
        steps = []
        for step in range(5):
            seconds = round(float(rng.uniform(1.5, 2.5)), 3)
            joules = [seconds * float(rng.uniform(240, 300)) for _ in range(2)]
            steps.append((seconds, joules))
            lines.append(f"{now:.3f},step{step},{seconds},{joules[0]:.6f},{joules[1]:.6f}")
            now += seconds
        lines.append(f"{now:.3f},save,0.004,0.0,0.0")
        total = [sum(joules[gpu] for _, joules in steps) for gpu in range(2)]
        lines.append(f"{now:.3f},epoch{epoch},{sum(seconds for seconds, _ in steps):.3f},{total[0]:.6f},{total[1]:.6f}")
    (folder / "zeus-sample.csv").write_text("\n".join(lines) + "\n")
