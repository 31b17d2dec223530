"""A record of a paired kind with a value of another type costs itself: every row that others make stays as it was."""

from __future__ import annotations

import itertools
import json
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from kept import kept_rejects
from raw_records import SAMPLES

from tracekit.api import Lake
from tracekit.errors import DeclarationError
from tracekit.ingest.json_values import values_of
from tracekit.ingest.pair import Stage
from tracekit.ingest.run import ingest
from tracekit.lake.manifest import Manifest, read_manifests
from tracekit.schema.polars import DTYPES
from tracekit.sources.files import RawColumn
from tracekit.sources.load import load_source, source, sources

CELL = "clusterdata_2019_a"
EVENT = {"time": "900000000", "type": 3, "collection_id": "330000001", "instance_index": "0", "machine_id": "9001"}
JOB = {"time": "900000000", "type": 6, "collection_id": "330000001", "priority": 101}
MACHINE = {"time": "900000000", "type": 3, "machine_id": "9001", "capacity": {"cpus": 0.5, "memory": 0.5}}
USED = {"start_time": "900000000", "end_time": "1200000000", "collection_id": "330000001", "average_usage": {"cpus": 0.5}}


def _line(kind: str, body: dict[str, Any], **wrong: Any) -> tuple[str, str]:
    return f"{CELL}/{kind}-000000000000.json", json.dumps({**body, **wrong})


# Dataset, file, bad line, words of the reason, and the tables of which the record would have been a part.
EVENTS, JOBS, MACHINES, USES = ("placement",), ("cluster_job",), ("machine",), ("metric_sample",)
LINES: list[tuple[str, tuple[str, str], str, tuple[str, ...]]] = [
    ("google-2019", _line("instance_events", EVENT, time="abc"), "'time': \"abc\" is not a whole number", EVENTS),
    ("google-2019", _line("instance_events", EVENT, time="9223372036854775808"), "is not a whole number", EVENTS),
    ("google-2019", _line("instance_events", EVENT, collection_id="abc"), "'collection_id': \"abc\" is not", EVENTS),
    ("google-2019", _line("instance_events", EVENT, machine_id={"id": 1}), "'machine_id': {\"id\": 1} is not", EVENTS),
    ("google-2019", _line("instance_events", EVENT, type=["SCHEDULE"]), "'type': [\"SCHEDULE\"] is not text", EVENTS),
    ("google-2019", _line("instance_events", EVENT, resource_request={"cpus": "abc"}), "'resource_request.cpus'", EVENTS),
    ("google-2019", _line("instance_events", EVENT, resource_request="abc"), "'resource_request': \"abc\" is not an object", EVENTS),
    ("google-2019", _line("instance_events", EVENT, resource_request={"memory": "1e999"}), "is not a finite number", EVENTS),
    ("google-2019", _line("collection_events", JOB, time=True), "'time': true is not a whole number", JOBS),
    ("google-2019", _line("collection_events", JOB, priority="high"), "'priority': \"high\" is not", JOBS),
    ("google-2019", _line("machine_events", MACHINE, capacity={"cpus": "half"}), "'capacity.cpus': \"half\" is not a number", MACHINES),
    ("google-2019", _line("instance_usage", USED, average_usage={"cpus": "abc"}), "'average_usage.cpus'", USES),
    ("google-2019", _line("instance_usage", USED, start_time="abc"), "'start_time'", USES),
    (
        "google-2011",
        ("task_events/part-00001-of-00500.csv", "900,,6000000001,0,103,1,u,0,0,1e999,0.1,,"),
        "'cpu_request': inf",
        EVENTS + JOBS,
    ),
    (
        "google-2011",
        ("task_events/part-00001-of-00500.csv", "900,,6000000001,0,103,1,u,0,0,0.1,NaN,,"),
        "'memory_request': NaN",
        EVENTS + JOBS,
    ),
    ("google-2011", ("machine_events/part-00000-of-00001.csv", "900,103,2,p,abc,0.5"), "'cpus': 'abc'", MACHINES),
    ("alibaba-2018", ("batch_task.csv", "task_x,1,j_1,1,Failed,5,6,1e999,0.5"), "'plan_cpu': inf", JOBS),
    ("alibaba-pai-2020", ("pai_task_table.csv", "job1,worker,1,Failed,5,6,100,10,abc,T4"), "'plan_gpu': 'abc'", JOBS),
    ("alibaba-pai-2020", ("pai_sensor_table.csv", ",,w,,,,1e999,,,,,,,,,"), "'cpu_usage': inf", ("resource_sample",)),
    ("ipmi", ("node001.txt", "Sys Power        | many Watts        | ok"), "many Watts", ("power_sample",)),
]


