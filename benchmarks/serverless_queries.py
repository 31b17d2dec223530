"""Serverless queries at the size of the releases: cold starts by runtime as they grow, and a keep-alive curve.

    python benchmarks/serverless_queries.py [--cold 1 4 12] [--invocations 1 10] [--folder DIR]

Sizes are in millions; ``--cold 0.1 --invocations 0.1`` takes seconds. The lake's tables are generated, with the release's real number of
functions. Every job is a process of its own, limited to two threads; wall time and peak memory are the whole process's, the time of the
query alone is printed beside it. The breakdown is held against a hand-written DuckDB script of one pass that joins the function table
row by row, the keep-alive curve against the textbook's: a stack of free instances per function in Python.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
from pathlib import Path

from ingest import measure
from laid import lay

COLD = """
import duckdb
from pathlib import Path
from tracekit.schema.duckdb import empty_select
from tracekit.schema.load import table
made = Path({made!r})
profile = made / "function_profile" / "huawei-cold-start-2025"
profile.mkdir(parents=True)
name = "(f % 2148) || '---' || (f % 1144) || '---pool' || (10 + f % 27) || '-300-128'"
pool = "'pool' || (10 + f % 27) || '-300-128'"
form = "(COMPRESSION zstd, COMPRESSION_LEVEL 3, ROW_GROUP_SIZE 122880)"
duckdb.sql("SELECT setseed(0.5)")
duckdb.sql(f\"\"\"COPY (SELECT 'huawei-cold-start-2025' AS dataset, 'R2' AS trace, {{name}} AS function_id,
    ['Python3', 'Java', 'Node.js', 'Custom', 'Go1.x', 'http', 'PHP7.3', 'Python2', 'C#'][1 + f % 9] AS runtime,
    ['TIMER-A', 'APIG-S', 'APIG-S TIMER-A'][1 + f % 3] AS trigger FROM range(2418) t(f)
    UNION ALL BY NAME {{empty_select(table("function_profile"))}}) TO '{{profile}}/R2.parquet'\"\"\")
