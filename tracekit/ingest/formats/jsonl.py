"""JSON lines: an object per line."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from tracekit.ingest.format import LineFormat
from tracekit.ingest.json_values import load_json
from tracekit.sources.files import Lines

if TYPE_CHECKING:
    from tracekit.ingest.format import Parser
    from tracekit.ingest.plan import RawFile


class JsonLines(LineFormat, frozen=True, kw_only=True):
    """A file of objects; a column ``a.b`` is the value ``b`` inside of ``a``."""

    format: ClassVar[str] = "jsonl"
    header_word: ClassVar[str] = "first record"

    @property
    def lines(self) -> Lines:
        """How its lines are told apart."""
        return Lines()

    @property
    def is_known_by_columns(self) -> bool:
        """Whether the columns of a file are enough to know its kind, and its path says nothing of its records."""
        return "(?P<" not in self.path

    def start_of(self, head: bytes) -> tuple[tuple[str, ...], str]:
        """Returns the keys of the first record, and its line; no keys where it is cut off or is no object."""
        line = next(self.first_lines(head), "")
        try:
            record = load_json(line)
        except ValueError:
            return (), line
        # A key may hold half of a character, which no manifest can name.
        return tuple(key.encode("utf-8", "backslashreplace").decode() for key in record) if isinstance(record, dict) else (), line

    def misfit(self, header: tuple[str, ...], record: str) -> str | None:
        """Returns why a file with these keys and this first record is not of this kind, or None."""
        if record and not record.lstrip().startswith("{"):
            return "its first line is no JSON object"
        return super().misfit(header, record)

    def undeclared(self, header: tuple[str, ...]) -> list[str]:
        """Returns the keys that the source does not declare; of an object, values inside are declared."""
        objects = {column.name.partition(".")[0] for column in self.columns}
        return [name for name in super().undeclared(header) if name not in objects]

    def parser(self, file: RawFile) -> Parser:
        """Returns what parses the blocks of one file."""
        from tracekit.ingest.read_jsonl import JsonlParser

        return JsonlParser(file)


KIND = JsonLines
