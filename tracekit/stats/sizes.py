"""Maximum-likelihood fits of execution times and memory, on (value, count) pairs."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from scipy import optimize

from tracekit.stats.fit import fit_families, ks_distance
from tracekit.stats.keys import groups, to_table

Floats = NDArray[np.float64]
# The likelihood of millions of distinct values is as well known on this many steps of their logarithm.
_MOST = 20_000
# Where the data ask for a Weibull or a Pareto, shapes grow without end: beyond this the two cannot be distinguished.
_MOST_LOG_SHAPE = 7.0
_NUMBERS = ("mu", "shape", "shape2", "scale", "ks_d")


def _coarse(x: Floats, w: Floats) -> tuple[Floats, Floats]:
    """Returns values joined on an even grid of their logarithms, where there are more distinct ones than a fit needs."""
    if len(x) <= _MOST:
        return x, w
    logs = np.log(x)
    bins = ((logs - logs[0]) / (logs[-1] - logs[0]) * (_MOST - 1)).astype(np.int64)
    weights = np.bincount(bins, weights=w).astype(np.float64)
    means = np.bincount(bins, weights=w * logs)
    held = weights > 0
    joined: Floats = np.exp(means[held] / weights[held])
    return joined, weights[held]


def _bounded(at: Floats) -> tuple[float, float, float]:
    log_c, log_k = np.clip(at[:2], -_MOST_LOG_SHAPE, _MOST_LOG_SHAPE)
    return float(log_c), float(log_k), float(np.clip(at[2], -50, 50))


def fit_burr12(x: Floats, w: Floats) -> tuple[float, float, float]:
    """Fits the Burr XII distribution F(x) = 1 - (1 + (x / lambda)^c)^-k.

    Args:
        x: Distinct positive values, ascending, at least two.
        w: How often each occurs.

    Returns:
        c, k and lambda, the last in the unit of the values.
    """
    x, w = _coarse(x, w)
    logs = np.log(x)
    n = float(w.sum())
    middle = float(np.average(logs, weights=w))
    spread = max(float(np.sqrt(np.average((logs - middle) ** 2, weights=w))), 1e-3)

    def loss(at: Floats) -> float:
        log_c, log_k, log_scale = _bounded(at)
        c, k = math.exp(log_c), math.exp(log_k)
        z = c * (logs - log_scale)
        density = log_c + log_k + z - logs - (k + 1) * np.logaddexp(0.0, z)
        return -float(w @ density) / n

    # A log-logistic (k = 1) around the median of the logarithms is where the search begins; long and short tails are tried as well.
    starts = [(math.log(1.8 / spread) - shift, shift, middle) for shift in (0.0, -1.5, 1.5)]
    fits = [
        optimize.minimize(loss, np.array(start), method="Nelder-Mead", options={"maxiter": 4000, "xatol": 1e-8, "fatol": 1e-12})
        for start in starts
    ]
    found = min(fits, key=lambda fit: float(fit.fun))
    log_c, log_k, log_scale = _bounded(found.x)
    return math.exp(log_c), math.exp(log_k), math.exp(log_scale)


def _fits(key: dict[str, Any], x: Floats, w: Floats) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for fit in fit_families(x, w):
        row = {"family": fit.family, "shape": fit.shape, "scale": fit.scale, "ks_d": fit.ks_d}
        rows.append({**key, **row, "mu": math.log(fit.scale) if fit.family == "lognormal" else None})
    if len(x) > 2:
        c, k, scale = fit_burr12(x, w)
        distance = ks_distance(x, w, lambda v: -np.expm1(-k * np.logaddexp(0.0, c * np.log(v / scale))))
        rows.append({**key, "family": "burr12", "shape": c, "shape2": k, "scale": scale, "ks_d": distance})
    return rows


def fit_sizes(values: pa.Table, field: str) -> pa.Table:
    """Fits the positive values of every (dataset, trace, field).

    Args:
        values: dataset, trace, field, value, n; ordered by the first four.
        field: Bound in the SELECT already.

    Returns:
        The columns of serverless/size_fit; five rows per field.
    """
    records: list[dict[str, Any]] = []
    for key, rows in groups(values, ("dataset", "trace", "field")):
        x, w = rows["value"].to_numpy(), rows["n"].to_numpy().astype(np.float64)
        is_positive = x > 0
        counts = {"n": int(w[is_positive].sum()), "zeros": int(w[~is_positive].sum())}
        if counts["n"] > 1:
            records += _fits({**key, **counts}, x[is_positive], w[is_positive])
    kinds = dict.fromkeys(("dataset", "trace", "field", "family"), "name") | dict.fromkeys(("n", "zeros"), "count")
    return to_table(records, {**kinds, **dict.fromkeys(_NUMBERS, "number")})
