"""SQL of others reads what it is given and does nothing else."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import duckdb
import polars as pl
import pyarrow as pa
import pytest

from tracekit.api import Lake
from tracekit.box.lake import open_box
from tracekit.box.run import Limits, run
from tracekit.box.statement import REFUSED_FUNCTIONS, TABLE_FUNCTIONS, check
from tracekit.errors import UsageError
from tracekit.lake.layout import Layout

Run = Callable[..., "subprocess.CompletedProcess[str]"]

HEADER = "Timestamp,Model,Request tokens,Response tokens,Total tokens,Log Type"
ROWS = 200

# {part} is a Parquet file of the lake, {lake} its folder, {beside} a folder beside it with in.csv and in.parquet.
WRITES = """
INSERT INTO llm_request SELECT * FROM llm_request
UPDATE llm_request SET input_tokens = 0
DELETE FROM llm_request
TRUNCATE llm_request
DROP VIEW llm_request
ALTER VIEW llm_request RENAME TO x
CREATE TABLE x AS SELECT 1
CREATE TEMP TABLE x AS SELECT 1
CREATE VIEW x AS SELECT 1
CREATE OR REPLACE TEMP VIEW llm_request AS SELECT 1
CREATE MACRO x() AS 1
CREATE SCHEMA mosaic
CREATE SEQUENCE s
CREATE TYPE mood AS ENUM ('a')
CREATE SECRET s (TYPE http)
COPY (SELECT 1) TO '{beside}/out.csv'
COPY (SELECT 1) TO '{beside}/in.csv' (USE_TMP_FILE false)
COPY (SELECT 1) TO '{part}' (FORMAT parquet, USE_TMP_FILE false)
COPY (SELECT 1) TO '{lake}/llm_request' (FORMAT parquet, PARTITION_BY (a), OVERWRITE_OR_IGNORE)
COPY (SELECT 1) TO '/dev/stdout'
COPY llm_request FROM '{beside}/in.csv'
COPY FROM DATABASE memory TO other
EXPORT DATABASE '{beside}/dump'
IMPORT DATABASE '{beside}/dump'
EXPLAIN ANALYZE COPY (SELECT 1) TO '{part}' (FORMAT parquet, USE_TMP_FILE false)
EXPLAIN COPY (SELECT 1) TO '{beside}/out.csv'
EXPLAIN (ANALYZE) COPY (SELECT 1) TO '{beside}/out.csv'
explain/**/analyze copy (select 1) to '{beside}/out.csv'
EXPLAIN ANALYZE CREATE TABLE x AS SELECT 1
EXPLAIN ANALYZE WITH a AS (COPY (SELECT 1) TO '{part}' (FORMAT parquet, USE_TMP_FILE false)) SELECT 1
EXPLAIN (FORMAT json) WITH a AS (COPY (SELECT 1) TO '{beside}/out.csv') SELECT 1
WITH a AS (COPY (SELECT 1) TO '{beside}/out.csv') SELECT 1
WITH a AS (COPY (SELECT 1) TO '{part}' (FORMAT parquet, USE_TMP_FILE false)) SELECT 1
WITH a AS MATERIALIZED (COPY (SELECT 1) TO '{part}' (FORMAT parquet, USE_TMP_FILE false)) FROM a
WITH a AS (SELECT 1), b AS (COPY (FROM a) TO '{part}' (FORMAT parquet, USE_TMP_FILE false)) FROM a, b
WITH a AS (INSERT INTO llm_request SELECT * FROM llm_request RETURNING *) SELECT * FROM a
WITH a AS (DELETE FROM llm_request RETURNING *) SELECT * FROM a
WITH a AS (UPDATE llm_request SET trace = 'x' RETURNING *) SELECT * FROM a
SELECT (WITH a AS (COPY (SELECT 1) TO '{part}' (FORMAT parquet, USE_TMP_FILE false)) SELECT 1)
FROM (WITH a AS (COPY (SELECT 1) TO '{part}' (FORMAT parquet, USE_TMP_FILE false)) SELECT 1)
SELECT 1 UNION ALL (WITH a AS (COPY (SELECT 1) TO '{part}' (FORMAT parquet, USE_TMP_FILE false)) SELECT 1)
DESCRIBE (WITH a AS (COPY (SELECT 1) TO '{part}' (FORMAT parquet, USE_TMP_FILE false)) SELECT 1)
WITH a AS (COPY (SELECT 1) TO '{part}' (FORMAT parquet, USE_TMP_FILE false)) PIVOT llm_request ON trace USING count(*)
PIVOT (WITH a AS (COPY (SELECT 1) TO '{part}' (FORMAT parquet, USE_TMP_FILE false)) FROM llm_request) ON trace USING count(*)
ATTACH '{beside}/new.duckdb'
ATTACH '{part}' AS part
ATTACH '{lake}/tracekit.duckdb' AS c (READ_WRITE)
DETACH memory
USE memory
INSTALL httpfs
LOAD httpfs
FORCE INSTALL spatial FROM community
UPDATE EXTENSIONS
SET threads = 1
SET enable_external_access = true
SET lock_configuration = false
SET allowed_paths = ['{beside}/in.csv']
SET VARIABLE x = 1
SET search_path = 'temp'
RESET memory_limit
PRAGMA enable_profiling
PRAGMA profile_output = '{beside}/profile.json'
PRAGMA database_list
PRAGMA add_parquet_key('k', '0123456789112345')
PREPARE p AS SELECT 1
EXECUTE p
DEALLOCATE p
CALL enable_logging(storage = 'file', storage_config = {{'path': '{beside}/log'}})
CHECKPOINT
VACUUM
ANALYZE
BEGIN TRANSACTION
COMMIT
COMMENT ON VIEW llm_request IS 'x'
SELECT 1; SELECT 2
SELECT 1; COPY (SELECT 1) TO '{beside}/out.csv'
SELECT 1 /* ; */; DROP VIEW llm_request -- SELECT
/* SELECT */ COPY /* 1 */ (SELECT 1) TO '{beside}/out.csv' -- SELECT
-- nothing but a comment
;
""".strip().splitlines()

READS = """
FROM read_text('/etc/hostname')
FROM read_text('{lake}/../beside/in.csv')
FROM read_blob('/etc/hostname')
FROM '/etc/hostname'
FROM '{beside}/in.csv'
FROM read_csv('{beside}/in.csv')
FROM read_csv_auto(['{part}', '{beside}/in.csv'])
FROM read_parquet('{beside}/in.parquet')
FROM read_parquet('{beside}/*.parquet')
FROM read_json('{beside}/in.csv')
FROM sniff_csv('{beside}/in.csv')
FROM parquet_metadata('{beside}/in.parquet')
FROM query_table('{beside}/in.csv')
FROM glob('{beside}/*')
FROM glob('/etc/*')
FROM read_text('{manifest}')
FROM read_text('{lake}/link.txt')
FROM read_duckdb('{lake}/tracekit.duckdb')
FROM read_csv('http://127.0.0.1:9/x.csv')
FROM 'https://127.0.0.1:9/x.parquet'
FROM 's3://bucket/x.parquet'
FROM read_text('/proc/self/environ')
SELECT getenv('HOME')
SELECT current_setting('allowed_paths')
SELECT getvariable('x')
SELECT write_log('x')
FROM duckdb_settings()
FROM duckdb_secrets()
FROM duckdb_logs()
FROM query('WITH a AS (COPY (SELECT 1) TO ''{part}'') SELECT 1')
FROM query('SELECT 1')
FROM json_execute_serialized_sql(json_serialize_sql('SELECT 1'))
FROM system.main.json_execute_serialized_sql(json_serialize_sql('SELECT 1'))
PIVOT (FROM "json_execute_serialized_sql"(json_serialize_sql('SELECT 1 AS a'))) ON a USING count(*)
FROM arrow_scan(1, 2, 3)
FROM pandas_scan(1)
FROM python_map_function(1)
FROM enable_logging()
FROM checkpoint()
FROM create_external_resource('x')
FROM frame
SELECT $1
SELEC 1
SELECT nope
""".strip().splitlines()

# What everyone needs, with the number of rows that it gives.
LEGITIMATE = [
    ("SELECT count(*) FROM llm_request", 1),
    ("FROM llm_request", ROWS),
    ("TABLE llm_request", ROWS),
    ("SELECT * FROM arrival WHERE stream = 'llm_request'", ROWS),
    ("SELECT dataset, requests FROM llm_tokens(p_dataset := 'burstgpt')", 1),
    ("FROM ARRIVAL_INTERARRIVAL()", 1),
    ("WITH a AS (SELECT model, count(*) AS n FROM llm_request GROUP BY ALL) SELECT * FROM a ORDER BY n DESC", 2),
    (
        "SELECT sum(input_tokens) OVER (ORDER BY source_row ROWS 3 PRECEDING) FROM llm_request QUALIFY row_number() OVER () < 8",
        7,
    ),
    ("PIVOT llm_request ON model USING count(*) GROUP BY dataset", 1),
    ("PIVOT llm_request ON model IN ('GPT-4') USING count(*) GROUP BY dataset", 1),
    ("WITH p AS (PIVOT llm_request ON model USING count(*) GROUP BY dataset) FROM p", 1),
    ("UNPIVOT (SELECT input_tokens, output_tokens FROM llm_request) ON COLUMNS(*) INTO NAME n VALUE v", 2 * ROWS),
    ("WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < 5) FROM r", 5),
    (
        "FROM llm_request ASOF JOIN (SELECT dataset AS d, arrived_us AS t FROM llm_request) ON dataset = d AND arrived_us >= t",
        ROWS,
    ),
    ("VALUES (1), (2)", 2),
    ("SELECT 1 UNION SELECT 2 EXCEPT SELECT 3 ORDER BY 1 LIMIT 50%", 1),
    ("SELECT unnest(range(4)), random(), 'copy; drop', list_transform([1], lambda x: x + 1)", 4),
    ("-- a comment\nSELECT 1 /* another; */;", 1),
    ("DESCRIBE SELECT 1 AS a, 2 AS b", 2),
    ("SUMMARIZE SELECT input_tokens FROM llm_request", 1),
    ("SELECT name FROM (SHOW TABLES) WHERE name = 'llm_request'", 1),
    ("SELECT count(*) FROM duckdb_functions() WHERE function_name = 'llm_tokens'", 1),
    ("SELECT table_name FROM information_schema.tables WHERE table_name = 'recording'", 1),
    ("EXPLAIN SELECT * FROM llm_request", 1),
    ("EXPLAIN (FORMAT json) FROM llm_request", 1),
    ("/* why */ EXPLAIN ANALYZE SELECT count(*) FROM llm_request", 1),
    ("SELECT count(*) FROM read_parquet('{part}')", 1),
    ("FROM '{part}'", ROWS),
]


def _raw(rows: int) -> str:
    lines = [f"{5 * i},{'GPT-4' if i % 4 else 'ChatGPT'},{100 + i},{10 + i % 7},{110 + i + i % 7},Conversation log" for i in range(rows)]
    return "\n".join([HEADER, *lines]) + "\n"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A lake with its catalog, a folder beside it, and a link in the lake that leads out."""
    from tracekit.ingest.run import ingest
    from tracekit.query.macro import macro_statements
    from tracekit.sources.load import source

    root = tmp_path_factory.mktemp("box")
    raw = root / "a.csv"
    raw.write_text(_raw(ROWS))
    ingest(source("burstgpt"), [raw], root / "lake", macros=macro_statements()[:2])
    (root / "beside").mkdir()
    (root / "beside" / "in.csv").write_text("x,y\n1,2\n3,4\n")
    pl.DataFrame({"x": [1]}).write_parquet(root / "beside" / "in.parquet")
    (root / "lake" / "link.txt").symlink_to("/etc/hostname")
    part = next((root / "lake" / "llm_request").rglob("*.parquet"))
    manifest = next((root / "lake" / "_manifests").rglob("*.json"))
    # The first to open a lake brings its catalog up to date.
    Lake(root / "lake")
    return {"manifest": manifest, "root": root, "lake": root / "lake", "beside": root / "beside", "part": part}


