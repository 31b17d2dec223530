"""How many more servers fit under a power budget, with the interval that blocks of the recording give."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from tracekit.stats.keys import groups, to_table

Floats = NDArray[np.float64]
# The careful rules first: what a page says is taken from the first that has an answer.
_RULES = ("swing", "static", "breach_swing", "breach")
_BLOCKS = 20
_MIN_BLOCKS = 10
_REPLICATES = 1000
_LEVEL = 0.95
# A replicate's quantile is read from a histogram this fine: an error below a ten-thousandth of the peak.
_BINS = 10_000


@dataclass(frozen=True)
class Reach:
    """What must fit under the budget, per replicate, over provisioned power: largest, quantile and largest rise."""

    peak: Floats
    quantile: Floats
    rise: Floats

    def of(self, rule: str) -> Floats:
        """Returns the power that a rule makes room for."""
        level = self.quantile if rule.startswith("breach") else self.peak
        return level + self.rise if rule.endswith("swing") else level


def rises(ratio: Floats, ahead: int, parts: NDArray[np.bool_] | None = None) -> Floats:
    """Returns for each tick how far power rises above it within the ``ahead`` ticks that follow.

    Args:
        ratio: Power over provisioned power, by tick.
        ahead: Ticks that are looked ahead.
        parts: True where a tick begins a part of the recording that no rise reaches into from before.
    """
    if parts is not None and parts.any():
        pieces = np.split(ratio, np.flatnonzero(parts))
        return np.concatenate([rises(piece, min(ahead, len(piece))) for piece in pieces if len(piece)])
    padded = np.concatenate([ratio, np.full(ahead, -np.inf)])
    highest: Floats = sliding_window_view(padded, ahead + 1).max(axis=1) - ratio
    return highest


def independent(mean: float, reach: float) -> float:
    """Returns the servers that can be added where each varies independently of the others.

    Means add up; deviations from them add up as their squares, so that (1 + x) mean + sqrt(1 + x) (reach - mean) = 1.

    Args:
        mean: Mean power over provisioned power.
        reach: Power that must fit, over provisioned power.
    """
    spread = reach - mean
    root = (-spread + np.sqrt(spread**2 + 4 * mean)) / (2 * mean)
    return float(root**2 - 1)


def _bootstrap(ratio: Floats, rise: Floats, blocks: int, breach: float, seed: int) -> Reach:
    parts, swings = np.array_split(ratio, blocks), np.array_split(rise, blocks)
    edges = np.linspace(0, float(ratio.max()), _BINS + 1)
    counts = np.array([np.histogram(part, edges)[0] for part in parts])
    peaks, highest = np.array([part.max() for part in parts]), np.array([part.max() for part in swings])
    rng = np.random.default_rng(seed)
    peak, quantile, swing = (np.empty(_REPLICATES) for _ in range(3))
    for i in range(_REPLICATES):
        chosen = rng.integers(0, blocks, blocks)
        upto = np.cumsum(np.bincount(chosen, minlength=blocks) @ counts)
        peak[i], swing[i] = peaks[chosen].max(), highest[chosen].max()
        # The middle of the bin in which the quantile lies.
        place = int(np.searchsorted(upto, (1 - breach) * upto[-1]))
        quantile[i] = (edges[place] + edges[min(place + 1, _BINS)]) / 2
    return Reach(peak, quantile, swing)


def _limits(reach: Reach, rule: str, servers: int) -> dict[str, Any]:
    values = reach.of(rule)
    # Parts of the recording without any power have room for any number.
    low, high = np.quantile(1 / values[values > 0] - 1, [(1 - _LEVEL) / 2, (1 + _LEVEL) / 2])
    return {
        "extra_low_ratio": float(low),
        "extra_high_ratio": float(high),
        "extra_servers_low": int(np.floor(low * servers)),
        "extra_servers_high": int(np.floor(high * servers)),
    }


def _condition(rule: str, breach: float, latency_s: float) -> str:
    budget = f"which may be exceeded for {breach:.0%} of the time" if rule.startswith("breach") else "which is never exceeded"
    return f"{budget}, with room for one more rise as large as the largest within {latency_s:g} s" if rule.endswith("swing") else budget


def _trace(rows: pa.Table, servers: int, breach: float, latency_s: float, seed: int) -> list[dict[str, Any]]:
    ratio, stamps = rows["ratio"].to_numpy().astype(np.float64), rows["tick_us"].to_numpy()
    # NaN where no gap ends: compares as no gap.
    is_apart = rows["gap_before_s"].to_numpy().astype(np.float64) > latency_s
    tick_s = float(np.median(np.diff(stamps))) / 1e6 if len(stamps) > 1 else 0.0
    # As in power/swings: a time of D seconds is round(D / tick) ticks; a tick longer than twice D says nothing of it.
    knows_rise = 0 < tick_s <= 2 * latency_s
    rise = rises(ratio, min(round(latency_s / tick_s), len(ratio)), is_apart) if knows_rise else np.full(len(ratio), np.nan)
    blocks = min(_BLOCKS, len(ratio) // 2)
    measured = Reach(*(np.array([value]) for value in (ratio.max(), np.quantile(ratio, 1 - breach), rise.max())))
    drawn = _bootstrap(ratio, rise, blocks, breach, seed) if blocks >= _MIN_BLOCKS else None
    records = []
    for rank, rule in enumerate(_RULES, 1):
        reach = float(measured.of(rule)[0])
        record: dict[str, Any] = {"rule": rule, "rank": rank, "condition": _condition(rule, breach, latency_s)}
        record |= {"samples": len(ratio), "blocks": blocks, "servers": servers, "breach": breach}
        if np.isfinite(reach) and reach > 0:
            extra = 1 / reach - 1
            record |= {"reach_ratio": reach, "extra_ratio": extra, "extra_servers": int(np.floor(extra * servers))}
            record["independent_ratio"] = independent(float(ratio.mean()), reach)
            if drawn:
                record |= _limits(drawn, rule, servers)
        records.append(record)
    return records


def extra_servers(rows: pa.Table, servers: int, breach: float, latency_s: float, tick_s: float | None, seed: int) -> pa.Table:
    """Returns how many servers can be added, by each rule, for every (dataset, trace, entity_kind).

    Args:
        rows: dataset, trace, entity_kind, tick_us, ratio (power over provisioned power), gap_before_s; ordered.
        servers: Servers of the row under the budget.
        breach: Share of the time for which the budget may be exceeded.
        latency_s: Time that capping takes, seconds.
        tick_s: Bound in the SELECT already.
        seed: Seed of the bootstrap.

    Returns:
        The columns of power/extra_servers; four rows per kind of entity, the most careful rule first.
    """
    records = []
    for key, chosen in groups(rows, ("dataset", "trace", "entity_kind")):
        records += [{**key, **record} for record in _trace(chosen, servers, breach, latency_s, seed)]
    names = dict.fromkeys(("dataset", "trace", "entity_kind", "rule", "condition"), "name")
    counts = dict.fromkeys(("rank", "samples", "blocks", "servers", "extra_servers", "extra_servers_low", "extra_servers_high"), "count")
    numbers = ("reach_ratio", "extra_ratio", "extra_low_ratio", "extra_high_ratio", "independent_ratio", "breach")
    return to_table(records, names | counts | dict.fromkeys(numbers, "number"))
