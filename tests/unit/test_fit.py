import numpy as np
import pyarrow as pa
import pytest
from scipy import stats

from tracekit.stats.fit import fit_arrivals, fit_families, ks_distance


def _weighted(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    values, counts = np.unique(x, return_counts=True)
    return values, counts.astype(float)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_fits_equal_scipys_maximum_likelihood(seed: int) -> None:
    rng = np.random.default_rng(seed)
    x = np.round(rng.gamma(0.6, 2.0, 2_000), 6)
    x = x[x > 0]
    found = {fit.family: fit for fit in fit_families(*_weighted(x))}
    k, _, scale = stats.gamma.fit(x, floc=0)
    assert found["gamma"].shape == pytest.approx(k, rel=1e-5)
    assert found["gamma"].scale == pytest.approx(scale, rel=1e-5)
    c, _, scale = stats.weibull_min.fit(x, floc=0)
    assert found["weibull"].shape == pytest.approx(c, rel=1e-4)
    assert found["weibull"].scale == pytest.approx(scale, rel=1e-4)
    s, _, scale = stats.lognorm.fit(x, floc=0)
    assert found["lognormal"].shape == pytest.approx(s, rel=1e-6)
    assert found["lognormal"].scale == pytest.approx(scale, rel=1e-6)
    assert found["exponential"].scale == pytest.approx(x.mean())
    for family, law in {"gamma": stats.gamma, "weibull": stats.weibull_min}.items():
        fit = found[family]
        assert fit.ks_d == pytest.approx(stats.kstest(x, law(fit.shape, scale=fit.scale).cdf).statistic, abs=1e-9)


def test_ks_distance_counts_both_sides_of_a_step() -> None:
    # Nine tenths of the mass on one value: the step itself is the distance.
    x, w = np.array([1.0, 2.0]), np.array([9.0, 1.0])
    assert ks_distance(x, w, lambda v: v / 2) == pytest.approx(0.5)


def test_groups_are_fitted_apart_and_constant_gaps_only_exponentially() -> None:
    gaps = pa.table(
        {
            "dataset": ["d"] * 4,
            "trace": ["a", "a", "a", "b"],
            "stream": ["job"] * 4,
            "gap_us": [1_000_000, 2_000_000, 4_000_000, 500_000],
            "n": [5, 3, 2, 7],
            "below_resolution": [False] * 4,
        }
    )
    rows = fit_arrivals(gaps).to_pylist()
    assert [row["family"] for row in rows if row["trace"] == "a"] == ["exponential", "gamma", "weibull", "lognormal"]
    assert [(row["family"], row["scale_s"], row["n"]) for row in rows if row["trace"] == "b"] == [("exponential", 0.5, 7)]
