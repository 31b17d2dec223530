"""LLM request statistics against plain numpy, scipy and loops on made-up requests."""

from collections import defaultdict
from collections.abc import Callable

import numpy as np
import pytest
from scipy import integrate, stats

from tracekit.api import Lake
from tracekit.stats.lengths import fit_families

Rows = list[tuple[int, str, int, str, int, int, str]]


def _rows(seed: int, n: int = 900, start: int = 7_000) -> Rows:
    """Returns (second, session, elapsed, model, input, output, service): ties, failures, requests without a session."""
    rng = np.random.default_rng(seed)
    seconds = start + np.floor(np.cumsum(rng.gamma(0.4, 60.0, n))).astype(int)
    rows: Rows = []
    for second in seconds.tolist():
        is_failed = rng.random() < 0.1
        session = f"s{rng.integers(0, 150)}" if rng.random() < 0.6 else ""
        tokens = (0, 0) if is_failed else (int(rng.lognormal(5, 1)) + 1, int(rng.exponential(80)) + 1)
        model, service = str(rng.choice(["GPT-4", "ChatGPT"])), str(rng.choice(["API log", "Conversation log"]))
        rows.append((second, session, int(rng.exponential(90)), model, *tokens, service))
    return rows


def _csv(rows: Rows) -> str:
    lines = ["Timestamp,Session ID,Elapsed time,Model,Request tokens,Response tokens,Total tokens,Log Type"]
    return "\n".join(lines + [f"{t},{s},{e},{m},{i},{o},{i + o},{k}" for t, s, e, m, i, o, k in rows]) + "\n"


@pytest.fixture(params=[1, 2])
def made_up(request: pytest.FixtureRequest, ingest_file: Callable[..., Lake]) -> tuple[Lake, Rows]:
    rows = _rows(request.param)
    return ingest_file("burstgpt", "made_up.csv", _csv(rows)), rows


def _same(row: dict[str, object], expected: dict[str, object]) -> None:
    assert {name: row[name] for name in expected} == pytest.approx(expected, rel=1e-9, abs=1e-12)


def test_sessions_equal_loops(made_up: tuple[Lake, Rows]) -> None:
    lake, rows = made_up
    arrivals = defaultdict(list)
    for row in rows:
        if row[1]:
            arrivals[row[1]].append(row[0])
    turns = np.array([len(times) for times in arrivals.values()])
    gaps = np.concatenate([np.diff(times) for times in arrivals.values()])
    expected = {
        "requests_with_session": turns.sum(),
        "requests_without_session": len(rows) - turns.sum(),
        "sessions": len(turns),
        "turns_mean": turns.mean(),
        "turns_p50": np.quantile(turns, 0.5),
        "turns_p90": np.quantile(turns, 0.9),
        "turns_p99": np.quantile(turns, 0.99),
        "turns_max": turns.max(),
        "single_turn_share": (turns == 1).mean(),
        "gap_mean_s": gaps.mean(),
        "gap_p50_s": np.quantile(gaps, 0.5),
        "gap_p90_s": np.quantile(gaps, 0.9),
        "gap_p99_s": np.quantile(gaps, 0.99),
        "gaps": len(gaps),
    }
    _same(lake.query("llm/sessions").row(0, named=True), expected)


