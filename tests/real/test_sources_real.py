"""Real files through the mappings alone: every record gives its row, and what must be known is known."""

from __future__ import annotations

import datetime as dt
import math
from collections import Counter
from pathlib import Path

import polars as pl
import pytest
from raw_records import plain_rows, raw_rows, records

from tracekit.ingest.plan import RawFile, make_plan
from tracekit.schema.load import tables
from tracekit.sources.load import source, sources
from tracekit.sources.model import Erratum

DAY_US = 86_400_000_000


@pytest.fixture(params=list(sources()))
def dataset(request: pytest.FixtureRequest, real_traces: Path) -> str:
    if not (real_traces / request.param).is_dir():
        pytest.skip(f"no real files of {request.param} here")
    return str(request.param)


def _files(dataset: str, real_traces: Path, scratch: Path) -> list[RawFile]:
    return make_plan(source(dataset), [real_traces / dataset], scratch).files


def _map(dataset: str, file: RawFile, table: str) -> tuple[pl.DataFrame, list[dict[str, object]] | list[dict[str, str]]]:
    raw = raw_rows(file.path, file.kind)
    return source(dataset).mapping(file.kind.maps[table])(records(file.kind, raw, labels=file.labels)).collect(), raw


def test_every_record_gives_its_rows(dataset: str, real_traces: Path, tmp_path: Path) -> None:
    for file in _files(dataset, real_traces, tmp_path):
        if file.kind.format in ("wide", "pickle"):
            # Cells are not records, and a pickle is no text: tests/unit/test_wide.py and test_serverless_real.py count them.
            continue
        for table in file.kind.maps:
            rows, raw = _map(dataset, file, table)
            fan_out = Counter(rows["source_row"].to_list())
            if table in file.kind.sparse:
                continue
            assert sorted(fan_out) == list(range(1, len(raw) + 1))
            assert len(set(fan_out.values())) == (1 if raw else 0)
            required = [name for name in tables()[table].required if name in rows.columns]
            assert {name: rows[name].null_count() for name in required} == dict.fromkeys(required, 0)


def test_every_instant_that_is_printed_is_known(dataset: str, real_traces: Path, tmp_path: Path) -> None:
    may_be_blank = {"scheduled_time", "creation_time", "deletion_time"}
    printed = {"TIMESTAMP", "timestamp", "Timestamp", "time", "time_worker", "end_timestamp", "creation_time", "deletion_time", "month"}
    for file in _files(dataset, real_traces, tmp_path):
        if file.kind.format in ("wide", "pickle") or not {column.name for column in file.kind.columns} & printed:
            continue
        for table in file.kind.maps:
            rows, raw = _map(dataset, file, table)
            blanks = sum(row.get(name) == "" for row in raw for name in may_be_blank)
            instants = [name for name in rows.columns if name.endswith("_us")]
            assert sum(rows[name].null_count() for name in instants) == blanks


def _one(dataset: str, name: str, table: str, real_traces: Path, scratch: Path) -> tuple[pl.DataFrame, list[dict[str, str]]]:
    file = next(f for f in _files(dataset, real_traces, scratch) if f.path.name == name)
    rows, raw = _map(dataset, file, table)
    return rows, raw  # type: ignore[return-value]


