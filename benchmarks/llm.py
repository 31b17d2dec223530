"""LLM traces at the size of the releases: ingest of the Azure 2024 layout as it grows, and prefix reuse.

    python benchmarks/llm.py [--millions 1 10 44] [--requests 1000000] [--folder DIR]

Files are generated. Every job is a process of its own; wall time and peak memory are the whole process's. The ingest is held against a
hand-written Polars script that maps the same columns and writes zstd level 3 (the rows are in order, so it need not sort). The LRU
curve is held against a hand-written Fenwick tree over the same blocks.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
from pathlib import Path

from ingest import measure

AZURE = """
import numpy as np, polars as pl
rng = np.random.default_rng(1)
start = np.datetime64("2024-05-12T00:00:00", "us").astype(np.int64)
at = 0
with open({path!r}, "wb") as file:
    file.write(b"TIMESTAMP,ContextTokens,GeneratedTokens\\n")
    for _ in range({rows} // 500_000):
        gaps = rng.gamma(0.6, 22_000 / 0.6, 500_000).astype(np.int64)
        stamps = at + np.cumsum(gaps)
        at = int(stamps[-1])
        # A fraction of zero is left out in the release.
        stamps[::9973] -= stamps[::9973] % 1_000_000
        tokens = {{name: np.ceil(rng.lognormal(mu, 1, 500_000)).astype(np.int64) for name, mu in (("i", 7), ("o", 4))}}
        frame = pl.DataFrame({{"t": (start + np.sort(stamps)).astype("datetime64[us]"), **tokens}})
        text = frame.select(pl.col("t").dt.strftime("%Y-%m-%d %H:%M:%S%.6f").str.replace(".000000", "", literal=True) + "+00:00", "i", "o")
        file.write(text.write_csv(include_header=False).encode())
"""
POLARS = """
import polars as pl
(pl.scan_csv({path!r}).with_row_index("source_row", offset=1)
 .select(dataset=pl.lit("azure-llm-2024"), trace=pl.lit("conv"),
         arrived_us=pl.col("TIMESTAMP").str.strip_suffix("+00:00").str.to_datetime("%Y-%m-%d %H:%M:%S%.f", time_unit="us").dt.epoch("us"),
         service=pl.lit("Azure OpenAI"), input_tokens="ContextTokens", output_tokens="GeneratedTokens",
         source_row=pl.col("source_row").cast(pl.Int64))
 .sink_parquet({out!r}, compression="zstd", compression_level=3, row_group_size=122_880))
"""
INGEST = "from tracekit.cli import main; main(['ingest', {source!r}, {path!r}, '--lake', {lake!r}, '--memory-limit', '1GB'])"
MOONCAKE = """
import json, random
rng = random.Random(1)
chats, fresh = [], iter(range(1, 1 << 40))
with open({path!r}, "w") as file:
    for i in range({rows}):
        blocks = list(rng.choice(chats)) if chats and rng.random() < 0.45 else [0]
        blocks = blocks[:60] + [next(fresh) for _ in range(rng.randint(1, 28))]
        if len(chats) < 20_000:
            chats.append(blocks[:-1])
        else:
            chats[rng.randrange(20_000)] = blocks[:-1]
        record = {{"timestamp": i * 290, "input_length": len(blocks) * 512 - 100, "output_length": 300, "hash_ids": blocks}}
        file.write(json.dumps(record) + "\\n")
"""
CURVE = """
from tracekit.api import Lake
sizes = [round(10 ** (1 + 5 * i / 19)) for i in range(20)]
rows = Lake({lake!r}).run("llm/prefix_reuse", {{"capacities_blocks": sizes}}).records()
assert len(rows) == 21
"""
FENWICK = """
import duckdb
rows = duckdb.sql("SELECT prefix_blocks FROM read_parquet({parts!r}) ORDER BY arrived_us, source_row").fetchall()
n = sum(len(row[0]) for row in rows)
tree, last, time, depths = [0] * (n + 1), {{}}, 0, []
def add(i, d):
    i += 1
    while i <= n:
        tree[i] += d
        i += i & -i
def upto(i):
    s = 0
    while i > 0:
        s += tree[i]
        i -= i & -i
    return s
for (blocks,) in rows:
    live, deepest = upto(time), 0
    for block in blocks:
        if block not in last:
            break
        deepest = max(deepest, live - upto(last[block]))
        depths.append(deepest)
    for block in blocks:
        if block in last:
            add(last[block], -1)
        last[block] = time
        add(time, 1)
        time += 1
for size in [round(10 ** (1 + 5 * i / 19)) for i in range(20)]:
    sum(depth <= size for depth in depths)
"""


def ingest_table(folder: Path, millions: list[float]) -> None:
    """Prints how ingest of the Azure 2024 layout grows."""
    print(f"{'rows':>12} {'job':24} {'wall s':>8} {'ratio':>6} {'peak MB':>8}")
    for million in millions:
        rows = int(million * 1e6)
        path = folder / "AzureLLMInferenceTrace_conv_1week.csv"
        measure(AZURE.format(path=str(path), rows=rows), folder)
        lake = folder / "lake"
        by_hand = measure(POLARS.format(path=str(path), out=str(folder / "out.parquet")), folder)
        ours = measure(INGEST.format(source="azure-llm-2024", path=str(path), lake=str(lake)), folder)
        for name, (wall, peak) in {"polars by hand": by_hand, "tracekit ingest, 1GB": ours}.items():
            print(f"{rows:12,} {name:24} {wall:8.2f} {wall / by_hand[0]:6.2f} {peak:8.0f}", flush=True)
        shutil.rmtree(lake)
        path.unlink()


def prefix_table(folder: Path, sizes: list[int]) -> None:
    """Prints how ingest and the LRU curve of 20 capacities grow with the requests."""
    print(f"\n{'requests':>12} {'job':24} {'wall s':>8} {'ratio':>6} {'peak MB':>8}")
    for rows in sizes:
        path, lake = folder / "conversation_trace.jsonl", folder / "lake"
        measure(MOONCAKE.format(path=str(path), rows=rows), folder)
        ours = measure(INGEST.format(source="mooncake", path=str(path), lake=str(lake)), folder)
        print(f"{rows:12,} {'tracekit ingest, 1GB':24} {ours[0]:8.2f} {'':6} {ours[1]:8.0f}", flush=True)
        parts = str(lake / "llm_request" / "mooncake" / "conversation" / "*.parquet")
        by_hand = measure(FENWICK.format(parts=parts), folder)
        curve = measure(CURVE.format(lake=str(lake)), folder)
        for name, (wall, peak) in {"Fenwick tree by hand": by_hand, "llm/prefix_reuse": curve}.items():
            print(f"{rows:12,} {name:24} {wall:8.2f} {wall / by_hand[0]:6.2f} {peak:8.0f}", flush=True)
        shutil.rmtree(lake)
        path.unlink()


def main() -> None:
    """Prints both tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--millions", type=float, nargs="*", default=[1, 10, 44])
    parser.add_argument("--requests", type=int, nargs="*", default=[12_031, 100_000, 1_000_000])
    parser.add_argument("--folder", type=Path, default=None)
    given = parser.parse_args()
    folder = given.folder or Path(tempfile.mkdtemp(prefix="tracekit-bench-"))
    ingest_table(folder, given.millions)
    prefix_table(folder, given.requests)
    if given.folder is None:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
