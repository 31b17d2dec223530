"""Writes the synthetic APEX sample: offsets in nanoseconds that do not begin at zero, and a body that no one may keep."""

import json
from pathlib import Path

import numpy as np

ROWS = 150


def write(folder: Path) -> None:
    """Writes the raw-shaped file into a folder."""
    rng = np.random.default_rng(1000)
    lines = []
    for number, second in enumerate(np.cumsum(rng.exponential(0.8, ROWS))):
        prompt, output = int(np.ceil(rng.lognormal(6, 1))), int(np.ceil(rng.lognormal(4.5, 1)))
        record = {
            "RequestID": number,
            "ContextTokens": prompt,
            "GeneratedTokens": output,
            "TotalTokens": prompt + output,
            "SynthesizedBody": "body " * 5,
            "StartTimeOffset": int(second * 1e9),
        }
        lines.append(json.dumps(record))
    (folder / "requests.jsonl").write_text("\n".join(lines) + "\n")
