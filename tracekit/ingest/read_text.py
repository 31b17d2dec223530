"""Parses blocks of plain text: a regular expression takes the cells out of each line.

A comment may be a heading: its named groups are columns of every record after it, up to the next heading that says otherwise.
"""

from __future__ import annotations

import re

import polars as pl

from tracekit.ingest.blocks import TextBlock
from tracekit.ingest.formats.text import NUMBER, PlainText
from tracekit.ingest.json_values import WORDS
from tracekit.ingest.read_csv import RECORD, Reject, not_utf8, show
from tracekit.schema.polars import DTYPES
from tracekit.sources.files import RawColumn


class TextParser:
    """Parses the blocks of one file into frames of the kind's declared columns plus ``source_row``."""

    def __init__(self, kind: PlainText) -> None:
        self._pattern = kind.pattern
        self._heading = re.compile((kind.heading or "$^").encode())
        self._said: dict[str, str | None] = dict.fromkeys(self._heading.groupindex)
        self._columns = [column for column in kind.columns if column.name not in {NUMBER, *self._said}]
        self._numbered = any(column.name == NUMBER for column in kind.columns)
        self._nulls = list(kind.nulls)

    def parse(self, block: TextBlock, offset: int) -> tuple[pl.DataFrame, list[Reject]]:
        """Parses a block.

        Args:
            block: Whole lines of the file.
            offset: Records of the trace before this file: ``source_row`` counts over the trace's files.

        Returns:
            The declared columns with ``source_row``, and the lines that do not match or whose cells do not fit their types.
        """
        lines = block.data.split(b"\n")[:-1]
        text = pl.Series([line.decode("utf-8", errors="replace").removesuffix("\r") for line in lines], dtype=pl.String)
        cells = text.to_frame("line").select(pl.col("line").str.extract_groups(self._pattern)).unnest("line")
        matches = text.str.contains(self._pattern)
        torn = {int(i): "a carriage return stands within the line" for i in text.str.contains("\r", literal=True).arg_true()}
        reasons = torn | {int(i): "does not look like a record" for i in (~matches).arg_true()} | not_utf8(lines)
        typed = {}
        for column in self._columns:
            typed[column.name], wrong = self._cast(cells[column.name], column)
            for i in (wrong & matches).arg_true():
                reasons.setdefault(int(i), _reason(column, cells[column.name][i]))
        number = pl.int_range(block.first_record, block.first_record + len(lines), dtype=pl.Int64, eager=True)
        if self._numbered:
            typed[NUMBER] = number
        frame = pl.DataFrame({**typed, **self._headings(block), RECORD: number + offset})
        keep = pl.Series([i not in reasons for i in range(len(lines))], dtype=pl.Boolean)
        physical = block.physical_lines() if reasons else []
        rejects = [Reject(block.first_record + i, physical[i], reasons[i], show(lines[i])) for i in sorted(reasons)]
        return frame.filter(keep), rejects

    def _headings(self, block: TextBlock) -> dict[str, pl.Series]:
        """Returns what the headings above each record say; blocks have to come in order."""
        said: dict[str, list[str | None]] = {name: [] for name in self._said}
        for line in block.source.split(b"\n")[:-1] if said else []:
            if found := self._heading.match(line):
                self._said |= {name: text.decode("utf-8", errors="replace").strip() for name, text in found.groupdict().items() if text}
            elif not block.skipped.fullmatch(line + b"\n"):
                for name, value in self._said.items():
                    said[name].append(value)
        # A limit on records cuts the lines of a block, but not their source.
        return {name: pl.Series(values[: block.records], dtype=pl.String) for name, values in said.items()}

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
