"""Writes the synthetic Google 2011 sample: jobs of a few tasks, evictions and retries, events of before the trace."""

from pathlib import Path

import numpy as np

S = 1_000_000


def _events(rng: np.random.Generator, job: int) -> list[tuple[int, list[object]]]:
    rows: list[tuple[int, list[object]]] = []
    submitted = 0 if job == 0 else 600 * S + int(rng.integers(0, 3600 * S))
    user, klass, priority = f"user{job % 5}", job % 4, int(rng.choice([0, 2, 9, 11]))
    for task in range(1 + job % 4):
        at = submitted
        size: list[object] = [round(float(rng.uniform(0.01, 0.2)), 5), round(float(rng.uniform(0.01, 0.1)), 5), 0.0001, 0]

        def put(at: int, event: int, machine: object = "", task: int = task, size: list[object] = size) -> None:
            rows.append((at, [at, "", 6_000_000 + job, task, machine, event, user, klass, priority, *size]))

        put(at, 0)
        for attempt in range(2 if (job + task) % 5 == 0 else 1):
            at += int(rng.exponential(20 * S)) + 1
            if job == 7:
                break
            machine = 100 + int(rng.integers(0, 6))
            put(at, 1, machine)
            at += int(rng.exponential(900 * S)) + S
            if job == 8:
                break
            put(at, 2 if attempt == 0 and (job + task) % 5 == 0 else (4, 4, 3, 5)[job % 4], machine)
    return rows


def _write(path: Path, rows: list[list[object]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(",".join(map(str, row)) + "\n" for row in rows))


def write(folder: Path) -> None:
    """Writes the raw-shaped files into a folder."""
    rng = np.random.default_rng(20110501)
    events = sorted((event for job in range(16) for event in _events(rng, job)), key=lambda event: event[0])
    rows = [row for _, row in events]
    _write(folder / "task_events" / "part-00000-of-00500.csv", rows[:30])
    _write(folder / "task_events" / "part-00001-of-00500.csv", rows[30:])
    machines: list[list[object]] = [[0, 100 + i, 0, "platform", 0.5, 0.25] for i in range(6)]
    machines += [[900 * S, 103, 1, "", "", ""], [1800 * S, 103, 0, "platform", 0.5, 0.5], [2000 * S, 101, 2, "platform", 0.5, 0.125]]
    _write(folder / "machine_events" / "part-00000-of-00001.csv", machines)
    usage = []
    for number in range(30):
        start = (600 + 300 * (number % 6)) * S
        cells = [f"{value:.5f}" for value in rng.uniform(0, 0.1, 10)]
        usage.append([start, start + 300 * S, 6_000_000 + number % 5, 0, 100, *cells, "", "", 0.1, 0, f"{rng.uniform(0, 0.1):.5f}"])
    _write(folder / "task_usage" / "part-00000-of-00500.csv", usage)
