"""Writes the synthetic TraceLab sample: sessions of two providers, rounds that call tools and rounds that do not."""

import datetime as dt
import json
from pathlib import Path
from typing import Any

import numpy as np

SESSIONS = 12


def _stamp(at: dt.datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"


def _tools(rng: np.random.Generator, call: str, at: dt.datetime, events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Returns the tool calls of a round, each of which is an event of it too."""
    tools: list[dict[str, Any]] = []
    for number in range(int(rng.integers(0, 3))):
        result = at + dt.timedelta(milliseconds=int(rng.lognormal(6, 1.5)))
        name = f"{call}_{number}"
        events.append(
            {
                "event_type": "tool_call",
                "timestamp": _stamp(at),
                "source": "sample",
                "tool_call_id": name,
                "tool_name": "Bash",
                "tool_index": number,
            }
        )
        tools.append(
            {
                "tool_index": number,
                "tool_name": "Bash",
                "tool_call_id": name,
                "emitted_at": _stamp(at),
                "input_chars": 80,
                "result_chars": 300,
                "tool_wall_latency_ms": (result - at) // dt.timedelta(milliseconds=1),
                "tool_internal_latency_ms": None,
                "is_error": bool(rng.random() < 0.1),
                "result_at": _stamp(result),
            }
        )
    return tools


def _round(rng: np.random.Generator, session: int, index: int, at: dt.datetime, prefix: int) -> tuple[dict[str, Any], dt.datetime]:
    is_claude = session % 2 == 0
    new, output = int(rng.integers(200, 5_000)), int(np.ceil(rng.lognormal(5.5, 1)))
    events: list[dict[str, Any]] = [{"event_type": "tool_result" if index else "user_message", "timestamp": _stamp(at), "source": "sample"}]
    for kind in ("reasoning", "text"):
        at += dt.timedelta(milliseconds=int(rng.lognormal(7.5, 0.8)))
        events.append({"event_type": kind, "timestamp": _stamp(at), "source": "sample", "content_chars": 120})
    tools = _tools(rng, f"call_{session}_{index}", at, events)
    record = {
        "provider": "claude" if is_claude else "codex",
        "session_id": f"session-{session}",
        "round_index": index,
        "round_id": f"round_{session}_{index}",
        "model": "model-a" if is_claude else "model-b",
        "input_tokens_total": prefix + new,
        "prefix_tokens": prefix,
        "newly_append_tokens": new,
        "claude_uncached_input_tokens": 3 if is_claude else None,
        "claude_cache_creation_input_tokens": new - 3 if is_claude else None,
        "claude_cache_read_input_tokens": prefix if is_claude else None,
        "output_tokens": output,
        "reasoning_output_tokens": None if is_claude else output // 3,
        "timing_events": events,
        "tools": tools,
        "first_input_event_type": events[0]["event_type"],
    }
    if is_claude:
        record["project"] = f"project-{session % 4}"
    after = max([at, *[at + dt.timedelta(milliseconds=tool["tool_wall_latency_ms"]) for tool in tools]])
    return record, after


def write(folder: Path) -> None:
    """Writes the raw-shaped file into a folder."""
    rng = np.random.default_rng(357)
    lines = []
    for session in range(SESSIONS):
        at = dt.datetime(2000, 1, 3) + dt.timedelta(seconds=float(rng.uniform(0, 80_000)))
        prefix = 0
        for index in range(int(rng.integers(1, 9))):
            record, at = _round(rng, session, index, at, prefix)
            prefix = record["input_tokens_total"]
            lines.append(json.dumps(record))
    (folder / "round_trace.jsonl").write_text("\n".join(lines) + "\n")
