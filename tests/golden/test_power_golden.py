"""Headroom and oversubscription against numpy."""

from pathlib import Path

import numpy as np
import pytest
from handmade import make_tables

from tracekit.api import Lake
from tracekit.ingest.run import ingest
from tracekit.report.figure import state_finding
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


def test_extra_servers_speak_of_the_careful_rule_first(lake: Lake) -> None:
    result = lake.run("power/extra_servers")
    rows = result.records()
    assert [(row["rank"], row["rule"]) for row in rows] == [(1, "swing"), (2, "static"), (3, "breach_swing"), (4, "breach")]
    assert rows[0]["extra_ratio"] == min(row["extra_ratio"] for row in rows)
    with lake.connect() as connection:
        finding = state_finding(connection, result, result.query.finding)
    assert f"can change by {rows[0]['extra_servers']:+d} " in finding
    assert finding.endswith("never exceeded, with room for one more rise as large as the largest within 40 s.")


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


def _logged(stops: list[tuple[float, int]], watts: list[float], **more: object) -> list[dict[str, object]]:
    """Readings of one entity: at each (start in s, readings) one per second."""
    seconds = [start + i for start, count in stops for i in range(count)]
    return [
        {"entity_id": "g", "entity_kind": "gpu", "sampled_us": int(s * 1e6), "power_w": w, "provisioned_w": 1000.0, **more}
        for s, w in zip(seconds, watts, strict=True)
    ]


@pytest.mark.parametrize("query", ["power/energy", "energy/meters"])
def test_energy_leaves_gaps_out_and_counts_them(query: str, tmp_path: Path) -> None:
    # A logger that is started again an hour later: 110 J before, 210 J after, and nothing known of the hour.
    rows = _logged([(0, 2), (3600, 2)], [100, 120, 200, 220])
    [row] = make_tables(tmp_path, {"power_sample": rows}).run(query).records()
    if query == "power/energy":
        assert (row["trapezoid_j"], row["rectangle_j"], row["time_mean_w"]) == (320, 300, 160)
        assert (row["gaps"], row["unbridged_s"], row["span_s"]) == (1, 3599, 3601)
    else:
        assert (row["energy_kwh"] * 3.6e6, row["mean_w"]) == (pytest.approx(320), pytest.approx(160))
        assert (row["gaps"], row["unbridged_h"]) == (1, pytest.approx(3599 / 3600))


@pytest.mark.parametrize(
    ("steps", "gaps"),
    [
        # Ten times the median of 2 s is no gap yet, a hair more is one.
        ([2, 2, 20, 2], 0),
        ([2, 2, 20.001, 2], 1),
        # Quick samplers stall: what is not longer than 1 s is no gap, however many steps it is long.
        ([0.01, 0.01, 1, 0.01], 0),
        ([0.01, 0.01, 1.001, 0.01], 1),
        # Stamps that stand twice are no step: the median is of the positive ones.
        ([0, 0, 0, 3, 0, 0, 0, 3, 29], 0),
        ([0, 0, 0, 3, 0, 0, 0, 3, 31], 1),
    ],
)
def test_a_gap_is_longer_than_ten_median_steps_and_a_second(steps: list[float], gaps: int, tmp_path: Path) -> None:
    at = np.cumsum([0, *steps])
    rows = [{"entity_id": "g", "entity_kind": "gpu", "sampled_us": round(s * 1e6), "power_w": 100.0, "provisioned_w": 200.0} for s in at]
    lake = make_tables(tmp_path, {"power_sample": rows})
    lost = max(steps) if gaps else 0
    [energy] = lake.run("power/energy").records()
    assert (energy["gaps"], energy["unbridged_s"]) == (gaps, pytest.approx(lost))
    assert energy["trapezoid_j"] == pytest.approx(100 * (sum(steps) - lost))
    [meter] = lake.run("energy/meters").records()
    assert (meter["gaps"], meter["unbridged_h"]) == (gaps, pytest.approx(lost / 3600))
    for query in ("power/headroom", "power/load_duration", "power/swings", "power/oversubscription", "power/capping"):
        assert {(row["gaps"], round(row["unbridged_s"], 6)) for row in lake.run(query).records()} == {(gaps, round(lost, 6))}


