"""Writes the synthetic power-domain sample: three domains over twelve hours, with flagged readings."""

from pathlib import Path

import numpy as np

HEAD = "time,cell,pdu,measured_power_util,production_power_util,bad_measurement_data,bad_production_power_data"


def write(folder: Path) -> None:
    """Writes the raw-shaped files into a folder."""
    rng = np.random.default_rng(20190501)
    for cell, pdu, mean in (("a", 6, 0.62), ("a", 7, 0.7), ("f", 17, 0.55)):
        rows = []
        for tick in range(144):
            wave = mean + 0.05 * np.sin(2 * np.pi * tick / 288) + 0.01 * rng.standard_normal()
            is_bad = tick in (20, 21) and pdu == 7
            measured = 0.0 if is_bad else wave
            cells = [600_000_000 + tick * 300_000_000, cell, f"pdu{pdu}", f"{measured:.6f}", f"{wave * 0.8:.6f}", is_bad, tick == 40]
            rows.append(",".join(map(str, cells)))
        (folder / f"cell{cell}_pdu{pdu}.csv").write_text("\n".join([HEAD, *rows]) + "\n")
