"""Parses blocks of CSV lines, typed and by name; a block that does not parse whole is taken line by line.

A line is a record. That makes the count of records exact whatever a line holds: a quote that is never closed costs one record,
not all that follow it. See docs/adr/0002-line-is-a-record.md.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import polars as pl

from tracekit.ingest.blocks import TextBlock
from tracekit.ingest.lines import join_cells, odd_lines, split_line
from tracekit.schema.polars import DTYPES
from tracekit.sources.files import RawColumn

if TYPE_CHECKING:
    from tracekit.ingest.plan import RawFile

RECORD = "source_row"
_WORDS = {"BIGINT": "a whole number", "DOUBLE": "a number", "BOOLEAN": "true or false", "TIMESTAMP": "an instant"}


@dataclass(frozen=True)
class Reject:
    """A record that is set aside.

    Attributes:
        record: Its number in the file, from 1.
        line: Its physical line.
        reason: Why.
        text: The line as it stands.
    """

    record: int
    line: int
    reason: str
    text: str


class CsvParser:
    """Parses the blocks of one file into frames of the kind's declared columns plus ``source_row``, and of cells that are a series.

    Args:
        file: The file.
        separator: What stands between its cells.
        nulls: Words besides the empty cell that mean unknown.
    """

    def __init__(self, file: RawFile, separator: str, nulls: tuple[str, ...]) -> None:
        kind = file.kind
        self._separator = separator
        self._nulls = list(nulls)
        self._columns = {column.name: column for column in kind.columns}
        # Cells go by position, so that position comes from this file's own header; undeclared columns stay text and are not kept.
        self._schema = {name: DTYPES[self._columns[name].type] if name in self._columns else pl.String() for name in file.header}
        wide = kind.cells_of(file.header)
        self._columns |= {name: RawColumn(name, "DOUBLE") for name in wide}
        self._schema |= dict.fromkeys(wide, pl.Float64())
        self._text = dict.fromkeys(file.header, pl.String())
        self._present = [name for name in file.header if name in self._columns]
        self._absent = [pl.lit(None, DTYPES[column.type]).alias(column.name) for column in kind.columns if column.name not in file.header]
        self._positions = [list(file.header).index(name) for name in self._present]
        self._required = [c.name for c in kind.columns if c.required and c.name in self._present]

    def parse(self, block: TextBlock, offset: int) -> tuple[pl.DataFrame, list[Reject]]:
        """Parses a block.

        Args:
            block: Whole lines of the file.
            offset: Records of the trace before this file: ``source_row`` counts over the trace's files.

        Returns:
            The declared columns with ``source_row``, and the records that could not be parsed.
        """
        odd = odd_lines(block.data, self._separator, len(self._schema))
        frame = None if odd.any() else self._parse_fast(block)
        if frame is not None:
            row = pl.int_range(block.first_record + offset, block.first_record + offset + block.records, dtype=pl.Int64)
            return frame.with_columns(*self._absent, row.alias(RECORD)), []
        return self._parse_slow(block, offset, odd)

    def _read(self, data: bytes, schema: dict[str, pl.DataType]) -> pl.DataFrame:
        return pl.read_csv(
            data,
            has_header=False,
            schema=schema,
            columns=self._positions,
            separator=self._separator,
            null_values=self._nulls or None,
        )

    def _parse_fast(self, block: TextBlock) -> pl.DataFrame | None:
        """Returns the typed frame, or None at the least doubt."""
        if not _is_utf8(block.data):
            return None
        try:
            frame = self._read(block.data, self._schema)
        except pl.exceptions.PolarsError:
            return None
        if frame.height != block.records or any(frame[name].null_count() for name in self._required):
            return None
        return frame

    def _parse_slow(self, block: TextBlock, offset: int, odd: npt.NDArray[np.bool_]) -> tuple[pl.DataFrame, list[Reject]]:
        """Looks at every line that is odd by itself, reads the others as text, and casts cell by cell."""
        lines = block.data.split(b"\n")[:-1]
        judged, reasons = list(lines), {} if _is_utf8(block.data) else not_utf8(lines)
        for i in map(int, np.flatnonzero(odd)):
            if i not in reasons:
                found = self._judge(lines[i].decode("utf-8"))
                if isinstance(found, str):
                    reasons[i] = found
                else:
                    judged[i] = found
        whole = [i for i in range(len(lines)) if i not in reasons]
        text = self._read(b"".join(judged[i] + b"\n" for i in whole), dict(self._text)) if whole else None
        if text is not None and text.height != len(whole):
            # Only a quoted cell that is closed on another line can do this; none is left after the check by line.
            raise AssertionError(f"{len(whole)} lines gave {text.height} records")
        typed = self._empty() if text is None else self._cast(text.with_columns(pl.Series("__line", whole)), reasons)
        keep = typed["__line"]
        row = (keep + (block.first_record + offset)).cast(pl.Int64).alias(RECORD)
        frame = typed.drop("__line").with_columns(*self._absent, row)
        physical = block.physical_lines() if reasons else []
        rejects = [Reject(block.first_record + i, physical[i], reasons[i], show(lines[i])) for i in sorted(reasons)]
        return frame, rejects

    def _empty(self) -> pl.DataFrame:
        return pl.DataFrame(schema={**{name: self._schema[name] for name in self._present}, "__line": pl.Int64})

    def _judge(self, text: str) -> bytes | str:
        """Returns an odd line with its cells quoted as they should be, or what is wrong with them as such."""
        cells = split_line(text, self._separator)
        if isinstance(cells, str):
            return cells
        if len(cells) != len(self._schema):
            return f"{len(cells)} cells where the header has {len(self._schema)}"
        return join_cells(cells, self._separator).encode()[:-1]

    def _cast(self, text: pl.DataFrame, reasons: dict[int, str]) -> pl.DataFrame:
        """Casts text cells to their types; a cell that does not cast, or may not be empty, makes its record a reject."""
        bad = pl.Series([False]).new_from_index(0, text.height)
        typed = {}
        for name in self._present:
            column, cells = self._columns[name], text[name]
            if column.type == "BOOLEAN":
                cast = cells.str.to_lowercase().replace_strict({"true": True, "false": False}, default=None, return_dtype=pl.Boolean)
            elif self._schema[name].is_numeric():
                # A typed parse skips the blanks before a number, and takes a quoted nothing for nothing.
                cells = cells.str.strip_chars_start(" \t")
                cells = cells.set(cells == "", None)
                cast = cells.cast(self._schema[name], strict=False)
            else:
                cast = cells.cast(self._schema[name], strict=False)
            wrong = cast.is_null() & cells.is_not_null()
            if column.required:
                wrong |= cells.is_null()
            typed[name] = cast
            for i in (wrong & ~bad).arg_true():
                reasons[int(text["__line"][i])] = _cell_reason(column, cells[i])
            bad |= wrong
        return pl.DataFrame({**typed, "__line": text["__line"]}).filter(~bad)


def _cell_reason(column: RawColumn, cell: str | None) -> str:
    if cell is None:
        return f"column {column.name!r} is empty"
    return f"column {column.name!r}: {cell[:80]!r} is not {_WORDS.get(column.type, column.type)}"


def _is_utf8(data: bytes) -> bool:
    return data.isascii() or not not_utf8([data])


def not_utf8(lines: list[bytes]) -> dict[int, str]:
    """Returns which lines are not UTF-8, and where."""
    found = {}
    for i, line in enumerate(lines):
        try:
            line.decode("utf-8")
        except UnicodeDecodeError as error:
            found[i] = f"byte {error.start + 1} is not UTF-8"
    return found


def show(line: bytes) -> str:
    """Returns a raw line as text, for messages and rejects."""
    return line.rstrip(b"\r").decode("utf-8", errors="backslashreplace")


def first_words(rejects: Iterable[Reject], count: int = 3) -> str:
    """Returns a few rejects in words, for messages."""
    return "; ".join(f"line {r.line:,}: {r.reason}" for r in list(rejects)[:count])