def test_gaps_are_each_entitys_own(tmp_path: Path) -> None:
    slow = [{"entity_id": "slow", "entity_kind": "gpu", "sampled_us": i * 60_000_000, "power_w": 10.0} for i in range(5)]
    quick = [row | {"entity_id": "quick", "power_w": 30.0} for row in _logged([(0, 3), (60, 3)], [1.0] * 6)]
    [row] = make_tables(tmp_path, {"power_sample": [*slow, *quick]}).run("power/energy").records()
    # A minute is the slow one's step, and 58 s are the quick one's gap.
    assert (row["trapezoid_j"], row["gaps"], row["unbridged_s"]) == (10 * 240 + 30 * 4, 1, 58)
    assert row["time_mean_w"] == pytest.approx(40)


def test_no_rise_reaches_across_a_gap_that_is_longer_than_its_time(tmp_path: Path) -> None:
    watts = [100.0, 100, 300, 300, 900, 900]
    far = make_tables(tmp_path / "far", {"power_sample": _logged([(0, 4), (3600, 2)], watts)})
    [row] = far.run("power/headroom").records()
    assert (row["max_rise_2s_ratio"], row["max_rise_40s_ratio"]) == pytest.approx((0.2, 0.2))
    found = {r["duration_s"]: r["rise_max_ratio"] for r in far.run("power/swings", {"durations_s": [2, 40, 5000]}).records()}
    assert found == pytest.approx({2: 0.2, 40: 0.2, 5000: 0.8})
    extra = {r["rule"]: r["reach_ratio"] for r in far.run("power/extra_servers").records()}
    assert extra["swing"] == pytest.approx(0.9 + 0.2)
    # A stall of 20 s is a gap too; within 40 s power has risen all the same.
    near = make_tables(tmp_path / "near", {"power_sample": _logged([(0, 4), (23, 2)], watts)})
    [row] = near.run("power/headroom").records()
    assert (row["gaps"], row["max_rise_2s_ratio"], row["max_rise_40s_ratio"]) == (1, pytest.approx(0.2), pytest.approx(0.8))


@pytest.mark.parametrize(
    ("gpus", "interval_s", "spread_s", "resolution_us", "missing"),
    [
        # Milliseconds apart, so that some polls share a stamp and most do not.
        (4, 1.0, 0.0011, 1_000, 0.0),
        (8, 1.0, 0.03, 1_000, 0.0),
        # Stamps of whole seconds: a poll that takes 0.84 s often ends in the next one.
        (4, 5.0, 0.84, 1_000_000, 0.0),
        (4, 2.003, 0.9, 1_000_000, 0.02),
        # Nearly as long as the pause to the next poll: the order of the GPUs tells where one begins.
        (8, 1.0, 0.88, 1_000, 0.02),
    ],
)
def test_one_poll_is_one_tick(gpus: int, interval_s: float, spread_s: float, resolution_us: int, missing: float, tmp_path: Path) -> None:
    rng = np.random.default_rng(7)
    rows, sums = [], []
    for poll in range(300):
        start = (3.2 + poll * interval_s) * 1e6
        there = [gpu for gpu in range(gpus) if poll == 0 or rng.random() >= missing]
        watts = {gpu: float(rng.integers(50, 700)) for gpu in there}
        for gpu, w in watts.items():
            at = int(start + spread_s * 1e6 * gpu / (gpus - 1)) // resolution_us * resolution_us
            rows.append({"entity_id": f"gpu{gpu}", "entity_kind": "gpu", "sampled_us": at, "power_w": w, "provisioned_w": 700.0})
        if len(there) == gpus:
            sums.append(sum(watts.values()))
    lake = make_tables(tmp_path, {"power_sample": rows})
    ticks = [row["power_w"] for row in lake.run("power/ticks").records() if row["is_whole"]]
    assert ticks == sums
    [row] = lake.run("power/headroom").records()
    assert (row["samples"], row["mean_w"]) == (len(sums), pytest.approx(np.mean(sums)))
    assert row["peak_ratio"] == pytest.approx(max(sums) / (700 * gpus))


def test_what_is_further_apart_than_a_second_is_no_poll(tmp_path: Path) -> None:
    rows = [
        {"entity_id": f"g{g}", "entity_kind": "gpu", "sampled_us": (60_000 * k + 1_200 * g) * 1000, "power_w": 1.0, "provisioned_w": 2.0}
        for k in range(20)
        for g in range(2)
    ]
    found = make_tables(tmp_path, {"power_sample": rows}).run("power/ticks").records()
    # They meet in ticks of the median step, a minute, as entities do that are not polled together.
    assert [(row["tick_us"], row["is_whole"]) for row in found] == [(60_000_000 * k, True) for k in range(20)]


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
