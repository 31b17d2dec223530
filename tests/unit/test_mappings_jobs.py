"""Mappings of the job logs against plain Python over the raw files."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from raw_records import SAMPLES, json_records, mapped, plain_rows

from tracekit.api import Lake
from tracekit.ingest.run import ingest
from tracekit.lake.manifest import read_manifests
from tracekit.sources.load import source

DLRM, SPOT, SWF, OPENDC = "alibaba-dlrm-2025", "alibaba-spot-2026", "swf", "opendc"


def _us(text: str) -> int | None:
    return round(float(text) * 1e6) if text else None


def test_dlrm_instances() -> None:
    raw = plain_rows(SAMPLES / DLRM / "disaggregated_DLRM_trace.csv")
    for row, r in zip(mapped(DLRM, "instances", raw, "cluster_job"), raw, strict=True):
        instants = [_us(r[name]) for name in ("creation_time", "scheduled_time", "deletion_time")]
        assert [row["submitted_us"], row["started_us"], row["ended_us"]] == instants
        assert (row["job_id"], row["app_id"], row["job_type"]) == (r["instance_sn"], r["app_name"], r["role"])
        assert (row["cpus"], row["gpus"], row["nodes"]) == (float(r["cpu_request"]), float(r["gpu_request"]), 1)
        assert row["memory_mb"] == pytest.approx(float(r["memory_request"]) * 2**30 / 10**6)
        assert row["status"] == "unknown"
    assert {r["creation_time"] == "" for r in raw} == {r["deletion_time"] == "" for r in raw} == {True, False}


def test_spot_jobs_are_totals_over_their_workers() -> None:
    raw = plain_rows(SAMPLES / SPOT / "job_info_df.csv")
    for row, r in zip(mapped(SPOT, "jobs", raw, "cluster_job"), raw, strict=True):
        workers = int(r["worker_num"])
        assert (row["cpus"], row["gpus"]) == (int(r["cpu_request"]) * workers, int(r["gpu_request"]) * workers)
        assert (row["submitted_us"], row["run_s"], row["user_id"]) == (_us(r["submit_time"]), float(r["duration"]), r["organization"])
        assert (row["job_type"], row["gpu_model"], row["status"]) == (r["job_type"], r["gpu_model"], "unknown")
    nodes = plain_rows(SAMPLES / SPOT / "node_info_df.csv")
    found = [(row["machine_id"], row["gpus"], row["cpus"], row["gpu_model"]) for row in mapped(SPOT, "nodes", nodes, "machine")]
    assert found == [(r["node_name"], float(r["gpu_capacity_num"]), float(r["cpu_num"]), r["gpu_model"]) for r in nodes]


def _swf(path: Path) -> list[dict[str, str]]:
    names = [column.name for column in source(SWF).files[0].columns][:18]
    lines = [line.split() for line in path.read_text().splitlines() if line.strip() and not line.startswith(";")]
    return [dict(zip(names, line, strict=True)) | {"Computer": "", "MaxNodes": "", "MaxProcs": "128"} for line in lines]


@pytest.mark.parametrize("name", ["sample-sp2", "sample-other-tool"])
def test_swf_jobs(name: str) -> None:
    raw = _swf(SAMPLES / SWF / f"{name}.swf")
    words = {"1": "completed", "0": "failed", "5": "cancelled"}
    jobs = [r for r in raw if r["status"] not in ("2", "3", "4")]
    for row, r in zip(mapped(SWF, "log", raw, "cluster_job"), jobs, strict=True):
        known = {
            key: None if float(r[key]) == -1 else float(r[key]) for key in ("procs", "procs_requested", "cpu_time", "memory_requested")
        }
        submit, wait, run = (float(r[key]) for key in ("submit", "wait", "run"))
        assert row["submitted_us"] == round(submit * 1e6)
        assert row["started_us"] == round((submit + wait) * 1e6)
        assert row["ended_us"] == round((submit + wait + run) * 1e6)
        assert str(row["wait_s"]) == str(abs(wait))
        assert row["cpus"] == (known["procs_requested"] if known["procs"] is None else known["procs"])
        assert row["cpu_ratio_mean"] == (None if known["cpu_time"] is None else pytest.approx(known["cpu_time"] / run))
        memory = None if known["memory_requested"] is None else known["memory_requested"] * float(r["procs_requested"]) * 1024 / 10**6
        assert row["memory_mb"] == (None if memory is None else pytest.approx(memory))
        assert row["status"] == words.get(r["status"], "unknown")
        assert row["source_status"] == (None if r["status"] == "-1" else r["status"])
        assert (row["user_id"], row["queue"]) == tuple(None if r[key] == "-1" else r[key] for key in ("user", "queue"))
    assert [row["cpus"] for row in mapped(SWF, "log", raw, "machine")] == [128.0]


def test_swf_partial_executions_are_no_jobs(ingest_file: Callable[..., Lake]) -> None:
    # A job of 100 s on 4 processors, in two pieces of 40 and 60 s with 50 s between them, and a job of one piece.
    lines = ["7 0 10 100 4 -1 -1 4 -1 -1 1 1 -1 1 1 -1 -1 -1", "7 0 10 40 4 -1 -1 4 -1 -1 2 1 -1 1 1 -1 -1 -1"]
    lines += ["7 0 100 60 4 -1 -1 4 -1 -1 3 1 -1 1 1 -1 -1 -1", "8 20 0 30 2 -1 -1 2 -1 -1 0 1 -1 1 1 -1 -1 -1"]
    lake = ingest_file("swf", "pieces.swf", "; MaxProcs: 8\n" + "\n".join(lines) + "\n")
    assert lake.sql("SELECT job_id, status FROM cluster_job ORDER BY source_row").rows() == [("7", "completed"), ("8", "failed")]
    pieces = "SELECT job_id, started_us, ended_us, cpus, status, source_status FROM placement ORDER BY source_row"
    assert lake.sql(pieces).rows() == [
        ("7", 10_000_000, 50_000_000, 4.0, "preempted", "2"),
        ("7", 100_000_000, 160_000_000, 4.0, "completed", "3"),
    ]
    assert sum(row["jobs"] for row in lake.run("cluster/job_status", {"dataset": "swf"}).records()) == 2
    # Never more than both jobs at once: 4 + 2 processors.
    running = lake.run("cluster/running", {"dataset": "swf"}).records()
    assert max(row["running"] for row in running if row["resource"] == "cpus") == 6.0
    [manifest] = read_manifests(lake.layout, "swf")
    assert (manifest.tables["cluster_job"].barren, manifest.tables["placement"].barren) == (2, 2)


def test_opendc_fragments_follow_one_another(demo_lake: Path) -> None:
    folder = SAMPLES / OPENDC / "sample-week"
    tasks = {task["id"]: task for task in pq.read_table(folder / "tasks.parquet").to_pylist()}
    zero = min(task["submission_time"] for task in tasks.values())
    at = {key: task["submission_time"] - zero for key, task in tasks.items()}
    expected = []
    for piece in pq.read_table(folder / "fragments.parquet").to_pylist():
        task = tasks[piece["id"]]
        expected.append((str(piece["id"]), at[piece["id"]] * 1000, piece["duration"] / 1000, piece["cpu_usage"] / task["cpu_capacity"]))
        at[piece["id"]] += piece["duration"]
    found = Lake(demo_lake).sql(
        "SELECT entity_id, sampled_us, width_s, cpu_ratio FROM resource_sample WHERE dataset = 'opendc' ORDER BY source_row"
    )
    assert list(found.rows()) == expected
    jobs = Lake(demo_lake).sql("SELECT job_id, submitted_us, run_s, cpus FROM cluster_job WHERE dataset = 'opendc'").rows()
    assert sorted(jobs) == sorted((str(k), (t["submission_time"] - zero) * 1000, t["duration"] / 1000, 16.0) for k, t in tasks.items())


def test_a_fragment_without_its_task_is_rejected_and_counted(tmp_path: Path) -> None:
    raw = tmp_path / "week"
    raw.mkdir()
    task = {"id": [1, 1], "submission_time": [5_000, 9_000], "duration": [10, 10], "cpu_count": [2, 2]}
    pq.write_table(pa.table({**task, "cpu_capacity": [100.0, 50.0], "mem_capacity": [1, 1]}), raw / "tasks.parquet")
    pieces = {"id": [1, 2, 1], "duration": [1_000, 1_000, 500], "cpu_usage": [50.0, 1.0, 25.0]}
    pq.write_table(pa.table(pieces), raw / "fragments.parquet")
    ingest(source(OPENDC), [raw], tmp_path / "lake", macros=[])
    lake = Lake(tmp_path / "lake")
    # The first record of a task that stands twice is the one that counts.
    assert lake.sql("SELECT sampled_us, cpu_ratio FROM resource_sample ORDER BY 1").rows() == [(0, 0.5), (1_000_000, 0.25)]
    count = read_manifests(lake.layout)[0].tables["resource_sample"]
    assert (count.records, count.converted, count.rejected, count.dropped) == (3, 2, 1, 0)


@pytest.mark.parametrize("name", ["seren", "kalos"])
def test_acme_jobs(name: str) -> None:
    raw = plain_rows(SAMPLES / "acme" / f"trace_{name}.csv")
    words = {"COMPLETED": "completed", "CANCELLED": "cancelled", "FAILED": "failed", "NODE_FAIL": "failed", "TIMEOUT": "timeout"}
    for row, r in zip(mapped("acme", "jobs", raw, "cluster_job"), raw, strict=True):
        instants = [
            round(dt.datetime.fromisoformat(r[key]).timestamp() * 1e6) if r[key] else None
            for key in ("submit_time", "start_time", "end_time")
        ]
        assert [row["submitted_us"], row["started_us"], row["ended_us"]] == instants
        assert (row["run_s"], row["wait_s"], row["status"]) == (float(r["duration"]), float(r["queue"]), words[r["state"]])
        assert (row["gpus"], row["cpus"], row["nodes"]) == (float(r["gpu_num"]), float(r["cpu_num"]), int(r["node_num"]))
        memory = r.get("mem_per_pod_GB")
        assert row["memory_mb"] == (float(memory) * int(r["node_num"]) * 1000 if memory else None)


def test_an_instant_that_is_none_costs_its_record(ingest_file: Callable[..., Lake]) -> None:
    text = (SAMPLES / "acme" / "trace_seren.csv").read_text().splitlines()[:4]
    text[2] = text[2].replace("2023-03-01", "yesterday")
    lake = ingest_file("acme", "trace_seren.csv", "\n".join(text) + "\n")
    assert lake.sql("SELECT source_row FROM cluster_job ORDER BY 1").rows() == [(1,), (3,)]


@pytest.mark.parametrize("cluster", ["Earth", "Venus"])
def test_helios_jobs(cluster: str) -> None:
    raw = plain_rows(SAMPLES / "helios" / cluster / "cluster_log.csv")
    words = {"COMPLETED": "completed", "CANCELLED": "cancelled", "FAILED": "failed", "NODE_FAIL": "failed", "TIMEOUT": "timeout"}
    for row, r in zip(mapped("helios", "jobs", raw, "cluster_job"), raw, strict=True):
        found = [_printed(row[f"{name}_us"]) for name in ("submitted", "started", "ended")]
        assert found == [r["submit_time"], r["start_time"], r["end_time"]]
        assert (row["queue"], row["user_id"], row["status"]) == (r["vc"], r["user"], words[r["state"]])
        assert (row["gpus"], row["cpus"], row["nodes"]) == (float(r["gpu_num"]), float(r["cpu_num"]), int(r["node_num"]))
        assert (row["run_s"], row["wait_s"]) == (float(r["duration"]), float(r["queue"]))


def _printed(us: object) -> str:
    return str(dt.datetime(1970, 1, 1) + dt.timedelta(microseconds=int(str(us))))


def _pacific(text: str | None) -> int | None:
    """Microseconds of Pacific time; the sample's jobs all lie in summer time."""
    return None if text is None else round((dt.datetime.fromisoformat(text + "-07:00")).timestamp() * 1e6)


