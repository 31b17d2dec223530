"""Mappings of the serverless sources against plain Python over the raw text."""

from __future__ import annotations

import shutil
import zipfile
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from raw_records import SAMPLES, mapped, plain_rows

from tracekit.errors import NothingMatchedError
from tracekit.ingest.plan import make_plan
from tracekit.sources.load import source

AZURE, HUAWEI = "azure-functions-2021", "huawei-cold-start-2025"
COLD_STARTS = SAMPLES / HUAWEI / "cold_start"
FUNCTIONS = SAMPLES / HUAWEI / "runtime_triggerType" / "df_funcID_runtime_triggerType.csv"


def test_azure_functions() -> None:
    raw = plain_rows(SAMPLES / AZURE / "AzureFunctionsInvocationTraceForTwoWeeksJan2021.txt")
    for row, r in zip(mapped(AZURE, "invocations", raw, "function_invocation"), raw, strict=True):
        end, duration = Decimal(r["end_timestamp"]), Decimal(r["duration"])
        assert row["ended_us"] == round(end * 1_000_000)
        assert row["started_us"] == round((end - duration) * 1_000_000)
        assert row["duration_s"] == float(r["duration"])
        # A function's name is unique only within its app.
        assert (row["app_id"], row["function_id"]) == (r["app"], r["func"])


@given(st.integers(0, 1_209_600_000), st.integers(0, 43_200_000), st.integers(1, 20_000))
def test_azure_gap_of_whole_milliseconds_stays_exact(start_ms: int, duration_ms: int, gap_ms: int) -> None:
    # A keep-alive of 60 s sits exactly on the timers: a start must not be a microsecond off.
    starts = [start_ms, start_ms + gap_ms]
    raw = [{"app": "a", "func": "f", "end_timestamp": str((at + duration_ms) / 1000), "duration": str(duration_ms / 1000)} for at in starts]
    rows = mapped(AZURE, "invocations", raw, "function_invocation")
    assert [row["started_us"] for row in rows] == [at * 1000 for at in starts]


@pytest.mark.parametrize("path", sorted(COLD_STARTS.rglob("*.csv")), ids=lambda p: f"{p.parent.name}-{p.stem}")
def test_huawei_cold_starts(path: Path) -> None:
    raw = plain_rows(path)
    for row, r in zip(mapped(HUAWEI, "cold_starts", raw, "cold_start"), raw, strict=True):
        name, millicores, megabytes, _ = r["podID"].split("-")
        assert row["pool"] == f"{name}-{millicores}-{megabytes}"
        assert row["function_id"] == f"{r['funcName']}---{r['userID']}---{row['pool']}"
        assert (row["cpu_cores"], row["memory_mb"]) == (int(millicores) / 1000, float(megabytes))
        assert row["occurred_us"] == round(Decimal(r["time"]) * 1_000_000)
        assert row["occurred_us"] // 86_400_000_000 == int(r["day"])
        # Seconds, whatever the paper's table says: the parts add up to the total.
        parts = [row[name] for name in ("pod_allocation_s", "deploy_code_s", "deploy_dependency_s", "scheduling_s")]
        assert sum(parts) == pytest.approx(float(r["totalCost_cold_start"]), abs=1e-9)
        assert row["total_s"] == float(r["totalCost_cold_start"])


def test_huawei_one_request_may_start_several_pods() -> None:
    requests = [r["requestID"] for r in plain_rows(COLD_STARTS / "R2" / "day_00.csv")]
    assert len(set(requests)) < len(requests)


def test_huawei_cold_starts_meet_their_function() -> None:
    profile = {row["function_id"] for row in mapped(HUAWEI, "functions", plain_rows(FUNCTIONS), "function_profile")}
    cold = mapped(HUAWEI, "cold_starts", plain_rows(COLD_STARTS / "R2" / "day_00.csv"), "cold_start")
    assert {row["function_id"] for row in cold} <= profile


def test_huawei_functions() -> None:
    raw = plain_rows(FUNCTIONS)
    for row, r in zip(mapped(HUAWEI, "functions", raw, "function_profile"), raw, strict=True):
        assert row["function_id"] == r["funcID"]
        assert row["user_id"] == r["funcID"].split("---")[1]
        assert row["cpu_cores"] == int(r["cpu_request"]) / 1000
        assert row["memory_mb"] == float(r["funcID"].rsplit("-", 1)[1])
        assert (row["runtime"], row["trigger"]) == (r["runtime"], r["triggerType-invocationType"])


