"""Tests of whether two configurations differ: on runs that share every other setting, or, when asked for, on all runs together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

import numpy as np
import pyarrow as pa
from scipy import stats

from tracekit.errors import NotInLakeError, UsageError, did_you_mean
from tracekit.stats.keys import groups, to_table
from tracekit.stats.two_samples import Floats, anova, hedges_g, mann_whitney, welch

# A run is a row of the SELECT: its settings as text, its boundary, and the reading.
Run = dict[str, Any]
SELECTABLE = (
    "device",
    "devices",
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
# What the question is about: at their best settings, two configurations compete for each model and task.
_SUBJECT = ("model", "task")
# Readings of which more is better; of all others less is.
_MORE_IS_BETTER = ("output_tokens_per_s", "accuracy_ratio")
_NAMES = ("dataset", "trace", "metric", "comparison", "matched_on", "note")
_COUNTS = ("runs", "n_a", "n_b", "anova_groups", "pairs", "unmatched_a", "unmatched_b", "best_pairs")
_NUMBERS = (
    *("mean_a", "mean_b", "sd_a", "sd_b", "median_a", "median_b", "ratio", "ratio_median", "better_share"),
    *("paired_t", "paired_df", "paired_p", "wilcoxon_p", "best_ratio", "best_better_share"),
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
                f"energy/significance: {part.strip()!r} is not a condition.{did_you_mean(name, list(SELECTABLE))}",
                "write a='device=A100,precision=fp16'",
                "write -p a=device=A100,precision=fp16",
            )
        conditions[name] = value
    return conditions


def _describe(values: Floats, which: str) -> dict[str, Any]:
    if not len(values):
        return {f"n_{which}": 0}
    return {
        f"n_{which}": len(values),
        f"mean_{which}": float(values.mean()),
        f"sd_{which}": float(values.std(ddof=1)) if len(values) > 1 else None,
        f"median_{which}": float(np.median(values)),
    }


def _select(runs: list[Run], conditions: dict[str, str]) -> list[Run]:
    return [run for run in runs if all(run[name] is not None and run[name].lower() == value.lower() for name, value in conditions.items())]


def _values(runs: list[Run]) -> Floats:
    return np.array([run["reading"] for run in runs], dtype=np.float64)


def _usual(runs: list[Run], by: str) -> list[str]:
    """Returns the values of ``by``, the most frequent first; equal ones by name."""
    counts = Counter(run[by] for run in runs if run[by] is not None)
    return sorted(counts, key=lambda value: (-counts[value], value))


def _by_setting(runs: list[Run], names: Iterable[str]) -> dict[tuple[Any, ...], list[float]]:
    """Returns the readings of runs that share the named settings; what is not said is a setting of its own."""
    found: dict[tuple[Any, ...], list[float]] = {}
    for run in runs:
        # Energies of different boundaries are never compared.
        found.setdefault((run["boundary"], *(run[name] for name in names)), []).append(run["reading"])
    return found


def _share_better(x: Floats, y: Floats, metric: str) -> float:
    return float(np.mean(x > y if metric in _MORE_IS_BETTER else x < y))


def _paired(x: Floats, y: Floats) -> dict[str, Any]:
    """Returns what pairs say: ratios and tests of their logarithms, or of differences where a reading is not positive."""
    is_positive = bool((x > 0).all() and (y > 0).all())
    d = np.log(x / y) if is_positive else x - y
    found: dict[str, Any] = {"rank_biserial": float(np.mean(np.sign(d)))}
    if is_positive:
        found |= {"ratio": float(np.exp(d.mean())), "ratio_median": float(np.median(x / y))}
    df = len(d) - 1
    if df < 1 or np.ptp(d) == 0:
        return found
    spread = float(d.std(ddof=1))
    t = float(d.mean() / (spread / np.sqrt(len(d))))
    found |= {"paired_t": t, "paired_df": df, "paired_p": float(2 * stats.t.sf(abs(t), df))}
    found["hedges_g"] = float(d.mean() / spread * (1 - 3 / (4 * df - 1)))
    return {**found, "wilcoxon_p": float(stats.wilcoxon(d).pvalue)}


def _match(a: list[Run], b: list[Run], names: list[str], comparison: str, metric: str) -> dict[str, Any]:
    """Compares runs that share every named setting; runs of one setting are averaged first, and each setting weighs the same."""
    first, second = _by_setting(a, names), _by_setting(b, names)
    # In the order of the runs, so that sums do not hang on hashes.
    shared = [key for key in first if key in second]
    found: dict[str, Any] = {
        "matched_on": ", ".join(names),
        "pairs": len(shared),
        "unmatched_a": len(a) - sum(len(first[key]) for key in shared),
        "unmatched_b": len(b) - sum(len(second[key]) for key in shared),
    }
    if not shared:
        words = ", ".join(names)
        return {**found, "note": f"no two runs of {comparison} share {words} and the boundary: nothing is compared, and there is no p"}
    x, y = (np.array([np.mean(runs[key]) for key in shared]) for runs in (first, second))
    described = {name: value for which, values in (("a", x), ("b", y)) for name, value in _describe(values, which).items()}
    described.pop("n_a")
    described.pop("n_b")
    return {**found, **described, **_paired(x, y), "better_share": _share_better(x, y, metric)}


def _best(a: list[Run], b: list[Run], names: list[str], metric: str) -> dict[str, Any]:
    """Compares the best run that each has of what is shared, whatever settings it takes."""
    best = max if metric in _MORE_IS_BETTER else min
    first, second = _by_setting(a, names), _by_setting(b, names)
    shared = [key for key in first if key in second]
    x, y = (np.array([best(runs[key]) for key in shared], dtype=np.float64) for runs in (first, second))
    if not shared or not (x > 0).all() or not (y > 0).all():
        return {"best_pairs": len(shared)}
    ratio = float(np.exp(np.log(x / y).mean()))
    return {"best_pairs": len(shared), "best_ratio": ratio, "best_better_share": _share_better(x, y, metric)}


def _pool(a: list[Run], b: list[Run], runs: list[Run], by: str, on_log: bool) -> dict[str, Any]:
    """Compares all runs of both, whatever else they differ in."""
    x, y, *others = (_values(chosen) for chosen in (a, b, *(_select(runs, {by: value}) for value in _usual(runs, by))))
    if on_log:
        x, y, *others = (np.log(values) for values in (x, y, *others))
    ratio = float(np.exp(x.mean() - y.mean())) if on_log else float(x.mean() / y.mean()) if y.mean() else None
    return {
        **_describe(x, "a"),
        **_describe(y, "b"),
        "ratio": ratio,
        **welch(x, y),
        **mann_whitney(x, y),
        **anova(others),
        "hedges_g": hedges_g(x, y),
        "note": f"not matched: the runs differ in more than {by}",
    }


def compare(
    runs: list[Run], by: str, a: str | None, b: str | None, match: list[str], metric: str, on_log: bool = False
) -> dict[str, Any] | None:
    """Compares two configurations of one trace.

    Args:
        runs: Settings as text, boundary and reading of each run.
        by: The setting by which configurations differ.
        a: First configuration, see ``parse_conditions``; the most frequent value of ``by`` by default.
        b: Second configuration; the most frequent value that is not the first one by default.
        match: Settings that two runs must share to be compared, less those by which the configurations differ; none: all runs are pooled.
        metric: Name of the reading.
        on_log: Whether pooled readings are compared by their logarithms; those that are not positive are left out.

    Returns:
        The columns of energy/significance but dataset, trace and metric; None where there are no two configurations.
    """
    if on_log:
        runs = [run for run in runs if run["reading"] > 0]
    usual = _usual(runs, by)
    first = a if a is not None else next((value for value in usual if value != b), None)
    second = b if b is not None else next((value for value in usual if value != first), None)
    if first is None or second is None:
        return None
    asked = [parse_conditions(given, by) if chosen is not None else {by: given} for given, chosen in ((first, a), (second, b))]
    x, y = (_select(runs, conditions) for conditions in asked)
    if not x or not y:
        return None
    told_apart = {by, *asked[0], *asked[1]}
    names = [name for name in match if name not in told_apart]
    comparison = f"{first} against {second}"
    return {
        "comparison": comparison,
        "runs": len(x) + len(y),
        "n_a": len(x),
        "n_b": len(y),
        **(_match(x, y, names, comparison, metric) if match else _pool(x, y, runs, by, on_log)),
        **_best(x, y, [name for name in _SUBJECT if name not in told_apart], metric),
    }


def _check_values(rows: pa.Table, conditions: dict[str, str]) -> None:
    """Refuses a condition that no run meets because none has such a value."""
    for name, value in conditions.items():
        known = sorted({str(found) for found in rows[name].unique().to_pylist() if found is not None})
        if known and value.lower() not in map(str.lower, known):
            raise NotInLakeError(
                f"energy/significance: no run has {name}={value!r}.{did_you_mean(value, known)}", f"they have: {', '.join(known[:12])}"
            )


def two_configurations(
    rows: pa.Table,
    by: str,
    a: str | None,
    b: str | None,
    match: list[str],
    metric: str,
    on_log: bool,
    task: str | None,
    model: str | None,
) -> pa.Table:
    """Returns energy/significance: a row per trace that has both configurations.

    Args:
        rows: dataset, trace, reading, boundary and the columns of ``SELECTABLE``; ordered by dataset and trace.
        by: The setting by which configurations differ.
        a: First configuration.
        b: Second configuration.
        match: Settings that two runs must share to be compared; none: all runs are pooled.
        metric: What the reading is; bound in the SELECT already.
        on_log: Whether pooled readings are compared by their logarithms.
        task: Bound in the SELECT already.
        model: Bound in the SELECT already.

    Raises:
        UsageError: A condition or a setting to match on is none of ``SELECTABLE``.
        NotInLakeError: A condition asks for a value that no run has.
    """
    for text in (a, b):
        if text is not None:
            _check_values(rows, parse_conditions(text, by))
    if unknown := [name for name in match if name not in SELECTABLE]:
        raise UsageError(
            f"energy/significance: match: {unknown[0]!r} is not a setting.{did_you_mean(unknown[0], list(SELECTABLE))}",
            f"settings are {', '.join(SELECTABLE)}",
        )
    records = []
    for key, chosen in groups(rows, ("dataset", "trace")):
        runs = [run for run in chosen.to_pylist() if run["reading"] is not None and np.isfinite(run["reading"])]
        found = compare(runs, by, a, b, match, metric, on_log)
        if found is not None:
            records.append({**key, "metric": f"log {metric}" if on_log and not match else metric, **found})
    kinds = dict.fromkeys(_NAMES, "name") | dict.fromkeys(_COUNTS, "count") | dict.fromkeys(_NUMBERS, "number")
    return to_table(records, kinds)
