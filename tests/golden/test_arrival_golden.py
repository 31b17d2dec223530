"""Arrival statistics against plain numpy on made-up arrivals."""

from pathlib import Path

import numpy as np
import pytest

from tracekit.api import Lake
from tracekit.ingest.run import ingest
from tracekit.sources.load import source


def _lake(tmp_path: Path, seconds: np.ndarray) -> Lake:
    lines = ["Timestamp,Model,Request tokens,Response tokens,Total tokens,Log Type"]
    lines += [f"{s:.6f},ChatGPT,10,20,30,API log" for s in seconds]
    raw = tmp_path / "made_up.csv"
    raw.write_text("\n".join(lines) + "\n")
    ingest(source("burstgpt"), [raw], tmp_path / "lake", macros=[])
    return Lake(tmp_path / "lake")


def test_poisson_has_dispersion_one_at_every_scale(tmp_path: Path) -> None:
    rng = np.random.default_rng(11)
    lake = _lake(tmp_path, np.cumsum(rng.exponential(0.5, 40_000)))
    rows = lake.query("arrival/dispersion", windows_s=[0.5, 1, 5, 20])
    # The standard error of the index over m windows is about sqrt(2 / m).
    for row in rows.iter_rows(named=True):
        assert abs(row["idc"] - 1) < 4 * np.sqrt(2 / row["windows"])
    gaps = lake.query("arrival/interarrival").row(0, named=True)
    assert gaps["iat_cv"] == pytest.approx(1, abs=0.03)
    assert gaps["burstiness"] == pytest.approx(0, abs=0.02)
    assert gaps["memory"] == pytest.approx(0, abs=0.03)


@pytest.mark.parametrize("seed", [5, 6])
def test_every_column_equals_numpy(tmp_path: Path, seed: int) -> None:
    rng = np.random.default_rng(seed)
    seconds = np.round(np.cumsum(rng.gamma(0.3, 8.0, 3_000)), 6)
    lake = _lake(tmp_path, seconds)
    us = np.round(seconds * 1e6).astype(np.int64)
    gaps = np.diff(us) / 1e6
    row = lake.query("arrival/interarrival").row(0, named=True)
    assert row["events"] == 3_000
    assert row["span_s"] == pytest.approx((us[-1] - us[0]) / 1e6)
    assert row["rate_per_s"] == pytest.approx(3_000 / row["span_s"])
    assert row["iat_cv"] == pytest.approx(gaps.std() / gaps.mean())
    assert row["iat_p99_s"] == pytest.approx(np.quantile(gaps, 0.99))
    assert row["burstiness"] == pytest.approx((gaps.std() - gaps.mean()) / (gaps.std() + gaps.mean()))
    assert row["memory"] == pytest.approx(np.corrcoef(gaps[:-1], gaps[1:])[0, 1])
    for out in lake.query("arrival/dispersion", windows_s=[1, 7.5, 60]).iter_rows(named=True):
        width = round(out["window_s"] * 1e6)
        full = (us[-1] - us[0]) // width
        counts = np.bincount((us - us[0]) // width, minlength=full)[:full]
        assert (out["windows"], out["empty_windows"]) == (full, (counts == 0).sum())
        assert out["idc"] == pytest.approx(counts.var() / counts.mean())
        assert out["peak_to_mean"] == pytest.approx(counts.max() / counts.mean())
        assert out["p99_to_mean"] == pytest.approx(np.quantile(counts, 0.99) / counts.mean())
        centred = counts - counts.mean()
        assert out["acf1"] == pytest.approx((centred[:-1] * centred[1:]).sum() / (centred**2).sum())


def test_two_events_have_no_moments(tmp_path: Path) -> None:
    row = _lake(tmp_path, np.array([1.0, 4.0])).query("arrival/interarrival").row(0, named=True)
    assert row["events"] == 2
    assert [row[name] for name in ("rate_per_s", "iat_mean_s", "iat_cv", "burstiness", "memory", "below_resolution")] == [None] * 6


def test_mean_gap_below_the_clock_is_flagged(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    row = _lake(tmp_path, np.sort(rng.integers(0, 100, 500)).astype(float)).query("arrival/interarrival").row(0, named=True)
    assert row["below_resolution"] is True
    assert row["zero_gaps"] > 300
