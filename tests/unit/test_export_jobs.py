"""Replay files of jobs and of use, read again by the standard library and by pyarrow, and held against hand-made rows."""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import json
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from handmade import make_tables

from tracekit.api import Lake
from tracekit.errors import DataError, NothingMatchedError, UsageError
from tracekit.export.formats import formats

S = 1_000_000
JOBS: list[dict[str, Any]] = [
    {
        "job_id": "a",
        "user_id": "zoe",
        "queue": "7",
        "submitted_us": 5 * S,
        "started_us": 9 * S,
        "ended_us": 69 * S,
        "cpus": 2.5,
        "gpus": 0.5,
        "memory_mb": 3000.0,
        "status": "completed",
        "job_type": "t\tx",
        "cpu_ratio_mean": 0.25,
    },
    {
        "job_id": "b",
        "user_id": "amy",
        "queue": "3",
        "submitted_us": 5 * S + 600_000,
        "started_us": 9 * S,
        "ended_us": None,
        "run_s": 10.4,
        "cpus": None,
        "gpus": 2.0,
        "memory_mb": None,
        "status": "failed",
    },
    {
        "job_id": "c",
        "user_id": None,
        "queue": "3",
        "submitted_us": 11 * S,
        "started_us": None,
        "ended_us": None,
        "run_s": None,
        "cpus": 4.0,
        "gpus": None,
        "memory_mb": 100.0,
        "status": "cancelled",
    },
    {
        "job_id": "a",
        "user_id": "zoe",
        "queue": "3",
        "submitted_us": 12 * S,
        "started_us": 12 * S,
        "ended_us": 72 * S,
        "cpus": 1.0,
        "gpus": 0.0,
        "memory_mb": 10.0,
        "status": "running",
    },
    {"job_id": "e", "submitted_us": None, "started_us": 1, "ended_us": 2, "cpus": 1.0, "status": "completed"},
]
JOB_FORMATS = sorted(name for name, form in formats().items() if form.tables == ("cluster_job",))


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return make_tables(tmp_path / "lake", {"cluster_job": sorted(JOBS, key=lambda job: (job["submitted_us"] is None, job["submitted_us"]))})


@pytest.mark.parametrize("to", JOB_FORMATS)
def test_the_record_adds_up(to: str, lake: Lake, tmp_path: Path) -> None:
    path = tmp_path / f"x{formats()[to].suffix or ''}"
    made = lake.export("handmade", to, path)
    assert json.loads((tmp_path / f"{path.name}.export.json").read_text()) == made
    rows = dict(made["rows"])
    assert rows.pop("trace") == sum(rows.values()) == len(JOBS)
    assert rows["without_instant"] == 1
    files = [path] if path.is_file() else [p for p in path.rglob("*") if p.is_file()]
    assert made["file"]["bytes"] == sum(file.stat().st_size for file in files)
    told = {entry["name"]: entry["sha256"] for entry in made["file"].get("files", [])} or {path.name: made["file"]["sha256"]}
    assert sorted(told.values()) == sorted(hashlib.sha256(file.read_bytes()).hexdigest() for file in files)
    again = tmp_path / "again" / path.name
    again.parent.mkdir()
    assert lake.export("handmade", to, again)["file"] == made["file"]


@pytest.mark.parametrize("to", ["opendc", "swf"])
def test_what_is_in_the_way_stays_until_forced(to: str, lake: Lake, tmp_path: Path) -> None:
    path = tmp_path / f"x{formats()[to].suffix or ''}"
    made = lake.export("handmade", to, path)
    with pytest.raises(UsageError, match="exists already"):
        lake.export("handmade", to, path)
    with pytest.raises(NothingMatchedError, match="no row in the window"):
        lake.export("handmade", to, path, start_s=1000, force=True)
    assert path.exists()
    assert lake.export("handmade", to, path, force=True) == made
    assert sorted(p.name for p in tmp_path.iterdir()) == ["lake", path.name, f"{path.name}.export.json"]


def test_a_folder_is_not_written_over_a_file(lake: Lake, tmp_path: Path) -> None:
    (tmp_path / "x").write_text("mine")
    with pytest.raises(UsageError, match="this format is a folder"):
        lake.export("handmade", "wta", tmp_path / "x", force=True)


def test_a_table_that_the_trace_lacks_is_named(lake: Lake, tmp_path: Path) -> None:
    with pytest.raises(NothingMatchedError, match="no resource_sample rows"):
        lake.export("handmade", "cloudsim-planetlab", tmp_path / "x")


def test_swf(lake: Lake, tmp_path: Path) -> None:
    lake.export("handmade", "swf", tmp_path / "x.swf")
    lines = (tmp_path / "x.swf").read_text().splitlines()
    assert lines[0] == "; Version: 2.2"
    rows = [[int(cell) for cell in line.split()] for line in lines if not line.startswith(";")]
    assert {len(row) for row in rows} == {18}
    # job, submit, wait, run, processors, cpu time, memory; requested processors, time, kB; status, user, group, executable, queue
    assert rows[0][:15] == [1, 0, 4, 60, 3, -1, -1, 3, -1, 1_000_000, 1, 2, -1, -1, 7]
    assert rows[1][:15] == [2, 1, 3, 10, 2, -1, -1, 2, -1, -1, 0, 1, -1, -1, 3]
    assert rows[2][:15] == [3, 6, -1, -1, 4, -1, -1, 4, -1, 25_000, 5, -1, -1, -1, 3]
    assert rows[3][:15] == [4, 7, 0, 60, 1, -1, -1, 1, -1, 10_000, -1, 2, -1, -1, 3]


