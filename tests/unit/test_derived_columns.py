"""What follows from two other columns is known wherever they are; what ends before it starts is unknown, and counted."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest
from handmade import make_tables

from tracekit.api import Lake
from tracekit.errors import DeclarationError
from tracekit.ingest.run import ingest
from tracekit.query.library import capability
from tracekit.schema.load import load_schema, tables
from tracekit.sources.load import source
from tracekit.sources.mapping_file import parse_mapping

S = 1_000_000
JOBS: list[dict[str, Any]] = [
    {"job_id": "whole", "submitted_us": 0, "started_us": 10 * S, "ended_us": 110 * S, "gpus": 1.0},
    {"job_id": "no end", "submitted_us": 5 * S, "started_us": 15 * S, "run_s": 60.0, "gpus": 4.0},
    {"job_id": "backwards", "submitted_us": 15 * S, "started_us": 200 * S, "ended_us": 150 * S, "gpus": 8.0},
    {"job_id": "backwards but timed", "submitted_us": 16 * S, "started_us": 200 * S, "ended_us": 150 * S, "run_s": 30.0, "gpus": 1.0},
    {"job_id": "before its submission", "submitted_us": 40 * S, "started_us": 20 * S, "ended_us": 80 * S, "gpus": 1.0},
    {
        "job_id": "two runs",
        "submitted_us": 50 * S,
        "started_us": 60 * S,
        "ended_us": 70 * S,
        "run_s": 20.0,
        "wait_s": 4.0,
        "gpus": 1.0,
    },
]


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return make_tables(tmp_path / "lake", {"cluster_job": [{"status": "completed", "cpus": 2.0} | job for job in JOBS]})


def _view(lake: Lake, columns: str) -> dict[str, tuple[Any, ...]]:
    return {row[0]: row[1:] for row in lake.sql(f"SELECT job_id, {columns} FROM cluster_job ORDER BY source_row").rows()}


def test_views_know_run_wait_and_end_wherever_two_of_three_are(lake: Lake) -> None:
    assert _view(lake, "run_s, wait_s, ended_us / 1000000, ran_s, waited_s, is_backwards") == {
        "whole": (100.0, 10.0, 110, 100.0, 10.0, False),
        "no end": (60.0, 10.0, 75, 60.0, 10.0, None),
        "backwards": (None, 185.0, 150, None, 185.0, True),
        "backwards but timed": (30.0, 184.0, 150, 30.0, 184.0, True),
        "before its submission": (60.0, None, 80, 60.0, None, False),
        # What is published stays as it is; the instants decide how long it ran.
        "two runs": (20.0, 4.0, 70, 10.0, 10.0, False),
    }
    told = _view(lake, "basis")
    assert told["whole"] == ("run: ended - started, wait: started - submitted, end: as published",)
    assert told["no end"] == ("run: as published, wait: started - submitted, end: started + run",)
    assert told["backwards"] == ("wait: started - submitted, end: as published",)
    ends = lake.sql("SELECT ended_us, ended_at FROM cluster_job WHERE job_id = 'no end'").rows()
    assert ends == [(75 * S, None)]


def test_files_keep_what_was_published(lake: Lake) -> None:
    stored = lake.table("cluster_job").collect()
    assert stored["ended_us"].to_list() == [job.get("ended_us") for job in JOBS]
    assert stored["run_s"].to_list() == [job.get("run_s") for job in JOBS]
    assert "basis" not in stored.columns


def test_derived_end_has_its_calendar_instant(tmp_path: Path) -> None:
    made = make_tables(tmp_path / "dated", {"cluster_job": [{"status": "completed", **JOBS[1]}]}, dt.datetime(2026, 3, 1))
    assert made.sql("SELECT ended_at FROM cluster_job").rows() == [(dt.datetime(2026, 3, 1, 0, 1, 15),)]


def test_jobs_that_end_before_they_start_have_no_run_and_are_counted(lake: Lake) -> None:
    [status] = lake.query("cluster/job_status").to_dicts()
    hours = (1 * 100 + 4 * 60 + 1 * 30 + 1 * 60 + 1 * 10) / 3600
    assert (status["jobs"], status["jobs_without_run"], status["gpu_hours"]) == (6, 1, pytest.approx(hours))
    durations = lake.query("cluster/durations", quantiles=[0.0, 0.5, 1.0]).to_dicts()
    assert [(row["run_s"], row["jobs"], row["jobs_without_run"]) for row in durations] == [(10.0, 5, 1), (60.0, 5, 1), (100.0, 5, 1)]
    groups = {row["group_name"]: row for row in lake.query("cluster/job_hours").to_dicts()}
    assert groups["8 to 15"]["gpu_hours"] == 0
    assert groups["8 to 15"]["jobs_without_run"] == 1
    [delay] = lake.query("cluster/queue_delay").to_dicts()
    # The job that starts before its submission waits for nobody knows how long: 10, 10, 185, 184 and 10 s are left.
    assert (delay["jobs"], delay["negative"], delay["wait_mean_s"], delay["zero_ratio"]) == (6, 1, pytest.approx(399 / 5), 0)


def test_no_step_of_running_jobs_runs_backwards(lake: Lake) -> None:
    steps = lake.query("cluster/running").to_dicts()
    assert min(step["running"] for step in steps) >= 0
    jobs = [step for step in steps if step["resource"] == "jobs"]
    # 100 + 60 + 30 + 60 + 10 s of jobs, the backwards one left out.
    assert sum(step["running"] * step["width_s"] for step in jobs) == pytest.approx(260)


def test_exports_write_unknown_and_say_how_many(lake: Lake, tmp_path: Path) -> None:
    lake.export("handmade", "swf", tmp_path / "x.swf")
    rows = [line.split() for line in (tmp_path / "x.swf").read_text().splitlines() if not line.startswith(";")]
    assert [(row[2], row[3]) for row in rows] == [
        ("10", "100"),
        ("10", "60"),
        ("185", "-1"),
        ("184", "30"),
        ("-1", "60"),
        ("10", "10"),
    ]
    record = json.loads((tmp_path / "x.swf.export.json").read_text())
    assert any(note.startswith("rows that end before they start: 2;") for note in record["notes"])
    lake.export("handmade", "batsim", tmp_path / "x.json")
    assert json.loads((tmp_path / "x.json.export.json").read_text())["rows"]["without_values"] == 1


MAPPING = """
dataset = "mine"
table = "{table}"
trace = "t"
[columns]
"""


def test_backwards_rows_are_counted_at_ingest(tmp_path: Path) -> None:
    (tmp_path / "raw.csv").write_text("job,s,e\na,5,9\nb,9,5\nc,7,\nd,3,3\n")
    text = MAPPING.format(table="placement") + 'job_id = "job"\nstarted_us = { column = "s", unit = "s" }\n'
    ingest(
        parse_mapping(text + 'ended_us = { column = "e", unit = "s" }', Path("m.toml")), [tmp_path / "raw.csv"], tmp_path / "l", macros=[]
    )
    lake = Lake(tmp_path / "l")
    assert lake.query("quality/scorecard").to_dicts()[0]["backwards"] == 1
    assert lake.sql("SELECT job_id FROM placement WHERE is_backwards").rows() == [("b",)]


def test_erratum_counts_jobs_as_it_does_placements(tmp_path: Path) -> None:
    (tmp_path / "batch_task.csv").write_text("t1,1,back,1,Terminated,500,450,100,1\nt1,1,fine,1,Terminated,100,200,100,1\n")
    (tmp_path / "batch_instance.csv").write_text("i,t,back,1,Terminated,500,450,m,1,1,1,1,1,1\n")
    outcome = ingest(source("alibaba-2018"), [tmp_path], tmp_path / "lake", macros=[])
    assert outcome.written[0].errata["alibaba-2018-backwards"] == 2
    [durations] = Lake(tmp_path / "lake").query("cluster/durations", quantiles=[0.0]).to_dicts()
    assert (durations["run_s"], durations["jobs"], durations["jobs_without_run"]) == (100.0, 1, 1)


INVOCATIONS = [("f", 0, 30), ("f", 20, 30), ("f", 100, 5), ("g", 0, 0), ("g", 61, 2), ("f", 166, 1)]


@pytest.mark.parametrize("given", ["started_us, duration_s", "started_us, ended_us", "started_us, ended_us, duration_s"])
def test_start_and_duration_make_an_end(tmp_path: Path, given: str) -> None:
    names = given.split(", ")
    rows = [
        {"function_id": f, "started_us": s * S, "ended_us": (s + d) * S, "duration_s": float(d), "is_ok": True} for f, s, d in INVOCATIONS
    ]
    kept = [{k: v for k, v in row.items() if k in ("function_id", *names)} for row in rows]
    lake = make_tables(tmp_path / "lake", {"function_invocation": kept})
    found = lake.sql("SELECT ended_us, duration_s FROM function_invocation ORDER BY source_row").rows()
    assert found == [(row["ended_us"], row["duration_s"]) for row in rows]
    cold = {
        (row["rule"], row["keepalive_s"]): row["cold_starts"] for row in lake.query("serverless/keepalive", keepalive_s=[60.0]).to_dicts()
    }
    # f at 20 finds its instance busy, at 100 the one freed at 50, at 166 the one freed at 105 too late; g waits 61 s.
    assert cold["single", 60.0] == 5
    assert cold["idle", 60.0] == 4


def test_what_is_derived_answers_what_queries_require(tmp_path: Path) -> None:
    (tmp_path / "raw.csv").write_text("f,s,d\na,0,1\na,5,2\n")
    text = MAPPING.format(table="function_invocation") + 'function_id = "f"\nstarted_us = { column = "s", unit = "s" }\n'
    ingest(parse_mapping(text + 'duration_s = "d"', Path("m.toml")), [tmp_path / "raw.csv"], tmp_path / "l", macros=[])
    with Lake(tmp_path / "l").connect() as connection:
        reasons = {query: reason for _, query, reason in capability(connection)}
    assert reasons["serverless/keepalive"] is None
    assert reasons["serverless/concurrency"] is None


@pytest.mark.parametrize("name", [name for name, table in tables().items() if table.derived])
def test_derived_columns_have_their_types_and_rest_on_stored_ones(name: str, tmp_path: Path) -> None:
    lake = make_tables(tmp_path / "lake", {name: []})
    types = dict(lake.connect().execute(f"SELECT column_name, column_type FROM (DESCRIBE {name})").fetchall())
    for derived in tables()[name].derived:
        assert types[derived.field.name] == derived.field.type
        assert all(column in derived.sql for column in derived.needs)


def test_wrong_derived_column_is_refused(tmp_path: Path) -> None:
    fields = "".join(f'{n} = {{ type = "VARCHAR", unit = "id", text = "t" }}\n' for n in ("dataset", "trace", "x"))
    body = 'text = "t"\ngrain = "g"\nfamily = "llm"\ncolumns = ["dataset", "trace"]\nrequired = ["dataset"]\n'
    for wrong, words in (
        ('[derived.y]\nneeds = ["trace"]\nsql = "trace"', "'y' is not in fields.toml"),
        ('[derived.x]\nsql = "trace"', "derived.x: missing needs"),
        ('[derived.x]\nneeds = ["z"]\nsql = "z"', "needs: 'z' is not a column of the table"),
    ):
        (tmp_path / "fields.toml").write_text(fields)
        (tmp_path / "thing.toml").write_text(body + wrong)
        with pytest.raises(DeclarationError, match=words.replace("[", r"\[")):
            load_schema(tmp_path)
