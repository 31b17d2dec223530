"""Places jobs on machines one after the other, and measures what fragmentation is left: both need the state that each placement makes.

Cores and GPUs are whole thousandths and memory is whole bytes: sums of fractions would lose the last core of a machine that is just full.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from tracekit.stats.keys import groups, to_table

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
# A GPU, and a core, in thousandths.
MILLI = 1000
_BYTES_PER_MB = 1_000_000
# What a machine of unknown size has: more than any job asks for, with room to subtract from.
_BOUNDLESS = 2**60


@dataclass(frozen=True)
class Piece:
    """What one machine must have for a job, or for one node's part of it.

    Attributes:
        cpus: Cores, in thousandths; 0 where unknown.
        memory: Memory, bytes; 0 where unknown.
        gpus: GPUs to hold a part of.
        milli: Thousandths of each.
        model: GPU models allowed, joined by ``|``; None for any.
    """

    cpus: int
    memory: int
    gpus: int
    milli: int
    model: str | None


@dataclass
class Cluster:
    """What the machines have left.

    Attributes:
        cpus: Cores of each machine, in thousandths.
        memory: Memory of each machine, bytes.
        milli: Thousandths left of each GPU, a row per machine; -1 where a machine has fewer GPUs.
        models: GPU model of each machine.
    """

    cpus: Ints
    memory: Ints
    milli: Ints
    models: list[str | None]

    def allowed(self, model: str | None) -> Bools:
        """Returns the machines whose GPU model a piece may use."""
        if model is None:
            return np.ones(len(self.models), dtype=bool)
        words = set(model.split("|"))
        return np.array([own in words for own in self.models], dtype=bool)

    def fits(self, piece: Piece, allowed: Bools, with_memory: bool = True) -> Bools:
        """Returns the machines that can hold a piece now."""
        can: Bools = allowed & (self.cpus >= piece.cpus)
        if with_memory:
            can &= self.memory >= piece.memory
        if piece.gpus:
            can &= (self.milli >= piece.milli).sum(axis=1) >= piece.gpus
        return can

    def free(self) -> Ints:
        """Returns the thousandths of GPUs that each machine has left."""
        left: Ints = np.maximum(self.milli, 0).sum(axis=1)
        return left

    def take(self, machine: int, chosen: Ints, piece: Piece, times: int = 1) -> None:
        """Takes a piece out of what a machine and its chosen GPUs have left; with ``times=-1`` puts it back."""
        self.cpus[machine] -= piece.cpus * times
        self.memory[machine] -= piece.memory * times
        self.milli[machine, chosen] -= piece.milli * times


# Of the machines that can hold a piece, the one that a rule takes, and the GPUs on it.
Choice = Callable[[Piece, Ints], tuple[int, Ints]]


def make_cluster(machines: list[dict[str, Any]]) -> Cluster:
    """Returns empty machines; what a source does not publish is no limit."""
    gpus = [int(m["gpus"] or 0) for m in machines]
    milli = np.full((len(machines), max(gpus, default=0)), -1, dtype=np.int64)
    for row, count in enumerate(gpus):
        milli[row, :count] = MILLI
    sizes = [
        np.array([_BOUNDLESS if m[name] is None else round(m[name] * unit) for m in machines], dtype=np.int64)
        for name, unit in (("cpus", MILLI), ("memory_mb", _BYTES_PER_MB))
    ]
    return Cluster(sizes[0], sizes[1], milli, [m["gpu_model"] for m in machines])


def make_piece(job: dict[str, Any]) -> Piece:
    """Returns what one node of a job asks for: a part of one GPU, or whole ones."""
    nodes = max(job["nodes"] or 1, 1)
    milli = round((job["gpus"] or 0) / nodes * MILLI)
    is_shared = 0 < milli < MILLI
    gpus = 1 if is_shared else -(-milli // MILLI)
    cpus, memory = (round((job[name] or 0) / nodes * unit) for name, unit in (("cpus", MILLI), ("memory_mb", _BYTES_PER_MB)))
    return Piece(cpus, memory, gpus, milli if is_shared else MILLI, job["gpu_model"])


def fragmentation(cluster: Cluster, pieces: list[Piece]) -> float:
    """Returns the expected thousandths of GPUs that the next piece cannot use (FGD, USENIX ATC 2023).

    For a machine and a piece: all that is left where the piece cannot run there or asks for no GPU, else what is left on GPUs that hold
    less than the piece needs of one. The mean over pieces weighs each by its share. Memory is ignored, as the paper does.

    Args:
        cluster: What is left.
        pieces: The jobs' pieces, as often as they come.
    """
    free = cluster.free()
    # Sums of whole numbers: the same in every order.
    expected = 0
    for piece, times in Counter(Piece(p.cpus, 0, p.gpus, p.milli, p.model) for p in pieces).items():
        if not piece.gpus:
            expected += int(free.sum()) * times
            continue
        can = cluster.fits(piece, cluster.allowed(piece.model), with_memory=False)
        small = np.where((cluster.milli > 0) & (cluster.milli < piece.milli), cluster.milli, 0).sum(axis=1)
        expected += int(np.where(can, small, free).sum()) * times
    return expected / max(len(pieces), 1)


def _first_gpus(cluster: Cluster, machine: int, piece: Piece) -> Ints:
    chosen: Ints = np.flatnonzero(cluster.milli[machine] >= piece.milli)[: piece.gpus]
    return chosen


def _tightest_gpus(cluster: Cluster, machine: int, piece: Piece) -> Ints:
    """Returns the GPUs that have least left among those that have enough."""
    able = np.flatnonzero(cluster.milli[machine] >= piece.milli)
    chosen: Ints = able[np.argsort(cluster.milli[machine, able], kind="stable")][: piece.gpus]
    return chosen


def choose_first(cluster: Cluster) -> Choice:
    """Returns the rule that takes the first machine that can hold a piece, and its first GPUs."""
    return lambda piece, able: (int(able[0]), _first_gpus(cluster, int(able[0]), piece))


def choose_best(cluster: Cluster) -> Choice:
    """Returns best fit: the machine with least left, cores and GPUs each as a share of the largest machine's and alike in weight.

    Of equal machines the first is taken, on it the GPUs with least left. Machines of unknown cores are distinguished by their GPUs alone.
    """
    known = cluster.cpus < _BOUNDLESS // 2
    cores, gpus = int(cluster.cpus[known].max(initial=1)), max(int(cluster.free().max(initial=0)), 1)

    def choose(piece: Piece, able: Ints) -> tuple[int, Ints]:
        # Shares compared crosswise, in whole numbers; what the piece takes is the same on all of them.
        left = np.where(known[able], cluster.cpus[able], 0) * gpus + np.maximum(cluster.milli[able], 0).sum(axis=1) * cores
        machine = int(able[np.argmin(left)])
        return machine, _tightest_gpus(cluster, machine, piece)

    return choose


def _place_job(cluster: Cluster, piece: Piece, nodes: int, allowed: Bools, choose: Choice) -> bool:
    """Places all pieces of a job, or none."""
    done: list[tuple[int, Ints]] = []
    for _ in range(nodes):
        able = np.flatnonzero(cluster.fits(piece, allowed))
        if not len(able):
            for machine, chosen in done:
                cluster.take(machine, chosen, piece, -1)
            return False
        machine, chosen = choose(piece, able)
        cluster.take(machine, chosen, piece)
        done.append((machine, chosen))
    return True


def _rule(name: str, cluster: Cluster, pieces: list[Piece]) -> Choice:
    if name == "fgd":
        from tracekit.stats.gradient import choose_by_gradient

        return choose_by_gradient(cluster, pieces)
    return choose_best(cluster) if name == "best_fit" else choose_first(cluster)


def first_fit(rows: pa.Table, jobs: int, rule: str) -> pa.Table:
    """Places the jobs of each trace on its empty machines, each on the machine that a rule takes of those that can hold it; none ever ends.

    Args:
        rows: dataset, trace, part (machine or job), cpus, memory_mb, gpus, gpu_model, nodes, ordered as they are to be taken.
        jobs: At most this many jobs of a trace.
        rule: ``first_fit``, ``best_fit`` or ``fgd``.

    Returns:
        The columns of cluster/first_fit; a row per (dataset, trace).
    """
    records = []
    for key, chosen in groups(rows, ("dataset", "trace")):
        is_job = pc.equal(chosen["part"], "job")
        wanted = chosen.filter(is_job).to_pylist()
        machines = chosen.filter(pc.invert(is_job)).to_pylist()
        records.append({**key, "rule": rule, **_fill(machines, wanted[:jobs], rule), "jobs_left_out": max(len(wanted) - jobs, 0)})
    counts = dict.fromkeys(("machines", "jobs", "placed", "jobs_left_out"), "count")
    numbers = ("gpus", "gpus_asked", "gpus_allocated", "allocated_ratio", "idle_gpus", "fgd_ratio", "fgd_ratio_of_free")
    kinds = dict.fromkeys(("dataset", "trace", "rule"), "name") | counts | dict.fromkeys(numbers, "number")
    return to_table(records, kinds)


def _fill(machines: list[dict[str, Any]], jobs: list[dict[str, Any]], rule: str) -> dict[str, Any]:
    cluster = make_cluster(machines)
    capacity = int(cluster.free().sum())
    pieces = [make_piece(job) for job in jobs]
    allowed = {model: cluster.allowed(model) for model in {piece.model for piece in pieces}}
    nodes = [max(job["nodes"] or 1, 1) for job in jobs]
    choose = _rule(rule, cluster, pieces)
    placed = sum(_place_job(cluster, piece, count, allowed[piece.model], choose) for piece, count in zip(pieces, nodes, strict=True))
    free = int(cluster.free().sum())
    useless = fragmentation(cluster, pieces)
    return {
        "machines": len(machines),
        "jobs": len(jobs),
        "placed": placed,
        "gpus": capacity / MILLI,
        "gpus_asked": sum(p.gpus * p.milli * n for p, n in zip(pieces, nodes, strict=True)) / MILLI,
        "gpus_allocated": (capacity - free) / MILLI,
        "allocated_ratio": (capacity - free) / capacity if capacity else None,
        "idle_gpus": float((cluster.milli == MILLI).sum()),
        "fgd_ratio": useless / capacity if capacity else None,
        "fgd_ratio_of_free": useless / free if free else None,
    }
