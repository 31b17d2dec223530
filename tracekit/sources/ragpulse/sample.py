"""Writes the synthetic RAGPulse sample: chunks in five lists, instants as text, one inversion, a blank last line."""

import json
from pathlib import Path

import numpy as np

ROWS = 220


def write(folder: Path) -> None:
    """Writes the raw-shaped files into a folder."""
    rng = np.random.default_rng(7106)
    seconds = 82 + np.floor(np.cumsum(rng.gamma(0.45, 60.0, ROWS))).astype(int)
    seconds[[120, 121]] = seconds[120] + 9, seconds[120]
    records = []
    for number, second in enumerate(seconds):
        is_search = rng.random() < 0.1
        records.append(
            {
                "timestamp": str(second),
                "input_length": int(np.ceil(rng.normal(3000, 500))),
                "output_length": int(np.ceil(rng.lognormal(4.8, 0.7))),
                "hash_ids": {
                    "sys_prompt": [8302, 14332, 15198 + int(rng.integers(3))],
                    "passages_ids": [] if is_search else [int(p) for p in rng.zipf(1.5, 6) % 8000],
                    "history": [15200 + int(rng.integers(200))],
                    "web_search": [20110 + int(rng.integers(30))] if is_search else [],
                    "user_input": [20632 + number],
                },
                "session_id": f"s{int(rng.integers(ROWS // 2)):04d}",
            }
        )
    (folder / "0_trace.jsonl").write_text("".join(json.dumps(record) + "\n" for record in records) + "\n")
