"""Rules of placement against a scheduler in plain Python that tries every machine and every GPU, in whole numbers and fractions."""

from __future__ import annotations

import random
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from handmade import make_tables

Row = dict[str, Any]


class Node:
    """A machine: thousandths of cores, megabytes, thousandths of each GPU, and its GPU model."""

    def __init__(self, row: Row) -> None:
        self.cores, self.memory = round(row["cpus"] * 1000), round(row["memory_mb"])
        self.gpus, self.model = [1000] * int(row["gpus"]), row["gpu_model"]

    def runs(self, job: Row) -> bool:
        """Whether a job could run here, memory aside."""
        count, milli = _asks(job)
        is_allowed = job["gpu_model"] is None or self.model in job["gpu_model"].split("|")
        return is_allowed and self.cores >= round(job["cpus"] * 1000) and sum(left >= milli for left in self.gpus) >= count

    def holds(self, job: Row) -> bool:
        return self.runs(job) and self.memory >= job["memory_mb"]

    def place(self, job: Row, chosen: list[int], sign: int = 1) -> None:
        self.cores -= sign * round(job["cpus"] * 1000)
        self.memory -= sign * round(job["memory_mb"])
        for gpu in chosen:
            self.gpus[gpu] -= sign * _asks(job)[1]

    def useless(self, jobs: list[Row]) -> int:
        """Thousandths of GPU here that the jobs cannot use, summed over the jobs."""
        total = 0
        for job in jobs:
            count, milli = _asks(job)
            total += sum(left for left in self.gpus if not count or left < milli or not self.runs(job))
        return total


