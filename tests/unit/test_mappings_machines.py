"""Mappings of virtual machines, agents' containers and benchmarks against plain Python over the raw text."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pytest
from raw_records import SAMPLES, json_records, kind_of, mapped, plain_rows, positional_rows

from tracekit.ingest.json_values import values_of
from tracekit.ingest.plan import make_plan
from tracekit.sources.files import RawColumn
from tracekit.sources.load import source

AGENT = SAMPLES / "agentcgroup" / "set_a" / "task-1"
SCALE = {"B": 1e-6, "MB": 1.0, "GB": 1e3}
EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


def test_agent_memory_is_what_is_used_in_megabytes() -> None:
    raw = json_records(AGENT / "attempt_2" / "resources.json", "samples")
    rows = mapped("agentcgroup", "resources", raw, "resource_sample", task="task-1", attempt="2")
    for row, r in zip(rows, raw, strict=True):
        used = str(r["mem_usage"]).split(" / ")[0]
        unit = used.lstrip("0123456789.")
        assert row["memory_mb"] == pytest.approx(float(used.removesuffix(unit)) * SCALE[unit])
        assert row["sampled_us"] == pytest.approx(float(r["epoch"]) * 1e6, abs=1)  # type: ignore[arg-type]
        assert row["cpu_cores"] == float(str(r["cpu_percent"]).rstrip("%")) / 100
        assert row["entity_id"] == "task-1/2"
    assert rows[0]["memory_mb"] == 0


def test_agent_clocks_are_one() -> None:
    raw = json.loads((AGENT / "attempt_1" / "results.json").read_text())
    flat = {
        **raw,
        "claude_output.exit_code": raw["claude_output"]["exit_code"],
        "resource_samples.samples": raw["resource_samples"]["samples"],
    }
    [task] = mapped("agentcgroup", "results", [flat], "agent_task", task="task-1", attempt="1", _is_latest="false")
    local = dt.datetime.fromisoformat(raw["start_time"]).replace(tzinfo=dt.UTC)
    assert task["started_us"] == (local + dt.timedelta(hours=8) - EPOCH) // dt.timedelta(microseconds=1)
    assert (task["attempt"], task["is_last_attempt"], task["is_ok"], task["setup_s"]) == (1, False, False, pytest.approx(8.4))
    calls = json_records(AGENT / "attempt_1" / "tool_calls.json", ".")
    for row in mapped("agentcgroup", "tool-calls", calls, "tool_call", task="task-1", attempt="1"):
        assert task["started_us"] <= row["started_us"] <= row["ended_us"] <= task["ended_us"]  # type: ignore[operator]


def test_last_attempt_is_told_by_the_files(tmp_path: Path) -> None:
    plan = make_plan(source("agentcgroup"), [SAMPLES / "agentcgroup"], tmp_path)
    found = {(f.labels["task"], f.labels["attempt"]): f.labels["_is_latest"] for f in plan.files if f.kind.name == "results"}
    assert found == {(t, a): str((t, a) != ("task-1", "1")).lower() for t, a in found}
    assert ("task-1", "2") in found


def test_nested_value_is_found_by_dots() -> None:
    column = RawColumn("a.b", "BIGINT", optional=True)
    for record, expected in (({"a": {"b": 3}}, [3]), ({"a.b": 4}, [4]), ({"a": None}, [None]), ({}, [None])):
        assert values_of(record, (column,)) == expected
    assert values_of({"a": {}}, (RawColumn("a.b", "BIGINT"),)) == "'a.b' is missing"


@pytest.mark.parametrize("year", ["2017", "2019"])
def test_azure_machines(year: str) -> None:
    dataset = f"azure-vm-{year}"
    raw = positional_rows(SAMPLES / dataset / "vmtable.csv", kind_of(dataset, "vms"))
    for row, r in zip(mapped(dataset, "vms", raw, "cluster_job"), raw, strict=True):
        is_open = r["cores"].startswith(">")
        assert row["cpus"] == (None if is_open else float(r["cores"]))
        assert row["memory_mb"] == (None if r["memory"].startswith(">") else pytest.approx(float(r["memory"]) * 2**30 / 1e6))
        assert (row["started_us"], row["ended_us"]) == (int(r["created"]) * 10**6, int(r["deleted"]) * 10**6)
        assert row["status"] == ("running" if r["deleted"] == "2591700" else "completed")
        assert row["cpu_ratio_p95"] == float(r["p95maxcpu"]) / 100
        assert row["job_type"] == r["category"].replace("Unkown", "Unknown")


def test_bitbrains() -> None:
    path = SAMPLES / "bitbrains" / "fastStorage" / "2.csv"
    lines = [line.split(";\t") for line in path.read_text().splitlines()]
    raw = [dict(zip(lines[0], line, strict=True)) for line in lines[1:]]
    for row, r in zip(mapped("bitbrains", "vm", raw, "resource_sample", vm="2"), raw, strict=True):
        assert row["sampled_us"] == int(r["Timestamp [ms]"]) * 1_000_000
        assert row["cpu_ratio"] == float(r["CPU usage [%]"]) / 100
        assert row["cpu_cores"] == pytest.approx(float(r["CPU usage [%]"]) / 100 * int(r["CPU cores"]))
        assert row["memory_mb"] == pytest.approx(float(r["Memory usage [KB]"]) * 1024 / 1e6)


def test_vmnoise_is_keyed_by_its_path(tmp_path: Path) -> None:
    plan = make_plan(source("azure-vmnoise"), [SAMPLES / "azure-vmnoise"], tmp_path)
    file = next(f for f in plan.files if "B8ms" in f.name and "Redis" in f.name)
    assert file.labels["test"] == "Test:_SADD_-_Parallel_Connections:_50"
    raw = plain_rows(file.path)
    for row, r in zip(mapped("azure-vmnoise", "results", raw, "benchmark_result", **file.labels), raw, strict=True):
        assert (row["value"], row["unit"], row["is_higher_better"]) == (float(r["value"]), "Requests Per Second", True)
        assert row["machine_id"] == f"long/eastus/B8ms/{r['VM_id']}"
        at = dt.datetime.fromisoformat(r["starttime"]).replace(tzinfo=dt.UTC)
        assert row["measured_us"] == (at - EPOCH) // dt.timedelta(microseconds=1)


def test_perfcastdb_units_stand_in_names() -> None:
    raw = plain_rows(SAMPLES / "perfcastdb" / "train_data.csv")
    rows = mapped("perfcastdb", "results", raw, "benchmark_result")
    assert {(r["unit"], r["is_higher_better"]) for r in rows} == {("MB/s", True), ("ns", False), (None, True)}
    assert [r["value"] for r in rows] == [float(r["RESULT.Value"]) for r in raw]


def test_planetlab_lines_are_steps() -> None:
    raw = [{"_number": i, "percent": p} for i, p in enumerate((0, 7, 29, 100), 1)]
    rows = mapped("planetlab", "machines", raw, "resource_sample", entity="a b")
    assert [(r["sampled_us"], r["cpu_ratio"]) for r in rows] == [(0, 0.0), (300_000_000, 0.07), (600_000_000, 0.29), (900_000_000, 1.0)]


@pytest.mark.parametrize(("name", "suffix"), [("nounits", " [W]"), ("units", " [W]"), ("bare", "")])
def test_nvidia_smi_dialects(name: str, suffix: str) -> None:
    raw = plain_rows(SAMPLES / "nvidia-smi" / f"{name}.csv")
    rows = mapped("nvidia-smi", "gpu", raw, "power_sample")
    for row, r in zip(rows, raw, strict=True):
        cell = r["power.draw" + suffix].strip().removesuffix(" W")
        assert row["power_w"] == (None if cell == "[N/A]" else float(cell))
        at = dt.datetime.strptime(r["timestamp"], "%Y/%m/%d %H:%M:%S.%f").replace(tzinfo=dt.UTC)
        assert row["sampled_us"] == (at - EPOCH) // dt.timedelta(microseconds=1)
    assert {r["entity_id"] for r in rows} == {"nounits": {"GPU-0", "GPU-1"}, "units": {"0", "1"}, "bare": {"gpu"}}[name]
    assert any(r["power_w"] is None for r in rows) == (name != "units")