def _ingest(dataset: str, raw: Path, lake: Path) -> Manifest:
    outcome = ingest(source(dataset), [raw], lake, macros=[])
    (manifest,) = [m for m in outcome.written if m.trace is not None]
    return manifest


def _rejects(lake: Path, manifest: Manifest) -> list[dict[str, Any]]:
    return [json.loads(line) for line in kept_rejects(Lake(lake), manifest.dataset, manifest.trace).splitlines()]


def _rows(lake: Path, table: str) -> list[tuple[Any, ...]]:
    frame = Lake(lake).sql(f"FROM {table}").drop("source_row")
    return sorted(frame.rows(), key=repr)


@pytest.fixture(scope="module")
def untouched(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], tuple[Manifest, Path]]:
    """Lakes of the samples as they are, each made once."""
    made: dict[str, tuple[Manifest, Path]] = {}

    def of(dataset: str) -> tuple[Manifest, Path]:
        if dataset not in made:
            lake = tmp_path_factory.mktemp(dataset) / "lake"
            made[dataset] = _ingest(dataset, SAMPLES / dataset, lake), lake
        return made[dataset]

    return of


def _check(dataset: str, raw: Path, lake: Path, plain: tuple[Manifest, Path], parts: tuple[str, ...]) -> Manifest:
    """Checks that one record was lost to some tables, counted in them, and nothing else is another."""
    manifest = _ingest(dataset, raw, lake)
    scores = dict(Lake(lake).query("quality/scorecard").select("table_name", "rejected").rows())
    for name, count in manifest.tables.items():
        before = plain[0].tables[name]
        assert count.rejected - before.rejected == (name in parts) == scores[name] - before.rejected, name
        assert count.records == count.converted + count.rejected + count.dropped + count.barren, name
        assert (count.converted, count.dropped) == (before.converted, before.dropped), name
        assert _rows(lake, name) == _rows(plain[1], name), name
    return manifest


@pytest.mark.parametrize(("dataset", "line", "reason", "parts"), LINES)
def test_a_line_with_one_bad_value(
    dataset: str,
    line: tuple[str, str],
    reason: str,
    parts: tuple[str, ...],
    tmp_path: Path,
    untouched: Callable[[str], tuple[Manifest, Path]],
) -> None:
    raw, (name, text) = tmp_path / dataset, line
    shutil.copytree(SAMPLES / dataset, raw)
    # In the midst of the file, below a blank line: the line's number is not the record's.
    whole = (raw / name).read_text(encoding="utf-8").splitlines()
    (raw / name).write_text("\n".join([*whole[:3], "", text, *whole[3:]]) + "\n", encoding="utf-8")
    manifest = _check(dataset, raw, tmp_path / "lake", untouched(dataset), parts)
    (reject,) = _rejects(tmp_path / "lake", manifest)
    assert (reject["file"], reject["line"], reject["record"], reject["text"]) == (name, 5, 4, text)
    assert reason in reject["reason"]


def test_rows_of_a_database_with_one_bad_value(tmp_path: Path, untouched: Callable[[str], tuple[Manifest, Path]]) -> None:
    vm, kind = "INSERT INTO vm (vmId, tenantId, vmTypeId, priority, starttime, endtime)", "INSERT INTO vmType (id, vmTypeId, core)"
    for number, statement in enumerate(
        (
            f"{vm} VALUES ('x', 't', '1', '0', 9e999, 1.5)",
            f"{vm} VALUES ('x', 't', '1', '0', 0.5, 'late')",
            f"{kind} VALUES ('y', '1', 'half')",
        )
    ):
        raw = tmp_path / str(number) / "azure-packing-2020"
        shutil.copytree(SAMPLES / "azure-packing-2020", raw)
        with closing(sqlite3.connect(raw / "packing_trace_sample.sqlite")) as connection:
            connection.execute(statement)
            connection.commit()
        _check("azure-packing-2020", raw, raw.parent / "lake", untouched("azure-packing-2020"), JOBS)


