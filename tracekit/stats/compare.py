"""Tests of whether two configurations differ: Welch's t, Mann-Whitney's U, one-way analysis of variance, effect sizes."""

from __future__ import annotations

from collections import Counter
from typing import Any, Literal

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from scipy import stats

from tracekit.errors import UsageError, did_you_mean
from tracekit.stats.keys import groups, to_table

Floats = NDArray[np.float64]
SELECTABLE = (
    "device",
    "precision",
    "model",
    "framework",
    "parallelism",
    "batch_size",
    "power_limit_w",
    "optimizer",
    "variant",
    "task",
)
_NAMES = ("dataset", "trace", "metric", "comparison")
_COUNTS = ("runs", "n_a", "n_b", "anova_groups")
_NUMBERS = (
    *("mean_a", "mean_b", "sd_a", "sd_b", "median_a", "median_b", "ratio"),
    *("welch_t", "welch_df", "welch_p", "mann_whitney_u", "mann_whitney_p"),
    *("anova_f", "anova_p", "eta_squared", "hedges_g", "rank_biserial"),
)


def parse_conditions(text: str, by: str) -> dict[str, str]:
    """Returns what a configuration asks for.

    Args:
        text: A value of ``by``, or ``column=value`` conditions joined by commas.
        by: The column that a value alone is of.

    Raises:
        UsageError: A condition names a column that cannot be selected by.
    """
    if "=" not in text:
        return {by: text.strip()}
    conditions = {}
    for part in text.split(","):
        name, sign, value = (piece.strip() for piece in part.partition("="))
        if not sign or name not in SELECTABLE:
            raise UsageError(
                f"energy/significance: {part.strip()!r} is no condition.{did_you_mean(name, list(SELECTABLE))}",
                "write -p a=device=A100,precision=fp16",
            )
        conditions[name] = value
    return conditions


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


def _describe(values: Floats, which: str) -> dict[str, Any]:
    if not len(values):
        return {f"n_{which}": 0}
    return {
        f"n_{which}": len(values),
        f"mean_{which}": float(values.mean()),
        f"sd_{which}": float(values.std(ddof=1)) if len(values) > 1 else None,
        f"median_{which}": float(np.median(values)),
    }


def _select(rows: pa.Table, conditions: dict[str, str]) -> Floats:
    chosen = np.ones(rows.num_rows, dtype=bool)
    for name, value in conditions.items():
        chosen &= np.array([cell is not None and cell.lower() == value.lower() for cell in rows[name].to_pylist()], dtype=bool)
    values: Floats = rows["reading"].to_numpy()[chosen]
    return values


def _usual(rows: pa.Table, by: str) -> list[str]:
    """Returns the values of ``by``, the most frequent first; equal ones by name."""
    counts = Counter(value for value in rows[by].to_pylist() if value is not None)
    return sorted(counts, key=lambda value: (-counts[value], value))


def compare(rows: pa.Table, by: str, a: str | None, b: str | None) -> dict[str, Any] | None:
    """Compares two configurations of one trace.

    Args:
        rows: reading and the columns of ``SELECTABLE``, as text.
        by: What tells configurations apart.
        a: First configuration, see ``parse_conditions``; the most frequent value of ``by`` by default.
        b: Second configuration; the most frequent value that is not the first one by default.

    Returns:
        The columns of energy/significance but dataset, trace and metric; None where there are no two configurations.
    """
    usual = _usual(rows, by)
    first = a if a is not None else next((value for value in usual if value != b), None)
    second = b if b is not None else next((value for value in usual if value != first), None)
    if first is None or second is None:
        return None
    x, y = (
        _select(rows, parse_conditions(given, by) if chosen is not None else {by: given}) for given, chosen in ((first, a), (second, b))
    )
    if not len(x) or not len(y):
        return None
    return {
        "comparison": f"{first} against {second}",
        "runs": len(x) + len(y),
        **_describe(x, "a"),
        **_describe(y, "b"),
        "ratio": float(x.mean() / y.mean()) if y.mean() else None,
        **welch(x, y),
        **mann_whitney(x, y),
        **anova([_select(rows, {by: value}) for value in usual]),
        "hedges_g": hedges_g(x, y),
    }


def two_configurations(
    rows: pa.Table, by: str, a: str | None, b: str | None, metric: str, on_log: bool, task: str | None, model: str | None
) -> pa.Table:
    """Returns energy/significance: a row per trace that has both configurations.

    Args:
        rows: dataset, trace, reading and the columns of ``SELECTABLE``; ordered by dataset and trace.
        by: What tells configurations apart.
        a: First configuration.
        b: Second configuration.
        metric: Bound in the SELECT already.
        on_log: Whether logarithms are compared; readings that are not positive are left out.
        task: Bound in the SELECT already.
        model: Bound in the SELECT already.
    """
    for text in (a, b):
        if text is not None:
            parse_conditions(text, by)
    records = []
    for key, chosen in groups(rows, ("dataset", "trace")):
        readings = chosen["reading"].to_numpy(zero_copy_only=False).astype(np.float64)
        kept = chosen.filter(pa.array(readings > 0 if on_log else np.isfinite(readings)))
        if on_log:
            place = kept.schema.get_field_index("reading")
            kept = kept.set_column(place, "reading", pa.array(np.log(kept["reading"].to_numpy())))
        found = compare(kept, by, a, b)
        if found is not None:
            if on_log:
                found["ratio"] = float(np.exp(found["mean_a"] - found["mean_b"]))
            records.append({**key, "metric": f"log {metric}" if on_log else metric, **found})
    kinds = dict.fromkeys(_NAMES, "name") | dict.fromkeys(_COUNTS, "count") | dict.fromkeys(_NUMBERS, "number")
    return to_table(records, kinds)
