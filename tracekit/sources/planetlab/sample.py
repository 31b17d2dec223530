"""Writes the synthetic PlanetLab sample: a few machines of two days, one of them short, with names as of hosts."""

from pathlib import Path

import numpy as np


def write(folder: Path) -> None:
    """Writes the raw-shaped files into a folder."""
    rng = np.random.default_rng(20110303)
    for day, machines in (("20110303", 5), ("20110306", 3)):
        (folder / day).mkdir()
        for number in range(machines):
            length = 40 if number == 2 else 72
            use = np.clip(np.round(rng.gamma(0.8, 15.0) + 6 * rng.standard_normal(length)), 0, 100).astype(int)
            lines = "".join(f"{percent}\n" for percent in use)
            (folder / day / f"host{number}_example_edu_slice_{number}").write_text(lines.rstrip("\n") if number == 1 else lines)
