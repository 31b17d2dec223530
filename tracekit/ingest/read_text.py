"""Parses blocks of plain text: a regular expression takes the cells out of each line."""

from __future__ import annotations

import re

import polars as pl

from tracekit.errors import DeclarationError
from tracekit.ingest.blocks import TextBlock
from tracekit.ingest.json_values import WORDS
from tracekit.ingest.plan import RawFile
from tracekit.ingest.read_csv import RECORD, Reject, show
from tracekit.schema.polars import DTYPES
from tracekit.sources.model import RawColumn

# A declared column of this name holds the number of the record in its file, for files whose lines are ticks.
NUMBER = "_number"


class TextParser:
    """Parses the blocks of one file into frames of the kind's declared columns plus ``source_row``."""

    def __init__(self, file: RawFile) -> None:
        self._pattern = file.kind.pattern or ""
        self._columns = [column for column in file.kind.columns if column.name != NUMBER]
        self._numbered = len(self._columns) < len(file.kind.columns)
        self._nulls = list(file.kind.nulls)
        self._sticky: dict[str, str | None] = dict.fromkeys(file.kind.sticky)
        if lost := [c.name for c in self._columns if c.name not in re.compile(self._pattern).groupindex]:
            raise DeclarationError(f"{file.kind.name}: pattern: there is no group {lost[0]!r}")

    def parse(self, block: TextBlock, offset: int) -> tuple[pl.DataFrame, list[Reject]]:
        """Parses a block.

        Args:
            block: Whole lines of the file.
            offset: Records of the trace before this file: ``source_row`` counts over the trace's files.

        Returns:
            The declared columns with ``source_row``, and the lines that do not match or whose cells do not fit their types.
        """
        lines = block.data.split(b"\n")[:-1]
        text = pl.Series([line.decode("utf-8", errors="replace").rstrip("\r") for line in lines], dtype=pl.String)
        cells = text.to_frame("line").select(pl.col("line").str.extract_groups(self._pattern)).unnest("line")
        matches = text.str.contains(self._pattern)
        for name, before in self._sticky.items():
            # The heading of a dump may stand in an earlier block.
            cells = cells.with_columns(pl.col(name).forward_fill().fill_null(before))
            self._sticky[name] = cells[name][-1] if cells.height else before
        reasons: dict[int, str] = {int(i): "does not look like a record" for i in (~matches).arg_true()}
        typed = {}
        for column in self._columns:
            typed[column.name], wrong = self._cast(cells[column.name], column)
            for i in (wrong & matches).arg_true():
                reasons.setdefault(int(i), _reason(column, cells[column.name][i]))
        number = pl.int_range(block.first_record, block.first_record + len(lines), dtype=pl.Int64, eager=True)
        if self._numbered:
            typed[NUMBER] = number
        frame = pl.DataFrame({**typed, RECORD: number + offset})
        keep = pl.Series([i not in reasons for i in range(len(lines))], dtype=pl.Boolean)
        physical = block.physical_lines() if reasons else []
        rejects = [Reject(block.first_record + i, physical[i], reasons[i], show(lines[i])) for i in sorted(reasons)]
        return frame.filter(keep), rejects

    def _cast(self, cells: pl.Series, column: RawColumn) -> tuple[pl.Series, pl.Series]:
        """Returns the cells in their type, and which of them do not fit it."""
        known = cells.set(cells.is_in(["", *self._nulls]), None)
        cast = known.cast(DTYPES[column.type], strict=False)
        wrong = cast.is_null() & known.is_not_null()
        return cast, wrong | cast.is_null() if column.required else wrong


def _reason(column: RawColumn, cell: str | None) -> str:
    if not cell:
        return f"{column.name!r} is empty"
    return f"{column.name!r}: {cell[:80]!r} is not {WORDS.get(column.type, column.type)}"