def _state(place: dict[str, Path]) -> dict[str, tuple[str, int]]:
    """Returns the hash and the time of every file of the lake and beside it."""
    files = [path for path in place["root"].rglob("*") if path.is_file() and not path.is_symlink()]
    return {str(path): (hashlib.sha256(path.read_bytes()).hexdigest(), path.stat().st_mtime_ns) for path in files}


def test_nothing_that_acts_gets_through(place: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert len(WRITES) + len(READS) >= 100
    frame = pl.DataFrame({"x": [1]})
    before = _state(place)
    lake = Lake(place["lake"])
    through = []
    for text in [line.format(**place) for line in (*WRITES, *READS)]:
        try:
            through.append((text, lake.sql(text).rows()))
        except UsageError:
            continue
    assert through == []
    assert _state(place) == before
    assert list(tmp_path.iterdir()) == []
    assert frame.height == 1


@pytest.mark.parametrize("line", range(0, len(WRITES), 6))
def test_process_refuses_as_well(line: int, place: dict[str, Path]) -> None:
    before = _state(place)
    with pytest.raises(UsageError), run(Layout(place["lake"]), WRITES[line].format(**place)) as stream:
        list(stream)
    assert _state(place) == before


@pytest.mark.parametrize(("text", "rows"), LEGITIMATE)
def test_what_reads_is_answered(text: str, rows: int, place: dict[str, Path]) -> None:
    assert Lake(place["lake"]).sql(text.format(**place)).height == rows


def test_process_gives_the_same_rows(place: dict[str, Path]) -> None:
    text = "SELECT model, sum(input_tokens) AS n, [1, 2] AS l, 1.5 AS d FROM llm_request GROUP BY model ORDER BY model"
    lake = Lake(place["lake"])
    here, there = lake.sql(text), lake.sql(text, timeout_s=60)
    assert here.equals(there)
    # Every fourth request is of ChatGPT: 100 + 0, 100 + 4, …, 100 + 196.
    chat = sum(100 + i for i in range(0, ROWS, 4))
    assert here["n"].to_list() == [chat, sum(100 + i for i in range(ROWS)) - chat]


def test_a_result_without_rows_has_its_columns(place: dict[str, Path], cli: Run) -> None:
    text = "SELECT model, input_tokens FROM llm_request WHERE false"
    assert Lake(place["lake"]).sql(text, timeout_s=60).schema == Lake(place["lake"]).sql(text).schema
    shown = cli("sql", text, "--format", "csv", "--lake", place["lake"])
    assert (shown.returncode, shown.stdout) == (0, "model,input_tokens\n")
    assert cli("sql", text, "--lake", place["lake"]).returncode == 0


def test_every_acting_function_of_the_engine_was_looked_at() -> None:
    """A new engine brings new functions: those that are volatile are refused, or known to do no harm."""
    harmless = {"random", "uuid", "uuidv4", "uuidv7", "gen_random_uuid", "error", "stats", "vector_type"}
    tells_its_own_number = {"current_connection_id", "current_query", "current_query_id", "current_transaction_id"}
    with duckdb.connect() as connection:
        scalar = "SELECT function_name FROM duckdb_functions() WHERE function_type = 'scalar' AND stability = 'VOLATILE'"
        volatile = {name for (name,) in connection.execute(scalar).fetchall()}
        known = {name for (name,) in connection.execute("SELECT function_name FROM duckdb_functions()").fetchall()}
    assert volatile - REFUSED_FUNCTIONS == harmless | tells_its_own_number
    assert known >= REFUSED_FUNCTIONS
    assert known >= TABLE_FUNCTIONS


def test_queries_of_the_library_pass_the_gate() -> None:
    from tracekit.query import library

    queries = [*library.load().values(), *library.fragments().values()]
    macros = {query.macro for query in queries}
    with duckdb.connect() as connection:
        assert [query.name for query in queries if check(connection, query.sql, macros) != query.sql] == []


def test_engine_alone_opens_the_lakes_files_only(place: dict[str, Path]) -> None:
    """Without the gate the walls of the engine still stand."""
    with open_box(Layout(place["lake"]), "FROM llm_request") as connection:
        for text in [line.format(**place) for line in READS if "read_" in line or "glob" in line]:
            with pytest.raises(duckdb.Error):
                connection.execute(text).fetchall()
        for text in ("SET enable_external_access = true", "SET allowed_paths = ['/etc/hostname']", "INSTALL httpfs", "LOAD httpfs"):
            with pytest.raises(duckdb.Error):
                connection.execute(text)


@pytest.mark.skipif(sys.platform != "linux", reason="Landlock is of Linux")
def test_process_can_write_no_file_even_without_the_gate(place: dict[str, Path]) -> None:
    code = """if True:
        import socket, subprocess, sys
        from tracekit.box.system import forbid_writing
        from tracekit.box.walls import connect, raise_walls
        print(forbid_writing())
        connection = connect()
        raise_walls(connection, sys.argv[1:])
        print(connection.sql(f"SELECT count(*) FROM '{sys.argv[1]}'").fetchall()[0][0])
        for act in (
            lambda: connection.execute(f"COPY (SELECT 1) TO '{sys.argv[1]}' (FORMAT parquet, USE_TMP_FILE false)"),
            lambda: open(sys.argv[1], "r+b"),
            lambda: open(sys.argv[1] + ".new", "wb"),
            lambda: __import__("os").remove(sys.argv[1]),
            lambda: __import__("os").rename(sys.argv[1], sys.argv[1] + ".old"),
            lambda: subprocess.run(["/bin/true"]),
        ):
            try:
                act()
            except Exception as error:
                print(type(error).__name__)
            else:
                print("DONE")
    """
    before = _state(place)
    done = subprocess.run([sys.executable, "-c", code, str(place["part"])], capture_output=True, text=True, check=True)
    stands, rows, *acts = done.stdout.split()
    assert _state(place) == before
    if stands == "False":
        pytest.skip("this kernel has no Landlock")
    assert rows == str(ROWS)
    assert acts == ["IOException", *["PermissionError"] * 5]


def test_files_opens_a_folder_for_reading_alone(place: dict[str, Path], cli: Run) -> None:
    beside = place["beside"]
    (beside / "below [1]").mkdir(exist_ok=True)
    (beside / "below [1]" / "more.csv").write_text("x,y\n5,6\n")
    (beside / "out.txt").symlink_to("/etc/hostname")
    before = _state(place)
    lake = Lake(place["lake"])
    files = [beside]
    assert lake.sql(f"FROM '{beside}/in.csv'", files=files).rows() == [(1, 2), (3, 4)]
    assert lake.sql(f"SELECT sum(x) FROM read_csv('{beside}/**/*.csv')", files=files).item() == 9
    assert lake.sql(f"FROM '{beside}/below [1]/more.csv'", files=files, timeout_s=60).rows() == [(5, 6)]
    assert lake.sql(f"SELECT count(*) FROM llm_request JOIN '{beside}/in.parquet' ON true", files=files).item() == ROWS
    for text in (
        f"FROM read_text('{beside}/out.txt')",
        f"FROM read_text('{beside}/*.txt')",
        f"FROM glob('{beside}/../*')",
        f"COPY (SELECT 1) TO '{beside}/in.csv' (USE_TMP_FILE false)",
        f"WITH a AS (COPY (SELECT 1) TO '{beside}/in.csv' (USE_TMP_FILE false)) SELECT 1",
        f"COPY (SELECT 1) TO '{beside}/new.csv'",
    ):
        with pytest.raises(UsageError):
            lake.sql(text, files=files)
    done = cli("sql", f"FROM '{beside}/in.csv'", "--lake", place["lake"], "--files", beside, "--format", "json")
    assert json.loads(done.stdout) == [{"x": 1, "y": 2}, {"x": 3, "y": 4}]
    assert cli("sql", "SELECT 1", "--lake", place["lake"], "--files", beside / "nowhere").returncode == 2
    assert _state(place) == before
    (beside / "out.txt").unlink()


@pytest.mark.parametrize(
    "text",
    [
        "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT 1 FROM r) SELECT count(*) FROM r",
        "SELECT length(repeat('x', 2000000000))",
        "SELECT count(*) FROM range(1000000000) a, range(1000000000) b WHERE hash(a.range) = hash(b.range)",
        "SELECT sleep_days FROM (SELECT sum(hash(i)) AS sleep_days FROM range(9000000000000) t(i))",
    ],
)
def test_time_and_memory_are_bounded(text: str, place: dict[str, Path]) -> None:
    began = time.monotonic()
    with (
        pytest.raises(UsageError, match=r"longer than 2 s|out of memory|ended its process"),
        run(Layout(place["lake"]), text, limits=Limits(2, "300MB")) as stream,
    ):
        list(stream)
    # The start of a process, on a machine that is busy, and two seconds.
    assert time.monotonic() - began < 60


def test_limits_on_the_command_line(place: dict[str, Path], cli: Run) -> None:
    late = cli("sql", "SELECT sum(hash(i)) FROM range(9000000000000) t(i)", "--lake", place["lake"], "--timeout", "1")
    assert (late.returncode, late.stdout) == (2, "")
    assert "longer than 1 s" in late.stderr
    assert "--timeout" in late.stderr
    much = "SELECT count(*) FROM (SELECT DISTINCT i FROM range(100000000) t(i))"
    full = cli("sql", much, "--lake", place["lake"], "--memory-limit", "100MB")
    assert (full.returncode, full.stdout) == (2, "")
    assert "memory" in full.stderr
    assert cli("sql", "SELECT 1", "--lake", place["lake"], "--timeout", "0").returncode == 2
    assert "write 512MB or 2GB" in cli("sql", "SELECT 1", "--lake", place["lake"], "--memory-limit", "lots").stderr
    with pytest.raises(UsageError, match="lots"):
        Lake(place["lake"], "lots").sql("SELECT 1")


def _children(process: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{process}/task/{process}/children").read_text().split()]


def _is_computing(process: int) -> bool:
    """Whether a process has threads of an engine and a second of work behind it."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return int(fields[17]) > 2 and int(fields[11]) / os.sysconf("SC_CLK_TCK") > 2


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_stopping_leaves_no_process(how: signal.Signals, place: dict[str, Path]) -> None:
    command = ["sql", "SELECT sum(hash(i)) FROM range(9000000000000) t(i)", "--lake", str(place["lake"])]
    code = f"from tracekit.cli import main; main({command!r})"
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as asked:
        deadline = time.monotonic() + 60
        while not (children := [child for child in _children(asked.pid) if _is_computing(child)]) and time.monotonic() < deadline:
            time.sleep(0.1)
        asked.send_signal(how)
        _, said = asked.communicate(timeout=60)
    assert asked.returncode == (1 if how == signal.SIGINT else -how)
    assert "Traceback" not in said
    deadline = time.monotonic() + 30
    while any(Path(f"/proc/{child}").exists() for child in children) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert [child for child in children if Path(f"/proc/{child}").exists()] == []


def test_rows_stream_and_are_not_held(place: dict[str, Path]) -> None:
    with run(Layout(place["lake"]), "SELECT i FROM range(9000000000000) t(i)") as stream:
        batches = iter(stream)
        rows = [next(batches) for _ in range(5)]
    assert pa.Table.from_batches(rows)["i"].to_pylist()[:3] == [0, 1, 2]


def test_environment_and_folder_do_not_reach_the_process(place: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A module of the current folder is not imported, and a token of the environment is not handed on."""
    (tmp_path / "duckdb.py").write_text("raise SystemExit('imported from the current folder')")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HF_TOKEN", "secret")
    with run(Layout(place["lake"]), "SELECT i FROM range(9000000000000) t(i)") as stream:
        environment = Path(f"/proc/{stream._process.pid}/environ")
        if environment.exists():
            assert b"HF_TOKEN" not in environment.read_bytes()
    assert os.environ["HF_TOKEN"] == "secret"


def test_values_of_every_type_are_written(place: dict[str, Path], cli: Run, tmp_path: Path) -> None:
    text = (
        "SELECT 1.50 AS d, sum(i)::HUGEINT AS h, MAP {'a': 1} AS m, [1, NULL] AS l, INTERVAL 1 DAY AS v, 'x'::BLOB AS b, "
        "'nan'::DOUBLE AS n, {'at': DATE '2020-01-02'} AS s, TIMESTAMP_NS '2020-01-02 00:00:00.000000001' AS ns, "
        "TIMESTAMPTZ '2020-01-02 00:00:00+00' AS z, "
        "NULL AS nothing, 'a'::ENUM ('a') AS e FROM range(3) t(i)"
    )
    args = ("sql", text, "--lake", place["lake"], "--format")
    done = cli(*args, "json")
    assert json.loads(done.stdout) == [
        {
            "d": 1.5,
            "h": 3,
            "m": {"a": 1},
            "l": [1, None],
            "v": "1 day",
            "b": "78",
            "n": None,
            "s": {"at": "2020-01-02"},
            "ns": "2020-01-02 00:00:00.000000001",
            "z": "2020-01-02 00:00:00+00:00",
            "nothing": None,
            "e": "a",
        }
    ]
    assert json.loads(cli(*args, "jsonl").stdout) == json.loads(done.stdout)[0]
    assert cli(*args, "csv").returncode == 0
    code = f"from tracekit.cli import main; main({[*map(str, args), 'parquet']!r})"
    plain = code.replace("INTERVAL 1 DAY", "1")
    (tmp_path / "x.parquet").write_bytes(subprocess.run([sys.executable, "-c", plain], capture_output=True, check=True).stdout)
    assert pl.read_parquet(tmp_path / "x.parquet")["h"].to_list() == [3]


def test_unknown_name_gets_a_hint(place: dict[str, Path]) -> None:
    with pytest.raises(UsageError, match="Did you mean 'llm_request'"):
        Lake(place["lake"]).sql("FROM llm_requests")
    with pytest.raises(UsageError, match="Did you mean 'llm_tokens'"):
        Lake(place["lake"]).sql("FROM llm_token()")
