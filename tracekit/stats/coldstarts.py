"""Distributions of cold-start times and of the gaps between cold starts, with moments and parameters in columns of their own."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from tracekit.stats.fit import Fit, fit_families
from tracekit.stats.keys import groups, to_table
from tracekit.stats.moments import lognormal_moments, lognormal_parameters, weibull_moments, weibull_parameters

Floats = NDArray[np.float64]
_NUMBERS = ("mean_s", "sd_s", "shape", "scale_s", "fit_mean_s", "fit_sd_s", "moment_shape", "moment_scale_s", "ks_d")
# Every trace of a dataset taken together, as the paper draws its regions; gaps are those within the traces.
ALL = "ALL"


def fitted_moments(fit: Fit) -> tuple[float, float]:
    """Returns mean and standard deviation of a fitted distribution, in the unit of the data."""
    if fit.shape is None:
        return fit.scale, fit.scale
    if fit.family == "gamma":
        return fit.shape * fit.scale, math.sqrt(fit.shape) * fit.scale
    return weibull_moments(fit.shape, fit.scale) if fit.family == "weibull" else lognormal_moments(math.log(fit.scale), fit.shape)


def _by_moments(family: str, mean: float, sd: float) -> tuple[float | None, float | None]:
    if sd <= 0 or family not in ("lognormal", "weibull"):
        return None, None
    if family == "weibull":
        return weibull_parameters(mean, sd)
    mu, sigma = lognormal_parameters(mean, sd)
    return sigma, math.exp(mu)


def _fits(key: dict[str, Any], x: Floats, w: Floats) -> list[dict[str, Any]]:
    """Returns a row per family for sorted distinct values with their counts."""
    is_positive = x > 0
    counts = {"n": int(w[is_positive].sum()), "zeros": int(w[~is_positive].sum())}
    x, w = x[is_positive], w[is_positive]
    if counts["n"] < 2:
        return []
    mean = float(np.average(x, weights=w))
    sd = float(np.sqrt(np.average((x - mean) ** 2, weights=w)))
    rows = []
    for fit in fit_families(x, w):
        fit_mean, fit_sd = fitted_moments(fit)
        shape, scale = _by_moments(fit.family, mean, sd)
        row = {"family": fit.family, "mean_s": mean, "sd_s": sd, "shape": fit.shape, "scale_s": fit.scale, "ks_d": fit.ks_d}
        rows.append({**key, **counts, **row, "fit_mean_s": fit_mean, "fit_sd_s": fit_sd, "moment_shape": shape, "moment_scale_s": scale})
    return rows


def _pooled(parts: list[tuple[Floats, Floats]]) -> tuple[Floats, Floats]:
    x, places = np.unique(np.concatenate([x for x, _ in parts]), return_inverse=True)
    return x, np.bincount(places, weights=np.concatenate([w for _, w in parts])).astype(np.float64)


def fit_cold_starts(values: pa.Table, field: str) -> pa.Table:
    """Fits the times of every (dataset, trace, field), and of all traces of a dataset together.

    Args:
        values: dataset, trace, field, value_s, n; ordered by dataset, field, trace and value_s.
        field: Bound in the SELECT already.

    Returns:
        The columns of serverless/cold_start_fit; four rows per field, under the trace ALL where there are several.
    """
    records: list[dict[str, Any]] = []
    for outer, rows in groups(values, ("dataset", "field")):
        parts = []
        for key, chosen in groups(rows, ("trace",)):
            x, w = chosen["value_s"].to_numpy(), chosen["n"].to_numpy().astype(np.float64)
            parts.append((x, w))
            records += _fits({**outer, **key}, x, w)
        if len(parts) > 1:
            records += _fits({**outer, "trace": ALL}, *_pooled(parts))
    kinds = dict.fromkeys(("dataset", "trace", "field", "family"), "name") | dict.fromkeys(("n", "zeros"), "count")
    return to_table(records, {**kinds, **dict.fromkeys(_NUMBERS, "number")})
