"""Maximum-likelihood fits of token lengths, on (length, count) pairs."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from scipy import optimize, special

from tracekit.stats.fit import ks_distance
from tracekit.stats.keys import groups, to_table

Floats = NDArray[np.float64]
# Where a tail may begin, as quantiles of the data.
_TAILS = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99)
_STEPS = 300
_TOLERANCE = 1e-8
# A body narrower than this is a single popular length, where a density grows without bound and says nothing.
_MIN_SIGMA = 0.01
# A tail steeper than this is one as well: half of it lies within 4 % of its start.
_MAX_ALPHA = 20.0
_NUMBERS = ("mu", "sigma", "scale", "alpha", "xmin", "weight", "ks_d", "loglik", "aic")


@dataclass(frozen=True)
class LengthFit:
    """A fitted distribution.

    Attributes:
        family: lognormal, exponential, pareto_lognormal or zipf.
        loglik: Logarithm of the likelihood.
        ks_d: Kolmogorov-Smirnov distance to the data.
        fitted: How many numbers were fitted, for Akaike's criterion.
        values: Parameters by name; lengths in tokens.
    """

    family: str
    loglik: float
    ks_d: float
    fitted: int
    values: dict[str, float] = field(default_factory=dict)

    @property
    def aic(self) -> float:
        """Akaike's criterion."""
        return 2 * self.fitted - 2 * self.loglik


def _log_normal(x: Floats, mu: float, sigma: float) -> Floats:
    z = (np.log(x) - mu) / sigma
    density: Floats = -0.5 * z**2 - np.log(x * sigma * np.sqrt(2 * np.pi))
    return density


def _moments(logs: Floats, w: Floats) -> tuple[float, float]:
    mu = float(np.average(logs, weights=w))
    return mu, float(np.sqrt(np.average((logs - mu) ** 2, weights=w)))


def fit_lognormal(x: Floats, w: Floats) -> LengthFit:
    """Fits a log-normal: mean and population deviation of the logarithms."""
    mu, sigma = _moments(np.log(x), w)
    distance = ks_distance(x, w, lambda v: np.asarray(special.ndtr((np.log(v) - mu) / sigma)))
    return LengthFit("lognormal", float(w @ _log_normal(x, mu, sigma)), distance, 2, {"mu": mu, "sigma": sigma})


def fit_exponential(x: Floats, w: Floats) -> LengthFit:
    """Fits an exponential: its scale is the mean."""
    scale = float(np.average(x, weights=w))
    distance = ks_distance(x, w, lambda v: -np.expm1(-v / scale))
    return LengthFit("exponential", float(w @ (-np.log(scale) - x / scale)), distance, 1, {"scale": scale})


def fit_zipf(x: Floats, w: Floats) -> LengthFit:
    """Fits a discrete power law from 1 on, P(X = k) = k^-alpha / zeta(alpha) (Clauset, Shalizi and Newman 2009, appendix B).

    The distance compares two step functions, so the fit's own steps are no distance.
    """
    n, logs = float(w.sum()), float(w @ np.log(x))
    found = optimize.minimize_scalar(lambda a: a * logs + n * np.log(special.zeta(a)), bounds=(1 + 1e-6, 50), method="bounded")
    alpha = float(found.x)
    norm = special.zeta(alpha)
    steps = np.cumsum(w) / n
    above = np.max(np.abs(steps - (1 - special.zeta(alpha, x + 1) / norm)))
    below = np.max(np.abs(1 - special.zeta(alpha, x) / norm - np.concatenate([[0.0], steps[:-1]])))
    return LengthFit("zipf", -float(found.fun), float(max(above, below)), 1, {"alpha": alpha, "xmin": 1.0})


def _mixture(x: Floats, values: dict[str, float]) -> tuple[Floats, Floats]:
    """Returns the logarithm of the mixture's density and the tail's share of it."""
    body = np.log1p(-values["weight"]) + _log_normal(x, values["mu"], values["sigma"])
    is_tail = x >= values["xmin"]
    alpha, xmin = values["alpha"], values["xmin"]
    tail = np.where(is_tail, np.log(values["weight"] * alpha) + alpha * np.log(xmin) - (alpha + 1) * np.log(x), -np.inf)
    both = np.logaddexp(body, tail)
    return both, np.exp(tail - both)


