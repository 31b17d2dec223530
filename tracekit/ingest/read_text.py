"""Parses lines of text that are no CSV: columns split by white space, or named groups of a regular expression.

Comment lines are no records: they are cut out with the blank ones, and counted. A heading is such a line whose named groups hold for
every record that follows it, up to the next heading that says otherwise.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import polars as pl

from tracekit.ingest.blocks import TextBlock
from tracekit.ingest.read_csv import RECORD, Reject, cast_cells, show
from tracekit.schema.polars import DTYPES

if TYPE_CHECKING:
    from tracekit.ingest.plan import RawFile

_AT = "__line"


class TextParser:
    """Parses the blocks of one file, in order, into frames of the kind's declared columns plus ``source_row``."""

    def __init__(self, file: RawFile) -> None:
        kind = file.kind
        self._pattern = kind.pattern
        self._heading = re.compile(kind.heading.encode()) if kind.heading else None
        self._said: dict[str, str | None] = dict.fromkeys(self._heading.groupindex) if self._heading else {}
        self._skip = kind.skipped
        self._nulls = list(kind.nulls)
        self._columns = list(kind.columns)
        self._cells = [column for column in kind.columns if column.name not in self._said]
        # Columns at the end of the line that it may lack.
        self._least = max([i for i, column in enumerate(self._cells, 1) if not column.optional], default=0)

    def parse(self, block: TextBlock, offset: int) -> tuple[pl.DataFrame, list[Reject]]:
        """Parses a block.

        Args:
            block: Whole lines of the file, without comments and headings.
            offset: Records of the trace before this file: ``source_row`` counts over the trace's files.

        Returns:
            The declared columns with ``source_row``, and the records that are not of the kind's form.
        """
        lines = block.data.split(b"\n")[:-1]
        texts, reasons = _decode(lines)
        text = self._split(texts, reasons).with_columns(**self._headings(block), **{_AT: pl.int_range(len(lines), eager=True)})
        text = text.filter(~pl.col(_AT).is_in(list(reasons))) if reasons else text
        if self._nulls:
            text = text.with_columns(pl.when(~pl.col(pl.String).is_in(self._nulls)).then(pl.col(pl.String)))
        typed = cast_cells(text, self._columns, reasons)
        row = (pl.col(_AT) + (block.first_record + offset)).cast(pl.Int64).alias(RECORD)
        frame = typed.select(*[pl.col(c.name).cast(DTYPES[c.type]) for c in self._columns], row)
        physical = block.physical_lines() if reasons else []
        return frame, [Reject(block.first_record + i, physical[i], reasons[i], show(lines[i])) for i in sorted(reasons)]

    def _split(self, texts: pl.Series, reasons: dict[int, str]) -> pl.DataFrame:
        """Returns the cells of every line as text; a line that is not of the form goes into ``reasons``."""
        if self._pattern is not None:
            found = texts.str.extract_groups(self._pattern).struct.unnest()
            for i in (~texts.str.contains(self._pattern)).arg_true():
                reasons.setdefault(i, f"the line is not of the form {self._pattern}")
            return found.select([column.name for column in self._cells])
        cells = texts.str.extract_all(r"\S+")
        count = cells.list.len()
        for i in ((count < self._least) | (count > len(self._cells))).arg_true():
            reasons.setdefault(i, f"{count[i]} cells where the layout has {len(self._cells)}")
        return pl.DataFrame({column.name: cells.list.get(i, null_on_oob=True) for i, column in enumerate(self._cells)})

    def _headings(self, block: TextBlock) -> dict[str, pl.Series]:
        """Returns what the headings above each record say."""
        if self._heading is None:
            return {}
        said: dict[str, list[str | None]] = {name: [] for name in self._said}
        for line in block.source.split(b"\n")[:-1]:
            if found := self._heading.match(line):
                words = {name: value.decode("utf-8", errors="replace").strip() for name, value in found.groupdict().items() if value}
                self._said |= words
            elif line.strip(b" \t\r") and not (self._skip and self._skip.match(line)):
                for name, value in self._said.items():
                    said[name].append(value)
        # A limit on records cuts the block's lines, but not their source.
        return {name: pl.Series(values[: block.records], dtype=pl.String) for name, values in said.items()}


def _decode(lines: list[bytes]) -> tuple[pl.Series, dict[int, str]]:
    reasons: dict[int, str] = {}
    texts: list[str] = []
    for i, line in enumerate(lines):
        try:
            texts.append(line.decode("utf-8").rstrip("\r"))
        except UnicodeDecodeError as error:
            reasons[i] = f"byte {error.start + 1} is not UTF-8"
            texts.append("")
    return pl.Series(texts, dtype=pl.String), reasons
