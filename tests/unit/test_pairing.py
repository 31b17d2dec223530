"""Events and tasks paired in DuckDB, against pairing by loops over the raw files; what does not add up fails."""

from __future__ import annotations

import csv
import json
from collections import defaultdict
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from kept import kept_rejects
from raw_records import SAMPLES

from tracekit.api import Lake
from tracekit.errors import DataError
from tracekit.ingest.pair import Stage
from tracekit.ingest.run import ingest
from tracekit.lake.manifest import read_manifests
from tracekit.sources.load import source

S = 1_000_000
ENDS_2011 = {2: "preempted", 3: "failed", 4: "completed", 5: "cancelled", 6: "failed"}


def _rows(lake: Path, table: str, dataset: str) -> list[dict[str, Any]]:
    return Lake(lake).sql(f"FROM {table} WHERE dataset = '{dataset}'").to_dicts()


def _events_2011() -> dict[tuple[str, str], list[list[str]]]:
    found: dict[tuple[str, str], list[list[str]]] = defaultdict(list)
    for part in sorted((SAMPLES / "google-2011" / "task_events").iterdir()):
        with part.open() as file:
            for row in csv.reader(file):
                found[row[2], row[3]].append(row)
    return {task: sorted(rows, key=lambda row: int(row[0])) for task, rows in found.items()}


def test_attempts_of_google_2011(demo_lake: Path) -> None:
    expected = {}
    for (job, task), rows in _events_2011().items():
        attempt, before = 0, None
        for row in rows:
            event = int(row[5])
            if event == 0 or (event == 1 and before != 0):
                attempt += 1
                expected[f"{job}/{task}", attempt] = {"started": None, "ended": None, "machine": None, "status": "pending"}
            one = expected[f"{job}/{task}", attempt]
            if event == 1:
                one |= {"started": int(row[0]), "machine": row[4], "status": "running"}
            elif event in ENDS_2011:
                one |= {"ended": int(row[0]), "status": ENDS_2011[event]}
            before = event
    found = {(r["job_id"], r["attempt"]): r for r in _rows(demo_lake, "placement", "google-2011")}
    assert set(found) == set(expected)
    for key, one in expected.items():
        row = found[key]
        assert (row["started_us"], row["ended_us"], row["machine_id"], row["status"]) == tuple(one.values()), key


def test_jobs_of_google_2011(demo_lake: Path) -> None:
    tasks = _events_2011()
    for row in _rows(demo_lake, "cluster_job", "google-2011"):
        mine = [rows for (job, _), rows in tasks.items() if job == row["job_id"]]
        submits = [int(r[0]) for rows in mine for r in rows if r[5] == "0"]
        # The zero of the trace is before it: no instant.
        assert row["submitted_us"] == (min(submits) or None)
        assert row["nodes"] == len(mine)
        assert row["attempts"] == max(sum(r[5] == "1" for r in rows) for rows in mine)
        assert row["cpus_norm"] == pytest.approx(sum(max(float(r[9]) for r in rows) for rows in mine))
        lasts = [int(rows[-1][5]) for rows in mine]
        is_over = all(last in ENDS_2011 for last in lasts)
        ended = max(int(r[0]) for rows in mine for r in rows if int(r[5]) in ENDS_2011) if is_over else None
        assert row["ended_us"] == ended
        assert (row["status"] in ("running", "pending")) == (not is_over)
        if is_over and set(lasts) == {4}:
            assert row["status"] == "completed"
    stays = {(r["machine_id"], r["started_us"]): r["ended_us"] for r in _rows(demo_lake, "machine", "google-2011")}
    assert stays["103", 0] == 900 * S
    assert stays["103", 1800 * S] is None
    assert len(stays) == 7


def test_collections_of_google_2019(demo_lake: Path) -> None:
    cell = SAMPLES / "google-2019" / "clusterdata_2019_a"
    events = [json.loads(line) for line in (cell / "collection_events-000000000000.json").read_text().splitlines()]
    instances = [json.loads(line) for line in (cell / "instance_events-000000000000.json").read_text().splitlines()]
    status = {"FINISH": "completed", "FAIL": "failed", "KILL": "cancelled", "SCHEDULE": "running"}
    rows = _rows(demo_lake, "cluster_job", "google-2019")
    assert len(rows) == len({event["collection_id"] for event in events})
    for row in rows:
        mine = [event for event in events if event["collection_id"] == row["job_id"]]
        assert row["submitted_us"] == (min(int(e["time"]) for e in mine if e["type"] == "SUBMIT") or None)
        assert row["status"] == status[max(mine, key=lambda e: int(e["time"]))["type"]]
        assert row["job_type"] == ("alloc_set" if mine[0]["collection_type"] else "job")
        requests = {e["instance_index"]: e["resource_request"] for e in instances if e["collection_id"] == row["job_id"]}
        assert row["nodes"] == len(requests)
        assert row["cpus_norm"] == pytest.approx(sum(request["cpus"] for request in requests.values()))
        tier = {0: "free", 101: "best-effort batch", 117: "mid", 200: "production", 360: "production"}
        assert row["queue"] == tier[mine[0]["priority"]]
    placed = _rows(demo_lake, "placement", "google-2019")
    assert len(placed) == sum(event["type"] == 3 for event in instances)
    assert sorted(row["started_us"] for row in placed) == sorted(int(e["time"]) for e in instances if e["type"] == 3)