def _fragments(folder: Path, *rows: dict[str, Any]) -> None:
    path = folder / "sample-week" / "fragments.parquet"
    frame = pl.read_parquet(path)
    pl.concat([frame, pl.DataFrame(list(rows), schema=frame.schema)]).write_parquet(path)


def test_fragments_with_one_bad_value(tmp_path: Path, untouched: Callable[[str], tuple[Manifest, Path]]) -> None:
    raw = tmp_path / "raw"
    shutil.copytree(SAMPLES / "opendc", raw)
    task = int(pl.read_parquet(raw / "sample-week" / "tasks.parquet")["id"][0])
    _fragments(raw, {"id": task, "duration": 1000, "cpu_usage": float("nan")})
    manifest = _check("opendc", raw, tmp_path / "lake", untouched("opendc"), ("resource_sample",))
    (reject,) = _rejects(tmp_path / "lake", manifest)
    assert reject["file"] == "sample-week/fragments.parquet"
    assert "'cpu_usage': NaN is not a finite number" in reject["reason"]


def test_a_fragment_that_would_start_beyond_all_instants(tmp_path: Path) -> None:
    raw, long = tmp_path / "raw", 2**62
    raw.mkdir()
    tasks = {"id": [1, 2], "submission_time": [1_000, 2**62], "duration": [9, 9], "cpu_count": [1, 1], "cpu_capacity": [2.0, 2.0]}
    pl.DataFrame({**tasks, "mem_capacity": [4, 4]}).write_parquet(raw / "tasks.parquet")
    uses = {"id": [1, 1, 1, 1, 2], "duration": [5_000, long, long, 7, 9], "cpu_usage": [1.0] * 5}
    pl.DataFrame(uses).write_parquet(raw / "fragments.parquet")
    manifest = _ingest("opendc", raw, tmp_path / "lake")
    # The first two start at 0 and 5 s; the next three would start after 2^62 ms, as would the second task.
    assert (manifest.tables["resource_sample"].converted, manifest.tables["resource_sample"].rejected) == (2, 3)
    assert (manifest.tables["cluster_job"].converted, manifest.tables["cluster_job"].rejected) == (1, 1)
    rows = Lake(tmp_path / "lake").sql("SELECT sampled_us, width_s FROM resource_sample ORDER BY source_row").rows()
    assert rows == [(0, 5.0), (5_000_000, long * 0.001)]
    found = [(reject["file"], reject["record"], reject["text"]) for reject in _rejects(tmp_path / "lake", manifest)]
    assert [(name, record) for name, record, _ in found[1:]] == [
        ("fragments.parquet", 3),
        ("fragments.parquet", 4),
        ("fragments.parquet", 5),
    ]
    assert [json.loads(text)["duration"] for _, _, text in found[1:]] == [long, 7, 9]


def test_a_row_that_is_rejected_names_the_first_of_its_records(tmp_path: Path) -> None:
    for name, text in (
        ("machine_events/part-00000-of-00001.csv", "0,1,0,p,0.5,0.5\n"),
        ("task_events/part-00000-of-00500.csv", "\n5,,7,0,m,0,u,0,0,0.1,0.1,,\n6,,8,0,m,0,u,0,0,-4,0.1,,\n"),
        ("task_events/part-00001-of-00500.csv", "\n7,,8,0,m,1,u,0,0,-4,0.1,,\n8,,9,0,m,1,u,0,0,0.1,-3,,\n"),
    ):
        (tmp_path / "raw" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "raw" / name).write_text(text)
    manifest = _ingest("google-2011", tmp_path / "raw", tmp_path / "lake")
    assert (manifest.tables["cluster_job"].converted, manifest.tables["cluster_job"].rejected) == (1, 3)
    found = [(r["file"], r["record"], r["line"], r["text"], r["table"]) for r in _rejects(tmp_path / "lake", manifest)]
    assert found == [
        ("task_events/part-00000-of-00500.csv", 2, 3, "6,,8,0,m,0,u,0,0,-4,0.1,,", "cluster_job"),
        ("task_events/part-00001-of-00500.csv", 2, 3, "8,,9,0,m,1,u,0,0,0.1,-3,,", "cluster_job"),
    ]


