"""Writes the synthetic sample of Azure virtual machines 2017: no headers, lives cut off at both ends, the misspelt category."""

from pathlib import Path

import numpy as np

VMS, STEPS = 60, 6
CATEGORIES = ("Delay-insensitive", "Interactive", "Unkown")
CORES, MEMORY = (1, 2, 4, 8), (0.75, 1.75, 3.5, 7)
LAST_S = 2_591_700


def write(folder: Path) -> None:
    """Writes the raw-shaped files into a folder."""
    rng = np.random.default_rng(2017)
    vms, readings = [], []
    for number in range(VMS):
        created = 0 if number % 3 == 0 else int(rng.integers(1, 8_000)) * 300
        deleted = LAST_S if number % 4 == 0 else min(created + int(np.ceil(rng.lognormal(3, 2))) * 300, LAST_S)
        mean = float(rng.uniform(1, 40))
        size = int(rng.integers(0, len(CORES)))
        vms.append(
            f"vm{number:03d}+/=,sub{number % 9},dep{number % 20},{created},{deleted},"
            f"{min(mean * 3, 100):.6f},{mean:.6f},{min(mean * 2, 98):.6f},"
            f"{CATEGORIES[number % 3]},{CORES[size]},{MEMORY[int(rng.integers(0, len(MEMORY)))]}"
        )
    for step in range(STEPS):
        for number in range(0, VMS, 3):
            low = float(rng.uniform(0, 5))
            readings.append(f"{step * 300},vm{number:03d}+/=,{low:.6f},{low + 30:.6f},{low + 7:.6f}")
    (folder / "vmtable.csv").write_text("\n".join(vms) + "\n")
    (folder / "vm_cpu_readings-file-1-of-125.csv").write_text("\n".join(readings) + "\n")
