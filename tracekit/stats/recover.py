"""Recovers the factors behind a weighted mean: which water per kilowatt-hour a dataset gave to each fuel."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from tracekit.stats.keys import groups, to_table

Floats = NDArray[np.float64]
_KINDS = {
    **dict.fromkeys(("dataset", "trace", "fuel"), "name"),
    "rows": "count",
    **dict.fromkeys(("ewif_l_per_kwh", "mean_share", "max_residual_l_per_kwh"), "number"),
}
# Shares are published with a handful of digits: a direction that the data barely vary in is not there.
_RANK_TOLERANCE = 1e-9


def _matrix(rows: pa.Table) -> tuple[list[str], Floats, Floats]:
    """Returns fuels, shares (points x fuels, absent is 0) and the weighted means of the points."""
    fuels = sorted(set(rows["fuel"].to_pylist()))
    points: dict[tuple[Any, Any], int] = {}
    keys = list(zip(rows["region_id"].to_pylist(), rows["started_us"].to_pylist(), strict=True))
    for key in keys:
        points.setdefault(key, len(points))
    place = np.array([points[key] for key in keys])
    column = np.searchsorted(fuels, rows["fuel"].to_pylist())
    shares, means = np.zeros((len(points), len(fuels))), np.zeros(len(points))
    shares[place, column] = rows["share"].to_numpy()
    means[place] = rows["ewif"].to_numpy()
    return fuels, shares, means


def solve(shares: Floats, means: Floats) -> tuple[Floats, NDArray[np.bool_]]:
    """Returns the factors that fit best, and which of them the data determine.

    Args:
        shares: Points x fuels, fractions.
        means: The weighted mean of every point.

    Returns:
        A factor per fuel, in the unit of the means, and whether it is the same in every best fit.
    """
    _, sizes, directions = np.linalg.svd(shares, full_matrices=True)
    padded = np.zeros(shares.shape[1])
    padded[: len(sizes)] = sizes
    free = directions[padded <= _RANK_TOLERANCE * max(padded.max(), 1e-300)]
    fitted = np.asarray(np.linalg.lstsq(shares, means, rcond=_RANK_TOLERANCE)[0], dtype=np.float64)
    return fitted, np.abs(free).max(axis=0, initial=0.0) < 1e-6


def factors(rows: pa.Table) -> pa.Table:
    """Returns energy/ewif_recovered: a row per fuel and trace.

    Args:
        rows: dataset, trace, region_id, started_us, ewif, fuel, share; a row per fuel of a point. Ordered by dataset and trace.
    """
    records = []
    for key, chosen in groups(rows, ("dataset", "trace")):
        fuels, shares, means = _matrix(chosen)
        found, is_told = solve(shares, means)
        residual = float(np.abs(shares @ found - means).max())
        records += [
            {
                **key,
                "fuel": fuel,
                "ewif_l_per_kwh": round(float(found[i]), 9) + 0.0 if is_told[i] else None,
                "rows": len(means),
                "mean_share": float(shares[:, i].mean()),
                "max_residual_l_per_kwh": round(residual, 12),
            }
            for i, fuel in enumerate(fuels)
        ]
    return to_table(records, _KINDS)
