"""Block-bootstrap intervals and a test of stationarity, from sums per block and counts per part of the span."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from tracekit.stats.keys import groups, to_table

Floats = NDArray[np.float64]
_KEYS = ("dataset", "trace", "stream")
_LEVEL = 0.95
_MIN_BLOCKS = 10
_PARTS = 100
_MIN_EVENTS = 100
# Kwiatkowski et al. 1992, table 1: upper tail of the level statistic at 5 %.
_KPSS_5_PERCENT = 0.463


def kpss(counts: Floats) -> float | None:
    """Returns the KPSS statistic of stationarity around a level.

    eta = sum of S_t^2 / (T^2 s^2), with S the partial sums of deviations from the mean and s^2 their long-run variance under Bartlett
    weights and floor(4 (T / 100)^(1/4)) lags (Kwiatkowski, Phillips, Schmidt and Shin 1992, equations 10 and 13).

    Args:
        counts: Counts per part, in time order; at least two.

    Returns:
        The statistic, or None where the long-run variance is not positive.
    """
    n = len(counts)
    deviations = counts - counts.mean()
    lags = int(4 * (n / 100) ** 0.25)
    variance = float(deviations @ deviations) / n
    for lag in range(1, lags + 1):
        variance += 2 * (1 - lag / (lags + 1)) * float(deviations[lag:] @ deviations[:-lag]) / n
    if variance <= 0:
        return None
    sums = np.cumsum(deviations)
    return float(sums @ sums) / (n**2 * variance)


def draw(totals: Floats, squares: Floats, size: int, replicates: int, seed: int) -> tuple[Floats, Floats]:
    """Returns mean and population variance of bootstrap replicates made of whole blocks.

    Blocks that do not overlap are drawn with replacement, as many as there are (Carlstein 1986); inside a block the order of the data, and
    with it their dependence, stays. Both moments need only the blocks' sums.

    Args:
        totals: Sum of the values of each block.
        squares: Sum of their squares.
        size: Values per block.
        replicates: How many replicates.
        seed: Seed of the generator.

    Returns:
        Two arrays of ``replicates`` values, in the unit of the values and its square.
    """
    rng = np.random.default_rng(seed)
    blocks = len(totals)
    mean, square = np.empty(replicates), np.empty(replicates)
    for i in range(replicates):
        chosen = rng.integers(0, blocks, blocks)
        mean[i] = totals[chosen].sum() / (blocks * size)
        square[i] = squares[chosen].sum() / (blocks * size)
    return mean, np.maximum(square - mean**2, 0)


def _interval(values: Floats) -> tuple[float | None, float | None]:
    """Returns the percentile interval of replicates, without those that are undefined."""
    values = values[np.isfinite(values)]
    if not len(values):
        return None, None
    low, high = np.quantile(values, [(1 - _LEVEL) / 2, (1 + _LEVEL) / 2])
    return float(low), float(high)


def _ratio(value: Floats, mean: Floats) -> Floats:
    ratio: Floats = np.divide(value, mean, out=np.full(len(mean), np.nan), where=mean > 0)
    return ratio


def _column(rows: pa.Table, name: str) -> Floats:
    values: Floats = rows[name].to_numpy().astype(np.float64)
    return values


def _stationarity(segments: pa.Table, counted: str) -> dict[str, Any]:
    """Returns the KPSS statistic of the parts of the span, and whether it lets a constant rate stand."""
    counts = np.zeros(_PARTS)
    counts[segments["i"].to_numpy()] = _column(segments, counted)
    if counts.sum() < _MIN_EVENTS:
        return {"kpss": None, "is_stationary": None}
    statistic = kpss(counts)
    return {"kpss": statistic, "is_stationary": None if statistic is None else statistic <= _KPSS_5_PERCENT}


def _parts(rows: pa.Table) -> tuple[pa.Table, pa.Table]:
    is_block = pc.equal(rows["part"], "block")
    return rows.filter(is_block), rows.filter(pc.invert(is_block))


def interarrival(rows: pa.Table, block: int | None, seed: int, replicates: int) -> pa.Table:
    """Returns intervals of the mean gap and its coefficient of variation for every (dataset, trace, stream).

    Args:
        rows: dataset, trace, stream, gaps, block, part, i, n, total, squares; part = block: number, sum (s) and squared sum (s^2) of a
            block's gaps; part = segment: events in a hundredth of the span. Ordered.
        block: Bound in the SELECT already.
        seed: Seed of the bootstrap.
        replicates: Bootstrap replicates.

    Returns:
        The columns of arrival/interarrival_ci; a row per stream.
    """
    records = []
    for key, chosen in groups(rows, (*_KEYS, "gaps", "block")):
        blocks, segments = _parts(chosen)
        n, totals, squares = (_column(blocks, name) for name in ("n", "total", "squares"))
        is_full = n == key["block"]
        mean = totals.sum() / n.sum()
        deviation = np.sqrt(max(squares.sum() / n.sum() - mean**2, 0))
        record = {**key, "blocks": int(is_full.sum()), "iat_mean_s": mean, "iat_cv": deviation / mean if mean > 0 else None}
        if record["blocks"] >= _MIN_BLOCKS:
            means, variances = draw(totals[is_full], squares[is_full], key["block"], replicates, seed)
            record["iat_mean_low_s"], record["iat_mean_high_s"] = _interval(means)
            record["iat_cv_low"], record["iat_cv_high"] = _interval(_ratio(np.sqrt(variances), means))
        records.append({**record, **_stationarity(segments, "n")})
    kinds = dict.fromkeys(_KEYS, "name") | dict.fromkeys(("gaps", "block", "blocks"), "count")
    numbers = ("iat_mean_s", "iat_mean_low_s", "iat_mean_high_s", "iat_cv", "iat_cv_low", "iat_cv_high", "kpss")
    return to_table(records, {**kinds, **dict.fromkeys(numbers, "number"), "is_stationary": "bool"})


def dispersion(rows: pa.Table, windows_s: list[float], block: int | None, seed: int, replicates: int) -> pa.Table:
    """Returns intervals of the index of dispersion for every (dataset, trace, stream, window_s).

    Args:
        rows: dataset, trace, stream, window_s, windows, block, part, i, total, squares; part = block: sum and squared sum of a block's
            counts, without a row where it has none; part = segment: events in a hundredth of the span as total. Ordered.
        windows_s: Bound in the SELECT already.
        block: Bound in the SELECT already.
        seed: Seed of the bootstrap.
        replicates: Bootstrap replicates.

    Returns:
        The columns of arrival/dispersion_ci; a row per stream and window length.
    """
    records = []
    for key, chosen in groups(rows, (*_KEYS, "window_s", "windows", "block")):
        sums, segments = _parts(chosen)
        totals, squares = _column(sums, "total"), _column(sums, "squares")
        blocks = key["windows"] // key["block"]
        mean = totals.sum() / key["windows"]
        record = {**key, "blocks": blocks, "idc": (squares.sum() / key["windows"] - mean**2) / mean if mean > 0 else None}
        if blocks >= _MIN_BLOCKS:
            # Windows after the last full block are left out; blocks without an arrival are zeros, wherever they lie.
            is_full = sums["i"].to_numpy() < blocks
            empty = np.zeros(blocks - int(is_full.sum()))
            means, variances = draw(
                np.concatenate([totals[is_full], empty]),
                np.concatenate([squares[is_full], empty]),
                key["block"],
                replicates,
                seed,
            )
            record["idc_low"], record["idc_high"] = _interval(_ratio(variances, means))
        records.append({**record, **_stationarity(segments, "total")})
    kinds = dict.fromkeys(_KEYS, "name") | {"window_s": "number"} | dict.fromkeys(("windows", "block", "blocks"), "count")
    numbers = ("idc", "idc_low", "idc_high", "kpss")
    return to_table(records, {**kinds, **dict.fromkeys(numbers, "number"), "is_stationary": "bool"})
