"""Cells between separators, a record per line, with or without a header."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar

from tracekit.declare.checks import Character, Pattern
from tracekit.declare.model import Check
from tracekit.ingest.format import LineFormat, looks_unlike
from tracekit.ingest.lines import split_line
from tracekit.sources.files import Lines

if TYPE_CHECKING:
    from tracekit.ingest.format import Parser
    from tracekit.ingest.plan import RawFile


def _no_count(count: int) -> str | None:
    return None if count > 0 else "is no number of records"


class Csv(LineFormat, frozen=True, kw_only=True):
    """A file of cells.

    Attributes:
        separator: What stands between cells.
        header: Whether the first line names the columns; without one, columns go by position.
        nulls: Words besides the empty cell that mean unknown.
        line: Regular expression that the first data record must match, where names alone do not tell kinds apart.
        align: Blocks are cut at multiples of this many records, so that records of one tick are mapped together.
        by_columns: Whether a file in a folder is of this kind under any name that no kind knows, if its header has the columns.
    """

    format: ClassVar[str] = "csv"

    separator: Character = ","
    header: bool = True
    nulls: tuple[str, ...] = ()
    line: Pattern | None = None
    align: Annotated[int, Check(_no_count)] = 1
    by_columns: bool = False

    def contradiction(self) -> str | None:
        """Returns which keys contradict each other, or name what is not there."""
        if self.by_columns and not self.header:
            return "by_columns: files of this kind have no header"
        return super().contradiction()

    @property
    def lines(self) -> Lines:
        """How its lines are told apart."""
        return Lines(self.header, self.separator, None, self.align)

    @property
    def may_have_any_name(self) -> bool:
        """Whether a file in a folder is of this kind under any name that no kind knows."""
        return self.by_columns

    def start_of(self, head: bytes) -> tuple[tuple[str, ...], str]:
        """Returns the columns, those declared where there is no header, and the first record's line."""
        lines = list(self.first_lines(head))
        if not self.header:
            return tuple(column.name for column in self.columns), lines[0] if lines else ""
        cells = split_line(lines[0], self.separator) if lines else []
        if isinstance(cells, str):
            cells = lines[0].split(self.separator)
        return tuple(cell.strip() for cell in cells), lines[1] if len(lines) > 1 else ""

    def misfit(self, header: tuple[str, ...], record: str) -> str | None:
        """Returns why a file with these columns and this first record is not of this kind, or None."""
        return super().misfit(header, record) or looks_unlike(self.line, self.text, record)

    def parser(self, file: RawFile) -> Parser:
        """Returns what parses the blocks of one file."""
        from tracekit.ingest.read_csv import CsvParser

        return CsvParser(file, self.separator, self.nulls)


KIND = Csv
