"""Fragmentation gradient descent (Weng et al., USENIX ATC 2023): a job goes where it makes least more of the free GPUs useless."""

from __future__ import annotations

from collections import Counter

import numpy as np

from tracekit.stats.placement import Bools, Choice, Cluster, Ints, Piece

# What is left of a machine: thousandths of cores, thousandths of its GPUs from the fullest to the emptiest, GPU model.
_State = tuple[int, tuple[int, ...], str | None]
_NOWHERE = np.iinfo(np.int64).max


class Fragments:
    """What of a machine's free GPUs the jobs cannot use, for any state that it can be in; in thousandths of a GPU times jobs."""

    def __init__(self, pieces: list[Piece], models: set[str | None]) -> None:
        """Takes the jobs' pieces, as often as they come, and the GPU models that there are."""
        types = Counter((p.cpus, p.gpus, p.milli, p.model) for p in pieces if p.gpus)
        self._useless_anyway = sum(not p.gpus for p in pieces)
        self._cpus, self._gpus, asked = (np.array([kind[i] for kind in types], dtype=np.int64) for i in range(3))
        self._times = np.array(list(types.values()), dtype=np.int64)
        # Few distinct shares are asked for: what a GPU holds is compared with those.
        self._levels, self._level = np.unique(asked, return_inverse=True)
        self._allowed: dict[str | None, Bools] = {
            model: np.array([kind[3] is None or model in kind[3].split("|") for kind in types], dtype=bool) for model in models
        }
        self._known: dict[_State, int] = {}

    def of(self, state: _State) -> int:
        """Returns the thousandths that are useless to each job, summed over the jobs."""
        if state not in self._known:
            self._known[state] = self._measure(*state)
        return self._known[state]

    def _measure(self, cpus: int, milli: tuple[int, ...], model: str | None) -> int:
        left = np.array(milli, dtype=np.int64)[:, None]
        free = sum(milli)
        holds = left >= self._levels
        can = (self._cpus <= cpus) & self._allowed[model] & (holds.sum(axis=0)[self._level] >= self._gpus)
        small = np.where(holds, 0, left).sum(axis=0)[self._level]
        return int(self._times @ np.where(can, small, free)) + self._useless_anyway * free


def _options(milli: tuple[int, ...], piece: Piece) -> list[tuple[int, tuple[int, ...]]]:
    """Returns the ways to put a piece on a machine's GPUs: what the GPU holds before, and all GPUs after; the fullest GPU first."""
    if not piece.gpus:
        return [(0, milli)]
    if piece.gpus > 1:
        able = [i for i, left in enumerate(milli) if left >= piece.milli][: piece.gpus]
        after = [left - piece.milli if i in able else left for i, left in enumerate(milli)]
        return [(piece.milli, tuple(sorted(after)))] if len(able) == piece.gpus else []
    found = []
    for i, left in enumerate(milli):
        if left >= piece.milli and (i == 0 or milli[i - 1] != left):
            found.append((left, tuple(sorted((*milli[:i], left - piece.milli, *milli[i + 1 :])))))
    return found


class _Gradient:
    """How much more of each machine's GPUs becomes useless with a piece on it, kept up to date as machines change."""

    def __init__(self, cluster: Cluster, pieces: list[Piece]) -> None:
        self._cluster = cluster
        self._fragments = Fragments(pieces, set(cluster.models))
        self._known: dict[tuple[Piece, _State], tuple[int, int]] = {}
        self._states = [self._state(machine) for machine in range(len(cluster.models))]
        self._seen = cluster.cpus.copy(), cluster.milli.copy()
        # Machines that have changed, in that order; each piece knows how far it has followed.
        self._changes: list[int] = []
        self._growth: dict[Piece, tuple[int, Ints]] = {}

    def _state(self, machine: int) -> _State:
        row = self._cluster.milli[machine].tolist()
        return int(self._cluster.cpus[machine]), tuple(sorted(left for left in row if left >= 0)), self._cluster.models[machine]

    def _notice(self) -> None:
        cpus, milli = self._seen
        for machine in np.flatnonzero((cpus != self._cluster.cpus) | (milli != self._cluster.milli).any(axis=1)).tolist():
            self._states[machine] = self._state(machine)
            cpus[machine], milli[machine] = self._cluster.cpus[machine], self._cluster.milli[machine]
            self._changes.append(machine)

    def least(self, piece: Piece, machine: int) -> tuple[int, int]:
        """Returns the least growth that a piece can make on a machine, and what the GPU that it then takes holds before."""
        state = self._states[machine]
        if (piece, state) not in self._known:
            cpus, milli, model = state
            before = self._fragments.of(state)
            options = _options(milli, piece) if cpus >= piece.cpus else []
            grown = [(self._fragments.of((cpus - piece.cpus, after, model)) - before, left) for left, after in options]
            self._known[piece, state] = min(grown, key=lambda one: one[0], default=(_NOWHERE, 0))
        return self._known[piece, state]

    def growth(self, piece: Piece) -> Ints:
        """Returns the least growth on each machine as it stands now."""
        self._notice()
        if piece in self._growth:
            upto, growth = self._growth[piece]
            for machine in set(self._changes[upto:]):
                growth[machine] = self.least(piece, machine)[0]
        else:
            growth = np.array([self.least(piece, machine)[0] for machine in range(len(self._states))], dtype=np.int64)
        self._growth[piece] = len(self._changes), growth
        return growth


def choose_by_gradient(cluster: Cluster, pieces: list[Piece]) -> Choice:
    """Returns the rule that takes the machine, and on it the GPU, where the expected fragmentation grows least.

    Of equal machines the first is taken, of equal GPUs the one with least left; whole GPUs are taken in their order.

    Args:
        cluster: The machines, which the caller changes as it places.
        pieces: The jobs' pieces, as often as they come: what the fragmentation is expected over.
    """
    gradient = _Gradient(cluster, pieces)

    def choose(piece: Piece, able: Ints) -> tuple[int, Ints]:
        machine = int(able[np.argmin(gradient.growth(piece)[able])])
        row = cluster.milli[machine]
        if piece.gpus == 1:
            return machine, np.flatnonzero(row == gradient.least(piece, machine)[1])[:1]
        return machine, np.flatnonzero(row >= piece.milli)[: piece.gpus]

    return choose
