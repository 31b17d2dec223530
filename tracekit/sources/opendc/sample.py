"""Writes the synthetic OpenDC sample: tasks of 16 cores whose fragments lie out of the tasks' order, some use above capacity."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

TASKS = 40
START_MS = 1_665_093_600_000


def write(folder: Path) -> None:
    """Writes the raw-shaped files into a folder."""
    rng = np.random.default_rng(20221006)
    submitted = START_MS + np.cumsum(rng.exponential(900_000, TASKS)).astype(np.int64) // 1000 * 1000
    ids = rng.permutation(np.arange(2_133_000, 2_133_000 + TASKS)).astype(np.int32)
    counts = rng.integers(1, 12, TASKS)
    fragments: list[tuple[int, int, float]] = []
    durations = []
    for task, count in zip(ids, counts, strict=True):
        pieces = rng.choice([30_000, 60_000, 300_000], count)
        use = np.round(rng.beta(3, 2, count) * 33_600 * np.where(rng.random(count) < 0.03, 1.6, 1), 1)
        use[rng.random(count) < 0.2] = 0
        fragments += [(int(task), int(ms), float(mhz)) for ms, mhz in zip(pieces, use, strict=True)]
        # A task may outlast its fragments.
        durations.append(int(pieces.sum()) + (0 if rng.random() < 0.8 else 8_000))
    tasks = {
        "id": pa.array(ids, pa.int32()),
        "submission_time": pa.array(submitted, pa.int64()),
        "duration": pa.array(durations, pa.int64()),
        "cpu_count": pa.array([16] * TASKS, pa.int32()),
        "cpu_capacity": pa.array([33_600.0] * TASKS, pa.float64()),
        "mem_capacity": pa.array([100_000] * TASKS, pa.int64()),
    }
    target = folder / "sample-week"
    target.mkdir()
    pq.write_table(pa.table(tasks), target / "tasks.parquet")
    # Fragments follow one another within a task; tasks come in any order.
    fragments.sort(key=lambda piece: piece[0])
    columns = zip(("id", "duration", "cpu_usage"), (pa.int32(), pa.int64(), pa.float64()), zip(*fragments, strict=True), strict=True)
    pq.write_table(pa.table({name: pa.array(values, kind) for name, kind, values in columns}), target / "fragments.parquet")
