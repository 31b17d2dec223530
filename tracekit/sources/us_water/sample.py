"""Writes the synthetic US water sample: three cities, cold hours below both cut-offs, a ZIP without its leading zero."""

import datetime as dt
import math
from pathlib import Path

import numpy as np

COLUMNS = (
    "TIMESTAMP,CITY,ZIP,EGRIDREGION,TEMPERATUREF,HUMIDITY,DATA_AVAILABILITY_WEATHER,WETBULBTEMPERATUREF,COAL,HYDRO,NATURALGAS,"
    "NUCLEAR,OTHER,PETROLEUM,SOLAR,WIND,DATA_AVAILABILITY_ENERGY,ONSITEWUEFIXEDAPPROACH,ONSITEWUEFIXEDCOLDWATER,OFFSITEWUE"
)
# coal, hydro, gas, nuclear, other, petroleum, solar, wind: L/kWh.
INTENSITY = [1.817, 22.675, 0.795, 2.309, 0.757, 1.363, 0.0, 0.0]
CITIES = [("Sampleton", "78000", "ERCT", 62.0, 0.005), ("Coldwater", "1001", "NEWE", 38.0, 0.06), ("Rivergate", "98000", "NWPP", 48.0, 0.5)]
START = dt.datetime(2019, 1, 1)


def _approach(wet_bulb_f: float) -> float:
    return 0.0 if wet_bulb_f < 30 else -0.0001896 * wet_bulb_f**2 + 0.03095 * wet_bulb_f + 0.4442


def _cold_water(wet_bulb_f: float) -> float:
    return 0.0 if wet_bulb_f < 45 else 0.0005112 * wet_bulb_f**2 - 0.04982 * wet_bulb_f + 2.387


def write(folder: Path) -> None:
    """Writes the raw-shaped file into a folder."""
    rng = np.random.default_rng(20240514)
    lines = [COLUMNS]
    for city, code, region, warmth, hydro in CITIES:
        for step in range(48):
            # Every other day over three months: seasons and hours both show.
            at = START + dt.timedelta(hours=47 * step)
            wet = round(float(warmth + 9 * np.sin((at.hour - 9) / 24 * 2 * np.pi) + at.month + rng.normal(0, 2)), 6)
            shares = rng.dirichlet(np.array([8, 1, 10, 6, 0.5, 0.2, 1, 4]))
            shares = np.append(shares[0] * (1 - hydro), np.append(hydro, shares[2:] * (1 - hydro)))
            mwh = [round(float(share)) for share in shares * rng.uniform(30_000, 60_000)]
            offsite = math.fsum(part * liters for part, liters in zip(mwh, INTENSITY, strict=True)) / sum(mwh)
            energy = ",".join(map(str, mwh))
            lines.append(
                f"{at:%Y-%m-%d %H:%M:%S},{city},{code},{region},{wet + 6:.0f},70,1,{wet},{energy},1,"
                f"{_approach(wet):.9f},{_cold_water(wet):.9f},{offsite:.9f}"
            )
    (folder / "water_dataset_sample.csv").write_text("\n".join(lines) + "\n")
