"""Headroom and oversubscription against numpy."""

from pathlib import Path

import numpy as np
import pytest
from handmade import make_tables

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


def test_swings(lake: Lake, ticks: np.ndarray) -> None:
    ratio = ticks / 5600
    for row in lake.query("power/swings", durations_s=[0.5, 2.0]).iter_rows(named=True):
        ahead = round(row["duration_s"] / row["tick_s"])
        windows = [ratio[k : k + ahead + 1] for k in range(len(ratio))]
        assert (row["ticks_ahead"], row["samples"]) == (ahead, len(ratio))
        assert row["rise_max_ratio"] == pytest.approx(max(w.max() - w[0] for w in windows))
        assert row["drop_p99_ratio"] == pytest.approx(np.quantile([w[0] - w.min() for w in windows], 0.99))


def test_load_duration_falls_from_the_peak_to_the_least(lake: Lake, ticks: np.ndarray) -> None:
    found = lake.query("power/load_duration", shares=[0.0, 0.25, 1.0])
    wanted = [np.quantile(ticks, 1 - share) for share in (0.0, 0.25, 1.0)]
    assert found["power_w"].to_list() == pytest.approx(wanted)
    assert found["ratio"].to_list() == pytest.approx([w / 5600 for w in wanted])


def test_coincidence_by_group_size(lake: Lake) -> None:
    watts = np.array([float(line.split(",")[1].split()[0]) for line in SAMPLE.read_text().splitlines()[1:]])
    whole = watts[: len(watts) // 8 * 8].reshape(-1, 8)
    # The recording ends inside a tick: all GPUs but the last have one more reading.
    peaks = np.array([watts[gpu::8].max() for gpu in range(8)])
    found = {(row["grouping"], row["group_size"]): row for row in lake.query("power/coincidence").iter_rows(named=True)}
    assert set(found) == {("size", 1.0), ("size", 2.0), ("size", 4.0), ("all", 8.0), ("parent", 8.0)}
    assert found["all", 8.0]["coincidence_mean"] == pytest.approx(whole.sum(axis=1).max() / peaks.sum())
    last = len(watts) % 8
    pairs = []
    for first in range(0, 8, 2):
        more = [watts[-last + first : -last + first + 2].sum()] if first + 2 <= last else []
        pairs.append(max([*whole[:, first : first + 2].sum(axis=1), *more]) / peaks[first : first + 2].sum())
    assert found["size", 2.0]["coincidence_mean"] == pytest.approx(np.mean(pairs))


def test_capping_thresholds_leave_room_for_the_rise(lake: Lake, ticks: np.ndarray) -> None:
    ratio = ticks / 5600
    row = lake.query("power/capping", latency_s=1.0, brake_s=0.5).row(0, named=True)
    tick_s = lake.query("power/swings")["tick_s"][0]
    limits = {}
    for name, seconds in {"t1": 2.0, "t2": 1.0, "brake": 0.5}.items():
        ahead = round(seconds / tick_s)
        limits[name] = 1 - max(ratio[k : k + ahead + 1].max() - ratio[k] for k in range(len(ratio)))
        assert row[f"{name}_ratio"] == pytest.approx(limits[name])
        assert row[f"over_{name}_ratio"] == pytest.approx((ratio > limits[name]).mean())
    above = ratio > limits["t2"]
    assert row["crossings_t2"] == (above[1:] & ~above[:-1]).sum()


def test_extra_servers(lake: Lake, ticks: np.ndarray) -> None:
    ratio = ticks / 5600
    rows = {row["rule"]: row for row in lake.query("power/extra_servers", breach=0.1, servers=100).iter_rows(named=True)}
    rise = max(ratio[i:].max() - r for i, r in enumerate(ratio))
    reach = {
        "static": ratio.max(),
        "breach": np.quantile(ratio, 0.9),
        "swing": ratio.max() + rise,
        "breach_swing": np.quantile(ratio, 0.9) + rise,
    }
    for rule, value in reach.items():
        row = rows[rule]
        assert row["reach_ratio"] == pytest.approx(value)
        assert row["extra_ratio"] == pytest.approx(1 / value - 1)
        assert row["extra_servers"] == np.floor(100 * (1 / value - 1))
        # Added independently, means add up and deviations add as squares: at the answer the two fill the budget.
        scale = 1 + row["independent_ratio"]
        assert scale * ratio.mean() + np.sqrt(scale) * (value - ratio.mean()) == pytest.approx(1)
    assert rows["breach"]["extra_low_ratio"] <= rows["breach"]["extra_ratio"] <= rows["breach"]["extra_high_ratio"]
    # Blocks that are drawn can miss the peak but never exceed it.
    assert rows["static"]["extra_low_ratio"] == pytest.approx(rows["static"]["extra_ratio"])


def test_training_swings_beyond_inference(lake: Lake) -> None:
    rows = {row["measure"]: row for row in lake.query("power/training_inference").iter_rows(named=True)}
    headroom = lake.query("power/headroom").row(0, named=True)
    assert rows["rise_2s"]["value_ratio"] == headroom["max_rise_2s_ratio"] > 0.118
    assert [rows[name]["resembles"] for name in ("rise_2s", "peak")] == ["training", None]


def test_energy_by_two_rules(lake: Lake) -> None:
    cells = [line.split(", ") for line in SAMPLE.read_text().splitlines()[1:]]
    stamps = np.array([np.datetime64(cell[0].replace("/", "-").replace(" ", "T"), "us") for cell in cells])
    watts = np.array([float(cell[1].split()[0]) for cell in cells])
    trapezoid = rectangle = 0.0
    for gpu in range(8):
        own = watts[gpu::8]
        # All GPUs of a tick have its first stamp.
        steps = np.diff(stamps[::8][: len(own)]) / np.timedelta64(1, "s")
        trapezoid += ((own[1:] + own[:-1]) / 2 * steps).sum()
        rectangle += (own[:-1] * steps).sum()
    row = lake.query("power/energy").row(0, named=True)
    assert (row["entities"], row["samples"]) == (8, len(watts))
    assert row["trapezoid_j"] == pytest.approx(trapezoid)
    assert row["rectangle_j"] == pytest.approx(rectangle)


@pytest.mark.parametrize("level", ["trace", "parent", "entity"])
def test_ticks_average_what_an_entity_repeats_and_tell_where_one_is_missing(level: str, tmp_path: Path) -> None:
    rng = np.random.default_rng(6)
    rows = [
        {
            "entity_id": f"e{i % 3}",
            "entity_kind": "pdu",
            "parent_id": f"p{i % 3 // 2}",
            "sampled_us": int(at),
            "power_w": float(w),
            "provisioned_w": 10.0,
        }
        for i, (at, w) in enumerate(zip(rng.integers(0, 40_000_000, 150), rng.random(150), strict=True))
    ]
    groups = {
        "trace": {None: {"e0", "e1", "e2"}},
        "parent": {"p0": {"e0", "e1"}, "p1": {"e2"}},
        "entity": {e: {e} for e in ("e0", "e1", "e2")},
    }
    found = make_tables(tmp_path, {"power_sample": rows}).query("power/ticks", tick_s=1.0, level=level)
    expected = {}
    for name, members in groups[level].items():
        for tick in {r["sampled_us"] // 1_000_000 for r in rows if r["entity_id"] in members}:
            mine: dict[str, list[float]] = {}
            for r in rows:
                if r["entity_id"] in members and r["sampled_us"] // 1_000_000 == tick:
                    mine.setdefault(str(r["entity_id"]), []).append(float(r["power_w"]))
            expected[name, tick * 1_000_000] = (len(mine), len(mine) == len(members), sum(np.mean(w) for w in mine.values()))
    assert found.height == len(expected)
    for row in found.iter_rows(named=True):
        reporting, is_whole, power = expected[row["entity_id"], row["tick_us"]]
        assert (row["reporting"], row["is_whole"]) == (reporting, is_whole)
        assert row["power_w"] == pytest.approx(power)
        assert row["ratio"] == pytest.approx(power / (10 * reporting))


@pytest.mark.parametrize(("watts", "rules"), [([0.0] * 30, 0), ([5.0], 2), ([0.0] * 29 + [5.0], 4)])
def test_extra_servers_of_recordings_that_say_little(watts: list[float], rules: int, tmp_path: Path) -> None:
    rows = [
        {"entity_id": "s", "entity_kind": "server", "sampled_us": i * 1_000_000, "power_w": w, "provisioned_w": 10.0}
        for i, w in enumerate(watts)
    ]
    found = make_tables(tmp_path, {"power_sample": rows}).query("power/extra_servers", breach=0.0)
    assert found.height == 4
    # Without power there is no answer, and without a step between samples none about swings.
    assert found["extra_ratio"].count() == rules
