"""Writes the factors sample: the shipped table, whose numbers are the published ones, and a document of composite keys."""

import json
import shutil
from pathlib import Path

# Gallons per MWh and g/kWh, a few of each kind of key; figures as published, for invented ones would pass for conflicts.
WATER = {
    "coal-default": 476,
    "coal-pc-subc-tower": 479,
    "gas-default": 287,
    "gas-ngcc-dry": 2,
    "nuclear-tower": 672,
    "csp-trough-dry": 78,
    "hydro": 4491,
    "solar-pv": 1,
    "wind": 0,
}
CARBON = {
    "coal-pc-unece-2020": 1000,
    "gas-ngcc-ipcc-2014": 490,
    "solar-pv-utility-ipcc-2014": 48,
    "csp-ipcc-2014": 27,
    "nuclear-unece-2020": 5.1,
}


def write(folder: Path) -> None:
    """Writes the files into a folder."""
    shutil.copyfile(Path(__file__).parent / "factors.csv", folder / "factors.csv")
    (folder / "intensities.json").write_text(json.dumps({"water": WATER, "carbon": CARBON}, indent=1) + "\n")
