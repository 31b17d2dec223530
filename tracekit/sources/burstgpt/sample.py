"""Writes the synthetic BurstGPT sample: both layouts, a ramp-up head, failures, ties on the one-second clock."""

from pathlib import Path

import numpy as np

ROWS = 300


def _rows(rng: np.random.Generator, start: int) -> list[tuple[int, str, int, int, str]]:
    # The published trace begins with a ramp; a third of the rows arrive slowly, the rest in bursts on a 1-s clock.
    gaps = np.concatenate([rng.gamma(0.5, 120.0, ROWS // 3), rng.gamma(0.5, 6.0, ROWS - ROWS // 3)])
    seconds = start + np.floor(np.cumsum(gaps)).astype(int)
    rows = []
    for second in seconds:
        api = rng.random() < 0.7
        failed = rng.random() < 0.05
        request = 0 if failed else int(np.ceil(rng.lognormal(5.5 if api else 6.0, 1.1)))
        response = 0 if failed else int(np.ceil(rng.lognormal(3.0 if api else 5.0, 0.9)))
        rows.append(
            (
                int(second),
                "GPT-4" if rng.random() < 0.2 else "ChatGPT",
                request,
                response,
                "API log" if api else "Conversation log",
            )
        )
    return rows


def write(folder: Path) -> None:
    """Writes the raw-shaped files into a folder."""
    rng = np.random.default_rng(20240131)
    six = ["Timestamp,Model,Request tokens,Response tokens,Total tokens,Log Type"]
    six += [f"{t},{m},{i},{o},{i + o},{s}" for t, m, i, o, s in _rows(rng, 5)]
    (folder / "sample_1.csv").write_text("\n".join(six) + "\n")
    eight = ["Timestamp,Session ID,Elapsed time,Model,Request tokens,Response tokens,Total tokens,Log Type"]
    for t, m, i, o, s in _rows(rng, 19_440_110):
        # A conversation keeps its session over a few turns; API rows carry none.
        session = f"session-{int(rng.integers(0, 40)):04d}" if s == "Conversation log" else ""
        elapsed = int(rng.exponential(4.0)) if o else 0
        eight.append(f"{t}.0,{session},{elapsed},{m},{i},{o},{i + o},{s}")
    (folder / "sample_3.csv").write_text("\n".join(eight) + "\n")