for region in ("R1", "R2", "R3", "R4", "R5"):
    out = made / "cold_start" / "huawei-cold-start-2025"
    out.mkdir(parents=True, exist_ok=True)
    duckdb.sql(f\"\"\"COPY (SELECT 'huawei-cold-start-2025' AS dataset, '{{region}}' AS trace, i * 1000 AS occurred_us,
        {{name}} AS function_id, 'u' || f % 1144 AS user_id, {{pool}} || '-' || i AS pod_id, {{pool}} AS pool,
        md5(i::VARCHAR) AS request_id, 0.3 AS cpu_cores, 128.0 AS memory_mb, a + b + c + d AS total_s,
        a AS pod_allocation_s, b AS deploy_code_s, c AS deploy_dependency_s, d AS scheduling_s, i AS source_row
        FROM (SELECT i, CAST(floor(2418 * pow(random(), 3)) AS BIGINT) AS f, round(exp(2 * random() - 3), 6) AS a,
            round(exp(3 * random() - 3), 3) AS b, CASE WHEN random() < 0.6 THEN 0.0 ELSE round(exp(2 * random()), 3) END AS c,
            round(exp(random() - 1), 6) AS d FROM range({rows} // 5) t(i))
        UNION ALL BY NAME {{empty_select(table("cold_start"))}}) TO '{{out}}/{{region}}.parquet' {{form}}\"\"\")
"""
INVOCATIONS = """
import duckdb
from pathlib import Path
from tracekit.schema.duckdb import empty_select
from tracekit.schema.load import table
out = Path({made!r}) / "function_invocation" / "azure-functions-2021"
out.mkdir(parents=True)
form = "(COMPRESSION zstd, COMPRESSION_LEVEL 3, ROW_GROUP_SIZE 122880)"
duckdb.sql("SELECT setseed(0.5)")
duckdb.sql(f\"\"\"COPY (SELECT *, row_number() OVER (ORDER BY started_us) AS source_row FROM (
    SELECT 'azure-functions-2021' AS dataset, 'two-weeks' AS trace, s AS started_us,
    s + CAST(1e6 * exp(2 * random() - 1) AS BIGINT) AS ended_us,
    sha256(f::VARCHAR) AS function_id, sha256((f // 4)::VARCHAR) AS app_id
    FROM (SELECT CAST(random() * 1209600e6 AS BIGINT) AS s, CAST(floor(424 * pow(random(), 3)) AS BIGINT) AS f FROM range({rows})))
    UNION ALL BY NAME {{empty_select(table("function_invocation"))}} ORDER BY started_us) TO '{{out}}/two-weeks.parquet' {{form}}\"\"\")
"""
QUERY = """
import time
from tracekit.api import Lake
from tracekit.query import library
from tracekit.query.run import run
query = library.get({name!r})
with Lake({lake!r}).connect(list(query.reads)) as connection:
    connection.execute("SET threads = 2")
    start = time.perf_counter()
    rows = run(connection, query, {params!r}).rows
    Path({note!r}).write_text(f"{{time.perf_counter() - start:.2f}}")
assert rows
"""
BY_HAND = """
import time, duckdb
connection = duckdb.connect(config={{"threads": 2}})
start = time.perf_counter()
parts = ("pod_allocation_s", "deploy_code_s", "deploy_dependency_s", "scheduling_s")
shares = ", ".join(f"sum(c.{{p}}), avg(c.{{p}}), avg(c.{{p}} / c.total_s)" for p in parts)
connection.execute(f\"\"\"SELECT c.trace, f.runtime, count(*), avg(total_s), quantile_cont(total_s, [0.5, 0.99]), {{shares}}
    FROM read_parquet({cold!r}) c LEFT JOIN read_parquet({profile!r}) f ON c.trace = f.trace AND c.function_id = f.function_id
    WHERE c.total_s > 0 GROUP BY ALL\"\"\").fetchall()
Path({note!r}).write_text(f"{{time.perf_counter() - start:.2f}}")
"""
STACK = """
import heapq, time, duckdb
start = time.perf_counter()
keys = "app_id, function_id, started_us, source_row"
rows = duckdb.connect().execute(f"SELECT function_id, app_id, started_us, ended_us FROM read_parquet({parts!r}) ORDER BY {{keys}}")
waits, key, busy, free = [], None, [], []
while chunk := rows.fetchmany(100_000):
    for function, app, begin, end in chunk:
        if (app, function) != key:
            key, busy, free = (app, function), [], []
        while busy and busy[0] <= begin:
            free.append(heapq.heappop(busy))
        waits.append(begin - free.pop() if free else None)
        heapq.heappush(busy, end)
for seconds in {seconds!r}:
    sum(wait is None or wait > seconds * 1e6 for wait in waits)
Path({note!r}).write_text(f"{{time.perf_counter() - start:.2f}}")
"""
SECONDS = [round(10 ** (0.2 + 0.2 * i), 1) for i in range(20)]


def _timed(code: str, folder: Path, note: Path) -> tuple[float, float, float]:
    """Returns wall seconds of the process, its peak memory in MB, and the seconds of the query alone."""
    wall, peak = measure("from pathlib import Path\n" + code, folder)
    return wall, peak, float(note.read_text())


def _print(rows: int, jobs: dict[str, tuple[float, float, float]]) -> None:
    by_hand = next(iter(jobs.values()))[2]
    for name, (wall, peak, alone) in jobs.items():
        print(f"{rows:12,} {name:28} {wall:8.2f} {alone:8.2f} {alone / by_hand:6.2f} {peak:8.0f}", flush=True)


def cold_table(folder: Path, millions: list[float]) -> None:
    """Prints how cold_start_breakdown by runtime grows."""
    for million in millions:
        rows, lake, note = int(million * 1e6), folder / "lake", folder / "note"
        measure(COLD.format(made=str(folder / "made"), rows=rows), folder)
        lay(folder / "made", lake)
        cold, profile = (str(lake / name / "*" / "*" / "*.parquet") for name in ("cold_start", "function_profile"))
        query = QUERY.format(name="serverless/cold_start_breakdown", lake=str(lake), params={"by": "runtime"}, note=str(note))
        by_hand = _timed(BY_HAND.format(cold=cold, profile=profile, note=str(note)), folder, note)
        _print(rows, {"one pass by hand": by_hand, "breakdown by runtime": _timed(query, folder, note)})
        shutil.rmtree(lake)
        shutil.rmtree(folder / "made")


def keepalive_table(folder: Path, millions: list[float]) -> None:
    """Prints how a keep-alive curve of 20 values under `single` grows."""
    for million in millions:
        rows, lake, note = int(million * 1e6), folder / "lake", folder / "note"
        measure(INVOCATIONS.format(made=str(folder / "made"), rows=rows), folder)
        lay(folder / "made", lake)
        parts = str(lake / "function_invocation" / "*" / "*" / "*.parquet")
        params = {"rule": "single", "keepalive_s": SECONDS}
        query = QUERY.format(name="serverless/keepalive", lake=str(lake), params=params, note=str(note))
        by_hand = _timed(STACK.format(parts=parts, seconds=SECONDS, note=str(note)), folder, note)
        _print(rows, {"stacks by hand": by_hand, "keepalive single, 20 values": _timed(query, folder, note)})
        shutil.rmtree(lake)
        shutil.rmtree(folder / "made")


def main() -> None:
    """Prints both tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cold", type=float, nargs="*", default=[1, 4, 12])
    parser.add_argument("--invocations", type=float, nargs="*", default=[1, 10])
    parser.add_argument("--folder", type=Path, default=None)
    given = parser.parse_args()
    folder = given.folder or Path(tempfile.mkdtemp(prefix="tracekit-bench-"))
    folder.mkdir(parents=True, exist_ok=True)
    print(f"{'rows':>12} {'job':28} {'wall s':>8} {'query s':>8} {'ratio':>6} {'peak MB':>8}")
    cold_table(folder, given.cold)
    keepalive_table(folder, given.invocations)
    if given.folder is None:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
