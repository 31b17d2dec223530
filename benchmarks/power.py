"""Cluster and power queries over generated samples of 1, 10 and 100 million rows, under DuckDB's limit of 2 GB.

For each size and query: wall time and peak memory through tracekit, how both grow, and the ratio to the same question asked of DuckDB by
hand in the same run. Then fragmentation of a cluster of 1,523 machines by 91 kinds of jobs.

python benchmarks/power.py [--rows 1000000 10000000 100000000]
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from pathlib import Path

import duckdb

sys.path.insert(0, str(Path(__file__).parent))

from ingest import best

LIMIT = "2GB"
ENTITIES = 1000

# Readings of 1,000 entities, one every 10 s; CPU in per mille, as monitors publish it.
SAMPLES = """
COPY (
    SELECT 'bench' AS dataset, 't' AS trace, 'm' || (i % {entities}) AS entity_id, 'machine' AS entity_kind, 'p' || (i % 20) AS parent_id,
        (i // {entities}) * 10000000 AS sampled_us, 10.0::DOUBLE AS width_s,
        round((0.3 + 0.2 * sin(i / 7e5) + 0.1 * random()), 3) AS cpu_ratio,
        round(400 + 300 * random(), 1) AS memory_mb, round(250 + 100 * sin(i / 7e5) + 60 * random(), 1) AS power_w,
        500.0::DOUBLE AS provisioned_w, i + 1 AS source_row
    FROM range({rows}) AS r(i)
) TO '{path}' (FORMAT parquet, COMPRESSION zstd)
"""
MACHINES = """
COPY (
    SELECT 'bench' AS dataset, NULL::VARCHAR AS trace, 'n' || i AS machine_id, 96.0 + (i % 3) * 16 AS cpus, (i % 5) * 2.0 AS gpus,
        'G' || (i % 7) AS gpu_model
    FROM range(1523) AS r(i)
) TO '{path}' (FORMAT parquet)
"""
JOBS = """
COPY (
    SELECT 'bench' AS dataset, 't' AS trace, i + 1 AS source_row, 1.0 + (i % 91) AS cpus, ((i % 91) % 9)::DOUBLE AS gpus,
        1::BIGINT AS nodes,
        CASE WHEN i % 91 > 80 THEN 'G1|G2' END AS gpu_model,
        'completed' AS status
    FROM range(8152) AS r(i)
) TO '{path}' (FORMAT parquet)
"""
VIEWS = """
import duckdb
connection = duckdb.connect(config={{'memory_limit': {limit!r}, 'temp_directory': {temporary!r}}})
from tracekit.schema.duckdb import empty_select
from tracekit.schema.load import tables
for name, part in {parts!r}.items():
    connection.execute(f"CREATE VIEW {{name}} AS {{empty_select(tables()[name])}} UNION ALL BY NAME FROM read_parquet('{{part}}')")
"""
TRACEKIT = (
    "from tracekit.query.library import get; from tracekit.query.run import run; print(run(connection, get({name!r}), {{}}).rows[:1])"
)
BY_HAND = {
    "cluster/utilisation": """
SELECT entity_kind, count(*), avg(cpu_ratio), quantile_cont(cpu_ratio, 0.5), quantile_cont(cpu_ratio, 0.99),
    (SELECT max(p) FROM (SELECT max(memory_mb) / avg(memory_mb) AS p FROM resource_sample GROUP BY entity_id))
FROM resource_sample GROUP BY entity_kind""",
    "power/headroom": """
WITH t AS (SELECT sampled_us, sum(power_w) / sum(provisioned_w) AS r, count(*) AS n FROM power_sample GROUP BY sampled_us)
SELECT count(*), avg(r), quantile_cont(r, 0.99), max(r), max(rise) FROM (
    SELECT r, max(r) OVER (ORDER BY sampled_us ROWS BETWEEN CURRENT ROW AND 4 FOLLOWING) - r AS rise FROM t)""",
    "cluster/fragmentation": """
SELECT sum(CASE WHEN j.gpus > 0 AND m.gpus >= ceil(j.gpus) AND m.cpus >= j.cpus
        AND (j.gpu_model IS NULL OR list_contains(string_split(j.gpu_model, '|'), m.gpu_model)) THEN 0 ELSE m.gpus END) / sum(m.gpus)
FROM machine AS m CROSS JOIN cluster_job AS j""",
}


def _measure(code: str, views: str, folder: Path, runs: int) -> tuple[float, float]:
    return best(views + code, folder, runs)


def _row(name: str, rows: int, views: str, folder: Path, runs: int, before: tuple[float, float] | None) -> tuple[float, float]:
    """Prints one line of the table and returns wall time (s) and peak memory (MB)."""
    try:
        hand, hand_peak = _measure(f"\nprint(connection.execute('''{BY_HAND[name]}''').fetchall())", views, folder, runs)
    except SystemExit:
        # The plain question does not fit into the limit: that is a finding, not the end of the table.
        hand, hand_peak = float("nan"), float("nan")
    wall, peak = _measure("\n" + TRACEKIT.format(name=name), views, folder, runs)
    growth = f"{wall / before[0]:6.1f} x {peak / before[1]:5.2f} x" if before else " " * 17
    print(f"{name:24} {rows:>12,} {wall:8.2f} {peak:8.0f} {growth} {hand:10.2f} {hand_peak:8.0f} {wall / hand:6.2f}", flush=True)
    return wall, peak


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, nargs="+", default=[1_000_000, 10_000_000, 100_000_000])
    parser.add_argument("--runs", type=int, default=1)
    given = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="tracekit-bench-"))
    print(f"{'query':24} {'rows':>12} {'wall s':>8} {'peak MB':>8} {'growth':>17} {'by hand s':>10} {'peak MB':>8} {'ratio':>6}")
    before: dict[str, tuple[float, float]] = {}
    for rows in given.rows:
        part = folder / f"{rows}.parquet"
        duckdb.sql(SAMPLES.format(entities=ENTITIES, rows=rows, path=part))
        for name, table in {"cluster/utilisation": "resource_sample", "power/headroom": "power_sample"}.items():
            views = VIEWS.format(limit=LIMIT, temporary=str(folder), parts={table: str(part)})
            before[name] = _row(name, rows, views, folder, given.runs, before.get(name))
        part.unlink()
    parts = {"machine": folder / "machine.parquet", "cluster_job": folder / "cluster_job.parquet"}
    duckdb.sql(MACHINES.format(path=parts["machine"]))
    duckdb.sql(JOBS.format(path=parts["cluster_job"]))
    views = VIEWS.format(limit=LIMIT, temporary=str(folder), parts={name: str(path) for name, path in parts.items()})
    _row("cluster/fragmentation", 1523 * 91, views, folder, given.runs, None)
    shutil.rmtree(folder)


if __name__ == "__main__":
    main()
