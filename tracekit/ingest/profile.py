"""Counts what can be seen of a table's rows while they stream by, in file order and in time order."""

from __future__ import annotations

import numpy as np
import polars as pl

from tracekit.ingest.read_csv import RECORD
from tracekit.schema.load import Table

_LAST = pl.Int64.max()
# What tells the readings of one instant apart.
_READING_OF = ("entity_kind", "entity_id", "parent_id", "gpu_index", "metric")


class FileOrder:
    """What is seen in the order of the raw files.

    Attributes:
        nulls: Column → NULL values.
        above: Column → values above the plausible maximum.
        out_of_order: Rows whose instant is before that of the row above.
        backwards: Rows that end before they start; None where the table has no ends.
        needs_sort: Whether the rows are not yet in time order, NULL instants last.
    """

    def __init__(self, table: Table) -> None:
        self.nulls = dict.fromkeys(table.columns, 0)
        self._above = {field.name: field.warn_max for field in table.fields if field.warn_max is not None}
        self.above = dict.fromkeys(self._above, 0)
        self.out_of_order = 0
        self.backwards = 0 if {"started_us", "ended_us"} <= set(table.columns) else None
        self.needs_sort = False
        self._time = table.time
        # First and last instants: those that are known, and all of them with NULL as the last of all.
        self._known: tuple[int, int] | None = None
        self._all: tuple[int, int] | None = None

    def add(self, rows: pl.DataFrame) -> None:
        """Counts a block."""
        if not rows.height:
            return
        for column in rows.iter_columns():
            self.nulls[column.name] += column.null_count()
        for name, most in self._above.items():
            self.above[name] += int((rows[name] > most).sum() or 0)
        if self.backwards is not None:
            self.backwards += int((rows["ended_us"] < rows["started_us"]).sum() or 0)
        if self._time:
            self._order(rows[self._time])

    def merge(self, other: FileOrder) -> None:
        """Counts the rows that another one has seen, which come next."""
        for name, count in other.nulls.items():
            self.nulls[name] += count
        for name, count in other.above.items():
            self.above[name] += count
        if self.backwards is not None:
            self.backwards += other.backwards or 0
        self.out_of_order += other.out_of_order
        self.needs_sort |= other.needs_sort
        self._follow(other._known, other._all)

    def _order(self, time: pl.Series) -> None:
        known = time.drop_nulls() if time.null_count() else time
        self.out_of_order += 0 if known.is_sorted() else int((known.diff() < 0).sum() or 0)
        filled = time.fill_null(_LAST) if time.null_count() else time
        self.needs_sort |= not filled.is_sorted()
        self._follow((int(known[0]), int(known[-1])) if known.len() else None, (int(filled[0]), int(filled[-1])))

    def _follow(self, known: tuple[int, int] | None, every: tuple[int, int] | None) -> None:
        """Looks at the step to the rows that come next, given their first and last instants."""
        if known is not None:
            self.out_of_order += self._known is not None and known[0] < self._known[1]
            self._known = (self._known or known)[0], known[1]
        if every is not None:
            self.needs_sort |= self._all is not None and every[0] < self._all[1]
            self._all = (self._all or every)[0], every[1]


class TimeOrder:
    """What is seen in the order of the table.

    Attributes:
        duplicates: Rows equal to an earlier one in every column but ``source_row``.
        same_instant: Readings whose entity (and metric) has another one at the same instant, beyond the first: two meters of one name.
        instants: Distinct instants.
        step_us: Smallest positive step between distinct instants.
        gap_us: Largest step.
    """

    def __init__(self, table: Table) -> None:
        self.duplicates = 0
        self.same_instant = 0
        self.instants = 0
        self.step_us: int | None = None
        self.gap_us = 0
        self._time = table.time
        self._compared = [name for name in table.columns if name not in ("dataset", "trace", RECORD)]
        self._reading_of = ["sampled_us", *(name for name in _READING_OF if name in table.columns)] if table.time == "sampled_us" else []
        self._open = _Open()
        self._readings = _Open()
        self._last: int | None = None
        self._alone: pl.DataFrame | None = None

    def add(self, rows: pl.DataFrame) -> None:
        """Counts a block."""
        if not rows.height:
            return
        if self._time is not None:
            self._steps(rows[self._time])
        if self._open.is_empty and self._alone is None and rows.height == 1:
            # One row repeats none, and of a trace of one row nothing more has to be known.
            self._alone = rows
            return
        if self._alone is not None:
            alone, self._alone = self._alone, None
            self._compare(alone)
        self._compare(rows)

    def _compare(self, rows: pl.DataFrame) -> None:
        hashes = _hashes(rows, self._compared)
        if self._time is None:
            # Companion tables (machines, functions) are small: their hashes are kept.
            self.duplicates += self._open.add(hashes, None)
            return
        time = rows[self._time]
        filled = time.fill_null(_LAST)
        self.duplicates += self._open.add(hashes, filled)
        if self._reading_of:
            self.same_instant += self._readings.add(rows[self._reading_of].hash_rows(seed=7), filled)

    def _steps(self, time: pl.Series) -> None:
        known = time.drop_nulls().to_numpy()
        if not len(known):
            return
        steps = np.diff(known, prepend=known[:1] if self._last is None else np.array([self._last]))
        positive = steps[steps > 0]
        self.instants += len(positive) + (1 if self._last is None else 0)
        if len(positive):
            smallest = int(positive.min())
            self.gap_us = max(self.gap_us, int(positive.max()))
            self.step_us = smallest if self.step_us is None else min(self.step_us, smallest)
        self._last = int(known[-1])


class _Open:
    """Hashes of the last instant seen: equal rows have the same instant, so only these are carried to the next block."""

    def __init__(self) -> None:
        self._hashes = pl.Series([], dtype=pl.UInt64)
        self._time: int | None = None

    @property
    def is_empty(self) -> bool:
        """Whether nothing has been added."""
        return not len(self._hashes)

    def add(self, hashes: pl.Series, time: pl.Series | None) -> int:
        """Returns how many rows repeat one of their instant; without instants, any earlier one."""
        if time is None:
            together = pl.concat([self._hashes, hashes])
            self._hashes = together.unique()
            return together.len() - self._hashes.len()
        carried = self._hashes if self._time == int(time[0]) else self._hashes.clear()
        together = pl.concat([carried, hashes])
        last = hashes.filter(time == time[-1])
        self._hashes = (pl.concat([carried, last]) if last.len() == hashes.len() else last).unique()
        self._time = int(time[-1])
        return together.len() - together.n_unique()


def _hashes(rows: pl.DataFrame, columns: list[str]) -> pl.Series:
    varying = [name for name in columns if rows[name].null_count() < rows.height]
    return rows[varying].hash_rows(seed=7) if varying else pl.repeat(0, rows.height, dtype=pl.UInt64, eager=True)
