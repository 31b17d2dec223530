"""Arrival queries through tracekit against the same SQL run by hand in DuckDB, over the same generated rows, in the same run.

python benchmarks/arrival.py [--rows 10000000]
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from ingest import best, generate_apart, measure

from tracekit.query import library

BY_HAND = """
import duckdb
connection = duckdb.connect()
connection.execute('''CREATE VIEW arrival AS
  SELECT dataset, trace, 'llm_request' AS stream, arrived_us, source_row FROM read_parquet({part!r})''')
connection.execute('''CREATE VIEW recording AS SELECT * FROM read_parquet({recording!r})''')
result = connection.sql({sql!r}, params={params!r})
{then}
"""
# The fit is SQL and then the same maximum-likelihood routine on the rows that it gives.
FIT = "from tracekit.stats.fit import fit_arrivals; fit_arrivals(result.to_arrow_table())"
TRACEKIT = "from tracekit.cli import main; main(['query', {name!r}, '--lake', {lake!r}, '--format', 'json'])"


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--runs", type=int, default=3)
    given = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="tracekit-bench-"))
    path, lake = folder / "in-order.csv", folder / "bench-lake"
    generate_apart(path, given.rows, shuffled=False)
    measure(f"from tracekit.cli import main; main(['ingest', 'burstgpt', {str(path)!r}, '--lake', {str(lake)!r}])", folder)
    print(f"{'query':24} {'by hand s':>10} {'tracekit s':>10} {'ratio':>6} {'peak MB':>8}")
    for name in ("arrival/interarrival", "arrival/dispersion", "arrival/fit"):
        query = library.get(name)
        params = {key: json.loads(json.dumps(p.default)) for key, p in query.params.items() if f"${key}" in query.sql}
        hand = BY_HAND.format(
            part=str(lake / "llm_request" / "burstgpt" / "in-order" / "*.parquet"),
            recording=str(lake / "recording" / "burstgpt" / "in-order" / "*.parquet"),
            sql=query.sql,
            params=params,
            then=FIT if query.compute else "result.fetchall()",
        )
        wall, _ = best(hand, folder, given.runs)
        ours, peak = best(TRACEKIT.format(name=name, lake=str(lake)), folder, given.runs)
        print(f"{name:24} {wall:10.2f} {ours:10.2f} {ours / wall:6.2f} {peak:8.0f}", flush=True)
    shutil.rmtree(folder)


if __name__ == "__main__":
    main()
