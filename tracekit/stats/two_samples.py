"""Tests and effect sizes of two samples, and of several: what they need is said by what they leave out."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from scipy import stats

Floats = NDArray[np.float64]


def welch(a: Floats, b: Floats) -> dict[str, Any]:
    """Returns Welch's t test of two samples: two-sided, unequal variances; nothing below two values each or without any spread."""
    if min(len(a), len(b)) < 2:
        return {}
    parts = a.var(ddof=1) / len(a), b.var(ddof=1) / len(b)
    if sum(parts) <= 0:
        return {}
    t = float((a.mean() - b.mean()) / np.sqrt(sum(parts)))
    df = float(sum(parts) ** 2 / (parts[0] ** 2 / (len(a) - 1) + parts[1] ** 2 / (len(b) - 1)))
    return {"welch_t": t, "welch_df": df, "welch_p": float(2 * stats.t.sf(abs(t), df))}


def mann_whitney(a: Floats, b: Floats) -> dict[str, Any]:
    """Returns Mann and Whitney's U of the first sample, its two-sided p and the rank-biserial correlation."""
    if not len(a) or not len(b):
        return {}
    u = float(stats.mannwhitneyu(a, b, alternative="two-sided", method="asymptotic").statistic)
    effect = 2 * u / (len(a) * len(b)) - 1
    # Few values without ties have an exact distribution; all equal, and there is nothing to test.
    pooled = np.concatenate([a, b])
    if np.ptp(pooled) == 0:
        return {"mann_whitney_u": u, "rank_biserial": effect}
    is_small = min(len(a), len(b)) <= 8 and len(np.unique(pooled)) == len(pooled)
    method: Literal["exact", "asymptotic"] = "exact" if is_small else "asymptotic"
    p = float(stats.mannwhitneyu(a, b, alternative="two-sided", method=method).pvalue)
    return {"mann_whitney_u": u, "mann_whitney_p": p, "rank_biserial": effect}


def hedges_g(a: Floats, b: Floats) -> float | None:
    """Returns the difference of means in pooled standard deviations, times 1 - 3 / (4 df - 1) (Hedges 1981)."""
    df = len(a) + len(b) - 2
    if min(len(a), len(b)) < 2:
        return None
    pooled = ((len(a) - 1) * a.var(ddof=1) + (len(b) - 1) * b.var(ddof=1)) / df
    return float((a.mean() - b.mean()) / np.sqrt(pooled) * (1 - 3 / (4 * df - 1))) if pooled > 0 else None


def anova(samples: list[Floats]) -> dict[str, Any]:
    """Returns the one-way analysis of variance over the samples that have two values or more."""
    kept = [sample for sample in samples if len(sample) > 1]
    found: dict[str, Any] = {"anova_groups": len(kept)}
    if len(kept) < 2:
        return found
    pooled = np.concatenate(kept)
    within = sum(float(((sample - sample.mean()) ** 2).sum()) for sample in kept)
    between = sum(len(sample) * float((sample.mean() - pooled.mean()) ** 2) for sample in kept)
    if within <= 0:
        return found
    df = len(kept) - 1, len(pooled) - len(kept)
    f = (between / df[0]) / (within / df[1])
    return {**found, "anova_f": f, "anova_p": float(stats.f.sf(f, *df)), "eta_squared": between / (between + within)}
