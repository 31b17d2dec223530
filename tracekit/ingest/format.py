"""What a raw format has to say for itself; one module of ``formats`` is one format, found by listing."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from tracekit.sources.files import FileKind
from tracekit.sources.formats import find_format, format_names

if TYPE_CHECKING:
    import polars as pl

    from tracekit.ingest.blocks import TextBlock
    from tracekit.ingest.plan import RawFile
    from tracekit.ingest.read_csv import Reject
    from tracekit.ingest.records import Records
    from tracekit.ingest.settings import Progress, Settings
    from tracekit.lake.manifest import Input


@dataclass(frozen=True)
class Place:
    """A record as it stands in its file.

    Attributes:
        text: The record.
        line: Its physical line, where records are lines.
        header: The file's header line, if it has one.
    """

    text: str
    line: int | None = None
    header: str | None = None


class Parser(Protocol):
    """Parses the blocks of one file of lines."""

    def parse(self, block: TextBlock, offset: int) -> tuple[pl.DataFrame, list[Reject]]:
        """Returns the declared columns with ``source_row``, and the records that could not be parsed."""
        ...


class Format(FileKind, frozen=True, kw_only=True):
    """A kind of file in one raw format: its keys are those that a source declares of such a file.

    Everything here is light: what reads a file is imported when one is read.
    """

    # The first bytes of such a file, of which one is enough; none where it is text.
    magic: ClassVar[tuple[bytes, ...]] = ()
    # What its columns are named by, in messages.
    header_word: ClassVar[str] = "header"

    @property
    def is_known_by_path(self) -> bool:
        """Whether only an engine, or the whole file, tells its columns: to see whether it is in the lake its path is believed."""
        return bool(self.magic)

    @property
    def is_known_by_columns(self) -> bool:
        """Whether the columns of a file are enough to know its kind, and its path says nothing of its records."""
        return self.has_header and "(?P<" not in self.path

    @property
    def may_have_any_name(self) -> bool:
        """Whether a file in a folder is of this kind under any name that no kind knows."""
        return False

    def columns_of(self, path: Path) -> tuple[str, ...]:
        """Returns the names of a file's columns, where it is no text; none where only loading it tells them."""
        return ()

    def start_of(self, head: bytes) -> tuple[tuple[str, ...], str]:
        """Returns the columns and the first record's line of a file that begins so; nothing where a record is no line."""
        return (), ""

    def fit(self, path: Path, head: bytes, document: Any) -> tuple[tuple[str, ...], str | None]:
        """Returns the names of a file's columns, and why it is not of this kind, or None.

        Args:
            path: The file.
            head: Its first bytes, inflated.
            document: Returns the decoded document, or the error that kept it from being one.
        """
        header, record = (self.columns_of(path), "") if self.magic else self.start_of(head)
        return header, self.misfit(header, record)

    def misfit(self, header: tuple[str, ...], record: str) -> str | None:
        """Returns why a file with these columns and this first record is not of this kind, or None."""
        # A first record that is broken, or longer than the head, says nothing: it is read, and judged line by line.
        if not header:
            return None
        if missing := [column.name for column in self.columns if not column.optional and column.name not in header]:
            names = ", ".join(repr(name) for name in missing)
            return f"column {names} is missing; the {self.header_word} has {', '.join(header)[:300]}"
        if self.any_of and not set(self.any_of) & set(header):
            return f"it has none of the columns {', '.join(self.any_of[:6])}, …; the header has {', '.join(header)[:300]}"
        if twice := sorted(name for name, times in Counter(header).items() if times > 1):
            return f"column {twice[0]!r} stands twice in the header"
        return None

    def undeclared(self, header: tuple[str, ...]) -> list[str]:
        """Returns the columns of a file that the source does not declare."""
        declared = {column.name for column in self.columns} | set(self.cells_of(header))
        return [name for name in header if name not in declared]

    def read(self, file: RawFile, offset: int, entry: Input, settings: Settings, progress: Progress) -> Iterator[Records]:
        """Yields a file's records block by block; see ``records.read_records``."""
        raise NotImplementedError

    def find(self, path: Path, record: int) -> Place | None:
        """Returns a record as it stands in the file; None where the file has fewer."""
        raise NotImplementedError


class LineFormat(Format, frozen=True, kw_only=True):
    """A format whose records are lines."""

    @staticmethod
    def first_lines(head: bytes) -> Iterator[str]:
        """Yields the lines of a file that begins so, without the blank ones."""
        for line in head.decode("utf-8-sig", errors="replace").split("\n"):
            if line.strip():
                yield line.removesuffix("\r")

    def parser(self, file: RawFile) -> Parser:
        """Returns what parses the blocks of one file."""
        raise NotImplementedError

    def read(self, file: RawFile, offset: int, entry: Input, settings: Settings, progress: Progress) -> Iterator[Records]:
        """Yields a file's records block by block; see ``records.read_records``."""
        from tracekit.ingest.records import Records, blocks_of
        from tracekit.ingest.wide import melt

        parser, wide = self.parser(file), self.cells_of(file.header)
        blocks = blocks_of(file, settings)
        for block in blocks:
            frame, rejects = parser.parse(block, offset)
            entry.records += block.records
            entry.blank_lines += block.blank_lines
            for i, piece in enumerate(melt(frame, wide) if wide else [frame]):
                yield Records(piece, [] if i else rejects, block)
            progress(file, block.consumed)
        entry.sha256 = blocks.sha256

    def find(self, path: Path, record: int) -> Place | None:
        """Returns a record as it stands in the file; None where the file has fewer."""
        from tracekit.ingest.locate import lines_of

        header: str | None = None
        for seen, line, content in lines_of(path, self):
            text = content.decode("utf-8", errors="backslashreplace")
            if seen == 0:
                header = text
            elif seen == record:
                return Place(text, line, header)
        return None


def looks_unlike(pattern: str | None, text: str, record: str) -> str | None:
    """Returns that a first record does not match the pattern by which kinds are told apart, or None."""
    return f"{UNLIKE} {text}" if pattern and record and not re.search(pattern, record) else None


# How the weakest of the reasons begins: what the header lacks says more than what the records do not look like.
UNLIKE = "the first record does not look like"


@cache
def binary_formats() -> dict[str, tuple[bytes, ...]]:
    """Returns the formats that are no text, with the bytes that such a file starts with."""
    found = {}
    for name in format_names():
        kind = find_format(name)
        if issubclass(kind, Format) and kind.magic:
            found[name] = kind.magic
    return found


def as_format(kind: FileKind) -> Format:
    """Returns a kind of file as what reads it."""
    assert isinstance(kind, Format), f"{kind.name}: a kind of file belongs to a module of ingest/formats"
    return kind
