"""Maximum-likelihood fits of inter-arrival distributions, on (gap, count) pairs: millions of gaps cost what their distinct values do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from scipy import optimize, special

Floats = NDArray[np.float64]
_KEYS = ["dataset", "trace", "stream"]


@dataclass(frozen=True)
class Fit:
    """A fitted distribution.

    Attributes:
        family: exponential, gamma, weibull or lognormal.
        shape: Shape parameter; None for the exponential.
        scale: Scale parameter, in the unit of the data.
        ks_d: Kolmogorov-Smirnov distance to the data.
    """

    family: str
    shape: float | None
    scale: float
    ks_d: float


def ks_distance(x: Floats, weights: Floats, cdf: Callable[[Floats], Floats]) -> float:
    """Returns the Kolmogorov-Smirnov distance of weighted, sorted, distinct values to a distribution function.

    Both sides of every step of the empirical function count, which is what makes the distance right for tied data.
    """
    steps = np.cumsum(weights) / weights.sum()
    fitted = cdf(x)
    above = np.max(steps - fitted)
    below = np.max(fitted - np.concatenate([[0.0], steps[:-1]]))
    return float(max(above, below))


def _fit_exponential(x: Floats, w: Floats) -> Fit:
    scale = float(np.average(x, weights=w))
    return Fit("exponential", None, scale, ks_distance(x, w, lambda v: -np.expm1(-v / scale)))


def _fit_gamma(x: Floats, w: Floats) -> Fit:
    """Solves log k - digamma(k) = log mean - mean log, to which the likelihood's maximum reduces."""
    mean = float(np.average(x, weights=w))
    spread = float(np.log(mean) - np.average(np.log(x), weights=w))
    start = (3 - spread + np.sqrt((spread - 3) ** 2 + 24 * spread)) / (12 * spread)

    def slope(log_k: float) -> float:
        k = np.exp(log_k)
        return float(np.log(k) - special.digamma(k) - spread)

    middle = float(np.log(start))
    shape = float(np.exp(optimize.brentq(slope, middle - 2, middle + 2, xtol=1e-14)))
    scale = mean / shape
    return Fit("gamma", shape, scale, ks_distance(x, w, lambda v: np.asarray(special.gammainc(shape, v / scale))))


def _fit_weibull(x: Floats, w: Floats) -> Fit:
    """Solves the profile likelihood in the shape; gaps are scaled by their maximum so that powers stay finite."""
    largest = float(x.max())
    logs = np.log(x / largest)
    mean_log = float(np.average(logs, weights=w))

    def slope(log_k: float) -> float:
        k = np.exp(log_k)
        powers = w * np.exp(k * logs)
        return float(np.sum(powers * logs) / np.sum(powers) - 1 / k - mean_log)

    shape = float(np.exp(optimize.brentq(slope, np.log(1e-3), np.log(1e4), xtol=1e-14)))
    scale = largest * float(np.average(np.exp(shape * logs), weights=w)) ** (1 / shape)
    return Fit("weibull", shape, scale, ks_distance(x, w, lambda v: -np.expm1(-((v / scale) ** shape))))


def _fit_lognormal(x: Floats, w: Floats) -> Fit:
    logs = np.log(x)
    mu = float(np.average(logs, weights=w))
    sigma = float(np.sqrt(np.average((logs - mu) ** 2, weights=w)))
    return Fit(
        "lognormal",
        sigma,
        float(np.exp(mu)),
        ks_distance(x, w, lambda v: np.asarray(special.ndtr((np.log(v) - mu) / sigma))),
    )


def fit_families(x: Floats, weights: Floats) -> list[Fit]:
    """Fits the four families by maximum likelihood with location 0.

    Args:
        x: Distinct positive values, ascending.
        weights: How often each occurs.

    Returns:
        exponential, gamma, weibull, lognormal; only the exponential where all values are equal and shapes are undefined.
    """
    fits = [_fit_exponential(x, weights)]
    if len(x) > 1:
        fits += [_fit_gamma(x, weights), _fit_weibull(x, weights), _fit_lognormal(x, weights)]
    return fits


def fit_arrivals(gaps: pa.Table) -> pa.Table:
    """Fits the positive gaps of every (dataset, trace, stream).

    Args:
        gaps: dataset, trace, stream, gap_us, n, below_resolution; ordered by the first four.

    Returns:
        dataset, trace, stream, family, n, shape, scale_s, ks_d, below_resolution; four rows per stream.
    """
    rows: list[dict[str, object]] = []
    keys = gaps.select([*_KEYS, "below_resolution"]).group_by([*_KEYS, "below_resolution"]).aggregate([]).to_pylist()
    for key in sorted(keys, key=lambda row: tuple(str(row[name]) for name in _KEYS)):
        mask = np.ones(gaps.num_rows, dtype=bool)
        for name in _KEYS:
            mask &= pc.equal(gaps[name], key[name]).to_numpy()
        chosen = gaps.filter(pa.array(mask))
        x = chosen["gap_us"].to_numpy() / 1e6
        weights = chosen["n"].to_numpy().astype(np.float64)
        fits = fit_families(x, weights) if weights.sum() > 1 else []
        rows += [{**key, "family": f.family, "n": int(weights.sum()), "shape": f.shape, "scale_s": f.scale, "ks_d": f.ks_d} for f in fits]
    schema = pa.schema(
        [(name, pa.string()) for name in [*_KEYS, "family"]]
        + [
            ("n", pa.int64()),
            ("shape", pa.float64()),
            ("scale_s", pa.float64()),
            ("ks_d", pa.float64()),
            ("below_resolution", pa.bool_()),
        ]
    )
    return pa.Table.from_pylist(rows, schema=schema)
