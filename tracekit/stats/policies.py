"""Keep-alive policies replayed over the gaps of each function or application."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from tracekit.stats.keys import groups, to_table

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
# Shahrad et al. 2020, sections 4.2 and 5.
_BINS, _BIN_S = 240, 60.0
_HEAD, _TAIL, _MARGIN, _MIN_CV = 0.05, 0.99, 0.1, 2.0
_CHUNK = 4096


@dataclass
class Cost:
    """What a policy costs, summed over keys.

    Attributes:
        cold: Cold starts.
        idle_s: Seconds warm and idle.
        idle_gb_s: The same times memory.
        unloads: Invocations after which the key was unloaded at once.
    """

    cold: int = 0
    idle_s: float = 0.0
    idle_gb_s: float = 0.0
    unloads: int = field(default=0)

    def add(self, cold: int, idle_s: float, memory_gb: float, unloads: int = 0) -> None:
        """Adds a key's costs."""
        self.cold += cold
        self.idle_s += idle_s
        self.idle_gb_s += idle_s * memory_gb
        self.unloads += unloads


def hybrid_windows(gaps: Floats) -> tuple[Floats, Floats]:
    """Returns what the hybrid histogram policy decides before each gap and after the last one.

    Args:
        gaps: Idle times of one key in seconds, in time order.

    Returns:
        Two arrays, one longer than the gaps: seconds until the key is loaded (0: it stays loaded) and seconds that it is then kept.
    """
    n = len(gaps)
    bins = np.minimum(np.maximum(gaps, 0) // _BIN_S, _BINS).astype(np.int64)
    prewarm, keep = np.zeros(n + 1), np.full(n + 1, _BINS * _BIN_S)
    counts = np.zeros(_BINS + 1, dtype=np.int64)
    for start in range(0, n + 1, _CHUNK):
        size = min(_CHUNK, n + 1 - start)
        seen = np.zeros((size, _BINS + 1), dtype=np.int64)
        known = bins[start : start + size]
        # The decision before gap i knows the gaps before i.
        inside = known[: size - 1]
        seen[np.arange(1, size)[: len(inside)], inside] = 1
        np.cumsum(seen, axis=0, out=seen)
        seen += counts
        _decide(seen[:, :_BINS], prewarm[start : start + size], keep[start : start + size])
        counts = seen[-1].copy()
        if len(known) == size:
            counts[known[-1]] += 1
    return prewarm, keep


def _decide(seen: Ints, prewarm: Floats, keep: Floats) -> None:
    """Fills in the windows where a histogram says enough: its bins' coefficient of variation is at least 2."""
    total = seen.sum(axis=1)
    mean = total / _BINS
    variance = (seen**2).sum(axis=1) / _BINS - mean**2
    says = (total > 0) & (np.sqrt(np.maximum(variance, 0)) >= _MIN_CV * mean)
    up_to = np.cumsum(seen[says], axis=1)
    head = (up_to < np.ceil(_HEAD * total[says])[:, None]).sum(axis=1) * _BIN_S * (1 - _MARGIN)
    tail = ((up_to < np.ceil(_TAIL * total[says])[:, None]).sum(axis=1) + 1) * _BIN_S * (1 + _MARGIN)
    prewarm[says] = head
    keep[says] = tail - head


def _add_fixed(cost: Cost, gaps: Floats, rest: float, seconds: float, memory_gb: float) -> None:
    idle = float(np.minimum(np.maximum(gaps, 0), seconds).sum()) + min(rest, seconds)
    cost.add(1 + int((gaps > seconds).sum()), idle, memory_gb)


def _add_hybrid(cost: Cost, gaps: Floats, rest: float, memory_gb: float) -> None:
    prewarm, keep = hybrid_windows(gaps)
    waits = np.append(np.maximum(gaps, 0), rest)
    idle = np.clip(waits - prewarm, 0, keep)
    # Loaded from prewarm to prewarm + keep; one that never unloads is warm from the start.
    is_cold = ((waits < prewarm) | (waits > prewarm + keep))[:-1]
    cost.add(1 + int(is_cold.sum()), float(idle.sum()), memory_gb, int((prewarm > 0).sum()))


def _gaps(rows: pa.Table) -> tuple[Floats, float]:
    """Returns idle times in seconds since the latest end so far, and the last end in microseconds."""
    start = rows["started_us"].to_numpy()
    latest = np.maximum.accumulate(rows["ended_us"].to_numpy())
    return (start[1:] - latest[:-1]) / 1e6, float(latest[-1])


def compare(rows: pa.Table, keepalive_s: list[float], by: str, memory_mb: float) -> pa.Table:
    """Replays the policies over every (dataset, trace, grain).

    An invocation while another runs finds the key warm: only the gap since the latest end counts, as in the rule ``idle``.

    Args:
        rows: dataset, trace, grain, key, started_us, ended_us, n, memory_mb; ordered by all but the last three.
        keepalive_s: Times of the fixed policy, in seconds.
        by: Bound in the SELECT already.
        memory_mb: Memory of keys without one.

    Returns:
        The columns of serverless/keepalive_policy; a row per policy.
    """
    records: list[dict[str, Any]] = []
    for outer, chosen in groups(rows, ("dataset", "trace", "grain")):
        end_us = float(chosen["ended_us"].to_numpy().max())
        fixed, hybrid = {seconds: Cost() for seconds in keepalive_s}, Cost()
        keys = assumed = 0
        for key, mine in groups(chosen, ("key", "memory_mb")):
            gaps, last_us = _gaps(mine)
            memory_gb = (memory_mb if key["memory_mb"] is None else key["memory_mb"]) / 1000
            keys, assumed = keys + 1, assumed + (key["memory_mb"] is None)
            rest = (end_us - last_us) / 1e6
            for seconds, cost in fixed.items():
                _add_fixed(cost, gaps, rest, seconds, memory_gb)
            _add_hybrid(hybrid, gaps, rest, memory_gb)
        counts = {"invocations": round(float(chosen["n"].to_numpy().sum())), "keys": keys, "assumed_memory": assumed}
        costs = [("fixed", seconds, cost) for seconds, cost in sorted(fixed.items())] + [("hybrid", None, hybrid)]
        records += [
            {**outer, **counts, "policy": policy, "keepalive_s": s, **_record(cost, counts["invocations"])} for policy, s, cost in costs
        ]
    kinds = dict.fromkeys(("dataset", "trace", "grain", "policy"), "name")
    kinds |= dict.fromkeys(("invocations", "cold_starts", "keys", "assumed_memory"), "count")
    return to_table(records, kinds | dict.fromkeys(("keepalive_s", "cold_ratio", "idle_s", "idle_gb_s", "prewarm_share"), "number"))


def _record(cost: Cost, invocations: int) -> dict[str, Any]:
    return {
        "cold_starts": cost.cold,
        "cold_ratio": cost.cold / invocations,
        "idle_s": cost.idle_s,
        "idle_gb_s": cost.idle_gb_s,
        "prewarm_share": cost.unloads / invocations,
    }
