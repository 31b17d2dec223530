"""Mappings of measured cold starts, of benchmarks and of blob accesses against plain Python over the raw text; pickles that are refused."""

from __future__ import annotations

import datetime as dt
import json
import math
import pickle
import statistics
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from kept import kept_rejects
from raw_records import SAMPLES, kind_of, mapped, plain_rows, raw_rows

from tracekit.api import Lake
from tracekit.errors import DataError, UsageError
from tracekit.ingest.read_pickle import load_table
from tracekit.ingest.why import find_origin

PACSLAB, PERF, SEBS, BLOB, ENGINE = "pacslab-lambda", "lambda-perf", "sebs", "azure-functions-blob-2020", "ibm-code-engine-2026"


def test_measured_invocations() -> None:
    (path,) = (SAMPLES / PACSLAB).iterdir()
    raw = plain_rows(path)
    for row, r in zip(mapped(PACSLAB, "invocations", raw, "function_invocation"), raw, strict=True):
        # A double of seconds since 1970 is good to a quarter of a microsecond.
        assert abs(int(str(row["started_us"])) - Decimal(r["client_start_time"]) * 1_000_000) <= 1
        assert abs(int(str(row["ended_us"])) - Decimal(r["client_end_time"]) * 1_000_000) <= 1
        assert (row["pod_id"], row["request_id"]) == (r["exist_id"], r["new_id"])
        assert row["duration_s"] == pytest.approx(float(r["aws_duration"]) / 1000, rel=1e-12)
        assert row["client_s"] == float(r["client_elapsed_time"])
        assert row["is_cold"] is (r["is_cold"] == "True")
        assert row["memory_used_mb"] == float(r["aws_max_mem"])