def test_readings_below_a_stamp_that_says_nothing_take_no_older_one(tmp_path: Path) -> None:
    sound = "Timestamp: 2025-06-03 00:0{}:11 UTC\nSys Power | 32{} Watts | ok\n"
    for number, stamp in enumerate(("Timestamp:", "Timestamp: soon")):
        path = tmp_path / str(number) / "n1.txt"
        path.parent.mkdir()
        path.write_text(sound.format(0, 0) + f"{stamp}\nSys Power | 999 Watts | ok\nSys Power |  | ns\n" + sound.format(2, 2))
        manifest = _ingest("ipmi", path, path.parent / "lake")
        rows = Lake(path.parent / "lake").sql("SELECT sampled_us, power_w FROM power_sample ORDER BY source_row").rows()
        assert rows == [(0, 320.0), (120_000_000, 322.0)]
        assert manifest.tables["power_sample"].rejected == 2
        assert [(r["line"], r["reason"]) for r in _rejects(path.parent / "lake", manifest)] == [
            (n, "sampled_us is missing") for n in (4, 5)
        ]


def test_numbers_and_words_as_exporters_print_them() -> None:
    whole, number, word = (RawColumn(name, kind, quoted=True) for name, kind in (("a", "BIGINT"), ("b", "DOUBLE"), ("c", "VARCHAR")))
    for given, expected in ((5, 5), ("5", 5), ("-5", -5), (5.0, 5), (str(2**63 - 1), 2**63 - 1)):
        assert values_of({"a": given}, (whole,)) == [expected]
    for given in ("abc", "", " 5", "5.5", "1_0", "٥", str(2**63), True, [5], "9" * 5_000):
        assert "'a'" in values_of({"a": given}, (whole,))
    for given, figure in ((0.5, 0.5), ("0.5", 0.5), ("5", 5.0), ("-1.5e-3", -0.0015)):
        assert values_of({"b": given}, (number,)) == [figure]
    for given in ("abc", "", "nan", "inf", "0x1", "1_0.5", True, {}):
        assert "'b'" in values_of({"b": given}, (number,))
    for given, text in (("SUBMIT", "SUBMIT"), (0, "0"), ("0", "0")):
        assert values_of({"c": given}, (word,)) == [text]
    for given in (True, 0.5, ["SUBMIT"]):
        assert "'c'" in values_of({"c": given}, (word,))
    # Only where it is declared.
    assert values_of({"a": "5"}, (RawColumn("a", "BIGINT"),)) == "'a': \"5\" is not a whole number"


def test_what_should_be_an_object_and_is_none_is_a_fault() -> None:
    column = RawColumn("a.b.c", "DOUBLE", optional=True)
    for record in ({}, {"a": None}, {"a": {}}, {"a": {"b": None}}, {"a": {"b": {"c": None}}}):
        assert values_of(record, (column,)) == [None]
    assert values_of({"a": 5}, (column,)) == "'a': 5 is not an object of named values"
    assert values_of({"a": {"b": "abc"}}, (column,)) == "'a.b': \"abc\" is not an object of named values"


EXTREMES: dict[str, list[Any]] = {
    "BIGINT": [None, 0, -1, 2**63 - 1, -(2**63)],
    "DOUBLE": [None, 0.0, -1.0, 1.7e308, -1.7e308],
    "VARCHAR": [None, "", "abc", "9" * 400, '"', "\u2028"],
}
PAIRINGS = [(dataset, pairing.name) for dataset, found in sources().items() for pairing in found.pairings]