@pytest.mark.parametrize(
    ("trigger", "is_sync"),
    [
        ("APIG-S", True),
        ("TIMER-A", False),
        ("KAFKA-S APIG-S", True),
        ("APIG-S TIMER-A", None),
        ("unknown", None),
        ("unknown-unknown", None),
        ("APIG-S unknown", None),
        ("unknown-A", False),
        ("", None),
    ],
)
def test_huawei_is_sync_only_when_every_trigger_says_so(trigger: str, is_sync: bool | None) -> None:
    raw = [{"funcID": "1---2---pool22-300-128", "cpu_request": "100", "runtime": "Go1.x", "triggerType-invocationType": trigger}]
    assert mapped(HUAWEI, "functions", raw, "function_profile")[0]["is_sync"] is is_sync


@pytest.mark.parametrize("pool", ["custom", "pool22", "poolA-x-y", ""])
def test_huawei_odd_pool_is_unknown_and_does_not_stop_the_table(pool: str) -> None:
    raw = [{"funcID": f"1---2---{pool}", "cpu_request": "100", "runtime": "Custom", "triggerType-invocationType": "APIG-S"}]
    assert mapped(HUAWEI, "functions", raw, "function_profile")[0]["memory_mb"] is None
    cold = plain_rows(COLD_STARTS / "R1" / "day_00.csv")[:1]
    [row] = mapped(HUAWEI, "cold_starts", [{**cold[0], "podID": pool or "-"}], "cold_start")
    assert (row["pool"], row["function_id"], row["cpu_cores"], row["memory_mb"]) == (None, None, None, None)


def test_huawei_requests() -> None:
    raw = plain_rows(SAMPLES / HUAWEI / "per_request" / "R5" / "part_000.csv")
    without_frontend = 0
    for row, r in zip(mapped(HUAWEI, "requests", raw, "function_invocation"), raw, strict=True):
        assert row["started_us"] == round(Decimal(r["time_worker"]) * 1_000_000)
        assert row["ended_us"] == round((Decimal(r["time_worker"]) + Decimal(r["totalCost_worker"])) * 1_000_000)
        assert row["duration_s"] == pytest.approx(float(r["workerCost"]) + float(r["runtimeCost"]), abs=1e-6)
        assert row["client_s"] == (float(r["totalCost_frontend"]) if r["totalCost_frontend"] else None)
        assert row["request_bytes"] == (int(float(r["requestBodySize"])) if r["requestBodySize"] else None)
        assert (row["cpu_used_cores"], row["memory_used_mb"]) == (float(r["cpu_usage"]), float(r["memory_usage"]))
        without_frontend += row["client_s"] is None
    assert 0 < without_frontend < len(raw)


def _zip(path: Path, inner: str) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for day in ("day_00.csv", "day_01.csv"):
            archive.write(COLD_STARTS / "R1" / day, f"{inner}{day}")
    return path


@pytest.mark.parametrize("inner", ["R1/", ""])
def test_huawei_days_of_a_released_archive_are_one_trace(inner: str, tmp_path: Path) -> None:
    plan = make_plan(source(HUAWEI), [_zip(tmp_path / "R1.zip", inner)], tmp_path / "scratch")
    assert [(file.kind.name, file.trace) for file in plan.files] == [("cold_starts", "R1")] * 2


def test_huawei_takes_the_release_layout_and_leaves_the_rollups(tmp_path: Path) -> None:
    shutil.copytree(SAMPLES / HUAWEI, tmp_path / "raw")
    (tmp_path / "raw" / "rollups").mkdir()
    (tmp_path / "raw" / "rollups" / "summary.json").write_text("{}")
    plan = make_plan(source(HUAWEI), [tmp_path / "raw"], tmp_path / "scratch")
    found = sorted({(file.kind.name, file.trace) for file in plan.files})
    kinds = [("cold_starts", "R1"), ("cold_starts", "R2"), ("counts", "R2"), ("functions", "R2"), ("requests", "R2"), ("requests", "R5")]
    assert found == kinds
    assert plan.skipped[0][0] == "rollups/summary.json"
    assert all("on request" in reason for _, reason in plan.skipped[1:])


def test_huawei_region_is_not_guessed(tmp_path: Path) -> None:
    (tmp_path / "raw").mkdir()
    shutil.copy(COLD_STARTS / "R1" / "day_00.csv", tmp_path / "raw")
    with pytest.raises(NothingMatchedError, match="day_00"):
        make_plan(source(HUAWEI), [tmp_path / "raw"], tmp_path / "scratch")
