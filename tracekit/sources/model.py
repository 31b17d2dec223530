"""What a source declares: files, columns, clock, licence, errata, claims."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tracekit.sources.extent import Extent

if TYPE_CHECKING:
    import polars as pl

    Mapping = Callable[[pl.LazyFrame], pl.LazyFrame]

EVERY_TRACE = "*"


@dataclass(frozen=True)
class RawColumn:
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

    name: str
    type: str
    required: bool = False
    optional: bool = False
    logical: str | None = None
    whole: str | None = None
    quoted: bool = False


@dataclass(frozen=True)
class Clock:
    """The time model of a source.

    Attributes:
        unit: Unit of the raw instants.
        resolution_us: Declared resolution.
        zero: ``source`` (the source's own), ``first`` (the first instant of the trace) or ``epoch`` (1970-01-01 UTC).
        anchor: Calendar instant of the source's zero as ISO text, ``epoch`` where mapped instants count from 1970, or ``withheld``.
        zone: IANA zone, or None for local time as printed.
        calendar: What of the calendar can be trusted: exact, weekday_hour, hour, day_index, none.
        note: Where all this comes from.
    """

    unit: str
    resolution_us: int
    zero: str
    anchor: str
    zone: str | None
    calendar: str
    note: str


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
class FileKind:
    """A kind of raw file: how it is recognised, read and mapped.

    Attributes:
        name: Short name within the source.
        text: What the file holds.
        path: Regular expression searched in the file's posix path; its named groups (but ``trace``) become columns of every record.
        format: ``csv``, ``jsonl`` (a JSON object per line), ``text`` (lines taken apart by ``pattern``), ``json`` (one document),
            ``parquet``, ``arrow`` (Arrow IPC, file or stream) ``pickle`` (a pandas frame) or
            ``sqlite``.
        columns: Its raw columns, by name.
        maps: Table → function of mapping.py that fills it.
        trace: A constant, a regular expression with a group ``trace`` on the path, ``*`` for every trace,
            or None for the file name without extensions. Files of one constant, or of one value of the group, are parts of one recording;
            files that would be the same part of it, and files of one name, are told apart by the folders before them (run1-power).
        line: Regular expression that the first data record must match, where names alone do not tell kinds apart.
        separator: Cell separator of a CSV file.
        header: Whether a CSV file has a header line; without one, columns go by position.
        nulls: Words besides the empty cell that mean unknown.
        records: Of an SQLite file, the table. Of a JSON document, where the records are: ``*`` (values of the object, keyed), ``.`` (the
            document is one record, or the list of them), or a path of names and stars between dots.
        others: Kinds whose records are in the same file; their own ``path`` is not looked at.
        carry: Names that every record of a JSON document gets → where their values are in the document, as a path of names between dots.
        align: Blocks are cut at multiples of this many records, so that records of one tick are mapped together.
        required: Mapped columns that no row of this kind may lack, beyond those that its table requires.
        sparse: Tables into which a record may give no row at all, such as a session without a tool call.
        any_of: Optional columns of which a file has at least one: without any of them it is not of this kind.
        clock: The clock of these files, where it is not the source's.
        pattern: Of a text file, the regular expression whose named groups are the columns of a line.
        comment: What a line that is no record starts with.
        heading: Regular expression over comments: its named groups are text columns of every record after them.
        wide: Regular expression over the names of undeclared columns that are cells of a series, all numbers: each known cell becomes a
            record of its own for the mapping, with the column's name in ``_column`` and the number in ``_cell``.
        on_request: Regular expression over the path that the user names; other files of this kind are skipped, with one line.
        latest: Label of the path that counts attempts: every record gets a column ``_is_latest``, true in the file with the highest number
            among those whose other labels and trace are the same.
        withheld: Whether records hold text of prompts, so that a reject is kept without its text.
        extent: Which time the files cover, where the source says so.
        equal_files: ``kept`` where files of one content are legitimate because their paths say of what each one is; else the same bytes are
            the same data, and are taken once.
        by_columns: Whether a file in a folder is of this kind under any name that no kind knows, if its header has the columns.
        needs: Kinds without which these records say too little, such as pieces that get their instants from the whole: where the trace has
            no file of such a kind, the file is named and left alone.
        numbered: Whether the mapping looks at the numbers of records (``source_row``) beyond passing them on.
    """

    name: str
    text: str
    path: str
    format: str
    columns: tuple[RawColumn, ...]
    maps: dict[str, str]
    trace: str | None = None
    line: str | None = None
    separator: str = ","
    header: bool = True
    nulls: tuple[str, ...] = ()
    records: str | None = None
    others: tuple[str, ...] = ()
    carry: dict[str, str] | None = None
    align: int = 1
    required: tuple[str, ...] = ()
    sparse: tuple[str, ...] = ()
    any_of: tuple[str, ...] = ()
    clock: Clock | None = None
    pattern: str | None = None
    comment: str | None = None
    heading: str | None = None
    wide: str | None = None
    on_request: str | None = None
    latest: str | None = None
    withheld: bool = False
    extent: Extent | None = None
    equal_files: str | None = None
    by_columns: bool = False
    needs: tuple[str, ...] = ()
    numbered: bool = False

    @property
    def has_header(self) -> bool:
        """Whether the first line names the columns."""
        return self.format == "csv" and self.header

    @property
    def is_row_by_row(self) -> bool:
        """Whether a record's rows are the same whatever records stand around it, and whatever its number is."""
        return not self.numbered and self.align == 1

    @property
    def is_lines(self) -> bool:
        """Whether every line is a record."""
        return self.format in ("csv", "jsonl", "text")

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


@dataclass(frozen=True)
class Pairing:
    """Records that make rows together: events that become intervals, pieces that need their whole.

    The records of the kinds that it reads are staged, and one SELECT over them in DuckDB gives what the mapping functions take.

    Attributes:
        name: Short name within the source.
        text: What is paired.
        reads: Kinds of files; each is a view of the SELECT, with the kind's columns, ``source_row`` and what paths say.
        counts: The kinds among them whose every record has to go into a row: the SELECT's column ``records`` says how many each row
            was made of, and they have to add up.
        sql: Name of the file with the SELECT, in the source's folder. It gives ``source_row`` and ``records``.
        maps: Table → function of mapping.py that fills it.
        required: Mapped columns that no row may lack, beyond those that its table requires.
        sparse: Tables into which a row of the SELECT may give no row at all.
        by: Columns of every kind that it reads; records that make a row together are equal in them. Many records are paired a share at a
            time by these, within the memory limit; the SELECT then ends in ORDER BY source_row. Without them all are paired at once.
    """

    name: str
    text: str
    reads: tuple[str, ...]
    counts: tuple[str, ...]
    sql: str
    maps: dict[str, str]
    required: tuple[str, ...] = ()
    sparse: tuple[str, ...] = ()
    by: tuple[str, ...] = ()


@dataclass(frozen=True)
class Erratum:
    """A known defect of the upstream data.

    Attributes:
        id: Stable id.
        text: What is wrong.
        link: Where it is reported or can be seen.
        table: The table whose rows it concerns, or None for a defect of documents.
        where: SQL expression over the table's columns that selects the rows, or None.
        action: flag (count), null (set ``columns`` to NULL), shift (add ``by_us`` to ``columns``) or drop.
        columns: Columns that null and shift act on.
        by_us: Microseconds that shift adds.
        also: Further tables whose rows it concerns in the same way.
    """

    id: str
    text: str
    link: str
    table: str | None = None
    where: str | None = None
    action: str = "flag"
    columns: tuple[str, ...] = ()
    by_us: int = 0
    also: tuple[str, ...] = ()


@dataclass(frozen=True)
class Claim:
    """A published figure, stated so that it can be recomputed.

    Attributes:
        id: Stable id.
        text: The figure in words.
        citation: Where it is published.
        value: The published value.
        query: The query that recomputes it, or None for a claim that no query of released files can settle.
        params: The query's parameters.
        where: Column → value, or a list of values: the row of the result; rows, where ``pool`` says what becomes of them.
        column: The column of the result.
        pool: What is taken of several rows: ``sum``, ``max``, ``min``, ``count``, or ``share``: their sum over that of all rows.
        per: With ``pool = "sum"``: the column whose sum divides it.
        tolerance: Largest absolute difference that still agrees.
        needs: ``full``, or the name of a raw file, or names of several, of ``needs_datasets`` as well.
        records: With ``full``: the number of records that the whole trace has, or with ``pool`` all of its traces together.
        files: With ``full``, in place of records: the number of raw files that the whole has at least.
        needs_datasets: Other datasets that the query reads.
        disputed: Why the published figure cannot stand, by our value.
        contradicted: Why it cannot stand, by what the publication itself says elsewhere.
        not_comparable: Why our data are of another kind, and which.
        note: A remark that leaves the verdict to the values.
    """

    id: str
    text: str
    citation: str
    value: float
    query: str | None = None
    params: dict[str, Any] | None = None
    where: dict[str, Any] | None = None
    column: str | None = None
    pool: str | None = None
    per: str | None = None
    tolerance: float = 0.0
    needs: str | tuple[str, ...] = "full"
    records: int | None = None
    files: int | None = None
    needs_datasets: tuple[str, ...] = ()
    disputed: str | None = None
    contradicted: str | None = None
    not_comparable: str | None = None
    note: str | None = None

    @property
    def remark(self) -> str | None:
        """What is to be said of the figure beside its verdict."""
        return self.disputed or self.contradicted or self.not_comparable or self.note


@dataclass(frozen=True)
class Download:
    """A raw file that can be fetched by a plain URL."""

    file: str
    url: str
    bytes: int | None = None
    sha256: str | None = None


@dataclass(frozen=True)
class Licence:
    """Licence of the raw data, with the evidence for it.

    Attributes:
        spdx: SPDX id, or ``NOASSERTION``.
        evidence: Where the licence is stated.
        redistributable: ``yes``, ``derived-only`` or ``no``.
        copyright: The copyright lines of the upstream licence file, which MIT and BSD ask to be kept.
    """

    spdx: str
    evidence: str
    redistributable: str
    copyright: str | None = None


@dataclass(frozen=True)
class Ignored:
    """A known file that is left alone, and why."""

    path: str
    reason: str


@dataclass(frozen=True)
class Privacy:
    """Quasi-identifiers: columns that together might single somebody out.

    Attributes:
        table: The table.
        columns: Its quasi-identifiers.
        of: The column of those who might be singled out; every combination of ``columns`` has to be shared by at least k of them.
    """

    table: str
    columns: tuple[str, ...]
    of: str


@dataclass(frozen=True)
class Source:
    """A dataset that tracekit can ingest; see the attributes' own classes."""

    id: str
    folder: Path
    title: str
    family: str
    homepage: str
    paper: str
    bibtex: str
    licence: Licence
    clock: Clock
    files: tuple[FileKind, ...]
    ignored: tuple[Ignored, ...]
    downloads: tuple[Download, ...]
    how_to_get: str | None
    errata: tuple[Erratum, ...]
    claims: tuple[Claim, ...]
    pairings: tuple[Pairing, ...] = ()
    privacy: tuple[Privacy, ...] = ()

    @property
    def tables(self) -> list[str]:
        """Tables that the source fills, in order of first mention."""
        filled = [*(table for kind in self.files for table in kind.maps), *(table for pairing in self.pairings for table in pairing.maps)]
        return list(dict.fromkeys(filled))

    @property
    def definition(self) -> bytes:
        """What decides the rows: declaration, mapping and errata, one after another."""
        paths = [self.folder / name for name in ("source.toml", "mapping.py", "errata.toml", *(p.sql for p in self.pairings))]
        return b"".join(path.read_bytes() for path in paths if path.exists())

    def misplaced(self, records: pl.DataFrame) -> dict[int, str]:
        """Returns the records whose instants no clock can show, each with the reason; see ``MappedSource``."""
        return {}

    def mapping(self, function: str) -> Mapping:
        """Returns a function of the source's mapping.py: raw LazyFrame with ``source_row`` → table columns."""
        module = import_module(f"tracekit.sources.{self.folder.name}.mapping")
        found: Mapping = getattr(module, function)
        return found

    @property
    def shipped(self) -> list[Path]:
        """Raw files that ship with tracekit itself: published figures that have no file of their own."""
        return sorted(self.folder.glob("*.csv"))

    @property
    def write_sample(self) -> Callable[[Path], None]:
        """Returns sample.py's ``write(folder)``."""
        module = import_module(f"tracekit.sources.{self.folder.name}.sample")
        write: Callable[[Path], None] = module.write
        return write
