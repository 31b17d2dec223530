"""Mappings of the cluster sources against plain Python over the raw text."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from raw_records import SAMPLES, kind_of, mapped, plain_rows, records

from tracekit.api import Lake
from tracekit.lake.manifest import read_manifests
from tracekit.sources.load import source

OPENB, POWER = "alibaba-gpu-2023", "gpu-training-power"
PODS = SAMPLES / OPENB / "openb_pod_list_sample.csv"
WORDS = {"Running": "running", "Pending": "pending", "Failed": "failed", "Succeeded": "completed"}
BLANK = " "


def test_openb_pods() -> None:
    raw = plain_rows(PODS)
    for row, r in zip(mapped(OPENB, "pods", raw, "cluster_job"), raw, strict=True):
        gpus = Fraction(int(r["num_gpu"])) if int(r["num_gpu"]) > 1 else Fraction(int(r["num_gpu"]) * int(r["gpu_milli"]), 1000)
        assert row["gpus"] == float(gpus)
        assert row["cpus"] == int(r["cpu_milli"]) / 1000
        assert row["memory_mb"] == pytest.approx(int(r["memory_mib"]) * 2**20 / 10**6)
        assert (row["job_id"], row["priority"], row["gpu_model"]) == (r["name"], r["qos"], r["gpu_spec"] or None)
        assert (row["status"], row["source_status"]) == (WORDS[r["pod_phase"]], r["pod_phase"])
        assert row["submitted_us"] == int(r["creation_time"]) * 1_000_000
        # A phase is a snapshot: a pod that was Running or Pending then has its deletion time all the same.
        assert row["ended_us"] == int(r["deletion_time"]) * 1_000_000
        assert row["started_us"] == (int(r["scheduled_time"]) * 1_000_000 if r["scheduled_time"] else None)
    assert {r["pod_phase"] for r in raw} == set(WORDS)


@given(st.integers(0, 8), st.integers(0, 1000))
def test_openb_gpus_are_shares_only_of_a_single_gpu(count: int, milli: int) -> None:
    raw = {**plain_rows(PODS)[0], "num_gpu": str(count), "gpu_milli": str(milli)}
    expected = {0: 0.0, 1: milli / 1000}.get(count, float(count))
    assert mapped(OPENB, "pods", [raw], "cluster_job")[0]["gpus"] == expected


def test_openb_phase_out_of_the_list_is_unknown() -> None:
    [row] = mapped(OPENB, "pods", [{**plain_rows(PODS)[0], "pod_phase": "Evicted"}], "cluster_job")
    assert (row["status"], row["source_status"]) == ("unknown", "Evicted")


def test_openb_nodes() -> None:
    raw = plain_rows(SAMPLES / OPENB / "openb_node_list_all_node.csv")
    for row, r in zip(mapped(OPENB, "nodes", raw, "machine"), raw, strict=True):
        assert (row["machine_id"], row["gpus"], row["gpu_model"]) == (r["sn"], int(r["gpu"]), r["model"] or None)
        assert row["cpus"] == int(r["cpu_milli"]) / 1000
        assert row["memory_mb"] == pytest.approx(int(r["memory_mib"]) * 2**20 / 10**6)


def _power(name: str) -> tuple[str, int, float, list[dict[str, str]]]:
    gpus, watts = {"sample-8gpu.csv": (8, 700.0), "sample-2gpu.csv": (2, 250.0)}[name]
    return ("h100" if gpus == 8 else "titanx"), gpus, watts, plain_rows(SAMPLES / POWER / name)


def _micros(text: str) -> int:
    return (dt.datetime.strptime(text, "%Y/%m/%d %H:%M:%S.%f") - dt.datetime(1970, 1, 1)) // dt.timedelta(microseconds=1)


@pytest.mark.parametrize("name", ["sample-8gpu.csv", "sample-2gpu.csv"])
def test_power(name: str) -> None:
    kind, gpus, watts, raw = _power(name)
    # The cells keep the blank that stands before them, as they do in the file.
    assert raw[0]["power.draw [W]"].startswith(BLANK)
    for i, row in enumerate(mapped(POWER, kind, raw, "power_sample")):
        assert row["entity_id"] == f"gpu{i % gpus}"
        assert row["sampled_us"] == _micros(raw[i - i % gpus]["timestamp"])
        assert row["power_w"] == float(raw[i]["power.draw [W]"].replace("W", ""))
        assert (row["entity_kind"], row["parent_id"], row["provisioned_w"]) == ("gpu", "node0", watts)
    # The recording stops inside a tick.
    assert len(raw) % gpus == gpus - 1


@given(st.lists(st.integers(1, 8).map(lambda n: 16 * n), min_size=1, max_size=6))
def test_power_is_the_same_however_blocks_are_cut(sizes: list[int]) -> None:
    _, _, _, raw = _power("sample-8gpu.csv")
    mapping = source(POWER).mapping("h100")
    whole = mapping(records(kind_of(POWER, "h100"), raw)).collect().rows()
    cut: list[tuple[object, ...]] = []
    at = 0
    for size in [*sizes, len(raw)]:
        if piece := raw[at : at + size]:
            cut += mapping(records(kind_of(POWER, "h100"), piece, at + 1)).collect().rows()
        at += size
    assert cut == whole


def test_power_broken_record_costs_no_other() -> None:
    kind, _, _, raw = _power("sample-8gpu.csv")
    whole = mapped(POWER, kind, raw[:24], "power_sample")
    for broken in ({"timestamp": "noon"}, {"power.draw [W]": " a lot W"}, {"power.draw [W]": " 1.2 kW"}):
        # Record 9 is the first of the second tick, whose stamp the other seven take.
        rows = mapped(POWER, kind, [*raw[:8], {**raw[8], **broken}, *raw[9:24]], "power_sample")
        assert rows[8]["sampled_us"] is None
        others = [row for i, row in enumerate(rows) if i != 8]
        expected = [dict(row) for i, row in enumerate(whole) if i != 8]
        if "timestamp" in broken:
            # Their tick is then known by its first readable stamp.
            for row in expected[8:15]:
                row["sampled_us"] = _micros(raw[9]["timestamp"])
        assert others == expected


@pytest.mark.parametrize("word", ["[N/A]", "[Not Supported]"])
def test_power_sensor_without_a_reading_is_unknown(word: str) -> None:
    kind, _, _, raw = _power("sample-8gpu.csv")
    row = mapped(POWER, kind, [{**raw[0], "power.draw [W]": BLANK + word}, *raw[1:8]], "power_sample")[0]
    assert row["power_w"] is None
    assert row["sampled_us"] == _micros(raw[0]["timestamp"])


def test_power_unreadable_cell_is_kept_as_a_reject(ingest_file: Callable[..., Lake]) -> None:
    text = (SAMPLES / POWER / "sample-8gpu.csv").read_text().splitlines()
    text[9] = text[9].replace(" W,", " much,")
    lake = ingest_file(POWER, "x.csv", "\n".join(text) + "\n")
    [manifest] = read_manifests(lake.layout)
    assert manifest.tables["power_sample"].rejected == 1
    seen = Counter(row["entity_id"] for row in lake.table("power_sample").collect().to_dicts())
    assert seen["gpu0"] == seen["gpu1"] - 1
