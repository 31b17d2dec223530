"""Writes the synthetic base-station sample: sites of one and two cells, saving modes at night, a site without readings."""

import datetime as dt
from pathlib import Path

import numpy as np

SITES = {"B_0": 1, "B_1": 1, "B_2": 2, "B_3": 1, "B_4": 1}
HELD_OUT = "B_4"
START = dt.datetime(2023, 1, 1, 1)


def _stamp(at: dt.datetime) -> str:
    # As a spreadsheet prints it: no padding.
    return f"{at.month}/{at.day}/{at.year} {at.hour}:{at.minute:02d}"


def write(folder: Path) -> None:
    """Writes the raw-shaped files into a folder."""
    rng = np.random.default_rng(20230710)
    cells = ["Time,BS,CellName,load,ESMode1,ESMode2,ESMode3,ESMode4,ESMode5,ESMode6"]
    sites = ["Time,BS,Energy"]
    for site, count in SITES.items():
        idle = float(rng.uniform(12, 20))
        for hour in range(72):
            at = START + dt.timedelta(hours=hour)
            total, saving = 0.0, False
            for cell in range(count):
                load = float(np.clip(0.3 - 0.25 * np.cos((at.hour - 4) / 24 * 2 * np.pi) + rng.normal(0, 0.05), 0, 1))
                saving = at.hour < 6 and load < 0.1
                modes = [0.0] * 6
                if saving:
                    modes[0], modes[5] = round(float(rng.uniform(0.2, 1)), 4), (0.5 if hour % 2 else 0.0)
                total += load
                cells.append(f"{_stamp(at)},{site},Cell{cell},{load:.9f},{','.join(f'{m:g}' for m in modes)}")
            if site != HELD_OUT:
                reading = idle * count + 31 * total - (3 if saving else 0) + rng.normal(0, 0.6)
                sites.append(f"{_stamp(at)},{site},{reading:.8f}")
    (folder / "CLdata.csv").write_text("\n".join(cells) + "\n")
    (folder / "ECdata.csv").write_text("\n".join(sites) + "\n")
    (folder / "BSinfo.csv").write_text("BS,CellName,RUType,Mode,Frequency,Bandwidth,Antennas,TXpower\nB_0,Cell0,Type1,Mode2,365,20,4,6.8\n")
