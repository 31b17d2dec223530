"""Keep-alive rules against a plain simulation."""

from pathlib import Path

import numpy as np
import pytest

from tracekit.api import Lake
from tracekit.ingest.run import ingest
from tracekit.sources.load import source

Row = tuple[str, int, int]


def _simulate(rows: list[Row], keep_us: int, rule: str) -> tuple[int, float]:
    """Returns cold starts and warm idle seconds, one key at a time, in the order of (start, row)."""
    end_of_trace = max(end for _, _, end in rows)
    cold, idle = 0, 0
    for key in {key for key, _, _ in rows}:
        mine = sorted(((s, i, e) for i, (k, s, e) in enumerate(rows) if k == key))
        if rule == "single":
            free: list[int] = []  # ends of free instances, most recently freed last
            busy: list[int] = []
            for start, _, end in mine:
                freed = sorted(e for e in busy if e <= start)
                busy = [e for e in busy if e > start]
                free += freed
                if free:
                    last = free.pop()
                    idle += min(start - last, keep_us)
                    cold += start - last > keep_us
                else:
                    cold += 1
                busy.append(end)
            idle += sum(min(keep_us, end_of_trace - e) for e in [*free, *busy])
            continue
        latest, before = None, None
        for start, _, end in mine:
            gap = None if before is None else start - (before if rule == "arrival" else latest)
            cold += gap is None or gap > keep_us
            idle += 0 if latest is None else min(max(start - latest, 0), keep_us)
            before, latest = start, end if latest is None else max(latest, end)
        idle += min(keep_us, end_of_trace - latest)
    return cold, idle / 1e6


@pytest.mark.parametrize("seed", range(6))
def test_rules_equal_a_simulation(tmp_path: Path, seed: int) -> None:
    rng = np.random.default_rng(seed)
    rows: list[Row] = []
    for key in "abcd":
        # Whole seconds make ties; a third of the executions take no time.
        starts = np.sort(rng.integers(0, 600, 60))
        lengths = np.where(rng.random(60) < 0.33, 0, rng.integers(0, 90, 60))
        rows += [(key, int(s) * 1_000_000, int(s + d) * 1_000_000) for s, d in zip(starts, lengths, strict=True)]
    rows.sort(key=lambda row: row[1])
    lines = ["app,func,end_timestamp,duration"] + [f"app,{k},{e / 1e6},{(e - s) / 1e6}" for k, s, e in rows]
    raw = tmp_path / "raw.csv"
    raw.write_text("\n".join(lines) + "\n")
    ingest(source("azure-functions-2021"), [raw], tmp_path / "lake", macros=[])
    for row in Lake(tmp_path / "lake").query("serverless/keepalive", keepalive_s=[5, 30]).iter_rows(named=True):
        cold, idle = _simulate(rows, int(row["keepalive_s"] * 1e6), row["rule"])
        assert (row["rule"], row["cold_starts"]) == (row["rule"], cold)
        assert row["warm_idle_s"] == pytest.approx(idle)
        assert row["invocations"] == len(rows)
