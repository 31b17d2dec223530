"""Plain text: a regular expression takes the cells out of each line."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, ClassVar

from tracekit.declare.checks import Pattern, Text
from tracekit.errors import did_you_mean
from tracekit.ingest.format import LineFormat, looks_unlike
from tracekit.sources.files import Lines

if TYPE_CHECKING:
    from tracekit.ingest.format import Parser
    from tracekit.ingest.plan import RawFile

# A declared column of this name holds the number of the record in its file, for files whose lines are ticks.
NUMBER = "_number"


class PlainText(LineFormat, frozen=True, kw_only=True):
    """A file of lines.

    Attributes:
        pattern: Regular expression whose named groups are the columns of a line; ``_number`` is the number of the record.
        nulls: Words besides the empty cell that mean unknown.
        comment: What a line that is no record starts with.
        heading: Regular expression over comments: its named groups are text columns of every record after them.
        line: Regular expression that the first record must match, where the path alone does not tell kinds apart.
    """

    format: ClassVar[str] = "text"

    pattern: Pattern
    nulls: tuple[str, ...] = ()
    comment: Text | None = None
    heading: Pattern | None = None
    line: Pattern | None = None

    def contradiction(self) -> str | None:
        """Returns which keys contradict each other, or name what is not there."""
        said = {*re.compile(self.pattern).groupindex, *re.compile(self.heading or "").groupindex, NUMBER}
        if lost := [column.name for column in self.columns if column.name not in said]:
            return f"pattern: there is no group {lost[0]!r}.{did_you_mean(lost[0], sorted(said))}"
        if self.heading is not None and self.comment is None:
            return "heading: it is looked for in comments, and there is no comment"
        return super().contradiction()

    @property
    def lines(self) -> Lines:
        """How its lines are told apart."""
        return Lines(comment=self.comment)

    def start_of(self, head: bytes) -> tuple[tuple[str, ...], str]:
        """Returns the declared columns, and the first record's line."""
        first = next((line for line in self.first_lines(head) if self.comment is None or not line.startswith(self.comment)), "")
        return tuple(column.name for column in self.columns), first

    def misfit(self, header: tuple[str, ...], record: str) -> str | None:
        """Returns why a file with this first record is not of this kind, or None."""
        return super().misfit(header, record) or looks_unlike(self.line, self.text, record)

    def parser(self, file: RawFile) -> Parser:
        """Returns what parses the blocks of one file."""
        from tracekit.ingest.read_text import TextParser

        return TextParser(self)


KIND = PlainText