@pytest.mark.parametrize("name", ["2022-09-04.json", "2023-09-04.json"])
def test_both_generations_of_keys(name: str) -> None:
    path = SAMPLES / PERF / name
    document = json.loads(path.read_text())
    raw = raw_rows(path, kind_of(PERF, "days"))
    at = dt.datetime.fromisoformat(document["metadata"]["generatedAt"]) - dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
    expected, means = [], []
    for number, record in enumerate(document["runtimeData"], 1):
        values = record.get("initDurations", record.get("i"))
        memory = record.get("memorySize", record.get("m"))
        expected += [(number, record.get("runtime", record.get("r")), memory, pytest.approx(v / 1000, rel=1e-12)) for v in values]
        published = record.get("averageColdStartDuration", record.get("acd"))
        assert published == pytest.approx(statistics.fmean(values), abs=5.1e-4)
        means.append((number, pytest.approx(published / 1000, rel=1e-12)))
    rows = mapped(PERF, "days", raw, "cold_start")
    assert [(r["source_row"], r["function_id"], r["memory_mb"], r["init_s"]) for r in rows] == expected
    assert {r["occurred_us"] for r in rows} == {at // dt.timedelta(microseconds=1)}
    series = mapped(PERF, "days", raw, "function_rate")
    assert [(r["source_row"], r["value"]) for r in series if r["metric"] == "init_s"] == means


def test_benchmark_invocations() -> None:
    document = json.loads((SAMPLES / SEBS / "experiments.json").read_text())
    raw: list[dict[str, Any]] = [
        {"_parent": name, "_key": key, **record} for name, requests in document["_invocations"].items() for key, record in requests.items()
    ]
    for row, r in zip(mapped(SEBS, "experiments", raw, "function_invocation"), raw, strict=True):
        assert row["started_us"] == round(Decimal(r["output"]["begin"]) * 1_000_000)
        assert (row["function_id"], row["request_id"]) == (r["_parent"], r["_key"])
        assert row["client_s"] == pytest.approx(r["times"]["client"] / 1e6)
        assert row["duration_s"] == pytest.approx(r["times"]["benchmark"] / 1e6)
        assert (row["is_cold"], row["is_ok"]) == (r["stats"]["cold_start"], not r["stats"]["failure"])


def test_secrets_and_answers_of_a_benchmark_stay_out(ingest_file: Callable[..., Lake]) -> None:
    good = {"output": {"begin": "1.5", "end": "2.5", "result": "ANSWER"}, "stats": {"cold_start": True, "failure": False}}
    good["times"] = {"benchmark": 1, "client": 2}
    document = {"_invocations": {"b": {"r1": good, "r2": {"stats": {"cold_start": "ANSWER"}}}}, "config": {"storage": {"key": "SECRET"}}}
    lake = ingest_file(SEBS, "experiments.json", json.dumps(document))
    assert "'output' is missing" in kept_rejects(lake, SEBS, "experiments")
    held = [path.read_bytes() for path in lake.layout.root.rglob("*") if path.is_file()]
    assert not [data for data in held if b"SECRET" in data or b"ANSWER" in data]
    assert "SECRET" not in find_origin(lake.layout, SEBS, "experiments", 1).text


def test_blob_accesses() -> None:
    raw = plain_rows(SAMPLES / BLOB / "azurefunctions-accesses-2020.csv")
    for row, r in zip(mapped(BLOB, "accesses", raw, "blob_access"), raw, strict=True):
        assert row["occurred_us"] == int(r["Timestamp"]) * 1000
        assert row["blob_bytes"] == (int(float(r["BlobBytes"])) if r["BlobBytes"] else None)
        assert (row["is_read"], row["is_write"]) == (r["Read"] == "True", r["Write"] == "True")
        assert (row["user_id"], row["app_id"], row["blob_id"]) == (r["AnonUserId"], r["AnonAppName"], r["AnonBlobName"])


def _pickled(name: str) -> list[dict[str, Any]]:
    names, columns, _, plain = load_table(SAMPLES / ENGINE / name, "tables")
    return [dict(zip(names, map(plain, cells), strict=True)) for cells in zip(*columns, strict=True)]


def test_configurations_per_day() -> None:
    raw = _pickled("app_configs.pickle")
    series = mapped(ENGINE, "app_configs", raw, "function_rate")
    known = {
        (number, metric, day): value * factor
        for number, app in enumerate(raw, 1)
        for metric, column, factor in (
            ("cpu_cores", "AppContainerRequestCpu", 1),
            ("memory_mb", "AppContainerRequestMemory", 1000),
            ("concurrency", "AppContainerConcurrency", 1),
            ("min_scale", "AppMinScale", 1),
        )
        for day, value in enumerate(app[column])
        if value is not None and not math.isnan(value)
    }
    assert {(r["source_row"], r["metric"], int(str(r["started_us"])) // 86_400_000_000): r["value"] for r in series} == known
    assert len(series) == len(known)
    for row, app in zip(mapped(ENGINE, "app_configs", raw, "function_profile"), raw, strict=True):
        assert row["min_scale"] == statistics.median_low(v for v in app["AppMinScale"] if v is not None)
        assert (row["app_id"], row["user_id"]) == (app["AppHash"], app["NamespaceHash"])


def test_invocations_in_parallel_lists() -> None:
    raw = _pickled("week_1.pickle")
    rows = iter(mapped(ENGINE, "weeks", raw, "function_invocation"))
    for app in raw:
        names = ("InvocationTimes", "AppExecTimes", "TotalExecTimes", "PodHash")
        for at, run, total, pod in zip(*(app[name] for name in names), strict=True):
            row = next(rows)
            assert row["started_us"] == round(Decimal(str(at)) * 1_000_000)
            assert (row["duration_s"], row["client_s"]) == (pytest.approx(run / 1000), pytest.approx(total / 1000))
            assert (row["app_id"], row["pod_id"]) == (app["AppHash"], pod)
    assert next(rows, None) is None


class _Program:
    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self.marker,)


@pytest.mark.parametrize("protocol", range(6))
def test_a_pickle_that_is_a_program_is_refused_and_not_run(protocol: int, tmp_path: Path) -> None:
    path, marker = tmp_path / "app_configs.pickle", tmp_path / "ran"
    path.write_bytes(pickle.dumps(_Program(marker), protocol))
    with pytest.raises(DataError, match=rf"{path}.*(pathlib|getattr|builtins|not a pickled table)"):
        load_table(path, "configurations")
    assert not marker.exists()


@pytest.mark.parametrize(
    "content", [b"", b"\x80\x05", b"\x80\x02}.", b"\x80\x02cpandas.core.frame\nDataFrame\n)\x81.", b"\x80\x02cos\nsystem\n."]
)
def test_what_is_no_pickled_table_is_said(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "week_1.pickle"
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"week_1\.pickle"):
        load_table(path, "weeks")


def test_a_pickle_beyond_the_memory_limit_is_not_loaded(ingest_file: Callable[..., Lake]) -> None:
    content = (SAMPLES / ENGINE / "week_1.pickle").read_bytes()
    with pytest.raises(UsageError, match="a pickle is loaded whole"):
        ingest_file(ENGINE, "week_1.pickle", content, memory_limit=len(content))


def test_a_pickled_row_is_traced_back(demo_lake: Path) -> None:
    lake = Lake(demo_lake)
    row = lake.sql("SELECT source_row FROM function_rate WHERE dataset = 'ibm-code-engine-2026' LIMIT 1").item()
    text = find_origin(lake.layout, ENGINE, "configurations", int(row)).text
    assert "AppContainerRequestCpu" in text


def test_statistics_are_told_and_taken_on_request(cli: Callable[..., Any], tmp_path: Path) -> None:
    folder = SAMPLES / "huawei-cold-start-2025" / "quantiles"
    wanted = folder / "R2" / "totalCost_avg"
    said = cli("ingest", "huawei-cold-start-2025", folder, "--lake", tmp_path / "one")
    assert f"tracekit ingest huawei-cold-start-2025 {folder} {wanted}" in said.stderr + said.stdout
    cli("ingest", "huawei-cold-start-2025", folder, wanted, "--lake", tmp_path / "two")
    with (wanted / "day_00.csv").open() as file:
        cells = sum(cell.strip() != "" for line in file.readlines()[1:] for cell in line.split(",")[2:])
    query = "SELECT count(*) FROM function_rate WHERE metric = 'total_s' AND stat = 'mean'"
    assert Lake(tmp_path / "one").sql(query).item() == 0
    assert Lake(tmp_path / "two").sql(query).item() == cells > 0
