"""Writes the synthetic Alibaba 2018 sample: the six tables without a header, invalid readings among them."""

from pathlib import Path

import numpy as np


def _write(path: Path, rows: list[list[object]]) -> None:
    path.write_text("".join(",".join(map(str, row)) + "\n" for row in rows))


def _use(rng: np.random.Generator, number: int) -> list[object]:
    invalid: list[object] = [101, -1]
    return invalid if number % 17 == 3 else [int(rng.integers(5, 90)), int(rng.integers(20, 95))]


def write(folder: Path) -> None:
    """Writes the raw-shaped files into a folder."""
    rng = np.random.default_rng(20180901)
    machines = [f"m_{number}" for number in range(5)]
    _write(folder / "machine_meta.csv", [[m, 0, 1 + i % 2, 10 + i, 96, 100, "USING"] for i, m in enumerate(machines)])
    usage: list[list[object]] = [
        [m, 10 * tick, *_use(rng, tick + i), "", "", 34.2, 30.1, int(rng.integers(0, 9))]
        for tick in range(30)
        for i, m in enumerate(machines)
    ]
    _write(folder / "machine_usage.csv", usage)
    containers: list[list[object]] = [
        [f"c_{i}", machines[i % 5], 0 if i else 40, f"app_{i % 3}", "started", 400, 800, 1.56] for i in range(8)
    ]
    _write(folder / "container_meta.csv", containers)
    of_containers: list[list[object]] = [
        [f"c_{i}", machines[i % 5], 10 * tick, *_use(rng, tick + i), 1.2, 0.4, 2.5, "", "", 4] for tick in range(12) for i in range(4)
    ]
    _write(folder / "container_usage.csv", of_containers)
    tasks: list[list[object]] = []
    instances: list[list[object]] = []
    for job in range(20):
        start = int(rng.integers(0, 20_000)) if job else 0
        for task in range(1 + job % 3):
            count, end = int(rng.integers(1, 5)), start + int(rng.exponential(200)) + 1
            status = "Failed" if job % 9 == 4 and task == 0 else "Running" if job == 7 else "Terminated"
            name = f"M{task + 1}" if task == 0 else f"R{task + 1}_{task}"
            tasks.append([name, count, f"j_{job}", 1, status, start, 0 if status == "Running" else end, 100.0, 0.59])
            for number in range(count):
                head = [f"ins_{len(instances)}", name, f"j_{job}", 1, status, start, end]
                instances.append([*head, machines[(job + number) % 5], 1, 1, 0.3, 0.9, 0.02, 0.05])
            start = end
    _write(folder / "batch_task.csv", tasks)
    _write(folder / "batch_instance.csv", instances)