def _climb(x: Floats, w: Floats, xmin: float) -> tuple[float, dict[str, float]]:
    """Fits the mixture for one start of the tail by expectation and maximisation, which never lowers the likelihood."""
    n, logs = float(w.sum()), np.log(x)
    mu, sigma = _moments(logs, w)
    is_tail = x >= xmin
    beyond = np.where(is_tail, logs - np.log(xmin), 0.0)
    values = {"mu": mu, "sigma": max(sigma, _MIN_SIGMA), "xmin": xmin, "weight": float(w[is_tail].sum()) / n / 2}
    values["alpha"] = min(float(w[is_tail].sum()) / max(float(w @ beyond), 1e-9), _MAX_ALPHA)
    before = -np.inf
    for _ in range(_STEPS):
        density, share = _mixture(x, values)
        loglik = float(w @ density)
        if loglik - before <= _TOLERANCE * abs(loglik):
            break
        before = loglik
        tail = w * share
        mu, sigma = _moments(logs, w - tail)
        values = {
            "mu": mu,
            "sigma": max(sigma, _MIN_SIGMA),
            "xmin": xmin,
            "weight": float(np.clip(tail.sum() / n, 1e-12, 1 - 1e-12)),
            "alpha": min(float(tail.sum()) / max(float(tail @ beyond), 1e-9), _MAX_ALPHA),
        }
    return loglik, values


def fit_pareto_lognormal(x: Floats, w: Floats) -> LengthFit:
    """Fits a log-normal body with a Pareto tail; the tail's start is the quantile of the data that makes the data most likely.

    Both parts are kept wider than a single popular length (sigma at least 0.01, alpha at most 20), where a likelihood has no maximum.
    The density is (1 - weight) lognormal(mu, sigma) + weight alpha xmin^alpha x^-(alpha + 1) for x >= xmin, and the first term alone below.
    """
    cumulated = np.cumsum(w) / w.sum()
    starts = sorted({float(x[np.searchsorted(cumulated, q)]) for q in _TAILS} - {float(x[-1])}) or [float(x[0])]
    loglik, values = max((_climb(x, w, start) for start in starts), key=lambda found: found[0])

    def cdf(v: Floats) -> Floats:
        tail = 1 - (values["xmin"] / np.maximum(v, values["xmin"])) ** values["alpha"]
        both: Floats = (1 - values["weight"]) * special.ndtr((np.log(v) - values["mu"]) / values["sigma"]) + values["weight"] * tail
        return both

    return LengthFit("pareto_lognormal", loglik, ks_distance(x, w, cdf), 5, values)


def fit_families(x: Floats, weights: Floats) -> list[LengthFit]:
    """Fits the four families by maximum likelihood.

    Args:
        x: Distinct positive lengths, ascending.
        weights: How often each occurs.

    Returns:
        lognormal, exponential, pareto_lognormal, zipf; only the exponential where all lengths are equal and shapes are undefined.
    """
    if len(x) < 2:
        return [fit_exponential(x, weights)]
    return [fit(x, weights) for fit in (fit_lognormal, fit_exponential, fit_pareto_lognormal, fit_zipf)]


def fit_lengths(lengths: pa.Table, field: str) -> pa.Table:
    """Fits the positive lengths of every (dataset, trace, field).

    Args:
        lengths: dataset, trace, field, tokens, n; ordered by the first four.
        field: Bound in the SELECT already.

    Returns:
        The columns of llm/length_fit; four rows per field.
    """
    records = []
    for key, rows in groups(lengths, ("dataset", "trace", "field")):
        x, w = rows["tokens"].to_numpy().astype(np.float64), rows["n"].to_numpy().astype(np.float64)
        is_positive = x > 0
        counts = {"n": int(w[is_positive].sum()), "zeros": int(w[~is_positive].sum())}
        fits = fit_families(x[is_positive], w[is_positive]) if counts["n"] > 1 else []
        records += [{**key, **counts, "family": f.family, "loglik": f.loglik, "aic": f.aic, "ks_d": f.ks_d, **f.values} for f in fits]
    kinds = {"dataset": "name", "trace": "name", "field": "name", "family": "name", "n": "count", "zeros": "count"}
    return to_table(records, {**kinds, **dict.fromkeys(_NUMBERS, "number")})
