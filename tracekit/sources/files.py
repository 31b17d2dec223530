"""A kind of raw file: how it is recognised and mapped. What is peculiar to a raw format is in ``ingest/formats``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, ClassVar, Literal

import msgspec

from tracekit.declare.checks import Pattern, Text
from tracekit.declare.model import Check, Declared, Held, Named, Partial
from tracekit.errors import did_you_mean
from tracekit.schema.load import tables
from tracekit.schema.types import TYPES
from tracekit.sources.clock import Clock
from tracekit.sources.extent import Extent

EVERY_TRACE = "*"
JSON = "JSON"
_LOGICAL = re.compile(r"text|(instant|duration) (us|ns|ms|s|min|h|day)")


def _no_raw_type(name: str) -> str | None:
    known = [*TYPES, JSON]
    return None if name in known else f"is not one of {', '.join(known)}.{did_you_mean(name, known)}"


def _no_logical(text: str) -> str | None:
    return None if _LOGICAL.fullmatch(text) else "is no instant or duration with a unit of time, for example 'instant ms'"


def _no_trace(rule: str) -> str | None:
    if rule == EVERY_TRACE:
        return None
    if not rule:
        return "names nothing: leave it out where the name of the file is the trace's"
    try:
        pattern = re.compile(rule)
    except re.error as error:
        return f"is no regular expression: {error}: give a name, or a pattern with (?P<trace>…)"
    return (
        "has no group named trace: write (?P<trace>…) around what names it"
        if pattern.groups and "trace" not in pattern.groupindex
        else None
    )


TraceRule = Annotated[str, Check(_no_trace)]


class RawColumn(Declared, frozen=True):
    """A column of a raw file.

    Attributes:
        name: Its name in the file, to the letter.
        type: The logical type that it is parsed as; ``JSON``: a nested value, kept as JSON text for the mapping to decode.
        required: Whether an empty cell makes the record invalid.
        optional: Whether a file may lack the column altogether (layouts that grew).
        logical: What a column of instants or durations becomes, which Parquet and Arrow keep in a unit of their own: ``instant ms``,
            ``duration s``, in any unit of time, or ``text`` where only words are taken. None: words, and no numbers, as no unit is told.
        whole: Of JSON lines, where the source's own numbers have no decimal point: what one says of a file that has it. It is refused
            with these words.
        quoted: Whether JSON may hold its number as text, or its word as a whole number, as exporters of databases print them.
    """

    name: Annotated[str, Held()]
    type: Annotated[str, Check(_no_raw_type)]
    required: bool = False
    optional: bool = False
    logical: Annotated[str, Check(_no_logical)] | None = None
    whole: Text | None = None
    quoted: bool = False


@dataclass(frozen=True)
class TraceName:
    """What a file's path says of the trace that it belongs to.

    Attributes:
        name: The trace; None: the file holds for every trace of the dataset.
        depth: Parts of the path from the one that names the trace to the last; None where the rule is a constant.
        is_file_name: Whether nothing but the name of the file tells the trace.
    """

    name: str | None
    depth: int | None = None
    is_file_name: bool = False


@dataclass(frozen=True)
class Lines:
    """How the lines of a file of lines are told apart.

    Attributes:
        header: Whether the first line names the columns.
        separator: What stands between cells.
        comment: What a line that is no record starts with.
        align: Blocks are cut at multiples of this many records.
    """

    header: bool = False
    separator: str = ","
    comment: str | None = None
    align: int = 1


class FileKind(Declared, frozen=True, kw_only=True):
    """A kind of raw file: how it is recognised, read and mapped.

    Attributes:
        name: Short name within the source.
        text: What the file holds.
        path: Regular expression searched in the file's posix path; its named groups (but ``trace``) become columns of every record.
        columns: Its raw columns, by name.
        maps: Table → function of mapping.py that fills it.
        trace: A constant, a regular expression with a group ``trace`` on the path, ``*`` for every trace,
            or None for the file name without extensions. Files of one constant, or of one value of the group, are parts of one recording;
            files that would be the same part of it, and files of one name, are told apart by the folders before them (run1-power).
        required: Mapped columns that no row of this kind may lack, beyond those that its table requires.
        sparse: Tables into which a record may give no row at all, such as a session without a tool call.
        any_of: Optional columns of which a file has at least one: without any of them it is not of this kind.
        clock: The clock of these files, where it is not the source's.
        on_request: Regular expression over the path that the user names; other files of this kind are skipped, with one line.
        latest: Label of the path that counts attempts: every record gets a column ``_is_latest``, true in the file with the highest number
            among those whose other labels and trace are the same.
        withheld: Whether records hold text of prompts, so that a reject is kept without its text.
        extent: Which time the files cover, where the source says so.
        equal_files: ``kept`` where files of one content are legitimate because their paths say of what each one is; else the same bytes are
            the same data, and are taken once.
        needs: Kinds without which these records say too little, such as pieces that get their instants from the whole: where the trace has
            no file of such a kind, the file is named and left alone.
        unmapped: Declared columns that no row is made of → why.
        numbered: Whether the mapping looks at the numbers of records (``source_row``) beyond passing them on.
    """

    format: ClassVar[str]

    name: Text
    text: Text
    path: Pattern
    columns: Annotated[tuple[RawColumn, ...], Named("type")]
    maps: dict[str, str]
    trace: TraceRule | None = None
    required: tuple[str, ...] = ()
    sparse: tuple[str, ...] = ()
    any_of: tuple[str, ...] = ()
    clock: Annotated[Clock | None, Partial()] = msgspec.field(name="time", default=None)
    on_request: Pattern | None = None
    latest: str | None = None
    withheld: bool = False
    extent: Extent | None = None
    equal_files: Literal["kept"] | None = None
    needs: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    numbered: bool = False
    unmapped: dict[str, Text] = msgspec.field(default_factory=dict)

    @property
    def lines(self) -> Lines | None:
        """How its lines are told apart, where every line is a record."""
        return None

    @property
    def has_header(self) -> bool:
        """Whether the first line names the columns."""
        return self.lines is not None and self.lines.header

    @property
    def is_row_by_row(self) -> bool:
        """Whether a record's rows are the same whatever records stand around it, and whatever its number is."""
        return not self.numbered and (self.lines is None or self.lines.align == 1)

    def cells_of(self, header: tuple[str, ...]) -> list[str]:
        """Returns the columns of a file, of those in its header, that are cells of a series."""
        return []

    def contradiction(self) -> str | None:
        """Returns which keys contradict each other, or name what is not there."""
        return wrong_maps(self.maps, self.sparse) or _columns(self) or _path(self)

    def labels_of(self, path: Path) -> dict[str, str]:
        """Returns what the file's path says of every record in it: the named groups of ``path``."""
        found = re.search(self.path, path.as_posix())
        return {name: value for name, value in found.groupdict().items() if name != "trace" and value is not None} if found else {}

    def trace_of(self, path: Path) -> TraceName:
        """Returns the trace that a file belongs to, and how many trailing parts of its path say so."""
        if self.trace == EVERY_TRACE:
            return TraceName(None)
        if self.trace is not None and "(?P<trace>" not in self.trace:
            return TraceName(self.trace)
        shown = path.as_posix()
        found = re.search(self.trace, shown) if self.trace else None
        if not found:
            return TraceName(re.split(r"[/!]", shown)[-1].split(".")[0], 1, is_file_name=True)
        return TraceName(found["trace"], len(re.findall(r"[/!]+", shown[found.start("trace") :])) + 1)