def test_philly_jobs_and_their_attempts() -> None:
    raw = json_records(SAMPLES / "philly" / "cluster_job_log.json", ".")
    words = {"Pass": "completed", "Killed": "cancelled", "Failed": "failed"}
    placed = []
    for number, (row, r) in enumerate(zip(mapped("philly", "jobs", raw, "cluster_job"), raw, strict=True), 1):
        tries: list[Any] = r["attempts"]  # type: ignore[assignment]
        assert (row["job_id"], row["queue"], row["status"]) == (r["jobid"], r["vc"], words[str(r["status"])])
        assert row["attempts"] == len(tries)
        assert row["submitted_us"] == _pacific(str(r["submitted_time"]))
        assert row["started_us"] == (_pacific(tries[0]["start_time"]) if tries else None)
        assert row["ended_us"] == (_pacific(tries[-1]["end_time"]) if tries else None)
        assert row["gpus"] == (sum(len(piece["gpus"]) for piece in tries[0]["detail"]) if tries else None)
        for attempt, each in enumerate(tries, 1):
            instants = _pacific(each["start_time"]), _pacific(each["end_time"])
            placed += [(number, r["jobid"], attempt, piece["ip"], *instants, float(len(piece["gpus"]))) for piece in each["detail"]]
    names = ("source_row", "job_id", "attempt", "machine_id", "started_us", "ended_us", "gpus")
    assert [tuple(row[name] for name in names) for row in mapped("philly", "jobs", raw, "placement")] == placed
    assert {len(r["attempts"]) for r in raw} == {0, 1, 2, 3}  # type: ignore[arg-type]


def test_philly_says_summer_or_winter_time() -> None:
    cells = {f"gpu{i}": "NA" for i in range(8)} | {"machineId": "m1", "gpu2": "50"}
    raw = [{**cells, "time": f"2017-11-05 01:30:00 {zone}"} for zone in ("PDT", "PST")]
    rows = mapped("philly", "gpu_util", raw, "resource_sample")
    # The same hour twice, an hour apart.
    assert [_printed(row["sampled_us"]) for row in rows] == ["2017-11-05 08:30:00", "2017-11-05 09:30:00"]
    assert [(row["gpu_index"], row["gpu_ratio"], row["entity_id"]) for row in rows] == [(2, 0.5, "m1")] * 2
