"""Writes the synthetic coding-agent sample: sessions, turns, model calls, batches of tool calls, failures, a session that does nothing."""

import datetime as dt
import gzip
import json
from pathlib import Path
from typing import Any

import numpy as np

SESSIONS = 30
_TOOLS = ("bash", "view", "edit", "grep")


def _stamp(at: dt.datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"


def _turn(rng: np.random.Generator, name: str, at: dt.datetime) -> tuple[dict[str, Any], dt.datetime]:
    calls, batches, prompt = [], [], int(rng.integers(4_000, 20_000))
    for number in range(int(rng.integers(1, 5))):
        took = int(rng.lognormal(8.5, 0.7))
        is_ok = rng.random() > 0.04
        cached = int(prompt * 0.85) if number else 0
        output = int(rng.lognormal(5.5, 1)) if is_ok else 0
        calls.append(
            {
                "message_id": f"{name}-m{number}",
                "timestamp": _stamp(at),
                "duration_ms": took,
                "initiator_type": "agent" if number else "user",
                "model": f"model-{int(rng.integers(3))}",
                "result": "success" if is_ok else "error",
                "status_code": 200 if is_ok else 429,
                "tokens": {
                    "total": prompt + output,
                    "prompt": prompt,
                    "completion": output,
                    "cached": cached,
                    "cached_pct": round(cached / prompt, 3),
                },
                "message_metadata": [],
            }
        )
        at += dt.timedelta(milliseconds=took)
        functions = [
            {"name": str(rng.choice(_TOOLS)), "status": 1 if rng.random() > 0.1 else 2, "duration_ms": int(rng.lognormal(5, 1.5))}
            for _ in range(int(rng.integers(0, 3)))
        ]
        if functions:
            longest = max(f["duration_ms"] for f in functions)
            batches.append(
                {
                    "timestamp": _stamp(at),
                    "duration_ms": longest,
                    "auto_continue": True,
                    "result": "success",
                    "request_id": f"{name}-m{number}",
                    "function_calls": functions,
                }
            )
            at += dt.timedelta(milliseconds=int(longest))
        prompt += output + 800
    return {"turn_id": name, "llm_calls": calls, "tool_batches": batches}, at


def write(folder: Path) -> None:
    """Writes the raw-shaped shards into a folder, a day each."""
    rng = np.random.default_rng(20260601)
    for day in range(2):
        lines = []
        for session in range(SESSIONS // 2):
            at = dt.datetime(2000, 1, 3 + day) + dt.timedelta(seconds=float(rng.uniform(0, 80_000)))
            turns = []
            for turn in range(int(rng.integers(1, 4)) if session else 0):
                made, at = _turn(rng, f"d{day}s{session}t{turn}", at)
                turns.append(made)
                at += dt.timedelta(seconds=float(rng.lognormal(4, 1)))
            lines.append(json.dumps({"session_id": f"d{day}s{session}", "date": f"2000-01-0{3 + day}", "turns": turns}))
        shard = folder / f"date=2000-01-0{3 + day}" / "shard-0000.jsonl.gz"
        shard.parent.mkdir()
        shard.write_bytes(gzip.compress(("\n".join(lines) + "\n").encode(), mtime=0))