def wrong_maps(maps: dict[str, str], sparse: tuple[str, ...]) -> str | None:
    """Returns what is wrong with the tables that a declaration says it fills."""
    for table in maps:
        if table not in tables():
            return f"maps: there is no table {table!r}.{did_you_mean(table, list(tables()))}"
    lost = sorted(set(sparse) - set(maps))
    return f"sparse: {lost[0]!r} is not a table that it maps to" if lost else None


def _columns(kind: FileKind) -> str | None:
    if lost := sorted(set(kind.unmapped) - {column.name for column in kind.columns}):
        return f"unmapped: {lost[0]!r} is not one of its columns.{did_you_mean(lost[0], [column.name for column in kind.columns])}"
    if lost := sorted(set(kind.any_of) - {column.name for column in kind.columns if column.optional}):
        return f"any_of: {lost[0]!r} is not one of its optional columns"
    known = sorted({column for name in kind.maps for column in tables()[name].columns})
    if lost := sorted(set(kind.required) - set(known)):
        return f"required: no table of it has a column {lost[0]!r}.{did_you_mean(lost[0], known)}"
    return None


def _path(kind: FileKind) -> str | None:
    labels = set(re.compile(kind.path).groupindex)
    if kind.equal_files and "(?P<" not in f"{kind.path}{kind.trace}":
        return "equal_files: nothing in path or trace tells equal files apart: give one of them a named group"
    if kind.latest is not None and kind.latest not in labels:
        return f"latest: path has no label {kind.latest!r}.{did_you_mean(kind.latest, sorted(labels))}"
    if kind.extent is not None and kind.extent.label is not None and kind.extent.label not in labels:
        return f"extent.label: path has no label {kind.extent.label!r}"
    return None
