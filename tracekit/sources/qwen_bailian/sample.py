"""Writes the synthetic Bailian sample: blocks of 16 tokens, conversations linked by their parents, four kinds of requests."""

import json
from pathlib import Path

import numpy as np

ROWS = 160
_BLOCK = 16


def _write(path: Path, rng: np.random.Generator, kinds: tuple[str, ...], follow: float) -> None:
    fresh = iter(range(1, 10_000_000))
    chats: list[tuple[int, int, list[int]]] = []
    lines = []
    for chat, second in enumerate(np.cumsum(rng.gamma(0.7, 60.0, ROWS)), 1):
        parent, turn, blocks = -1, 1, [0]
        if chats and rng.random() < follow:
            parent, turn, blocks = chats[int(rng.integers(max(len(chats) - 20, 0), len(chats)))]
            turn, blocks = turn + 1, list(blocks)
        blocks += [next(fresh) for _ in range(int(rng.integers(2, 24)))]
        # The last block is partial: the next turn's differs from it.
        chats.append((chat, turn, blocks[:-1]))
        record = {
            "chat_id": chat,
            "parent_chat_id": parent,
            "timestamp": round(float(second), 3),
            "input_length": (len(blocks) - 1) * _BLOCK + int(rng.integers(1, _BLOCK + 1)),
            "output_length": int(np.ceil(rng.lognormal(5, 1))),
            "type": str(rng.choice(kinds)),
            "turn": turn,
            "hash_ids": blocks,
        }
        lines.append(json.dumps(record))
    path.write_text("\n".join(lines) + "\n")


def write(folder: Path) -> None:
    """Writes the raw-shaped files into a folder."""
    rng = np.random.default_rng(16)
    _write(folder / "qwen_traceA_blksz_16.jsonl", rng, ("text", "search", "image", "file"), 0.4)
    _write(folder / "qwen_coder_blksz_16.jsonl", rng, ("coder",), 0.2)
