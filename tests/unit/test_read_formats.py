"""Text, SQLite and nested JSON as records: what fits is typed, what does not is set aside with its line."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from kept import kept_rejects
from raw_records import SAMPLES

from tracekit.api import Lake
from tracekit.errors import DataError
from tracekit.ingest.run import ingest
from tracekit.ingest.why import find_origin
from tracekit.sources.load import source


def test_lines_that_do_not_match_are_set_aside(tmp_path: Path) -> None:
    day = tmp_path / "raw" / "20110303"
    day.mkdir(parents=True)
    (day / "host_a").write_text("6\n\nsix\n7 8\n 100\r\n")
    ingest(source("planetlab"), [tmp_path / "raw"], tmp_path / "lake", macros=[])
    lake = Lake(tmp_path / "lake")
    assert lake.sql("SELECT sampled_us // 1000000, cpu_ratio, source_row FROM resource_sample").rows() == [(0, 0.06, 1), (900, 1.0, 4)]
    rejects = kept_rejects(lake, "planetlab", "20110303")
    assert "'percent': 'six' is not a number" in rejects
    assert '"line": 3' in rejects
    assert "does not look like a record" in rejects
    origin = find_origin(lake.layout, "planetlab", "20110303", 4)
    assert (origin.line, origin.text) == (5, " 100")


def test_real_planetlab_layout(demo_lake: Path) -> None:
    for path in (SAMPLES / "planetlab" / "20110303").iterdir():
        expected = [int(line) / 100 for line in path.read_text().split()]
        where = f"dataset = 'planetlab' AND trace = '20110303' AND entity_id = '{path.name}'"
        found = Lake(demo_lake).sql(f"SELECT cpu_ratio FROM resource_sample WHERE {where} ORDER BY sampled_us")
        assert found["cpu_ratio"].to_list() == expected


def _database(path: Path, rows: list[tuple[object, ...]], *, types: bool = True) -> Path:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE vm (vmId, tenantId, vmTypeId, priority, starttime, endtime)")
        if types:
            connection.execute("CREATE TABLE vmType (id, vmTypeId, machineId, core, memory, hdd, ssd, nic)")
            connection.execute("INSERT INTO vmType VALUES (1, 7, 1, 0.5, 0.25, 0, 0, 0), (2, 7, 2, 0.125, 0.5, 0, 0, 0)")
        connection.executemany("INSERT INTO vm VALUES (?, ?, ?, ?, ?, ?)", rows)
        connection.commit()
    return path


def test_tables_of_a_database(tmp_path: Path) -> None:
    rows = [(1, 2, 7, 0, 0.5, None), (2, 2, 7, 1, "soon", 1.0), (3, 2, 8, 1, -1.5, 2.0), (4, 2, 7, 0, None, 1.0)]
    path = _database(tmp_path / "x.sqlite", rows)
    ingest(source("azure-packing-2020"), [path], tmp_path / "lake", macros=[])
    lake = Lake(tmp_path / "lake")
    day = 86_400_000_000
    found = lake.sql(
        "SELECT job_id, started_us, ended_us, cpus_norm, memory_norm, priority, status FROM cluster_job ORDER BY job_id"
    ).rows()
    # The type takes half of one kind of machine and an eighth of a larger one.
    assert found == [
        ("1", day // 2, None, 0.125, 0.25, "high", "running"),
        ("3", -day * 3 // 2, 2 * day, None, None, "low", "completed"),
    ]
    rejects = kept_rejects(lake, "azure-packing-2020", "packing")
    assert "'starttime': 'soon' is not DOUBLE" in rejects
    assert "'starttime' is empty" in rejects
    assert '"vmId": 3' in find_origin(lake.layout, "azure-packing-2020", "packing", 3).text


def test_a_database_without_the_table_is_another_file(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "x.sqlite")) as connection:
        connection.execute("CREATE TABLE other (a)")
        connection.commit()
    with pytest.raises(DataError, match="it has no table 'vm'"):
        ingest(source("azure-packing-2020"), [tmp_path / "x.sqlite"], tmp_path / "lake", macros=[])
    (tmp_path / "y.sqlite").write_bytes(b"SQLite format 3\x00" + b"broken" * 100)
    with pytest.raises(DataError, match="not a whole SQLite file"):
        ingest(source("azure-packing-2020"), [tmp_path / "y.sqlite"], tmp_path / "lake", macros=[])


def test_placements_of_a_snapshot(demo_lake: Path) -> None:
    import json

    snapshot = json.loads((SAMPLES / "vmr2l" / "flex_vm_dataset" / "M" / "test" / "flex_vm_0.json").read_text())["cluster_list"][0]
    where = "dataset = 'vmr2l' AND trace = 'M/test/flex_vm_0'"
    placed = Lake(demo_lake).sql(f"SELECT job_id, machine_id, numa_node, cpus, memory_mb FROM placement WHERE {where}").rows()
    expected = [(vm["instance_id"], vm["host_id"], n["node"], n["cpu"], n["mem_mb"]) for vm in snapshot["vm_instance"] for n in vm["numa"]]
    assert sorted(placed) == sorted(expected)
    machines = Lake(demo_lake).sql(f"SELECT machine_id, cpus, memory_mb, numa_nodes, pool FROM machine WHERE {where}").rows()
    assert sorted(machines)[0] == ("pm0", 88.0, 360_000.0, 2, "inactive")
    assert sorted(machines)[1] == ("pm1", 88.0, 360_000.0, 2, "rack0")


def test_flags_of_google_power_say_that_a_reading_is_bad(ingest_file: Callable[..., Lake]) -> None:
    head = "time,cell,pdu,measured_power_util,production_power_util,bad_measurement_data,bad_production_power_data"
    rows = "600000000,a,pdu6,0.5,0.4,false,true\n900000000,a,pdu6,0.9,0.6,true,false\n"
    lake = ingest_file("google-power-2019", "cella_pdu6.csv", f"{head}\n{rows}")
    read = lake.sql("SELECT entity_id, sampled_us, power_ratio FROM power_sample").rows()
    assert read == [("a/pdu6", 600_000_000, 0.5), ("a/pdu6", 900_000_000, None)]
    assert lake.sql("SELECT value FROM metric_sample").rows() == [(None,), (0.6,)]
