"""Ingest in several processes: one huge trace in files that all of them read, or equal traces, one after another for each.

    python benchmarks/shards.py [--events 200000000] [--shards 64] [--jobs 1 2] [--memory-limit 1GB] [--folder DIR]
    python benchmarks/shards.py --traces 8 [--rows 2000000] [--jobs 1 2] [--memory-limit 1GB] [--folder DIR]

The huge trace is instance events in the layout of Google's 2019 release, equal traces are files in BurstGPT's.

Every event of an instance stands in one of the files, each of which is in time order; an instance is submitted, scheduled, perhaps evicted
and scheduled again, and ends. Wall and CPU time are those of all processes; memory is the largest sum of what they held at one time, shared
libraries counted once a process. The last line says whether the lakes are the same to the byte.
"""

from __future__ import annotations

import argparse
import contextlib
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PAGE = resource.getpagesize()
# Of five instances one is evicted once: 17 events for five. Times are spread over 31 days by a hash: no file follows on another.
SQL = """
COPY (
    SELECT
        CAST(at_us AS VARCHAR) AS "time",
        type,
        CAST(330000000 + i // 23 AS VARCHAR) AS collection_id,
        CAST(i % 23 AS VARCHAR) AS instance_index,
        i // 23 % 4 AS scheduling_class,
        0 AS collection_type,
        [0, 101, 117, 200, 360][1 + i // 23 % 5] AS priority,
        CASE WHEN type > 0 THEN CAST(9000 + hash(i, attempt) % 12000 AS VARCHAR) END AS machine_id,
        {{'cpus': (1 + hash(i) % 1000) / 16384, 'memory': (1 + hash(i, 1) % 1000) / 32768}} AS resource_request
    FROM (
        SELECT
            i,
            e AS attempt,
            600000000 + hash(i, 7) % 2678400000000 + [0, 1, 600, 601, 1800][e + 1] * 1000000 + hash(i, e) % 900000 AS at_us,
            [0, 3, 4, 3, 6][e + 1] AS type
        FROM (SELECT unnest(range({first}, {last}, {step})) AS i) CROSS JOIN (SELECT unnest(range(5)) AS e)
        WHERE e IN (0, 1, 4) OR i % 5 = 0
    )
    ORDER BY at_us, i, type
) TO '{path}' (FORMAT json, COMPRESSION zstd)
"""
EVENTS_OF_FIVE = 17


def write_shards(folder: Path, events: int, shards: int) -> int:
    """Writes the files of a cell; returns how many events there are, at least ``events``."""
    import duckdb

    cell = folder / "clusterdata_2019_a"
    cell.mkdir(parents=True)
    instances = -(-events // EVENTS_OF_FIVE) * 5
    with duckdb.connect(config={"memory_limit": "2GB"}) as connection:
        for shard in range(shards):
            path = cell / f"instance_events-{shard:012d}.json.zst"
            connection.execute(SQL.format(first=shard, last=instances, step=shards, path=str(path).replace("'", "''")))
    return instances // 5 * EVENTS_OF_FIVE


def write_traces(folder: Path, traces: int, rows: int) -> None:
    """Writes files in BurstGPT's layout."""
    from ingest import generate_apart

    folder.mkdir(parents=True)
    for i in range(traces):
        generate_apart(folder / f"trace-{i}.csv", rows + i, shuffled=False)


def _tree(root: int) -> list[int]:
    found = [root]
    for pid in found:
        for task in Path(f"/proc/{pid}/task").glob("*/children"):
            found += map(int, task.read_text().split())
    return found


def _held(root: int) -> int:
    """Returns the bytes that a process and those that it has started hold."""
    held = 0
    for pid in _tree(root):
        try:
            held += int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE
        except OSError:
            continue
    return held


def measure(command: list[str]) -> tuple[float, float, float]:
    """Runs a command; returns wall and CPU seconds and the most MB that all its processes held at a time."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started, peak = time.perf_counter(), 0
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    while process.poll() is None:
        with contextlib.suppress(OSError):
            peak = max(peak, _held(process.pid))
        time.sleep(0.05)
    if process.returncode:
        raise SystemExit(f"failed with {process.returncode}: {' '.join(command)}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.perf_counter() - started, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, peak / 1e6


def files_of(lake: Path) -> list[tuple[str, int]]:
    """Returns the content-named Parquet files of a lake with their sizes."""
    return sorted((path.relative_to(lake).as_posix(), path.stat().st_size) for path in lake.rglob("*.parquet"))


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=200_000_000)
    parser.add_argument("--shards", type=int, default=64)
    parser.add_argument("--traces", type=int, default=None)
    parser.add_argument("--rows", type=int, default=2_000_000)
    parser.add_argument("--jobs", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--memory-limit", default="1GB")
    parser.add_argument("--folder", type=Path, default=None)
    given = parser.parse_args()
    folder = given.folder or Path(tempfile.mkdtemp(prefix="tracekit-bench-"))
    if given.traces:
        dataset, raw = "burstgpt", folder / f"traces-{given.traces}-{given.rows}"
        if not raw.exists():
            write_traces(raw, given.traces, given.rows)
        print(f"{given.traces} traces of {given.rows:,} rows, --memory-limit {given.memory_limit}")
    else:
        dataset, raw = "google-2019", folder / f"raw-{given.events}-{given.shards}"
        if not raw.exists():
            write_shards(raw, given.events, given.shards)
        print(f"{given.events:,} events in {given.shards} files, --memory-limit {given.memory_limit}")
    print(f"{'jobs':>4} {'wall s':>8} {'ratio':>6} {'CPU s':>8} {'peak MB':>8}", flush=True)
    lakes, first = [], None
    for jobs in given.jobs:
        lake = folder / f"lake-{jobs}"
        shutil.rmtree(lake, ignore_errors=True)
        command = [sys.executable, "-c", "from tracekit.cli import main; main()", "ingest", dataset, str(raw), "--lake", str(lake)]
        wall, cpu, peak = measure([*command, "--jobs", str(jobs), "--memory-limit", given.memory_limit])
        first = first or wall
        print(f"{jobs:4} {wall:8.1f} {wall / first:6.2f} {cpu:8.1f} {peak:8.0f}", flush=True)
        lakes.append(files_of(lake))
    print("the same to the byte" if all(files == lakes[0] for files in lakes) else "the lakes DIFFER")
    if given.folder is None:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