def test_batsim(lake: Lake, tmp_path: Path) -> None:
    made = lake.export("handmade", "batsim", tmp_path / "x.json", rate_scale=2)
    document = json.loads((tmp_path / "x.json").read_text())
    found = [(j["id"], j["subtime"], j["res"], document["profiles"][j["profile"]]["delay"]) for j in document["jobs"]]
    # Two jobs are called a: they are numbered, the other keeps its name; the job that never ran is left out.
    assert found == [("1", 0.0, 3, 60.0), ("b", 0.3, 2, 10.4), ("3", 3.5, 1, 60.0)]
    assert document["nb_res"] == 3
    assert len(document["profiles"]) == 2
    assert made["rows"]["without_values"] == 1


def test_gavel(lake: Lake, tmp_path: Path) -> None:
    made = lake.export("handmade", "gavel", tmp_path / "x.trace")
    rows = [line.split("\t") for line in (tmp_path / "x.trace").read_text().splitlines()]
    assert rows == [["t x", "true", "-n", "0", "60", "0.0", "1"], ["job", "true", "-n", "0", "10", "0.6", "2"]]
    assert {"field": "job_type", "how": "job", "rows": 1} in made["invented"]


def test_kubernetes_pods(lake: Lake, tmp_path: Path) -> None:
    lake.export("handmade", "k8s-scheduler-simulator", tmp_path / "x.csv")
    rows = list(csv.DictReader((tmp_path / "x.csv").read_text().splitlines()))
    assert rows[0] == {
        "name": "a",
        "cpu_milli": "2500",
        "memory_mib": "2861",
        "num_gpu": "1",
        "gpu_milli": "500",
        "gpu_spec": "",
        "qos": "LS",
        "pod_phase": "Succeeded",
        "creation_time": "0",
        "deletion_time": "64",
        "scheduled_time": "4",
    }
    # The second has no end published: it starts 4 s after the first was submitted and runs for 10.4 s.
    assert [row["deletion_time"] for row in rows] == ["64", "14", "", "67"]
    assert [row["pod_phase"] for row in rows] == ["Succeeded", "Failed", "Failed", "Running"]


def test_opendc_with_and_without_samples(tmp_path: Path) -> None:
    samples = [
        {"entity_id": "a", "entity_kind": "job", "sampled_us": 9 * S, "width_s": 20.0, "cpu_ratio": 0.5},
        {"entity_id": "a", "entity_kind": "job", "sampled_us": 29 * S, "width_s": 40.0, "cpu_ratio": 0.125},
    ]
    jobs = [JOBS[0], {**JOBS[3], "job_id": "d"}]
    anchor = dt.datetime(2022, 3, 1)
    for name, tables, fragments in (
        ("with", {"cluster_job": jobs, "resource_sample": samples}, [(0, 20_000, 1500.0), (0, 40_000, 375.0), (1, 60_000, 1000.0)]),
        ("without", {"cluster_job": jobs}, [(0, 60_000, 750.0), (1, 60_000, 1000.0)]),
    ):
        lake = make_tables(tmp_path / name, tables, anchor)
        made = lake.export("handmade", "opendc", tmp_path / f"{name}-out")
        tasks = pq.read_table(tmp_path / f"{name}-out" / "tasks.parquet")
        zero_ms = int(anchor.replace(tzinfo=dt.UTC).timestamp() * 1000)
        assert list(zip(*tasks.to_pydict().values(), strict=True)) == [
            (0, zero_ms + 5_000, 60_000, 3, 3000.0, 3000),
            (1, zero_ms + 12_000, 60_000, 1, 1000.0, 10),
        ]
        found = pq.read_table(tmp_path / f"{name}-out" / "fragments.parquet")
        assert list(zip(*found.to_pydict().values(), strict=True)) == fragments
        assert [entry["rows"] for entry in made["invented"] if entry["field"] == "cpu_usage"] == ([] if name == "with" else [1])


def test_workflow_archive(lake: Lake, tmp_path: Path) -> None:
    lake.export("handmade", "wta", tmp_path / "x")
    rows = pq.read_table(tmp_path / "x" / "tasks" / "schema-1.0" / "part.0.parquet").to_pylist()
    kept = ("id", "ts_submit", "runtime", "resource_type", "resource_amount_requested", "user_id", "wait_time", "parents", "workflow_id")
    assert [tuple(row[name] for name in kept) for row in rows] == [
        (1, 0, 60_000, "CPU", 2.5, 2, 4_000, [], 1),
        (2, 600, 10_400, "GPU", 2.0, 1, 3_400, [], 2),
        (3, 7_000, 60_000, "CPU", 1.0, 2, 0, [], 3),
    ]


def test_planetlab_files(tmp_path: Path) -> None:
    use = [("vm/1", 0, 0.094), ("vm2", 0, 1.7), ("vm/1", 300, None), ("vm/1", 600, 0.095), ("vm2", 300, 0.0)]
    samples = [
        {"entity_id": name, "entity_kind": "vm", "sampled_us": at * S, "width_s": 300.0, "cpu_ratio": ratio}
        for name, at, ratio in sorted(use, key=lambda sample: sample[1])
    ]
    made = make_tables(tmp_path / "lake", {"resource_sample": samples}).export("handmade", "cloudsim-planetlab", tmp_path / "x")
    assert {p.name: p.read_text() for p in (tmp_path / "x").iterdir()} == {"vm_1": "9\n10\n", "vm2": "100\n0\n"}
    assert made["rows"]["without_values"] == 1
    clash = [{**samples[0], "entity_id": "vm 1"}, {**samples[0], "entity_id": "vm/1"}]
    with pytest.raises(DataError, match="would be the same file vm_1"):
        make_tables(tmp_path / "clash", {"resource_sample": clash}).export("handmade", "cloudsim-planetlab", tmp_path / "y")
    assert not (tmp_path / "y").exists()
