"""Ramp, windowed CV, autocorrelation, Hurst exponent and intervals of arrivals against plain numpy, and on Poisson arrivals."""

from collections.abc import Callable

import numpy as np
import pytest
from scipy import stats

from tracekit.api import Lake
from tracekit.query import library
from tracekit.stats.interval import draw, kpss
from tracekit.stats.series import aggregated_variance, hurst_exponent

Ingest = Callable[..., Lake]


def _csv(us: np.ndarray) -> str:
    lines = ["Timestamp,Model,Request tokens,Response tokens,Total tokens,Log Type"]
    return "\n".join(lines + [f"{t / 1e6:.6f},ChatGPT,10,20,30,API log" for t in us.tolist()]) + "\n"


def _bursty(seed: int, n: int = 4_000) -> np.ndarray:
    """Returns instants in microseconds, with ties and long silences."""
    gaps = np.random.default_rng(seed).gamma(0.3, 8.0, n)
    gaps[::50] = 0
    return np.round(5e6 + np.cumsum(gaps) * 1e6).astype(np.int64)


def _poisson(seed: int, n: int) -> np.ndarray:
    return np.round(np.cumsum(np.random.default_rng(seed).exponential(0.5, n)) * 1e6).astype(np.int64)


def _counts(us: np.ndarray, window_s: float) -> np.ndarray:
    width = round(window_s * 1e6)
    full = (us[-1] - us[0]) // width
    return np.bincount((us - us[0]) // width, minlength=full)[:full]


def _segments(us: np.ndarray) -> np.ndarray:
    return np.bincount(np.minimum((us - us[0]) * 100 // (us[-1] - us[0]), 99), minlength=100).astype(float)


def _kpss_by_the_book(x: np.ndarray) -> float:
    """The statistic written out, sum by sum."""
    n, lags = len(x), int(np.floor(4 * (len(x) / 100) ** 0.25))
    e = [value - sum(x) / n for value in x]
    variance = sum(value**2 for value in e) / n
    for s in range(1, lags + 1):
        variance += 2 / n * (1 - s / (lags + 1)) * sum(e[t] * e[t - s] for t in range(s, n))
    return sum(sum(e[: t + 1]) ** 2 for t in range(n)) / n**2 / variance


@pytest.mark.parametrize("seed", [1, 2])
def test_windowed_cv_equals_numpy(seed: int, ingest_file: Ingest) -> None:
    us = _bursty(seed)
    row = ingest_file("burstgpt", "a.csv", _csv(us)).query("arrival/windowed_cv", window_s=100, min_gaps=40).row(0, named=True)
    full = (us[-1] - us[0]) // 100_000_000
    gaps = [np.diff(us[(us - us[0]) // 100_000_000 == i]) / 1e6 for i in range(full)]
    enough = [g for g in gaps if len(g) >= 40]
    cv = np.array([g.std() / g.mean() for g in enough])
    assert (row["windows"], row["windows_left_out"]) == (len(cv), full - len(cv))
    assert 0 < len(cv) < full
    expected = [cv.mean(), np.median(cv), cv.max(), (cv > 1).mean()]
    assert [row[name] for name in ("cv_mean", "cv_p50", "cv_max", "cv_gt1_share")] == pytest.approx(expected)
    assert row["below_resolution"] is bool(np.concatenate(enough).mean() < 1)


@pytest.mark.parametrize("most", [None, 1, 7, 1_000])
def test_cv_over_time_equals_numpy(most: int | None, ingest_file: Ingest) -> None:
    us = _bursty(3)
    lake = ingest_file("burstgpt", "a.csv", _csv(us))
    rows = lake.query("arrival/cv_over_time", window_s=100, min_gaps=5, most=most).rows(named=True)
    full = int((us[-1] - us[0]) // 100_000_000)
    step = 1 if most is None else -(-full // most)
    inside = {i: us[(us - us[0]) // 100_000_000 == i] for i in range(0, full, max(step, 1))}
    expected = {i: np.diff(x) / 1e6 for i, x in inside.items() if len(x) > 5}
    assert [row["elapsed_h"] for row in rows] == pytest.approx([i * 100 / 3600 for i in expected])
    assert [row["iat_cv"] for row in rows] == pytest.approx([g.std() / g.mean() for g in expected.values()])
    assert [row["rate_per_s"] for row in rows] == pytest.approx([len(inside[i]) / 100 for i in expected])
    assert {row["windows"] for row in rows} == {full}


@pytest.mark.parametrize(("seed", "window_s"), [(1, 1), (2, 13.5), (3, 60)])
def test_autocorrelation_equals_numpy(seed: int, window_s: float, ingest_file: Ingest) -> None:
    us = _bursty(seed)
    x = _counts(us, window_s).astype(float)
    rows = ingest_file("burstgpt", "a.csv", _csv(us)).query("arrival/autocorrelation", window_s=window_s, max_lag=50).rows(named=True)
    assert [row["lag"] for row in rows] == list(range(1, min(50, len(x) // 4) + 1))
    centred = x - x.mean()
    for row in rows:
        k = row["lag"]
        assert row["acf"] == pytest.approx((centred[:-k] * centred[k:]).sum() / (centred**2).sum(), abs=1e-12)
        assert (row["lag_s"], row["windows"]) == (k * window_s, len(x))


def test_hurst_equals_numpy(ingest_file: Ingest) -> None:
    us = _bursty(4)
    x = _counts(us, 2)
    row = ingest_file("burstgpt", "a.csv", _csv(us)).query("arrival/hurst", window_s=2, min_windows=20).row(0, named=True)
    logs = []
    for m in (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024):
        groups = x[: len(x) // m * m].reshape(-1, m).mean(axis=1)
        if len(groups) >= 20:
            logs.append((np.log(m), np.log(groups.var())))
    m, variance = np.array(logs).T
    slope = np.cov(m, variance)[0, 1] / m.var(ddof=1)
    assert row["scales"] == len(logs)
    assert row["hurst"] == pytest.approx(1 + slope / 2)
    assert row["r2"] == pytest.approx(np.corrcoef(m, variance)[0, 1] ** 2)
    assert row["windows"] == len(x)


def test_poisson_forgets_and_smooths_out(ingest_file: Ingest) -> None:
    lake = ingest_file("burstgpt", "poisson.csv", _csv(_poisson(11, 40_000)))
    acf = lake.query("arrival/autocorrelation", window_s=5, max_lag=100)
    # The deviation of each is about 1 / sqrt(windows).
    assert np.abs(acf["acf"].to_numpy()).max() < 4.5 / np.sqrt(acf["windows"][0])
    assert lake.query("arrival/hurst", window_s=1)["hurst"][0] == pytest.approx(0.5, abs=0.06)
    assert lake.query("arrival/windowed_cv", window_s=300)["cv_p50"][0] == pytest.approx(1, abs=0.03)
    assert lake.query("arrival/ramp")["has_ramp"].to_list() == [False]
    with_ci = lake.query("arrival/interarrival", ci=True).row(0, named=True)
    assert with_ci["is_stationary"] is True
    assert with_ci["iat_cv_low"] < 1 < with_ci["iat_cv_high"]
    assert with_ci["iat_mean_low_s"] < with_ci["iat_mean_s"] < with_ci["iat_mean_high_s"]


def test_hurst_finds_the_exponent_of_fractional_noise() -> None:
    rng, n, h = np.random.default_rng(8), 2**14, 0.8
    # Davies and Harte: noise with the exact covariance of fractional Gaussian noise, around a mean far from zero.
    k = np.arange(n + 1)
    cov = 0.5 * (np.abs(k + 1.0) ** (2 * h) - 2 * np.abs(k * 1.0) ** (2 * h) + np.abs(k - 1.0) ** (2 * h))
    power = np.fft.fft(np.concatenate([cov, cov[-2:0:-1]])).real
    noise = np.fft.fft(np.sqrt(power / len(power)) * (rng.normal(size=2 * n) + 1j * rng.normal(size=2 * n))).real[:n]
    found = hurst_exponent(aggregated_variance(np.arange(n), 100 + noise, n, 50))
    assert found is not None
    assert found[0] == pytest.approx(h, abs=0.06)


def test_ramp_finds_the_head_that_was_put_there(ingest_file: Ingest) -> None:
    rng = np.random.default_rng(3)
    seconds = np.sort(np.concatenate([[0.0], rng.uniform(0, 2_000, 60), rng.uniform(2_000, 10_000, 8_000)]))
    lake = ingest_file("burstgpt", "ramp.csv", _csv(np.round(seconds * 1e6).astype(np.int64)))
    row = lake.query("arrival/ramp").row(0, named=True)
    assert row["has_ramp"] is True
    # The change lies at 2,000 s; windows are 50 s long.
    assert row["head_s"] == pytest.approx(2_000, abs=50)
    head = (seconds < seconds[0] + row["head_s"]).sum()
    assert row["head_events"] == head
    assert row["head_rate_per_s"] == pytest.approx(head / row["head_s"])
    assert row["rest_rate_per_s"] == pytest.approx((len(seconds) - head) / (seconds[-1] - seconds[0] - row["head_s"]))
    assert row["ratio"] == pytest.approx(row["head_rate_per_s"] / row["rest_rate_per_s"])


def test_ramp_is_the_likeliest_change_of_two_poisson_rates(ingest_file: Ingest) -> None:
    rng = np.random.default_rng(9)
    seconds = np.sort(np.concatenate([[0.0], 5_000 * rng.power(2, 6_000)]))
    row = ingest_file("burstgpt", "growing.csv", _csv(np.round(seconds * 1e6).astype(np.int64))).query("arrival/ramp").row(0, named=True)
    counts = np.histogram(seconds, bins=np.linspace(seconds[0], seconds[-1], 201))[0]

    def loglik(k: int) -> float:
        parts = (counts[:k], counts[k:])
        return sum(stats.poisson.logpmf(part, max(part.mean(), 1e-300)).sum() for part in parts)

    median = np.median(counts)
    fits = [k for k in range(1, 101) if counts[:k].mean() < median / 2 and median * k - counts[:k].sum() > 4 * np.sqrt(median * k)]
    best = max(fits, key=loglik)
    assert row["head_s"] == pytest.approx(best / 200 * (seconds[-1] - seconds[0]), rel=1e-6)
    assert row["head_events"] == counts[:best].sum()


def test_a_burst_makes_no_ramp_of_what_precedes_it(ingest_file: Ingest) -> None:
    rng = np.random.default_rng(10)
    seconds = np.sort(np.concatenate([rng.uniform(0, 10_000, 5_000), rng.uniform(4_000, 4_100, 20_000)]))
    row = ingest_file("burstgpt", "burst.csv", _csv(np.round(seconds * 1e6).astype(np.int64))).query("arrival/ramp").row(0, named=True)
    assert (row["has_ramp"], row["head_s"], row["head_rate_per_s"], row["ratio"]) == (False, 0, None, None)
    assert row["rest_rate_per_s"] == pytest.approx(25_000 / (seconds[-1] - seconds[0]))


def test_kpss_equals_the_book() -> None:
    rng = np.random.default_rng(4)
    for x in (rng.poisson(20, 100).astype(float), rng.poisson(5, 400).astype(float), np.arange(100.0)):
        assert kpss(x) == pytest.approx(_kpss_by_the_book(x))
    # By hand: deviations -1, 1, -1, 1 have partial sums -1, 0, -1, 0; four values leave one lag, whose weight is 1/2.
    # The long-run variance is 1 + 2 * 1/2 * (-3/4) = 1/4 and the statistic 2 / (16 / 4).
    assert kpss(np.array([0.0, 2.0, 0.0, 2.0])) == pytest.approx(0.5)
    assert kpss(np.full(100, 3.0)) is None


def test_kpss_refuses_a_constant_rate_about_once_in_twenty() -> None:
    refused = [(kpss(np.random.default_rng(seed).poisson(30, 100).astype(float)) or 0) > 0.463 for seed in range(400)]
    # Binomial deviation 1.1 %; the critical value is asymptotic.
    assert np.mean(refused) == pytest.approx(0.05, abs=0.035)


def test_a_growing_rate_is_not_stationary(ingest_file: Ingest) -> None:
    us = np.round(np.sort(np.random.default_rng(5).power(1.5, 5_000)) * 5e9).astype(np.int64)
    row = ingest_file("burstgpt", "growing.csv", _csv(us)).query("arrival/interarrival_ci").row(0, named=True)
    assert row["kpss"] == pytest.approx(_kpss_by_the_book(_segments(us)))
    assert row["is_stationary"] is False


def _replicates(x: np.ndarray, size: int, replicates: int, seed: int) -> np.ndarray:
    """Rows of whole blocks, drawn one after the other."""
    rng = np.random.default_rng(seed)
    blocks = x[: len(x) // size * size].reshape(-1, size)
    return np.array([blocks[rng.integers(0, len(blocks), len(blocks))].ravel() for _ in range(replicates)])


@pytest.mark.parametrize("block", [None, 30])
def test_gap_intervals_equal_a_bootstrap_of_the_gaps(block: int | None, ingest_file: Ingest) -> None:
    us = _bursty(6)
    gaps = np.diff(us) / 1e6
    lake = ingest_file("burstgpt", "a.csv", _csv(us))
    row = lake.query("arrival/interarrival_ci", block=block, seed=7, replicates=80).row(0, named=True)
    size = block or next(m for m in range(1, 1_000) if m**3 >= len(gaps))
    drawn = _replicates(gaps, size, 80, 7)
    assert (row["gaps"], row["block"], row["blocks"]) == (len(gaps), size, len(gaps) // size)
    assert [row["iat_mean_low_s"], row["iat_mean_high_s"]] == pytest.approx(np.quantile(drawn.mean(axis=1), [0.025, 0.975]))
    cv = drawn.std(axis=1) / drawn.mean(axis=1)
    assert [row["iat_cv_low"], row["iat_cv_high"]] == pytest.approx(np.quantile(cv, [0.025, 0.975]))
    assert [row["iat_mean_s"], row["iat_cv"]] == pytest.approx([gaps.mean(), gaps.std() / gaps.mean()])
    assert row["kpss"] == pytest.approx(_kpss_by_the_book(_segments(us)))


@pytest.mark.parametrize("window_s", [10, 0.01])
def test_dispersion_intervals_cover_what_a_bootstrap_of_the_counts_does(window_s: float, ingest_file: Ingest) -> None:
    us = _bursty(7, n=1_500)
    x = _counts(us, window_s).astype(float)
    size = next(m for m in range(1, 1_000) if m**3 >= len(x))
    row = ingest_file("burstgpt", "a.csv", _csv(us)).query("arrival/dispersion_ci", windows_s=[window_s], replicates=400).row(0, named=True)
    assert (row["windows"], row["block"], row["blocks"]) == (len(x), size, len(x) // size)
    assert row["idc"] == pytest.approx(x.var() / x.mean())
    # Blocks without an arrival are drawn under other numbers than here: equal in distribution, not draw by draw.
    blocks = x[: len(x) // size * size].reshape(-1, size)
    rng = np.random.default_rng(99)
    idc = []
    for _ in range(400):
        drawn = blocks[rng.integers(0, len(blocks), len(blocks))]
        idc.append(drawn.var() / drawn.mean())
    low, high = np.quantile(idc, [0.025, 0.975])
    assert [row["idc_low"], row["idc_high"]] == pytest.approx([low, high], abs=0.25 * (high - low))


def test_intervals_cover_the_truth_of_poisson_arrivals() -> None:
    covered = np.zeros(2)
    for seed in range(150):
        gaps = np.random.default_rng(seed).exponential(2.0, 1_000).reshape(100, 10)
        means, variances = draw(gaps.sum(axis=1), (gaps**2).sum(axis=1), 10, 200, seed)
        for i, (values, truth) in enumerate([(means, 2.0), (np.sqrt(variances) / means, 1.0)]):
            low, high = np.quantile(values, [0.025, 0.975])
            covered[i] += low <= truth <= high
    # Binomial deviation at 95 % of 150 is 1.8 %; percentile intervals of a skewed statistic cover a little less than they say.
    assert covered / 150 == pytest.approx(0.95, abs=0.08)


def test_extended_columns_are_empty_without_the_request_and_equal_the_other_query_with_it(ingest_file: Ingest) -> None:
    lake = ingest_file("burstgpt", "a.csv", _csv(_bursty(8)))
    for name, windows in (("arrival/interarrival", {}), ("arrival/dispersion", {"windows_s": [60, 2.5]})):
        extend = library.get(name).extend
        assert extend is not None
        plain, full = lake.query(name, **windows), lake.query(name, ci=True, seed=3, replicates=50, **windows)
        other = {tuple(r[k] for k in extend.on): r for r in lake.query(extend.query, seed=3, replicates=50, **windows).rows(named=True)}
        filled = ["is_stationary", *(column for column in full.columns if column.endswith(("_low", "_high", "_low_s", "_high_s")))]
        assert len(other) == full.height
        for row in full.rows(named=True):
            assert {c: row[c] for c in filled} == {c: other[tuple(row[k] for k in extend.on)][c] for c in filled}
            assert None not in [row[c] for c in filled]
        assert all(plain[column].null_count() == plain.height for column in filled)
        assert plain.drop(filled).rows() == [pytest.approx(row) for row in full.drop(filled).rows()]


def test_too_few_events_have_no_interval(ingest_file: Ingest) -> None:
    row = ingest_file("burstgpt", "few.csv", _csv(_bursty(9, n=20))).query("arrival/interarrival", ci=True).row(0, named=True)
    assert [row[name] for name in ("iat_cv_low", "iat_mean_high_s", "is_stationary")] == [None] * 3
    assert row["events"] == 20
