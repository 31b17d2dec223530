"""Writes the synthetic packing sample: an SQLite file with requests of before, within and beyond the window, and a repeated type."""

import sqlite3
from contextlib import closing
from pathlib import Path

import numpy as np

_TYPES = "CREATE TABLE vmType (id INTEGER, vmTypeId INTEGER, machineId INTEGER, core REAL, memory REAL, hdd REAL, ssd REAL, nic REAL)"
_REQUESTS = "CREATE TABLE vm (vmId INTEGER, tenantId INTEGER, vmTypeId INTEGER, priority REAL, starttime REAL, endtime REAL)"


def _request(rng: np.random.Generator, number: int, start: float) -> tuple[object, ...]:
    end = None if number % 7 == 0 else round(start + float(rng.exponential(0.8)), 6)
    return number, int(rng.integers(1, 9)), int(rng.integers(0, 4)), number % 3 % 2, start, end


def write(folder: Path) -> None:
    """Writes the raw-shaped file into a folder."""
    rng = np.random.default_rng(20201104)
    path = folder / "packing_trace_sample.sqlite"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(_TYPES)
        connection.execute(_REQUESTS)
        sizes = [(round(2 ** (i // 2) / (64 if i % 2 else 32), 6), round(2 ** (i // 2) / 48, 6)) for i in range(8)]
        types = [(i, i // 2, 10 + i % 2, *size, None, 0.01, 0.02) for i, size in enumerate(sizes)]
        connection.executemany("INSERT INTO vmType VALUES (?, ?, ?, ?, ?, ?, ?, ?)", types)
        rows = [_request(rng, number, round(float(start), 6)) for number, start in enumerate(np.sort(rng.uniform(-2.0, 14.0, 60)))]
        connection.executemany("INSERT INTO vm VALUES (?, ?, ?, ?, ?, ?)", rows)
        connection.commit()
        connection.execute("VACUUM")
    # The header names the library's version: the sample is the same by every version.
    data = bytearray(path.read_bytes())
    data[92:100] = bytes(8)
    path.write_bytes(data)
