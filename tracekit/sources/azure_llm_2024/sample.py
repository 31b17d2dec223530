"""Writes the synthetic Azure LLM 2024 sample: fractions left out when zero, two weeks that differ."""

import datetime as dt
from pathlib import Path

import numpy as np

ROWS = 250


def _write(path: Path, rng: np.random.Generator, start: str, medians: tuple[float, float]) -> None:
    first = dt.datetime.fromisoformat(start)
    lines = ["TIMESTAMP,ContextTokens,GeneratedTokens"]
    # A day's swing: requests come twice as fast around noon.
    hours = np.sort(rng.uniform(0, 168, 4 * ROWS))
    hours = hours[rng.random(len(hours)) < 0.5 - 0.4 * np.cos(hours * np.pi / 12)][:ROWS]
    for number, hour in enumerate(hours):
        micros = int(hour * 3.6e9)
        # Every twentieth instant falls on a whole second, where the fraction is not printed.
        at = first + dt.timedelta(microseconds=micros - micros % 1_000_000 if number % 20 == 7 else micros)
        tokens_in = min(int(np.ceil(rng.lognormal(np.log(medians[0]), 1.0))), 7_999)
        tokens_out = int(np.ceil(rng.lognormal(np.log(medians[1]), 1.1)))
        lines.append(f"{at}+00:00,{tokens_in},{tokens_out}")
    path.write_text("\n".join(lines) + "\n")


def write(folder: Path) -> None:
    """Writes the raw-shaped files into a folder."""
    rng = np.random.default_rng(20240512)
    _write(folder / "AzureLLMInferenceTrace_code_1week.csv", rng, "2000-01-03 00:00:00", (1900, 8))
    _write(folder / "AzureLLMInferenceTrace_conv_1week.csv", rng, "2000-01-05 00:00:00", (930, 41))
