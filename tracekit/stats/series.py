"""Statistics of counts per window over lags and scales; empty windows count but are never written out: memory follows the events."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from tracekit.stats.keys import groups, to_table

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
_KEYS = ("dataset", "trace", "stream", "windows", "below_resolution")
_MIN_SCALES = 3


def acf(places: Ints, counts: Floats, windows: int, max_lag: int) -> Floats:
    """Returns the autocorrelation of counts at lags 1 to ``max_lag``.

    r(k) = sum over t of (x_t - m)(x_{t+k} - m) over sum of (x_t - m)^2, with m and the divisor over all windows (Box, Jenkins and
    Reinsel 2008, 2.1.5). The product expands into sums over windows that are not empty.

    Args:
        places: Indices of the windows that are not empty, ascending, below ``windows``.
        counts: Arrivals in each of them.
        windows: Number of windows, empty ones included.
        max_lag: Longest lag, below ``windows``.

    Returns:
        ``max_lag`` values, NaN where every window has the same count.
    """
    mean = counts.sum() / windows
    variance = float((counts**2).sum() - windows * mean**2)
    cumulated = np.concatenate([[0.0], np.cumsum(counts)])
    found = np.full(max_lag, np.nan)
    if variance <= 0:
        return found
    for lag in range(1, max_lag + 1):
        partner = np.searchsorted(places, places + lag)
        partner[partner == len(places)] = 0
        is_there = places[partner] == places + lag
        products = float((counts * counts[partner])[is_there].sum())
        head = cumulated[np.searchsorted(places, windows - lag)]
        tail = cumulated[-1] - cumulated[np.searchsorted(places, lag)]
        found[lag - 1] = (products - mean * (head + tail) + (windows - lag) * mean**2) / variance
    return found


def autocorrelation(counts: pa.Table, window_s: float, max_lag: int) -> pa.Table:
    """Returns the autocorrelation of every (dataset, trace, stream).

    Args:
        counts: dataset, trace, stream, windows, below_resolution, i, n: windows that are not empty, ordered by keys and i.
        window_s: Length of the windows.
        max_lag: Longest lag; beyond a quarter of the windows too few pairs are left to say anything (Box, Jenkins and Reinsel 2008).

    Returns:
        dataset, trace, stream, window_s, lag, lag_s, acf, windows, below_resolution; a row per lag.
    """
    records = []
    for key, rows in groups(counts, _KEYS):
        places, n = rows["i"].to_numpy(), rows["n"].to_numpy().astype(np.float64)
        values = acf(places, n, key["windows"], max(0, min(max_lag, key["windows"] // 4)))
        records += [
            {**key, "window_s": window_s, "lag": lag, "lag_s": lag * window_s, "acf": value if np.isfinite(value) else None}
            for lag, value in enumerate(values.tolist(), start=1)
        ]
    kinds = {"dataset": "name", "trace": "name", "stream": "name", "window_s": "number", "lag": "count", "lag_s": "number"}
    return to_table(records, {**kinds, "acf": "number", "windows": "count", "below_resolution": "bool"})


def _join(places: Ints, counts: Floats) -> tuple[Ints, Floats]:
    """Returns the counts of windows twice as long."""
    halves = places // 2
    starts = np.flatnonzero(np.concatenate([[True], np.diff(halves) != 0]))
    return halves[starts], np.add.reduceat(counts, starts)


def aggregated_variance(places: Ints, counts: Floats, windows: int, min_windows: int) -> list[tuple[int, float]]:
    """Returns (m, population variance of the mean count over m windows) for m = 1, 2, 4, ... while enough full groups are left.

    Args:
        places: Indices of the windows that are not empty, ascending, below ``windows``.
        counts: Arrivals in each of them.
        windows: Number of windows, empty ones included.
        min_windows: Fewest groups of m windows.
    """
    found = []
    scale = 1
    while windows // scale >= max(min_windows, 2):
        groups_left = windows // scale
        full = counts[places < groups_left]
        mean = full.sum() / groups_left
        variance = float((full**2).sum() / groups_left - mean**2) / scale**2
        if variance > 0:
            found.append((scale, variance))
        places, counts = _join(places, counts)
        scale *= 2
    return found


def hurst_exponent(scales: list[tuple[int, float]]) -> tuple[float, float] | None:
    """Returns the Hurst exponent and the fit's r2 from variances over scales, or None where there are fewer than three.

    The variance of means over m windows falls as m^(2H - 2) (Leland et al. 1994); H comes from the least-squares slope of the logarithms.
    """
    if len(scales) < _MIN_SCALES:
        return None
    m, variance = np.log(np.array(scales)).T
    slope, level = np.polyfit(m, variance, 1)
    spread = float(((variance - variance.mean()) ** 2).sum())
    rest = float(((variance - slope * m - level) ** 2).sum())
    return 1 + float(slope) / 2, 1 - rest / spread if spread > 0 else 1.0


def hurst(counts: pa.Table, window_s: float, min_windows: int) -> pa.Table:
    """Returns the Hurst exponent of every (dataset, trace, stream).

    Args:
        counts: dataset, trace, stream, windows, below_resolution, i, n: windows that are not empty, ordered by keys and i.
        window_s: Length of the base windows.
        min_windows: Fewest groups of windows that a scale needs.

    Returns:
        dataset, trace, stream, window_s, windows, scales, hurst, r2, below_resolution; a row per stream.
    """
    records = []
    for key, rows in groups(counts, _KEYS):
        scales = aggregated_variance(rows["i"].to_numpy(), rows["n"].to_numpy().astype(np.float64), key["windows"], min_windows)
        exponent, r2 = hurst_exponent(scales) or (None, None)
        records.append({**key, "window_s": window_s, "scales": len(scales), "hurst": exponent, "r2": r2})
    kinds = {"dataset": "name", "trace": "name", "stream": "name", "window_s": "number", "windows": "count", "scales": "count"}
    return to_table(records, {**kinds, "hurst": "number", "r2": "number", "below_resolution": "bool"})
