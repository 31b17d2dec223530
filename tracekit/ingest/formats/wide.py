"""Cells between separators of which a record is a series: a column per minute of a day, say. Each known cell becomes a record."""

from __future__ import annotations

import re
from typing import ClassVar

from tracekit.declare.checks import Pattern
from tracekit.ingest.formats.csv import Csv


class Wide(Csv, frozen=True, kw_only=True):
    """A file of series.

    Attributes:
        cells: Regular expression over the names of undeclared columns that are cells of the series, all numbers: each known cell becomes a
            record of its own for the mapping, with the column's name in ``_column`` and the number in ``_cell``.
        marks: Names of cells that a file must have, where the declared columns do not tell kinds apart.
    """

    format: ClassVar[str] = "wide"

    cells: Pattern
    marks: tuple[str, ...] = ()

    def contradiction(self) -> str | None:
        """Returns which keys contradict each other, or name what is not there."""
        if not self.header:
            return "header: the cells of a series are told by the names of their columns"
        declared = {column.name for column in self.columns}
        if lost := [name for name in self.marks if name in declared or not re.search(self.cells, name)]:
            return f"marks: {lost[0]!r} is no cell: {'it is a declared column' if lost[0] in declared else 'cells does not match it'}"
        return super().contradiction()

    def cells_of(self, header: tuple[str, ...]) -> list[str]:
        """Returns the columns of a file, of those in its header, that are cells of the series."""
        declared = {column.name for column in self.columns}
        return [name for name in header if name not in declared and re.search(self.cells, name)]

    def misfit(self, header: tuple[str, ...], record: str) -> str | None:
        """Returns why a file with these columns and this first record is not of this kind, or None."""
        if wrong := super().misfit(header, record):
            return wrong
        if header and (lacking := [name for name in self.marks if name not in header]):
            return f"column {lacking[0]!r} is missing; the header has {', '.join(header)[:300]}"
        if header and not self.cells_of(header):
            return f"no column is a cell of a series; the header has {', '.join(header)[:300]}"
        return None


KIND = Wide
