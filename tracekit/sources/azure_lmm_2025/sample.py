"""Writes the synthetic multimodal sample: ISO instants in milliseconds, prompts with and without images, gzip."""

import datetime as dt
import gzip
from pathlib import Path

import numpy as np

ROWS = 250


def write(folder: Path) -> None:
    """Writes the raw-shaped file into a folder."""
    rng = np.random.default_rng(20241015)
    first = dt.datetime(2000, 1, 3, 12)
    lines = ["TIMESTAMP,NumImages,ContextTokens,GeneratedTokens"]
    for second in np.cumsum(rng.gamma(0.6, 100.0, ROWS)):
        at = first + dt.timedelta(milliseconds=int(second * 1000))
        images = int(rng.choice([0, 1, 1, 1, 2, 5]))
        tokens = int(np.ceil(rng.lognormal(6, 0.8))) + 700 * images
        lines.append(f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03d}Z,{images},{tokens},{int(np.ceil(rng.lognormal(4, 1)))}")
    text = ("\n".join(lines) + "\n").encode()
    # No time in the header: the same bytes every time.
    (folder / "AzureLMMInferenceTrace_multimodal.csv.gz").write_bytes(gzip.compress(text, mtime=0))