def _asks(job: Row) -> tuple[int, int]:
    """GPUs, and thousandths of each."""
    milli = round(job["gpus"] * 1000)
    return (1, milli) if 0 < milli < 1000 else (milli // 1000, 1000)


def _ways(node: Node, job: Row) -> list[list[int]]:
    """The sets of GPUs that a job may take on a machine: any one for a job of one, the first ones for a job of several."""
    count, milli = _asks(job)
    able = [gpu for gpu, left in enumerate(node.gpus) if left >= milli]
    return [[gpu] for gpu in able] if count == 1 else [able[:count]]


def _first(nodes: list[Node], job: Row, jobs: list[Row]) -> tuple[Node, list[int]]:
    node = next(node for node in nodes if node.holds(job))
    return node, _ways(node, job)[0]


def _best(nodes: list[Node], job: Row, jobs: list[Row], size: tuple[int, int]) -> tuple[Node, list[int]]:
    def left(node: Node) -> Fraction:
        return Fraction(node.cores, size[0]) + Fraction(sum(node.gpus), size[1])

    node = min((node for node in nodes if node.holds(job)), key=left)
    return node, min(_ways(node, job), key=lambda way: [node.gpus[gpu] for gpu in way])


def _fgd(nodes: list[Node], job: Row, jobs: list[Row]) -> tuple[Node, list[int]]:
    found = []
    for place, node in enumerate(nodes):
        for way in _ways(node, job) if node.holds(job) else []:
            before = node.useless(jobs)
            held = node.gpus[way[0]] if way else 0
            node.place(job, way)
            found.append((node.useless(jobs) - before, place, held, way))
            node.place(job, way, -1)
    _, place, _, way = min(found)
    return nodes[place], way


def _schedule(nodes: list[Node], jobs: list[Row], rule: Callable[..., tuple[Node, list[int]]]) -> int:
    placed = 0
    for job in jobs:
        if any(node.holds(job) for node in nodes):
            node, way = rule(nodes, job, jobs)
            node.place(job, way)
            placed += 1
    return placed


def _machines(rng: random.Random) -> list[Row]:
    return [
        {
            "machine_id": f"n{i}",
            "cpus": rng.choice([16.0, 32.0, 48.0]),
            "memory_mb": 64_000.0,
            "gpus": float(rng.choice([0, 1, 2, 4])),
            "gpu_model": rng.choice(["T4", "A10"]),
        }
        for i in range(8)
    ]


def _jobs(rng: random.Random) -> list[Row]:
    return [
        {
            "status": "completed",
            "job_id": f"j{i}",
            "submitted_us": i // 2,
            # Fractions of a core that no sum of doubles keeps: 0.1 + 0.2 is not 0.3.
            "cpus": rng.choice([0.1, 0.7, 2.3, 4.0, 8.1]),
            "memory_mb": rng.choice([1000.0, 9000.0]),
            "gpus": rng.choice([0.0, 0.25, 0.46, 0.5, 0.9, 1.0, 1.0, 2.0]),
            "gpu_model": rng.choice([None, None, "T4", "A10|T4"]),
            "nodes": 1,
        }
        for i in range(60)
    ]


@pytest.mark.parametrize("rule", ["first_fit", "best_fit", "fgd"])
@pytest.mark.parametrize("seed", range(4))
def test_rule_against_trying_everything(rule: str, seed: int, tmp_path: Path) -> None:
    rng = random.Random(seed)
    machines, jobs = _machines(rng), _jobs(rng)
    nodes = [Node(row) for row in machines]
    capacity = sum(map(sum, (node.gpus for node in nodes)))
    size = max(node.cores for node in nodes), max(sum(node.gpus) for node in nodes)
    rules = {"first_fit": _first, "best_fit": lambda *given: _best(*given, size), "fgd": _fgd}
    placed = _schedule(nodes, jobs, rules[rule])
    free = sum(map(sum, (node.gpus for node in nodes)))
    lake = make_tables(tmp_path / "lake", {"machine": machines, "cluster_job": jobs})
    [row] = lake.run("cluster/first_fit", {"rule": rule}).records()
    assert 0 < placed < len(jobs)
    assert (row["rule"], row["placed"], row["jobs"]) == (rule, placed, len(jobs))
    assert (row["gpus_allocated"], row["gpus"]) == ((capacity - free) / 1000, capacity / 1000)
    assert row["idle_gpus"] == sum(left == 1000 for node in nodes for left in node.gpus)
    assert row["fgd_ratio_of_free"] == pytest.approx(sum(node.useless(jobs) for node in nodes) / len(jobs) / free, rel=1e-12)


def test_a_machine_is_filled_to_the_last_thousandth_of_a_core(tmp_path: Path) -> None:
    # Ten times a tenth of a core: in doubles the tenth one no longer fits, since 1 - 9 * 0.1 is less than 0.1.
    machines = [{"machine_id": "n", "cpus": 1.0, "memory_mb": 10.0, "gpus": 1.0}]
    jobs = [
        {"status": "completed", "job_id": f"j{i}", "submitted_us": i, "cpus": 0.1, "memory_mb": 1.0, "gpus": 0.1, "nodes": 1}
        for i in range(10)
    ]
    lake = make_tables(tmp_path / "lake", {"machine": machines, "cluster_job": jobs})
    for rule in ("first_fit", "best_fit", "fgd"):
        [row] = lake.run("cluster/first_fit", {"rule": rule}).records()
        assert (row["placed"], row["gpus_allocated"], row["fgd_ratio_of_free"]) == (10, 1.0, None)


def test_a_job_of_several_nodes_is_placed_whole_or_not_at_all(tmp_path: Path) -> None:
    machines = [{"machine_id": f"n{i}", "cpus": 8.0, "memory_mb": 10.0, "gpus": 2.0} for i in range(2)]
    jobs = [
        {"status": "completed", "job_id": "three", "submitted_us": 0, "cpus": 24.0, "memory_mb": 3.0, "gpus": 6.0, "nodes": 3},
        {"status": "completed", "job_id": "two", "submitted_us": 1, "cpus": 8.0, "memory_mb": 2.0, "gpus": 4.0, "nodes": 2},
    ]
    lake = make_tables(tmp_path / "lake", {"machine": machines, "cluster_job": jobs})
    for rule in ("first_fit", "best_fit", "fgd"):
        [row] = lake.run("cluster/first_fit", {"rule": rule}).records()
        assert (row["placed"], row["gpus_allocated"], row["idle_gpus"]) == (1, 4.0, 0.0)