@pytest.mark.parametrize(("by", "place"), [("none", None), ("model", 3), ("service", 6)])
def test_failures_equal_loops(by: str, place: int | None, made_up: tuple[Lake, Rows]) -> None:
    lake, rows = made_up
    first, expected = rows[0][0], defaultdict(lambda: [0, 0])
    for row in rows:
        cell = expected[None if place is None else row[place], first + (row[0] - first) // 3600 * 3600]
        cell[0] += 1
        cell[1] += row[5] == 0
    found = lake.query("llm/failures", by=by, window_s=3600).rows(named=True)
    assert {(r["group_name"], r["started_s"]): [r["requests"], r["failed"]] for r in found} == dict(expected)
    assert all(r["failed_ratio"] == pytest.approx(r["failed"] / r["requests"]) for r in found)
    assert sum(r["failed"] for r in found) > 50
    sizes = {r["group_name"]: r["all_requests"] for r in found}
    assert sizes == {grp: sum(r["requests"] for r in found if r["group_name"] == grp) for grp in sizes}


def test_lengths_are_numpys_quantiles(made_up: tuple[Lake, Rows]) -> None:
    lake, rows = made_up
    found = lake.query("llm/lengths", quantiles=[0, 0.013, 0.5, 0.777, 0.999, 1]).rows(named=True)
    assert len(found) == 12
    for row in found:
        values = [r[4 if row["field"] == "input" else 5] for r in rows]
        assert row["tokens"] == pytest.approx(np.quantile(values, row["quantile"]))
        assert row["requests"] == len(rows)


def test_correlations_equal_scipy(made_up: tuple[Lake, Rows]) -> None:
    lake, rows = made_up
    x, y = np.array([r[4] for r in rows], float), np.array([r[5] for r in rows], float)
    both = (x > 0) & (y > 0)
    expected = {
        "n": len(rows),
        "pearson": stats.pearsonr(x, y).statistic,
        "spearman": stats.spearmanr(x, y).statistic,
        "n_positive": both.sum(),
        "pearson_log": stats.pearsonr(np.log(x[both]), np.log(y[both])).statistic,
    }
    _same(lake.query("llm/correlation").row(0, named=True), expected)


def test_constant_lengths_have_no_correlation(ingest_file: Callable[..., Lake]) -> None:
    rows = [(10 * i, "", 1, "GPT-4", 100, 7 + i, "API log") for i in range(5)]
    row = ingest_file("burstgpt", "flat.csv", _csv(rows)).query("llm/correlation").row(0, named=True)
    assert [row[name] for name in ("pearson", "spearman", "pearson_log")] == [None] * 3


def test_concurrency_equals_a_second_by_second_count(made_up: tuple[Lake, Rows]) -> None:
    lake, rows = made_up
    first, last = rows[0][0], max(row[0] + row[2] for row in rows)
    # Everything is in whole seconds, so the number in flight is constant within each.
    in_flight = np.zeros(last - first, dtype=int)
    for second, _, elapsed, *_ in rows:
        in_flight[second - first : second - first + elapsed] += 1
    ordered, elapsed = np.sort(in_flight), np.array([row[2] for row in rows])
    expected = {
        "requests": len(rows),
        "without_e2e": 0,
        "mean_in_flight": in_flight.mean(),
        "p50_in_flight": ordered[int(np.ceil(0.5 * len(ordered))) - 1],
        "p99_in_flight": ordered[int(np.ceil(0.99 * len(ordered))) - 1],
        "max_in_flight": ordered[-1],
        "littles_law_n": len(rows) / (rows[-1][0] - first) * elapsed.mean(),
        "e2e_mean_s": elapsed.mean(),
    }
    row = lake.query("llm/concurrency").row(0, named=True)
    _same(row, expected)
    # The edges are short against the span: Little's law holds but for them.
    assert row["mean_in_flight"] == pytest.approx(row["littles_law_n"], rel=0.05)


@pytest.mark.parametrize("window_s", [60, 47.5, 5])
def test_token_load_counts_empty_windows(window_s: float, made_up: tuple[Lake, Rows]) -> None:
    lake, rows = made_up
    seconds = np.array([row[0] for row in rows])
    places = ((seconds - seconds[0]) // window_s).astype(int)
    full = int((seconds[-1] - seconds[0]) // window_s)
    for row in lake.query("llm/token_load", window_s=window_s).iter_rows(named=True):
        tokens = [r[4 if row["phase"] == "prefill" else 5] for r in rows]
        load = np.bincount(places, weights=tokens, minlength=full)[:full] / window_s
        expected = {
            "windows": full,
            "mean_tokens_per_s": load.mean(),
            "p99_tokens_per_s": np.quantile(load, 0.99),
            "peak_tokens_per_s": load.max(),
            "peak_to_mean": load.max() / load.mean(),
        }
        _same(row, expected)


def test_profile_counts_hours_as_far_as_they_are_observed(ingest_file: Callable[..., Lake]) -> None:
    rows = _rows(3, n=4_000, start=20 * 3600 + 600)
    seconds = np.array([row[0] for row in rows])
    observed = np.bincount(np.arange(seconds[0], seconds[-1]) // 3600 % 24, minlength=24) / 3600
    counts = np.bincount(seconds // 3600 % 24, minlength=24)
    found = {r["bucket"]: r for r in ingest_file("burstgpt", "days.csv", _csv(rows)).query("llm/profile").iter_rows(named=True)}
    assert sorted(found) == [hour for hour in range(24) if observed[hour] > 0]
    assert {row["all_requests"] for row in found.values()} == {len(rows)}
    overall = len(rows) / ((seconds[-1] - seconds[0]) / 3600)
    for hour, row in found.items():
        assert row["requests"] == counts[hour]
        assert row["hours_observed"] == pytest.approx(observed[hour])
        assert row["requests_per_hour"] == pytest.approx(counts[hour] / observed[hour])
        assert row["to_mean"] == pytest.approx(counts[hour] / observed[hour] / overall)
        tokens = [r[4] for r in rows if r[0] // 3600 % 24 == hour]
        assert row["input_tokens_mean"] == pytest.approx(np.mean(tokens))


def test_weekday_needs_a_calendar_that_has_one(ingest_file: Callable[..., Lake]) -> None:
    lines = ["TIMESTAMP,ContextTokens,GeneratedTokens"]
    # A Sunday evening and the Monday after it.
    lines += ["2023-11-19 23:30:00.0000000,10,1", "2023-11-19 23:45:00.0000000,20,1", "2023-11-20 00:30:00.0000000,30,1"]
    lake = ingest_file("azure-llm-2023", "AzureLLMInferenceTrace_conv.csv", "\n".join(lines))
    found = lake.query("llm/profile", by="weekday_hour").select("bucket", "requests", "hours_observed", "input_tokens_mean").rows()
    assert found == [(0, 1, 0.5, 30.0), (6 * 24 + 23, 2, 0.5, 15.0)]
    burst = ingest_file("burstgpt", "no_date.csv", _csv(_rows(4, n=50)))
    assert burst.query("llm/profile", dataset="burstgpt").height > 0
    assert burst.query("llm/profile", dataset="burstgpt", by="weekday_hour").height == 0


def _weighted(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    values, counts = np.unique(x, return_counts=True)
    return values.astype(float), counts.astype(float)


@pytest.mark.parametrize("seed", [1, 2])
def test_length_fits_equal_scipy(seed: int) -> None:
    x = np.ceil(np.random.default_rng(seed).lognormal(5, 1, 3_000))
    found = {fit.family: fit for fit in fit_families(*_weighted(x))}
    s, _, scale = stats.lognorm.fit(x, floc=0)
    law = stats.lognorm(s, scale=scale)
    assert found["lognormal"].values == pytest.approx({"mu": np.log(scale), "sigma": s}, rel=1e-6)
    assert found["lognormal"].loglik == pytest.approx(law.logpdf(x).sum())
    assert found["lognormal"].ks_d == pytest.approx(stats.kstest(x, law.cdf).statistic)
    assert found["exponential"].loglik == pytest.approx(stats.expon(scale=x.mean()).logpdf(x).sum())
    assert found["exponential"].aic == pytest.approx(2 - 2 * found["exponential"].loglik)
    # The likelihood of the fitted power law, by scipy's own mass function, is a maximum, and its steps are compared with the data's.
    alpha = found["zipf"].values["alpha"]
    logliks = [stats.zipf.logpmf(x, a).sum() for a in (alpha - 1e-3, alpha, alpha + 1e-3)]
    assert found["zipf"].loglik == pytest.approx(logliks[1])
    assert logliks[1] > max(logliks[0], logliks[2])
    grid = np.arange(0, x.max() + 1)
    empirical = np.searchsorted(np.sort(x), grid, side="right") / len(x)
    assert found["zipf"].ks_d == pytest.approx(np.abs(stats.zipf.cdf(grid, alpha) - empirical).max(), abs=1e-9)


def test_zipf_finds_the_exponent_that_was_drawn() -> None:
    x = np.random.default_rng(5).zipf(2.2, 20_000)
    fit = {f.family: f for f in fit_families(*_weighted(x))}["zipf"]
    assert fit.values["alpha"] == pytest.approx(2.2, abs=0.05)
    assert fit.ks_d < 0.02


def test_mixture_finds_the_tail_that_was_drawn() -> None:
    rng = np.random.default_rng(6)
    body, tail = rng.lognormal(4, 0.6, 16_000), 200 * (1 + rng.pareto(1.5, 4_000))
    x = np.round(np.concatenate([body, tail]), 2)
    fits = {f.family: f for f in fit_families(*_weighted(x))}
    found = fits["pareto_lognormal"]
    assert found.values["mu"] == pytest.approx(4, abs=0.05)
    assert found.values["alpha"] == pytest.approx(1.5, abs=0.15)
    assert found.aic < min(f.aic for name, f in fits.items() if name != "pareto_lognormal")
    v = found.values
    lognormal, pareto = stats.lognorm(v["sigma"], scale=np.exp(v["mu"])), stats.pareto(v["alpha"], scale=v["xmin"])

    def density(t: np.ndarray | float) -> np.ndarray:
        return (1 - v["weight"]) * lognormal.pdf(t) + v["weight"] * pareto.pdf(t)

    assert found.loglik == pytest.approx(np.log(density(x)).sum(), rel=1e-9)
    below = integrate.quad(density, 1e-9, v["xmin"], limit=200)[0]
    assert below + integrate.quad(density, v["xmin"], np.inf, limit=200)[0] == pytest.approx(1, abs=1e-6)


def test_length_fit_leaves_out_and_counts_zeros(made_up: tuple[Lake, Rows]) -> None:
    lake, rows = made_up
    found = lake.query("llm/length_fit").rows(named=True)
    assert [(r["field"], r["family"]) for r in found] == [
        (field, family) for field in ("input", "output") for family in ("lognormal", "exponential", "pareto_lognormal", "zipf")
    ]
    failed = sum(row[5] == 0 for row in rows)
    assert {(r["n"], r["zeros"]) for r in found} == {(len(rows) - failed, failed)}
    outputs = np.array([row[5] for row in rows if row[5]])
    assert next(r["scale"] for r in found if (r["field"], r["family"]) == ("output", "exponential")) == pytest.approx(outputs.mean())
