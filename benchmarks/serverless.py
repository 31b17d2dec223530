"""Ingest of the serverless releases' own layouts: cold starts by region and day, and matrices of thousands of columns.

    python benchmarks/serverless.py [--cold 1 4 12] [--minutes 4464 44640] [--folder DIR]

``--cold`` is in millions of rows over five regions of 31 days (the release has 11.9 million); ``--minutes`` are rows of a matrix of 2,418
functions (R2's has 44,640) of which one cell in ten is known, and of one of 5,093 functions (the public trace of 2023). ``--cold 0.1
--minutes 200`` takes seconds. Every job is a process of its own under a memory limit of 1 GB; wall time and peak memory are its own.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from ingest import TRACEKIT, measure

_DAYS, _REGIONS = 31, ("R1", "R2", "R3", "R4", "R5")


def write_cold_starts(folder: Path, rows: int) -> None:
    """Writes cold starts in the release's layout: a folder per region, a file per day."""
    import numpy as np
    import polars as pl

    rng = np.random.default_rng(2025)
    each = rows // (len(_REGIONS) * _DAYS)
    for region in _REGIONS:
        (folder / "cold_start" / region).mkdir(parents=True)
        for day in range(_DAYS):
            function = (2418 * rng.random(each) ** 3).astype(np.int64)
            costs = {
                "podAllocationCost": rng.lognormal(-6, 2, each).round(6),
                "deployCodeCost": rng.lognormal(-3, 1, each).round(3),
                "deployDependencyCost": np.where(rng.random(each) < 0.6, 0, rng.lognormal(0, 1, each)).round(3),
                "schedulingCost": rng.lognormal(-1, 1, each).round(6),
            }
            frame = pl.DataFrame(
                {
                    "day": day,
                    "time": (day * 86_400 + np.sort(rng.uniform(0, 86_400, each))).round(3),
                    "clusterName": rng.integers(1, 5, each),
                    "funcName": function,
                    "userID": function % 1144,
                    "requestID": pl.Series(rng.integers(0, 2**62, each)).hash(1).cast(pl.String),
                    "totalCost_cold_start": sum(costs.values()).round(6),
                    **costs,
                    "podID": pl.Series(np.arange(each)).cast(pl.String).str.zfill(10),
                }
            ).with_columns(podID=pl.format("pool{}-300-128-{}", pl.col("funcName") % 27 + 10, "podID"))
            frame.write_csv(folder / "cold_start" / region / f"day_{day:02}.csv")


def write_matrix(path: Path, names: list[str], minutes: int, known: float) -> None:
    """Writes a matrix of minutes and functions; of its cells a share is known."""
    import numpy as np

    rng = np.random.default_rng(2023)
    path.parent.mkdir(parents=True)
    with path.open("w") as file:
        file.write(",".join(["day", "time", *names]) + "\n")
        for minute in range(minutes):
            counts = rng.geometric(0.05, len(names))
            cells = np.where(rng.random(len(names)) < known, counts.astype(str), "")
            file.write(f"{minute // 1440},{minute * 60}," + ",".join(cells) + "\n")


def write_huawei_matrix(folder: Path, minutes: int) -> None:
    """Writes the requests of region R2, 2,418 functions."""
    names = [f"{i}---{i % 1144}---pool{i % 27 + 10}-300-128" for i in range(2418)]
    write_matrix(folder / "quantiles" / "R2" / "requests" / "day_00.csv", names, minutes, 0.1)


def write_public_matrix(folder: Path, minutes: int) -> None:
    """Writes the public trace of 2023, 5,093 functions."""
    path = folder / "public_dataset" / "requests_minute" / "day_00.csv"
    write_matrix(path, [str(i) for i in range(5093)], minutes, 0.1)


def _job(folder: Path, source: str, size: int, write: Callable[[Path, int], None]) -> None:
    raw = folder / f"{write.__name__}-{size}"
    # In a process of its own: a child inherits its parent's peak memory, so the parent stays small.
    code = f"import sys; sys.path.insert(0, {str(Path(__file__).parent)!r}); from pathlib import Path; import serverless; "
    measure(code + f"serverless.{write.__name__}(Path({str(raw)!r}), {size})", folder)
    held = sum(path.stat().st_size for path in raw.rglob("*.csv")) / 1e6
    lake = folder / "lake"
    wall, peak = measure(TRACEKIT.format(path=str(raw), out=str(lake), limit="1GB").replace("'burstgpt'", repr(source)), folder)
    print(f"{write.__name__:22} {size:12,} {held:10.0f} {wall:8.2f} {peak:8.0f}", flush=True)
    shutil.rmtree(lake)
    shutil.rmtree(raw)


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cold", type=float, nargs="*", default=[1, 4, 12])
    parser.add_argument("--minutes", type=int, nargs="*", default=[4_464, 44_640])
    parser.add_argument("--folder", type=Path, default=None)
    given = parser.parse_args()
    folder = given.folder or Path(tempfile.mkdtemp(prefix="tracekit-bench-"))
    print(f"{'layout':22} {'rows':>12} {'raw MB':>10} {'wall s':>8} {'peak MB':>8}")
    for millions in given.cold:
        _job(folder, "huawei-cold-start-2025", int(millions * 1e6), write_cold_starts)
    for minutes in given.minutes:
        _job(folder, "huawei-cold-start-2025", minutes, write_huawei_matrix)
        _job(folder, "huawei-functions-2023", minutes, write_public_matrix)
    if given.folder is None:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
