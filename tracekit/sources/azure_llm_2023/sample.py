"""Writes the synthetic Azure LLM 2023 sample: seven-digit instants, CRLF, no final newline."""

import datetime as dt
from pathlib import Path

import numpy as np

ROWS = 250


def _write(path: Path, rng: np.random.Generator, start: str, gaps: np.ndarray, medians: tuple[float, float]) -> None:
    first = dt.datetime.fromisoformat(start)
    lines = ["TIMESTAMP,ContextTokens,GeneratedTokens"]
    for second in np.cumsum(gaps):
        at = first + dt.timedelta(microseconds=int(second * 1e6))
        tokens_in = int(np.ceil(rng.lognormal(np.log(medians[0]), 0.9)))
        tokens_out = int(np.ceil(rng.lognormal(np.log(medians[1]), 0.8)))
        lines.append(f"{at:%Y-%m-%d %H:%M:%S.%f}0,{tokens_in},{tokens_out}")
    path.write_bytes("\r\n".join(lines).encode())


def write(folder: Path) -> None:
    """Writes the raw-shaped files into a folder."""
    rng = np.random.default_rng(20231116)
    conv = rng.gamma(0.87, 0.21, ROWS)
    # The coding service comes in batches with pauses of more than a minute between them.
    code = np.where(rng.random(ROWS) < 0.02, rng.uniform(60, 200, ROWS), rng.exponential(0.15, ROWS))
    _write(folder / "AzureLLMInferenceTrace_conv.csv", rng, "2000-01-03 18:15:46.680590", conv, (1000, 130))
    _write(folder / "AzureLLMInferenceTrace_code.csv", rng, "2000-01-03 18:17:03.979960", code, (1500, 13))
