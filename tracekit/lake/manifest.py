"""Manifests: what each trace was made from, by which code, and what became of every record."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tracekit.errors import DataError
from tracekit.lake.head import Held, read_head
from tracekit.lake.layout import Layout, sha16
from tracekit.lake.storage import LocalStorage
from tracekit.paths import inside, stays


@dataclass
class Input:
    """A raw file as it was read.

    Attributes:
        name: Path relative to what was named on the command line; ``archive!member`` inside an archive.
        path: Where it was.
        kind: The source's file kind.
        bytes: Size of the file as it lies on disk.
        sha256: Hash of the file as it lies on disk.
        records: Data records in it.
        blank_lines: Empty lines, which are no records.
        extra_columns: Columns that the source does not declare; not read.
        copies: Where other files of the same content were, which were left alone.
    """

    name: str
    path: str
    kind: str
    bytes: int
    sha256: str
    records: int = 0
    blank_lines: int = 0
    extra_columns: list[str] = field(default_factory=list)
    copies: list[str] = field(default_factory=list)


@dataclass
class TableCount:
    """What became of a trace's records in one table: records = converted + rejected + dropped + barren.

    Attributes:
        records: Data records read for the table.
        converted: Records that became rows.
        rows: Rows written; more than ``converted`` where a record fans out.
        rejected: Records set aside.
        dropped: Records left out by an erratum.
        barren: Records that by their nature give no row here, such as a session without a tool call.
        out_of_order: Rows whose instant is before that of the row above, in file order.
        same_instant: Readings whose entity (and metric) has another one at the same instant, beyond the first.
        sha256: Hash of the Parquet file; where there are several, of their hashes, a line each.
    """

    records: int = 0
    converted: int = 0
    rows: int = 0
    rejected: int = 0
    dropped: int = 0
    barren: int = 0
    out_of_order: int = 0
    same_instant: int = 0
    sha256: str = ""

    def add(self, other: TableCount) -> None:
        """Adds what became of more records."""
        self.records += other.records
        self.converted += other.converted
        self.rejected += other.rejected
        self.dropped += other.dropped
        self.barren += other.barren


@dataclass(frozen=True)
class StoredFile:
    """A file of a trace.

    Attributes:
        name: Its name in the lake.
        sha256: Its hash.
        bytes: Its size.
        rows: Rows in it, or lines.
    """

    name: str
    sha256: str
    bytes: int
    rows: int


@dataclass
class Manifest:
    """Everything needed to say where a trace came from, to find its rows and to rebuild it.

    ``parts``, ``columns`` and ``anchor_at`` speak of what was written beside the tables as well: recording and ingest_profile.

    Attributes:
        anchor_at: Calendar instant of the trace's zero, or None.
        parts: Table → its Parquet files, in the order of their rows.
        columns: Table → column → type, as they were declared when the files were written.
        rejects: The records that were set aside, or None.
    """

    dataset: str
    trace: str | None
    is_synthetic: bool
    tracekit: str
    source_version: str
    schema_version: str
    limit: int | None
    zero_us: int
    inputs: list[Input]
    tables: dict[str, TableCount]
    errata: dict[str, int]
    anchor_at: str | None = None
    parts: dict[str, list[StoredFile]] = field(default_factory=dict)
    columns: dict[str, dict[str, str]] = field(default_factory=dict)
    rejects: StoredFile | None = None

    def same_input(self, other: Manifest) -> bool:
        """Whether an ingest of ``other`` would write the same rows again."""

        def key(manifest: Manifest) -> tuple[object, ...]:
            return (
                manifest.source_version,
                manifest.schema_version,
                manifest.limit,
                manifest.is_synthetic,
                [(i.name.rsplit("/", 1)[-1], i.kind, i.bytes, i.sha256) for i in manifest.inputs],
            )

        return key(self) == key(other)

    def to_json(self) -> str:
        """Returns the manifest as JSON text."""
        # A line for each entry; indented throughout, Python writes it ten times as slowly.
        return (
            "{\n"
            + ",\n".join(f" {json.dumps(k)}: {json.dumps(v, default=vars, ensure_ascii=False)}" for k, v in vars(self).items())
            + "\n}\n"
        )


def parse_manifest(content: bytes, path: Path) -> Manifest:
    """Reads a manifest.

    Args:
        content: The object.
        path: Where it lies, for messages.

    Raises:
        DataError: It is no manifest.
    """
    try:
        body: dict[str, Any] = json.loads(content)
        inputs = [Input(**entry) for entry in body.pop("inputs")]
        counts = {name: TableCount(**count) for name, count in body.pop("tables").items()}
        parts = {name: [StoredFile(**part) for part in parts] for name, parts in body.pop("parts", {}).items()}
        rejects = body.pop("rejects", None)
        return Manifest(inputs=inputs, tables=counts, parts=parts, rejects=StoredFile(**rejects) if rejects else None, **body)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise DataError(f"{path}: not a manifest: {error}", "ingest the trace again with --replace") from error


def read_held(layout: Layout, held: Held) -> Manifest:
    """Returns the manifest of a trace that a head holds.

    Raises:
        DataError: It is missing, is not the one that the head names, or names a file outside the lake.
    """
    path = inside(layout.root, held.manifest, f"the head of {layout.root}")
    try:
        content = LocalStorage(layout.root).get(held.manifest)
    except FileNotFoundError:
        raise DataError(
            f"{path}: missing; the head of the lake names it", "put it back, or ingest the trace again with --replace"
        ) from None
    stem, _, digest = path.stem.rpartition("-")
    is_former = stem != "manifest"
    if not is_former and sha16(content) != digest:
        raise DataError(f"{path}: its content is not what it was written with", "put it back, or ingest the trace again with --replace")
    manifest = parse_manifest(content, path)
    if (manifest.dataset, manifest.trace) != held.key:
        raise DataError(f"{path}: it is of {manifest.dataset}/{manifest.trace}, the head names it for {held.dataset}/{held.trace}")
    if is_former:
        from tracekit.lake.former import completed

        return completed(layout, manifest)
    for file in [file for files in manifest.parts.values() for file in files] + ([manifest.rejects] if manifest.rejects else []):
        # Links are looked at where the file is opened.
        if not isinstance(file.name, str) or not stays(file.name):
            inside(layout.root, file.name, path)
    return manifest


def read_manifest(layout: Layout, dataset: str, trace: str | None) -> Manifest | None:
    """Returns the manifest of a trace, or None where the lake does not hold it."""
    held = read_head(layout).get((dataset, trace))
    return None if held is None else read_held(layout, held)


def read_manifests(layout: Layout, dataset: str | None = None) -> list[Manifest]:
    """Returns the manifests of a lake, by dataset and trace."""
    return [read_held(layout, held) for held in read_head(layout).held if dataset in (None, held.dataset)]
