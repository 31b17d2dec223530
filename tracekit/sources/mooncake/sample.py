"""Writes the synthetic Mooncake sample: a 3-s clock, shared prefixes, growing conversations, partial last blocks, one row twice."""

import json
from pathlib import Path

import numpy as np

ROWS = 220
_BLOCK = 512


def _write(path: Path, rng: np.random.Generator, instants: np.ndarray, sharing: float) -> None:
    fresh = iter(range(1, 1_000_000))
    open_chats: list[list[int]] = []
    lines = []
    for instant in instants:
        follows = open_chats and rng.random() < sharing
        # Block 0 is the system prompt that every chat begins with.
        blocks = list(open_chats[int(rng.integers(len(open_chats)))]) if follows else [0]
        blocks += [next(fresh) for _ in range(int(rng.integers(1, 12)))]
        open_chats.append(blocks[:-1])
        tokens = (len(blocks) - 1) * _BLOCK + int(rng.integers(1, _BLOCK + 1))
        record = {
            "timestamp": int(instant),
            "input_length": tokens,
            "output_length": int(np.ceil(rng.lognormal(5, 1))),
            "hash_ids": blocks,
        }
        lines.append(json.dumps(record))
    lines.insert(100, lines[99])
    path.write_text("\n".join(lines) + "\n")


def write(folder: Path) -> None:
    """Writes the raw-shaped files into a folder."""
    rng = np.random.default_rng(512)
    arrivals = np.cumsum(rng.exponential(290, ROWS))
    _write(folder / "conversation_trace.jsonl", rng, np.round(np.floor(arrivals / 3000) * 3000.4), 0.4)
    _write(folder / "toolagent_trace.jsonl", rng, np.round(np.cumsum(rng.exponential(150, ROWS))), 0.7)
    _write(folder / "mooncake_trace.jsonl", rng, np.round(np.cumsum(rng.exponential(150, ROWS))), 0.7)
