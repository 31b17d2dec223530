"""Writes the synthetic electricity-mix sample: both documents, invented zones, biofuel listed twice, world values."""

import json
from pathlib import Path

import numpy as np

FUELS = ["coal", "gas", "oil", "nuclear", "hydroelectricity", "solar", "wind", "biofuel"]
INTENSITY = {
    "coal": 995,
    "gas": 743,
    "oil": 816,
    "nuclear": 29,
    "hydroelectricity": 26,
    "solar": 48,
    "wind": 26,
    "biofuel": 230,
}


def _country(rng: np.random.Generator, code: str) -> dict[str, object]:
    shares = rng.dirichlet(np.full(len(FUELS), 0.4))
    total = float(np.round(rng.lognormal(3, 1.5), 2))
    mix = {fuel: float(np.round(share * total, 2)) for fuel, share in zip(FUELS, shares, strict=True)}
    total = round(sum(mix.values()), 2)
    fossil = round(mix["coal"] + mix["gas"] + mix["oil"], 2)
    carbon = sum(INTENSITY[fuel] * twh for fuel, twh in mix.items()) / total
    return {
        **{f"{fuel}_TWh": twh for fuel, twh in mix.items()},
        "other_renewable_TWh": mix["biofuel"],
        "other_renewable_exc_biofuel_TWh": 0.0,
        "fossil_TWh": fossil,
        "low_carbon_TWh": round(total - fossil, 2),
        "total_TWh": total,
        "carbon_intensity": round(carbon, 3),
        "country_name": f"Sample country {code}",
        "iso_code": code,
        "year": int(rng.choice([2022, 2023])),
    }


def write(folder: Path) -> None:
    """Writes the raw-shaped files into a folder."""
    rng = np.random.default_rng(20260101)
    # XAA to XZZ are set aside by ISO 3166 for private use: no real country is meant.
    codes = [f"X{a}{b}" for a in "ABC" for b in "ABCDEFGH"]
    mixes = {code: _country(rng, code) for code in codes}
    (folder / "global_energy_mix.json").write_text(json.dumps(mixes, indent=1) + "\n")
    zones = []
    for code in codes:
        own = rng.random() < 0.25
        water = round(float(rng.uniform(1.1, 18)), 4) if own else 3.908
        warnings = None if own else ["electricity-mix-wue-world"]
        gwp = round(float(mixes[code]["carbon_intensity"]) / 1000, 6)  # type: ignore[arg-type]
        zones.append({"name": code, "adpe": 1e-7, "pe": 9.0, "gwp": gwp, "wue": water, "warnings": warnings})
    zones.append({"name": "WOR", "adpe": 1e-7, "pe": 9.0, "gwp": 0.5, "wue": 3.908, "warnings": None})
    (folder / "electricity_mixes.json").write_text(json.dumps({"electricity_mixes": zones}, indent=1) + "\n")
