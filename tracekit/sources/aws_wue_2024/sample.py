"""Writes the synthetic sample of reported water: the fleet, a world region and a few regions."""

from pathlib import Path

ROWS = [
    ("GLOBAL", "GLOBAL", 0.2),
    ("Northland", "Northland", 0.1),
    ("Sample North 1", "sn-north-1", 0.05),
    ("Sample South 1", "sn-south-1", 1.4),
]


def write(folder: Path) -> None:
    """Writes the raw-shaped file into a folder."""
    lines = ["region,region_id,year,wue_l_per_kwh", *(f"{name},{key},{2024},{value}" for name, key, value in ROWS)]
    (folder / "aws_wue_sample.csv").write_text("\n".join(lines) + "\n")
