"""Which time a recording covers by its source's own word: its first and its last event do not show it."""

from __future__ import annotations

from typing import Annotated

from tracekit.declare.model import Check, Declared


def _above_zero(value: float) -> str | None:
    return None if value > 0 else "is not a time in seconds above zero"


Seconds = Annotated[int | float, Check(_above_zero)]


class Extent(Declared, frozen=True, kw_only=True):
    """Which time the files of a kind cover, events or none.

    Attributes:
        cell_s: Wide columns are the numbers of cells of this length; number 1 begins at the recording's zero. A file covers the cells that
            it has columns for, zeros included.
        label: Of cells: a label of the file's path that counts spans of ``label_s``, from 1.
        label_s: Length of what the label counts, seconds.
        every_s: The recording covers whole spans of this length, counted from its zero.
        records: Of whole spans: the numbers of records of the whole recordings. With any other number a part was ingested, and what it
            covers is unknown.
    """

    cell_s: Seconds | None = None
    label: str | None = None
    label_s: Seconds | None = None
    every_s: Seconds | None = None
    records: tuple[int, ...] = ()

    def contradiction(self) -> str | None:
        """Returns which keys contradict each other, or which one is missing."""
        if (self.cell_s is None) == (self.every_s is None):
            return "cell_s: one of cell_s and every_s is needed"
        if (self.every_s is None) == bool(self.records):
            return "records: they are of every_s, which needs them: of a part of a recording nobody knows what it covers"
        if (self.label is None) != (self.label_s is None):
            return "label: label and label_s go together"
        return None
