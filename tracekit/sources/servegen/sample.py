"""Writes the synthetic ServeGen sample: headerless windows, idle ones among them, and histograms as Python text."""

import json
from pathlib import Path

import numpy as np

CLIENTS = 8
WINDOWS = 72


def _windows(rng: np.random.Generator, client: int) -> list[str]:
    lines = []
    for window in range(WINDOWS):
        if rng.random() < 0.06 * client:
            lines.append(f"{600 * window},0,0,,0,0")
            continue
        rate = round(float(rng.gamma(2.0) * 3 / (client + 1) ** 1.5), 4)
        cv = round(float(rng.lognormal(0.2, 0.4)), 4)
        shape = round(1 / cv**2, 9)
        family = "Gamma" if client % 3 else "Weibull"
        lines.append(f"{600 * window},{rate},{cv},{family},{shape},{1 / (rate * shape):.9f}")
    return lines


def _histogram(rng: np.random.Generator, mean: float) -> str:
    bins = np.unique(np.ceil(rng.lognormal(np.log(mean), 0.8, 6)).astype(int))
    shares = rng.dirichlet(np.ones(len(bins)))
    return str({int(bin): round(float(share), 9) for bin, share in zip(bins, shares, strict=True)})


def write(folder: Path) -> None:
    """Writes the raw-shaped files into a folder: one service, two files per client."""
    rng = np.random.default_rng(600)
    service = folder / "language" / "m-small"
    service.mkdir(parents=True)
    for client in range(CLIENTS):
        (service / f"chunk-{client}-trace.csv").write_text("\n".join(_windows(rng, client)) + "\n")
        windows = {
            str(21_600 * i): {
                "input_tokens": _histogram(rng, 800) if client < 6 or i else "{}",
                "output_tokens": _histogram(rng, 200) if client < 6 or i else "{}",
            }
            for i in range(2)
        }
        (service / f"chunk-{client}-dataset.json").write_text(json.dumps(windows))
