"""Places jobs on machines one after the other, and measures what fragmentation is left: both need the state that each placement makes."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from tracekit.stats.keys import groups, to_table

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
# GPUs in thousandths: whole numbers, so that shares add up to a GPU again.
_MILLI = 1000


@dataclass(frozen=True)
class Piece:
    """What one machine must have for a job, or for one node's part of it.

    Attributes:
        cpus: Cores; 0 where unknown.
        memory_mb: Memory, MB; 0 where unknown.
        gpus: GPUs to hold a part of.
        milli: Thousandths of each.
        model: GPU models allowed, joined by ``|``; None for any.
    """

    cpus: float
    memory_mb: float
    gpus: int
    milli: int
    model: str | None


@dataclass
class Cluster:
    """What the machines have left.

    Attributes:
        cpus: Cores of each machine.
        memory_mb: Memory of each machine.
        milli: Thousandths left of each GPU, a row per machine; -1 where a machine has fewer GPUs.
        models: GPU model of each machine.
    """

    cpus: Floats
    memory_mb: Floats
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
        can = allowed & (self.cpus >= piece.cpus)
        if with_memory:
            can &= self.memory_mb >= piece.memory_mb
        if piece.gpus:
            can &= (self.milli >= piece.milli).sum(axis=1) >= piece.gpus
        return can

    def free(self) -> Ints:
        """Returns the thousandths of GPUs that each machine has left."""
        left: Ints = np.maximum(self.milli, 0).sum(axis=1)
        return left


def make_cluster(machines: list[dict[str, Any]]) -> Cluster:
    """Returns empty machines; what a source does not publish is no limit."""
    gpus = [int(m["gpus"] or 0) for m in machines]
    milli = np.full((len(machines), max(gpus, default=0)), -1, dtype=np.int64)
    for row, count in enumerate(gpus):
        milli[row, :count] = _MILLI
    limits = [[np.inf if m[name] is None else m[name] for m in machines] for name in ("cpus", "memory_mb")]
    return Cluster(np.array(limits[0]), np.array(limits[1]), milli, [m["gpu_model"] for m in machines])


def make_piece(job: dict[str, Any]) -> Piece:
    """Returns what one node of a job asks for: a part of one GPU, or whole ones."""
    nodes = max(job["nodes"] or 1, 1)
    milli = round((job["gpus"] or 0) / nodes * _MILLI)
    is_shared = 0 < milli < _MILLI
    gpus = 1 if is_shared else -(-milli // _MILLI)
    cpus, memory = ((job[name] or 0) / nodes for name in ("cpus", "memory_mb"))
    return Piece(cpus, memory, gpus, milli if is_shared else _MILLI, job["gpu_model"])


def fragmentation(cluster: Cluster, pieces: list[Piece]) -> Floats:
    """Returns the expected thousandths of GPUs of each machine that the next piece cannot use (FGD, USENIX ATC 2023).

    For a machine and a piece: all that is left where the piece cannot run there or asks for no GPU, else what is left on GPUs that hold
    less than the piece needs of one. The mean over pieces weighs each by its share. Memory is ignored, as the paper does.

    Args:
        cluster: What is left.
        pieces: The jobs' pieces, as often as they come.
    """
    free = cluster.free()
    expected = np.zeros(len(free))
    for piece, times in Counter(Piece(p.cpus, 0.0, p.gpus, p.milli, p.model) for p in pieces).items():
        if not piece.gpus:
            expected += free * times
            continue
        can = cluster.fits(piece, cluster.allowed(piece.model), with_memory=False)
        small = np.where((cluster.milli > 0) & (cluster.milli < piece.milli), cluster.milli, 0).sum(axis=1)
        expected += np.where(can, small, free) * times
    return expected / max(len(pieces), 1)


def _place(cluster: Cluster, piece: Piece, allowed: Bools) -> tuple[int, Ints] | None:
    able = np.flatnonzero(cluster.fits(piece, allowed))
    if not len(able):
        return None
    machine = int(able[0])
    chosen: Ints = np.flatnonzero(cluster.milli[machine] >= piece.milli)[: piece.gpus]
    cluster.cpus[machine] -= piece.cpus
    cluster.memory_mb[machine] -= piece.memory_mb
    cluster.milli[machine, chosen] -= piece.milli
    return machine, chosen


def _place_job(cluster: Cluster, piece: Piece, nodes: int, allowed: Bools) -> bool:
    """Places all pieces of a job, or none."""
    done: list[tuple[int, Ints]] = []
    for _ in range(nodes):
        place = _place(cluster, piece, allowed)
        if place is None:
            for machine, chosen in done:
                cluster.cpus[machine] += piece.cpus
                cluster.memory_mb[machine] += piece.memory_mb
                cluster.milli[machine, chosen] += piece.milli
            return False
        done.append(place)
    return True


def first_fit(rows: pa.Table, jobs: int) -> pa.Table:
    """Places the jobs of each trace on its empty machines, each on the first machine that can hold it; none ever ends.

    Args:
        rows: dataset, trace, part (machine or job), cpus, memory_mb, gpus, gpu_model, nodes, ordered as they are to be taken.
        jobs: At most this many jobs of a trace.

    Returns:
        The columns of cluster/first_fit; a row per (dataset, trace).
    """
    records = []
    for key, chosen in groups(rows, ("dataset", "trace")):
        is_job = pc.equal(chosen["part"], "job")
        wanted = chosen.filter(is_job).to_pylist()
        records.append(
            {**key, **_first_fit(chosen.filter(pc.invert(is_job)).to_pylist(), wanted[:jobs]), "jobs_left_out": max(len(wanted) - jobs, 0)}
        )
    counts = dict.fromkeys(("machines", "jobs", "placed", "jobs_left_out"), "count")
    numbers = ("gpus", "gpus_asked", "gpus_allocated", "allocated_ratio", "idle_gpus", "fgd_ratio", "fgd_ratio_of_free")
    kinds = {"dataset": "name", "trace": "name"} | counts | dict.fromkeys(numbers, "number")
    return to_table(records, kinds)


def _first_fit(machines: list[dict[str, Any]], jobs: list[dict[str, Any]]) -> dict[str, Any]:
    cluster = make_cluster(machines)
    capacity = int(cluster.free().sum())
    pieces = [make_piece(job) for job in jobs]
    allowed = {model: cluster.allowed(model) for model in {piece.model for piece in pieces}}
    nodes = [max(job["nodes"] or 1, 1) for job in jobs]
    placed = sum(_place_job(cluster, piece, count, allowed[piece.model]) for piece, count in zip(pieces, nodes, strict=True))
    free = int(cluster.free().sum())
    useless = float(fragmentation(cluster, pieces).sum())
    return {
        "machines": len(machines),
        "jobs": len(jobs),
        "placed": placed,
        "gpus": capacity / _MILLI,
        "gpus_asked": sum(p.gpus * p.milli * n for p, n in zip(pieces, nodes, strict=True)) / _MILLI,
        "gpus_allocated": (capacity - free) / _MILLI,
        "allocated_ratio": (capacity - free) / capacity if capacity else None,
        "idle_gpus": float((cluster.milli == _MILLI).sum()),
        "fgd_ratio": useless / capacity if capacity else None,
        "fgd_ratio_of_free": useless / free if free else None,
    }