def test_tasks_of_pai_and_alibaba_2018(demo_lake: Path) -> None:
    with (SAMPLES / "alibaba-pai-2020" / "pai_task_table.csv").open() as file:
        tasks = list(csv.reader(file))
    with (SAMPLES / "alibaba-pai-2020" / "pai_job_table.csv").open() as file:
        jobs = {row[0]: row for row in csv.reader(file)}
    zero = min(float(row[4]) for row in jobs.values())
    for row in _rows(demo_lake, "cluster_job", "alibaba-pai-2020"):
        mine = [task for task in tasks if task[0] == row["job_id"]]
        assert row["submitted_us"] == round((float(jobs[row["job_id"]][4]) - zero) * S)
        starts = [float(task[4]) for task in mine if task[4]]
        assert row["started_us"] == (round((min(starts) - zero) * S) if starts else None)
        assert row["gpus"] == pytest.approx(sum(float(t[2]) * float(t[8]) / 100 for t in mine if t[8]) or None)
        assert row["cpus"] == pytest.approx(sum(float(t[2]) * float(t[6]) / 100 for t in mine))
    with (SAMPLES / "alibaba-2018" / "batch_task.csv").open() as file:
        batch = list(csv.reader(file))
    for row in _rows(demo_lake, "cluster_job", "alibaba-2018"):
        mine = [task for task in batch if task[2] == row["job_id"]]
        assert row["nodes"] == sum(int(task[1]) for task in mine)
        assert row["cpus"] == pytest.approx(sum(int(task[1]) * float(task[7]) / 100 for task in mine))
        starts = [int(task[5]) for task in mine if task[5] != "0"]
        assert row["started_us"] == (min(starts) * S if starts else None)
    invalid = "dataset = 'alibaba-2018' AND cpu_ratio IS NULL AND memory_ratio IS NULL"
    assert Lake(demo_lake).sql(f"SELECT count(*) FROM resource_sample WHERE {invalid}").item() > 0


def test_readings_of_ipmi_take_the_stamp_above_them(demo_lake: Path) -> None:
    rows = _rows(demo_lake, "power_sample", "ipmi")
    lines = (SAMPLES / "ipmi" / "node001.txt").read_text().splitlines()
    watts = [float(line.split("|")[1].split()[0]) for line in lines if line.startswith("Sys Power")]
    servers = sorted((r["sampled_us"], r["power_w"]) for r in rows if r["entity_id"] == "node001")
    assert servers == [(60 * S * minute, value) for minute, value in enumerate(watts)]
    assert {r["entity_kind"] for r in rows} == {"server", "chassis", "psu"}
    # 25,550 W is a sensor's fault.
    assert [r["power_w"] for r in rows if r["entity_kind"] == "chassis"].count(None) == 1
    others = _rows(demo_lake, "metric_sample", "ipmi")
    assert {r["metric"] for r in others} == {"Inlet Temp", "PSU2 Status"}
    assert {r["unit"] for r in others if r["metric"] == "Inlet Temp"} == {"degrees C"}


def test_records_of_paired_tables_add_up(demo_lake: Path) -> None:
    for dataset in ("google-2011", "google-2019", "alibaba-2018", "alibaba-pai-2020", "azure-packing-2020", "ipmi"):
        for manifest in read_manifests(Lake(demo_lake).layout, dataset):
            for name, count in manifest.tables.items():
                assert count.records == count.converted + count.rejected + count.dropped + count.barren, (dataset, name)
                assert count.records >= count.rows or name in ("metric_sample", "resource_sample")


def test_a_pairing_that_loses_a_record_fails(tmp_path: Path) -> None:
    known = source("azure-packing-2020")
    stage = Stage(known, tmp_path)
    kinds = {kind.name: kind for kind in known.files}
    frame = pl.DataFrame({"vmId": ["a", "b"], "tenantId": ["t", "t"], "vmTypeId": ["1", "1"], "priority": ["0", "1"]})
    frame = frame.with_columns(starttime=pl.lit(0.5), endtime=pl.lit(None, pl.Float64), source_row=pl.Series([1, 2]))
    stage.add(kinds["requests"], frame)
    assert sum(piece.height for piece in stage.pair(known.pairings[0], 1 << 28)) == 2
    # As if a third record had been staged that no row is made of.
    stage.counts["requests"] += 1
    with pytest.raises(DataError, match="3 records were staged, and rows were made of 2"):
        list(stage.pair(known.pairings[0], 1 << 28))


def test_a_rejected_row_takes_its_records_with_it(tmp_path: Path) -> None:
    folder = tmp_path / "raw" / "task_events"
    folder.mkdir(parents=True)
    good = "5,,1,0,m,0,u,0,0,0.1,0.1,,\n9,,1,0,m,1,u,0,0,0.1,0.1,,\n"
    bad = "7,,2,0,m,0,u,0,0,-0.1,0.1,,\n"
    (folder / "part-00000-of-00500.csv").write_text(good + bad)
    ingest(source("google-2011"), [tmp_path / "raw"], tmp_path / "lake", macros=[])
    lake = Lake(tmp_path / "lake")
    assert lake.sql("SELECT job_id, status FROM cluster_job").rows() == [("1", "running")]
    count = read_manifests(lake.layout)[0].tables["cluster_job"]
    assert (count.records, count.converted, count.rejected) == (3, 2, 1)
    assert "cpus_norm" in kept_rejects(lake, "google-2011", "cell-2011")
