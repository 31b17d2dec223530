"""Writes the synthetic codecarbon sample: the columns of versions 2, 3.2 and 3.3, running totals, a PUE and a WUE that somebody set."""

import datetime as dt
from pathlib import Path

import numpy as np

BASE = (
    "timestamp,project_name,run_id,{experiment}duration,emissions,emissions_rate,cpu_power,gpu_power,ram_power,cpu_energy,gpu_energy,"
    "ram_energy,energy_consumed,{water}country_name,country_iso_code,region,{early}os,python_version,codecarbon_version,cpu_count,"
    "cpu_model,gpu_count,gpu_model,longitude,latitude,ram_total_size,tracking_mode,{use}on_cloud,pue{wue}{late}"
)
USE = "cpu_utilization_percent,gpu_utilization_percent,ram_utilization_percent,ram_used_gb,"
LAYOUTS = {
    "2.5.0": {"experiment": "", "water": "", "early": "cloud_provider,cloud_region,", "use": "", "wue": "", "late": ""},
    "3.2.3": {
        "experiment": "experiment_id,",
        "water": "water_consumed,",
        "early": "",
        "use": USE,
        "wue": ",wue",
        "late": ",cloud_provider,cloud_region",
    },
    "3.3.0": {
        "experiment": "experiment_id,",
        "water": "water_consumed,",
        "early": "cloud_provider,cloud_region,",
        "use": USE,
        "wue": ",wue",
        "late": "",
    },
}
POWER = {"cpu": 40.0, "gpu": 120.0, "ram": 6.0}


def _number(value: float) -> str:
    return f"{value:.9g}"


def _row(names: list[str], version: str, run: str, at: dt.datetime, seconds: float, pue: float, wue: float) -> str:
    energy = {part: watts * seconds / 3.6e6 * pue for part, watts in POWER.items()}
    total = sum(energy.values())
    values = {
        "timestamp": f"{at:%Y-%m-%dT%H:%M:%S}",
        "project_name": "sample",
        "run_id": run,
        "experiment_id": "00000000-0000-4000-8000-000000000000",
        "duration": _number(seconds),
        "emissions": _number(total * 0.2),
        "emissions_rate": _number(total * 0.2 / seconds),
        **{f"{part}_power": watts for part, watts in POWER.items()},
        **{f"{part}_energy": _number(value) for part, value in energy.items()},
        "energy_consumed": _number(total),
        "water_consumed": _number(total * wue),
        "country_name": "Spain",
        "country_iso_code": "ESP",
        "codecarbon_version": version,
        "cpu_count": 8,
        "cpu_model": "Sample CPU",
        "gpu_count": 1,
        "gpu_model": "1 x Sample GPU",
        "ram_total_size": 24.0,
        "tracking_mode": "machine",
        "on_cloud": "N",
        "pue": pue,
        "wue": wue,
    }
    return ",".join(str(values.get(name, "")) for name in names)


def write(folder: Path) -> None:
    """Writes the raw-shaped files into a folder."""
    rng = np.random.default_rng(20260812)
    for number, (version, layout) in enumerate(LAYOUTS.items()):
        header = BASE.format(**layout)
        names, lines = header.split(","), [header]
        pue, wue = (1.0, 0.0) if number < 2 else (1.3, 0.4)
        for run in range(2):
            at, seconds = dt.datetime(2000, 1, 3, 10 + run), 0.0
            # Version 3 flushes as it goes: every row is the total so far.
            for _ in range(1 if version == "2.5.0" else 3):
                seconds += float(rng.uniform(3, 30))
                run_id = f"{number}{run}000000-0000-4000-8000-000000000000"
                lines.append(_row(names, version, run_id, at + dt.timedelta(seconds=seconds), seconds, pue, wue))
        (folder / f"emissions_{version}.csv").write_text("\n".join(lines) + "\n")
