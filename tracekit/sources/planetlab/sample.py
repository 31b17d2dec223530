"""Writes the synthetic PlanetLab sample: a whole number per line, a name with a space."""

from pathlib import Path

import numpy as np

LINES = 48


def write(folder: Path) -> None:
    """Writes the raw-shaped files into a folder."""
    rng = np.random.default_rng(288)
    (folder / "20000103").mkdir()
    for number, name in enumerate(("node1_example_edu_root", "node2_example_edu_ slice", "node3_example_org_web")):
        percents = np.clip(rng.normal(8 + 20 * number, 9, LINES), 0, 100).astype(int)
        (folder / "20000103" / name).write_text("\n".join(map(str, percents)) + "\n")
