"""Goes back from a row of the lake to the raw line that it was made from."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from tracekit.disk import hash_file
from tracekit.errors import ChecksumMismatchError, NothingMatchedError, UsageError
from tracekit.ingest.archives import archive_kind
from tracekit.ingest.format import as_format
from tracekit.lake.files import rejects_path
from tracekit.lake.layout import Layout
from tracekit.lake.manifest import Input, Manifest, read_manifest
from tracekit.lake.sources import source_in
from tracekit.sources.hints import ingest_command


@dataclass(frozen=True)
class Origin:
    """Where a row comes from.

    Attributes:
        file: The raw file.
        sha256: Its hash when it was read.
        record: Number of the record in the file.
        line: Physical line, or None for a document that is not lines.
        header: The file's header line, if it has one.
        text: The record as it stands in the file.
    """

    file: str
    sha256: str
    record: int
    line: int | None
    header: str | None
    text: str


def _input_of(manifest: Manifest, row: int) -> tuple[Input, int]:
    before = 0
    for entry in manifest.inputs:
        if row <= before + entry.records:
            return entry, row - before
        before += entry.records
    raise NothingMatchedError(f"{manifest.dataset}/{manifest.trace} has {before:,} records; there is no record {row:,}")


def find_reasons(layout: Layout, dataset: str, trace: str | None, row: int) -> list[str]:
    """Returns why a record was set aside: a line for each table that it does not fit; none where it was not."""
    manifest = read_manifest(layout, dataset, trace)
    path = rejects_path(layout, dataset, trace)
    if manifest is None or path is None:
        return []
    entry, record = _input_of(manifest, row)
    with path.open(encoding="utf-8") as file:
        rejects = [reject for reject in map(json.loads, file) if (reject["file"], reject["record"]) == (entry.name, record)]
    return [f"{reject['table'] or 'every table'}: {reject['reason']}" for reject in rejects]


def find_origin(layout: Layout, dataset: str, trace: str | None, row: int) -> Origin:
    """Finds the raw record of a ``source_row``.

    Args:
        layout: The lake.
        dataset: Source id.
        trace: The trace, or None for rows that hold for every trace.
        row: The ``source_row``.

    Returns:
        The record, as it stands in the raw file.

    Raises:
        NothingMatchedError: The lake has no such trace or record.
        UsageError: The raw file is gone.
        ChecksumMismatchError: The raw file is no longer the one that was read.
    """
    manifest = read_manifest(layout, dataset, trace)
    if manifest is None:
        raise NothingMatchedError(f"{layout.root} holds no trace {dataset}/{trace}", "tracekit describe lists them")
    if row < 1:
        raise UsageError(f"records are counted from 1, not {row}")
    entry, record = _input_of(manifest, row)
    path = Path(entry.path)
    if "!" in entry.name or not path.exists() or archive_kind(path):
        raise UsageError(f"{entry.name}: the raw file is no longer at {path}", f"record {record:,} of {entry.name} is the one")
    if hash_file(path) != entry.sha256:
        raise ChecksumMismatchError(f"{path}: the file has changed since it was ingested", ingest_command(dataset, "--replace"))
    kind = next(kind for kind in source_in(layout, dataset).files if kind.name == entry.kind)
    found = as_format(kind).find(path, record)
    if found is None:
        raise NothingMatchedError(f"{path} has fewer than {record:,} records")
    return Origin(str(path), entry.sha256, record, found.line, found.header, found.text)
