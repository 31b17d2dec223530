"""Headroom and oversubscription against numpy."""

from pathlib import Path

import numpy as np
import pytest

from tracekit.api import Lake
from tracekit.ingest.run import ingest
from tracekit.sources.load import source

SAMPLE = Path(__file__).parents[2] / "data" / "samples" / "gpu-training-power" / "sample-8gpu.csv"


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    path = tmp_path_factory.mktemp("power")
    ingest(source("gpu-training-power"), [SAMPLE], path, macros=[])
    return Lake(path)


@pytest.fixture(scope="module")
def ticks() -> np.ndarray:
    """Summed watts of the whole ticks, from the raw text: eight consecutive rows are one tick."""
    watts = [float(line.split(",")[1].split()[0]) for line in SAMPLE.read_text().splitlines()[1:]]
    whole = len(watts) // 8
    return np.array(watts[: whole * 8]).reshape(whole, 8).sum(axis=1)


def test_headroom(lake: Lake, ticks: np.ndarray) -> None:
    row = lake.query("power/headroom").row(0, named=True)
    ratio = ticks / (8 * 700)
    assert (row["samples"], row["partial_samples"]) == (len(ticks), 1)
    assert row["provisioned_w"] == 5600
    assert row["mean_w"] == pytest.approx(ticks.mean())
    assert row["p99_ratio"] == pytest.approx(np.quantile(ratio, 0.99))
    assert row["peak_ratio"] == pytest.approx(ratio.max())
    assert row["peak_to_mean"] == pytest.approx(ticks.max() / ticks.mean())
    ahead = round(2 / row["tick_s"])
    windows = [ratio[k : k + ahead + 1] for k in range(len(ratio))]
    assert row["max_rise_2s_ratio"] == pytest.approx(max(w.max() - w[0] for w in windows))
    assert row["max_drop_2s_ratio"] == pytest.approx(max(w[0] - w.min() for w in windows))


def test_entities_are_never_summed_at_entity_level(lake: Lake) -> None:
    rows = lake.query("power/headroom", level="entity")
    assert rows["entity_id"].to_list() == [f"gpu{i}" for i in range(8)]
    assert rows["provisioned_w"].to_list() == [700.0] * 8


def test_oversubscription(lake: Lake, ticks: np.ndarray) -> None:
    ratio = ticks / 5600
    for row in lake.query("power/oversubscription", extra_ratios=[0.0, 0.2, 0.6]).iter_rows(named=True):
        scaled = ratio * (1 + row["extra_ratio"])
        assert row["over_t1_ratio"] == pytest.approx((scaled > 0.80).mean())
        assert row["over_t2_ratio"] == pytest.approx((scaled > 0.89).mean())
        assert row["over_budget_ratio"] == pytest.approx((scaled > 1).mean())