@pytest.mark.parametrize(("dataset", "name"), PAIRINGS)
def test_no_typed_value_stops_a_pairing(dataset: str, name: str, tmp_path: Path) -> None:
    found = source(dataset)
    pairing = next(pairing for pairing in found.pairings if pairing.name == name)
    stage = Stage(found, tmp_path)
    for kind in [kind for kind in found.files if kind.name in pairing.reads]:
        cycles = {c.name: itertools.cycle(EXTREMES[c.type][i % 5 :] + EXTREMES[c.type]) for i, c in enumerate(kind.columns)}
        cells = {c.name: pl.Series([next(cycles[c.name]) for _ in range(331)], dtype=DTYPES[c.type]) for c in kind.columns}
        labels = dict.fromkeys(kind.labels_of(Path("x/node1.txt")), "x")
        stage.add(kind, pl.DataFrame(cells).with_columns(source_row=pl.int_range(1, 332), **{k: pl.lit(v) for k, v in labels.items()}))
    assert sum(int(frame["records"].sum()) for frame in stage.pair(pairing, 1 << 28)) == 331 * len(pairing.counts)


def test_sums_are_the_same_however_records_are_staged(tmp_path: Path) -> None:
    kind = next(kind for kind in source("google-2011").files if kind.name == "task_events")
    shares = [0.1 + 0.001 * (i % 97) for i in range(30_000)]
    cells: dict[str, Any] = {column.name: pl.lit(None, DTYPES[column.type]) for column in kind.columns}
    cells |= {"time": pl.lit(5), "job_id": pl.lit("7"), "event_type": pl.lit(0), "task_index": pl.int_range(30_000)}
    frame = pl.DataFrame({"cpu_request": shares}).with_columns(
        source_row=pl.int_range(1, 30_001), **{**cells, "cpu_request": pl.col("cpu_request")}
    )
    total = 0.0
    for share in shares:
        total += share
    pairing = next(pairing for pairing in source("google-2011").pairings if pairing.name == "jobs")
    for rows in (30_000, 7_001, 500):
        stage = Stage(source("google-2011"), tmp_path / str(rows))
        for start in range(0, 30_000, rows):
            stage.add(kind, frame[start : start + rows])
        assert [batch["cpu_request"].to_list() for batch in stage.pair(pairing, 1 << 28)] == [[total]]


def test_a_paired_kind_with_a_nested_column_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    shutil.copytree(source("google-2019").folder, folder)
    text = (folder / "source.toml").read_text(encoding="utf-8")
    for old, new, reason in (
        (
            '"capacity.cpus" = { type = "DOUBLE"',
            '"capacity.cpus" = { type = "JSON"',
            "columns.capacity.cpus.quoted: it is of BIGINT, DOUBLE, VARCHAR in JSON",
        ),
        ('"capacity.cpus" = { type = "DOUBLE", optional = true, quoted = true }', '"capacity" = "JSON"', "machine_events.capacity is JSON"),
        ('name = "machine_events"', 'name = "machine_events"\nneeds = ["machine"]', "there is no kind of file 'machine'"),
    ):
        (folder / "source.toml").write_text(text.replace(old, new, 1), encoding="utf-8")
        with pytest.raises(DeclarationError, match=reason):
            load_source(folder)


def test_manifests_of_a_lake_with_one_bad_value_add_up(tmp_path: Path) -> None:
    raw = tmp_path / "raw"
    shutil.copytree(SAMPLES / "google-2019", raw)
    name, line = _line("instance_events", EVENT, time="abc")
    with (raw / name).open("a", encoding="utf-8") as file:
        file.write(line + "\n")
    _ingest("google-2019", raw, tmp_path / "lake")
    (manifest,) = read_manifests(Lake(tmp_path / "lake").layout)
    profile = Lake(tmp_path / "lake").sql("SELECT DISTINCT table_name, records, rejected FROM ingest_profile ORDER BY 1").rows()
    assert profile == sorted((name, count.records, count.rejected) for name, count in manifest.tables.items())
    assert [rejected for name, _, rejected in profile if name == "placement"] == [1]
