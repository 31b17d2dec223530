"""Writes the synthetic IPMI sample: two servers with different names of sensors, one without a reading, one that reports nonsense."""

from pathlib import Path

import numpy as np


def write(folder: Path) -> None:
    """Writes the raw-shaped files into a folder."""
    rng = np.random.default_rng(20250603)
    for node, power in (("node001", "Sys Power"), ("node002", "Chassis Power")):
        lines: list[str] = []
        for minute in range(20):
            watts = int(round(float(rng.normal(420, 60)), -1)) if not (node == "node002" and minute == 7) else 25_550
            lines.append(f"Timestamp: 2025-06-03 00:{minute:02}:11 UTC")
            lines.append(f"{power:<16} | {watts} Watts        | ok")
            lines.append(f"{'PSU1 AC In Pwr':<16} | {watts // 2} Watts        | ok")
            lines.append(f"{'Inlet Temp':<16} | {20 + minute % 3} degrees C     | ok")
            lines.append(f"{'PSU2 Status':<16} | no reading        | ns")
            lines.append("")
        (folder / f"{node}.txt").write_text("\n".join(lines))
