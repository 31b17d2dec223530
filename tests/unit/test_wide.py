"""Wide files: a row per known cell, every record counted, whatever the size of the pieces."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import pytest
from kept import kept_rejects
from raw_records import SAMPLES

from tracekit.api import Lake
from tracekit.errors import DataError
from tracekit.ingest import wide
from tracekit.ingest.plan import make_plan
from tracekit.ingest.run import ingest
from tracekit.lake.layout import Layout
from tracekit.lake.manifest import read_manifest, read_manifests
from tracekit.sources.load import source

HEAD = "HashOwner,HashApp,HashFunction,Trigger,1,2,3,4"


def _cells(lake: Lake) -> list[tuple[object, ...]]:
    return lake.sql("SELECT function_id, started_us, value, source_row FROM function_rate ORDER BY source_row, started_us").rows()


@pytest.mark.parametrize("cells", [1, 5, 1 << 20])
def test_cells_become_rows_and_records_are_counted(cells: int, ingest_file: Callable[..., Lake], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wide, "_CELLS", cells)
    text = f"{HEAD}\no,a,f,http,0,2,,1\no,a,g,http,0,0,0,0\no,a,h,http,,,,\no,a,i,http,5,0,0,0\n"
    lake = ingest_file("azure-functions-2019", "x_invocations.csv", text)
    assert _cells(lake) == [("f", 60_000_000, 2.0, 1), ("f", 180_000_000, 1.0, 1), ("i", 0, 5.0, 4)]
    count = read_manifests(lake.layout)[0].tables["function_rate"]
    assert (count.records, count.converted, count.barren, count.rejected, count.rows) == (4, 2, 2, 0, 3)


def test_a_cell_that_is_no_number_costs_its_record_alone(ingest_file: Callable[..., Lake]) -> None:
    lake = ingest_file("azure-functions-2019", "x_invocations.csv", f"{HEAD}\no,a,f,http,0,two,0,1\no,a,g,http,1,0,0,0\no,a,h,http,1,0\n")
    assert [row[0] for row in _cells(lake)] == ["g"]
    rejects = kept_rejects(lake, "azure-functions-2019", "x")
    assert "column '2': 'two' is not a number" in rejects
    assert "6 cells where the header has 8" in rejects


def test_a_record_without_its_function_is_no_record(ingest_file: Callable[..., Lake]) -> None:
    with pytest.raises(DataError, match="none of 1 records is valid"):
        ingest_file("azure-functions-2019", "x_invocations.csv", f"{HEAD},\no,a,,http,0,2,0,1,\n")


def test_days_follow_each_other(demo_lake: Path) -> None:
    counted: dict[tuple[str, int], float] = {}
    for day in (1, 2):
        with (SAMPLES / "azure-functions-2019" / f"invocations_per_function_md.anon.d{day:02}.csv").open() as file:
            for row in csv.DictReader(file):
                for minute in range(1, 121):
                    if count := float(row[str(minute)]):
                        counted[row["HashFunction"], ((day - 1) * 1440 + minute - 1) * 60_000_000] = count
    text = "SELECT function_id, started_us, value FROM function_rate WHERE dataset = 'azure-functions-2019' AND trace = 'two-weeks'"
    rows = Lake(demo_lake).sql(text).rows()
    assert {(function, at): value for function, at, value in rows} == counted
    assert len(rows) == len(counted)


def test_durations_and_memory(demo_lake: Path) -> None:
    folder = SAMPLES / "azure-functions-2019"
    with (folder / "6_durations.csv").open() as file:
        durations = {row["HashFunction"]: row for row in csv.DictReader(file)}
    with (folder / "6_memory.csv").open() as file:
        memory = {row["HashFunction"]: row for row in csv.DictReader(file)}
    rows = Lake(demo_lake).sql("FROM function_profile WHERE dataset = 'azure-functions-2019' AND trace = '6'").to_dicts()
    assert len(rows) == len(durations) + len(memory)
    for row in rows:
        if row["memory_mean_mb"] is not None:
            assert row["memory_mean_mb"] == float(memory[row["function_id"]]["AverageAllocatedMb"])
            assert row["memory_max_mb"] == float(memory[row["function_id"]]["AverageAllocatedMb_pct100"])
            continue
        raw = durations[row["function_id"]]
        assert row["invocations"] == int(float(raw["Count"]))
        for ours, theirs in (("mean", "Average"), ("min", "Minimum"), ("p50", "percentile_Average_50"), ("max", "Maximum")):
            assert row[f"duration_{ours}_s"] == pytest.approx(float(raw[theirs]) / 1000, rel=1e-12)
    apps = Lake(demo_lake).sql("SELECT count(*) FROM function_profile WHERE dataset = 'azure-functions-2019' AND function_id IS NULL")
    assert apps.item() == 5
    held = read_manifest(Layout(demo_lake), "azure-functions-2019", "two-weeks")
    assert held is not None
    assert [(demo_lake / part.name).is_file() for part in held.parts["function_profile"]] == [True]


def test_huawei_matrices(demo_lake: Path, tmp_path: Path) -> None:
    folder = SAMPLES / "huawei-cold-start-2025" / "quantiles" / "R2"
    where = "dataset = 'huawei-cold-start-2025' AND trace = 'R2'"
    for name, metric in (("requests", "invocations"), ("num_pods", "pods"), ("num_cold_starts", "cold_starts")):
        with (folder / name / "day_00.csv").open() as file:
            raw = list(csv.DictReader(file))
        cells = {(f, int(row["time"]) * 1_000_000): float(row[f]) for row in raw for f in list(row)[2:] if row[f]}
        text = f"SELECT function_id, started_us, value FROM function_rate WHERE {where} AND metric = '{metric}' AND stat = 'sum'"
        assert {(function, at): value for function, at, value in Lake(demo_lake).sql(text).rows()} == cells
    # Statistics are as large as everything else together: they are taken when they are named.
    statistics = Lake(demo_lake).sql(f"SELECT count(*) FROM function_rate WHERE {where} AND stat <> 'sum'")
    assert statistics.item() == 0
    plan = make_plan(source("huawei-cold-start-2025"), [SAMPLES / "huawei-cold-start-2025"], tmp_path)
    assert [name for name, _ in plan.skipped] == ["quantiles/R2/totalCost_avg", "quantiles/R2/totalCost_quantile_050"]
    ingest(source("huawei-cold-start-2025"), [folder / "totalCost_quantile_050"], tmp_path / "lake", macros=[])
    rows = Lake(tmp_path / "lake").sql("SELECT metric, stat, count(*) FROM function_rate GROUP BY ALL").rows()
    assert rows == [("total_s", "p50", 35)]


def test_huawei_2023_keeps_zeros_and_leaves_out_what_is_absent(demo_lake: Path) -> None:
    folder = SAMPLES / "huawei-functions-2023" / "private_dataset" / "requests_minute"
    cells: dict[tuple[str, int], float] = {}
    for day in ("000", "002"):
        with (folder / f"day_{day}.csv").open() as file:
            for row in csv.DictReader(file):
                cells |= {(f, int(row["time"]) * 1_000_000): float(row[f]) for f in list(row)[2:] if row[f]}
    assert 0.0 in cells.values()
    text = (
        "SELECT function_id, started_us, value FROM function_rate "
        "WHERE dataset = 'huawei-functions-2023' AND trace = 'private' AND metric = 'invocations'"
    )
    assert {(function, at): value for function, at, value in Lake(demo_lake).sql(text).rows()} == cells
    delays = Lake(demo_lake).sql(
        "SELECT avg(value) FROM function_rate WHERE metric = 'function_delay_s' AND stat = 'mean' AND width_s = 60"
    )
    assert 0.1 < delays.item() < 0.5
