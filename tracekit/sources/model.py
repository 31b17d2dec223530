"""What a source declares beside its files: clock, licence, errata, downloads, privacy, pairings; see ``files`` and ``claims``."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import msgspec

from tracekit.declare.checks import Pattern, Sha256, Spdx, Text, Url
from tracekit.declare.model import Check, Declared, Family, Held
from tracekit.errors import did_you_mean
from tracekit.schema.load import TableName, tables
from tracekit.schema.names import names_in
from tracekit.sources.claims import Claim
from tracekit.sources.clock import Clock
from tracekit.sources.files import FileKind, wrong_maps
from tracekit.sources.formats import find_format, format_names

if TYPE_CHECKING:
    import polars as pl

    Mapping = Callable[[pl.LazyFrame], pl.LazyFrame]


def _no_size(size: int) -> str | None:
    return None if size > 0 else "is no size of a file in bytes"


class Pairing(Declared, frozen=True, kw_only=True):
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

    name: Text
    text: Text
    reads: tuple[str, ...]
    counts: tuple[str, ...]
    sql: Text
    maps: dict[str, str]
    required: tuple[str, ...] = ()
    sparse: tuple[str, ...] = ()
    by: tuple[str, ...] = ()

    def contradiction(self) -> str | None:
        """Returns which of its tables there is not."""
        return wrong_maps(self.maps, self.sparse)


class Erratum(Declared, frozen=True, kw_only=True):
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

    id: Text
    text: Text
    link: Url
    table: TableName | None = None
    where: Text | None = None
    action: Literal["flag", "null", "shift", "drop"] = "flag"
    columns: tuple[str, ...] = ()
    by_us: int = 0
    also: tuple[TableName, ...] = ()

    def contradiction(self) -> str | None:
        """Returns what its action lacks, or which column is none of its table's."""
        known = set(tables()[self.table].columns) if self.table else set()
        if self.where is not None and (strange := [name for name in names_in(self.where) if name not in known]):
            return f"where: {self.table or 'a defect of documents'} has no column {strange[0]!r}.{did_you_mean(strange[0], sorted(known))}"
        if lost := [column for column in self.columns if column not in known]:
            return f"columns: {self.table or 'a defect of documents'} has no column {lost[0]!r}.{did_you_mean(lost[0], sorted(known))}"
        if self.action != "flag" and (self.table is None or self.where is None):
            return f"action: {self.action} needs table and where, which select the rows"
        if (self.action in ("null", "shift")) != bool(self.columns):
            return f"columns: they are what null and shift act on; the action is {self.action}"
        if (self.action == "shift") != bool(self.by_us):
            return f"by_us: it is what shift adds; the action is {self.action}"
        return None


class Download(Declared, frozen=True):
    """A raw file that can be fetched by a plain URL.

    Attributes:
        file: Its name under data/raw/<source>.
        url: Where it is.
        bytes: Its size, where it is known.
        sha256: Its hash, where it is known; else the first download's is recorded.
    """

    file: Text
    url: Url
    bytes: Annotated[int, Check(_no_size)] | None = None
    sha256: Sha256 | None = None


class Licence(Declared, frozen=True, kw_only=True):
    """Licence of the raw data, with the evidence for it.

    Attributes:
        spdx: SPDX id, or ``NOASSERTION``.
        evidence: Where the licence is stated.
        redistributable: ``yes``, ``derived-only`` or ``no``.
        copyright: The copyright lines of the upstream licence file, which MIT and BSD ask to be kept.
    """

    spdx: Spdx
    evidence: Text
    redistributable: Literal["yes", "derived-only", "no"]
    copyright: Text | None = None


class Ignored(Declared, frozen=True, kw_only=True):
    """A known file that is left alone, and why.

    Attributes:
        path: Regular expression searched in the file's posix path.
        reason: Why.
    """

    path: Pattern
    reason: Text


class Privacy(Declared, frozen=True, kw_only=True):
    """Quasi-identifiers: columns that together might single somebody out.

    Attributes:
        table: The table.
        columns: Its quasi-identifiers.
        of: The column of those who might be singled out; every combination of ``columns`` has to be shared by at least k of them.
    """

    table: TableName
    columns: tuple[str, ...]
    of: str

    def contradiction(self) -> str | None:
        """Returns which column the table lacks."""
        known = tables()[self.table].columns
        lost = [name for name in (*self.columns, self.of) if name not in known]
        return f"columns: {self.table} has no column {lost[0]!r}.{did_you_mean(lost[0], known)}" if lost else None


class Source(Declared, frozen=True, kw_only=True):
    """A dataset that tracekit can ingest.

    Attributes:
        id: Its id, in kebab-case: the name of its folder.
        folder: Its folder.
        title: What it is called.
        family: The family of most of its tables.
        homepage: Where it is published.
        paper: The paper to cite, in words.
        bibtex: The same as BibTeX.
        licence: Under which licence, and where that is said.
        clock: The time model of its files.
        files: The kinds of its raw files.
        ignored: Known files that are left alone.
        downloads: Files with a plain URL.
        how_to_get: What to do where there is no plain URL.
        errata: Known defects, of errata.toml.
        claims: Published figures, of claims.toml.
        pairings: Records that make rows together.
        privacy: Columns that might single somebody out.
    """

    id: Annotated[str, Held()]
    folder: Annotated[Path, Held()]
    title: Text
    family: Literal["llm", "serverless", "cluster", "energy"]
    homepage: Url
    paper: Text
    bibtex: Text
    licence: Licence
    clock: Clock = msgspec.field(name="time")
    files: Annotated[tuple[FileKind, ...], Family("format", format_names, find_format)]
    ignored: tuple[Ignored, ...] = ()
    downloads: tuple[Download, ...] = ()
    how_to_get: Text | None = None
    errata: Annotated[tuple[Erratum, ...], Held()] = ()
    claims: Annotated[tuple[Claim, ...], Held()] = ()
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
