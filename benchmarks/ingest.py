"""Ingest against hand-written engine scripts that also sort, on the same generated file, in the same run.

    python benchmarks/ingest.py [--rows 10000000] [--folder DIR]

The file has BurstGPT's layout and realistic entropy. Every job is a process of its own; wall time and peak memory are the whole
process's. The hand-written scripts map the same columns, sort by time and file order, and write zstd level 3.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

POLARS = """
import polars as pl
(pl.scan_csv({path!r}, schema_overrides={{"Timestamp": pl.Float64}}).with_row_index("source_row", offset=1)
 .select(dataset=pl.lit("burstgpt"), trace=pl.lit("x"), arrived_us=(pl.col("Timestamp") * 1e6).round().cast(pl.Int64), model="Model",
         service="Log Type", input_tokens="Request tokens", output_tokens="Response tokens", is_ok=pl.col("Response tokens") > 0,
         source_row=pl.col("source_row").cast(pl.Int64))
 .sort("arrived_us", "source_row").sink_parquet({out!r}, compression="zstd", compression_level=3, row_group_size=122_880))
"""
DUCKDB = """
import duckdb
duckdb.connect().execute('''COPY (SELECT 'burstgpt' AS dataset, 'x' AS trace, round(Timestamp * 1e6)::BIGINT AS arrived_us, Model AS model,
 "Log Type" AS service, "Request tokens" AS input_tokens, "Response tokens" AS output_tokens, "Response tokens" > 0 AS is_ok,
 row_number() OVER () AS source_row FROM read_csv({path!r}) ORDER BY arrived_us, source_row)
 TO {out!r} (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 3)''').fetchall()
"""
TRACEKIT = "from tracekit.cli import main; main(['ingest', 'burstgpt', {path!r}, '--lake', {out!r}, '--memory-limit', {limit!r}])"


def generate(path: Path, rows: int, *, shuffled: bool) -> None:
    """Writes a file in BurstGPT's six-column layout."""
    import numpy as np
    import polars as pl

    rng = np.random.default_rng(1)
    request = np.minimum(np.ceil(rng.lognormal(6, 1.2, rows)), 120_000).astype(int)
    response = np.minimum(np.ceil(rng.lognormal(4.5, 1.3, rows)), 8_000).astype(int)
    response[rng.random(rows) < 0.02] = 0
    frame = pl.DataFrame(
        {
            "Timestamp": np.cumsum(rng.gamma(0.5, 1.0, rows)).astype(np.int64),
            "Model": np.where(rng.random(rows) < 0.9, "ChatGPT", "GPT-4"),
            "Request tokens": request,
            "Response tokens": response,
            "Total tokens": request + response,
            "Log Type": np.where(rng.random(rows) < 0.95, "API log", "Conversation log"),
        }
    )
    (frame.sample(fraction=1, shuffle=True, seed=1) if shuffled else frame).write_csv(path)


def generate_apart(path: Path, rows: int, *, shuffled: bool) -> None:
    """Generates in a process of its own: a child inherits its parent's peak memory, so the parent stays small."""
    code = f"import sys; sys.path.insert(0, {str(Path(__file__).parent)!r}); from pathlib import Path; from ingest import generate; "
    measure(code + f"generate(Path({str(path)!r}), {rows}, shuffled={shuffled})", path.parent)


def measure(code: str, folder: Path) -> tuple[float, float]:
    """Runs Python code in a process of its own and returns wall seconds and peak MB."""
    started = time.perf_counter()
    process = subprocess.Popen([sys.executable, "-c", code], cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"failed with {process.returncode}: {code}")
    return time.perf_counter() - started, usage.ru_maxrss / 1024


def best(code: str, folder: Path, runs: int) -> tuple[float, float]:
    """Returns the least wall time and the largest peak of some runs."""
    results = []
    for _ in range(runs):
        for leftover in ("out.parquet", "lake"):
            target = folder / leftover
            shutil.rmtree(target, ignore_errors=True) if target.is_dir() else target.unlink(missing_ok=True)
        results.append(measure(code, folder))
    return min(wall for wall, _ in results), max(peak for _, peak in results)


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--runs", type=int, default=2)
    parser.add_argument("--folder", type=Path, default=None)
    given = parser.parse_args()
    folder = given.folder or Path(tempfile.mkdtemp(prefix="tracekit-bench-"))
    print(f"{'input':10} {'job':28} {'wall s':>8} {'ratio':>6} {'peak MB':>8}")
    for order in ("in order", "shuffled"):
        path = folder / f"{order.replace(' ', '-')}.csv"
        if not path.exists():
            generate_apart(path, given.rows, shuffled=order == "shuffled")
        out, lake = str(folder / "out.parquet"), str(folder / "lake")
        jobs = {
            "polars by hand": POLARS.format(path=str(path), out=out),
            "duckdb by hand": DUCKDB.format(path=str(path), out=out),
            "tracekit ingest, 1GB": TRACEKIT.format(path=str(path), out=lake, limit="1GB"),
            "tracekit ingest, 512MB": TRACEKIT.format(path=str(path), out=lake, limit="512MB"),
        }
        results = {name: best(code, folder, given.runs) for name, code in jobs.items()}
        fastest = min(wall for name, (wall, _) in results.items() if "hand" in name)
        for name, (wall, peak) in results.items():
            print(f"{order:10} {name:28} {wall:8.2f} {wall / fastest:6.2f} {peak:8.0f}", flush=True)
    if given.folder is None:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