def test_azure_instants(real_traces: Path, tmp_path: Path) -> None:
    rows, raw = _one("azure-llm-2023", "AzureLLMInferenceTrace_conv.csv", "llm_request", real_traces, tmp_path)
    assert all(r["TIMESTAMP"][-1] == "0" for r in raw)
    printed = [dt.datetime.fromisoformat(r["TIMESTAMP"][:-1]).replace(tzinfo=dt.UTC) for r in raw]
    epoch = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
    assert rows["arrived_us"].to_list() == [(at - epoch) // dt.timedelta(microseconds=1) for at in printed]
    assert {at.date() for at in printed} == {dt.date(2023, 11, 16)}


def test_functions_are_in_order_of_their_start(real_traces: Path, tmp_path: Path) -> None:
    rows, raw = _one(
        "azure-functions-2021", "AzureFunctionsInvocationTraceForTwoWeeksJan2021.csv", "function_invocation", real_traces, tmp_path
    )
    assert rows["started_us"].is_sorted()
    assert not rows["ended_us"].is_sorted()
    assert all(
        abs(s - (float(r["end_timestamp"]) - float(r["duration"])) * 1e6) <= 0.5 for s, r in zip(rows["started_us"], raw, strict=True)
    )


def test_openb_requests(real_traces: Path, tmp_path: Path) -> None:
    rows, raw = _one("alibaba-gpu-2023", "openb_pod_list_default.csv", "cluster_job", real_traces, tmp_path)
    asked = (int(r["num_gpu"]) if int(r["num_gpu"]) > 1 else int(r["num_gpu"]) * int(r["gpu_milli"]) / 1000 for r in raw)
    assert rows["gpus"].sum() == pytest.approx(math.fsum(asked))
    assert rows["gpus"].sum() == pytest.approx(6086.8, abs=0.05)
    assert rows.filter(pl.col("started_us").is_null())["status"].unique().to_list() == ["pending"]
    nodes, _ = _one("alibaba-gpu-2023", "openb_node_list_all_node.csv", "machine", real_traces, tmp_path / "nodes")
    assert (nodes.height, nodes["gpus"].sum(), nodes["cpus"].sum()) == (1523, 6212, 125_514)


@pytest.mark.parametrize(("name", "gpus"), [("ckpt1000.csv", 8), ("ckpt10.csv", 8), ("power-trace_2gpu_2025-12-05-02-37-06.csv", 2)])
def test_gpu_ticks(name: str, gpus: int, real_traces: Path, tmp_path: Path) -> None:
    rows, raw = _one("gpu-training-power", name, "power_sample", real_traces, tmp_path)
    assert rows["power_w"].to_list() == [float(r["power.draw [W]"].replace("W", "")) for r in raw]
    assert rows["entity_id"].to_list() == [f"gpu{i % gpus}" for i in range(len(raw))]
    ticks = rows.group_by("sampled_us").len()
    assert ticks["len"].max() == gpus
    assert rows["sampled_us"].is_sorted()


def test_huawei_days_come_from_time(real_traces: Path, tmp_path: Path) -> None:
    for file in _files("huawei-cold-start-2025", real_traces, tmp_path):
        if file.kind.name == "cold_starts":
            rows, raw = _map("huawei-cold-start-2025", file, "cold_start")
            # R5's rows of day 30 lie in a file called day_00.
            assert (rows["occurred_us"] // DAY_US).to_list() == [int(r["day"]) for r in raw]
            assert file.trace == file.path.parent.name


def test_huawei_frontend_stamps_are_not_before_the_worker(real_traces: Path, tmp_path: Path) -> None:
    """What erratum huawei-2025-start-or-end says of the printed rows."""
    file = next(f for f in _files("huawei-cold-start-2025", real_traces, tmp_path) if f.kind.name == "requests")
    both = [r for r in plain_rows(file.path) if r["time_frontend"]]
    assert len(both) == 5
    assert all(float(r["time_frontend"]) >= float(r["time_worker"]) for r in both)


def _selected(erratum_id: str, dataset: str, rows: pl.DataFrame) -> int:
    erratum: Erratum = next(e for e in source(dataset).errata if e.id == erratum_id)
    return rows.filter(pl.sql_expr(erratum.where or "")).height


def test_world_water_is_told_as_the_file_tells_it(real_traces: Path, tmp_path: Path) -> None:
    file = next(f for f in _files("energy-mix", real_traces, tmp_path) if f.kind.name == "ecologits")
    rows, raw = _map("energy-mix", file, "water_intensity")
    stand_ins = [r["name"] for r in raw if "electricity-mix-wue-world" in (r["warnings"] or [])]  # type: ignore[operator]
    assert _selected("energy-mix-world-water", "energy-mix", rows) == len(stand_ins) == 165


def test_african_countries(real_traces: Path, tmp_path: Path) -> None:
    rows, raw = _one("african-wue", "country_month_cleaned.csv", "water_intensity", real_traces, tmp_path)
    assert rows["country_iso3"].null_count() == 0
    assert rows["country_iso3"].n_unique() == len({r["country"] for r in raw}) == 42
    assert sorted(Counter(Counter(r["country"] for r in raw).values()).items()) == [(13, 37), (25, 5)]
    # In Celsius a wet bulb is not above the dry one; in Fahrenheit it would be everywhere.
    assert all(wet <= float(r["temperature"]) for wet, r in zip(rows["wet_bulb_c"], raw, strict=True))
    solar_only = rows.filter(pl.sql_expr("ewif_l_per_kwh > 3.7879 AND ewif_l_per_kwh < 3.7881"))["region"].unique().sort().to_list()
    assert solar_only == ["Eritrea", "South Sudan"]
