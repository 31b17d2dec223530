"""Writes the synthetic household sample in three layouts: apparent mains, mains of a second, a gap, appliances that exceed the house."""

from pathlib import Path

import numpy as np

START = 946_894_800


def _write(path: Path, times: np.ndarray, watts: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{t} {w:.2f}\n" for t, w in zip(times, watts, strict=True)))


def write(folder: Path) -> None:
    """Writes the raw-shaped files into a folder."""
    rng = np.random.default_rng(20110821)
    redd, dale = folder / "redd/low_freq/house_1", folder / "ukdale/house_2"
    seconds = START + np.arange(0, 240, 4)
    fridge, oven = np.where(np.arange(60) % 20 < 8, 110.0, 4.0), np.where(np.arange(60) > 40, 1900.0, 0.0)
    for channel, watts in ((1, fridge * 1.1 + 30), (2, oven * 1.05 + 20), (3, fridge), (4, oven)):
        _write(redd / f"channel_{channel}.dat", seconds, watts + np.abs(rng.normal(0, 2, 60)))
    (redd / "labels.dat").write_text("1 mains\n2 mains\n3 refrigerator\n4 oven\n")
    # The meter is silent for ten minutes.
    seconds = START + np.concatenate([np.arange(0, 180, 6), np.arange(780, 960, 6)])
    for channel, watts in ((1, fridge + 60), (2, fridge)):
        _write(dale / f"channel_{channel}.dat", seconds, np.round(watts + np.abs(rng.normal(0, 2, 60))))
    lines = [f"{START + i}.{i % 10} {w:.2f} {w * 1.15:.2f} {240 + rng.normal(0, 1):.2f}\n" for i, w in enumerate(fridge + 60)]
    (dale / "mains.dat").write_text("".join(lines))
    rows = ["Time,Unix,Aggregate," + ",".join(f"Appliance{i}" for i in range(1, 10)) + ",Issues"]
    for i in range(40):
        appliances = [float(fridge[i]), float(oven[i]) / 4, *([0.0] * 7)]
        issue = int(i % 16 == 15)
        whole = 20 if issue else sum(appliances) + 45
        cells = ",".join(f"{value:.0f}" for value in appliances)
        rows.append(f"2000-01-03 10:{(i * 8) // 60:02d}:{(i * 8) % 60:02d},{START + i * 8},{whole:.0f},{cells},{issue}")
    (folder / "CLEAN_House3.csv").write_text("\n".join(rows) + "\n")
