"""The files of a table: those that the manifests name, and no others. Every reader of rows takes its list from here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tracekit.errors import DataError
from tracekit.lake.layout import Layout
from tracekit.lake.manifest import Manifest, read_manifest, read_manifests
from tracekit.paths import inside
from tracekit.sources.hints import ingest_command


@dataclass(frozen=True)
class TableFile:
    """A Parquet file of a table.

    Attributes:
        table: Name of the table.
        dataset: Source id.
        trace: The trace; None: of every trace of the dataset.
        path: Where it lies, absolute.
        sha256: Its hash as the manifest has it; empty where the manifest has none.
        bytes: Its size as the manifest has it.
        rows: Rows in it.
        columns: Column → logical type, as it was written.
    """

    table: str
    dataset: str
    trace: str | None
    path: Path
    sha256: str
    bytes: int
    rows: int
    columns: Mapping[str, str] = field(default_factory=dict)


def files_of(layout: Layout, manifest: Manifest, table: str | None = None) -> list[TableFile]:
    """Returns the files of a trace, of one table or of all, in the order of their rows."""
    root = layout.root.resolve()
    said_by = f"the manifest of {manifest.dataset}/{manifest.trace or '*'} in {root}"
    return [
        TableFile(
            name,
            manifest.dataset,
            manifest.trace,
            inside(root, part.name, said_by),
            part.sha256,
            part.bytes,
            part.rows,
            manifest.columns.get(name, {}),
        )
        for name, parts in manifest.parts.items()
        if table in (None, name)
        for part in parts
    ]


def files_by_table(layout: Layout) -> dict[str, list[TableFile]]:
    """Returns table → its files, by dataset and trace; a table without rows anywhere is left out."""
    found: dict[str, list[TableFile]] = {}
    for manifest in read_manifests(layout):
        for file in files_of(layout, manifest):
            found.setdefault(file.table, []).append(file)
    return found


def table_files(layout: Layout, table: str) -> list[TableFile]:
    """Returns the files of a table, by dataset and trace."""
    return files_by_table(layout).get(table, [])


def all_paths(layout: Layout) -> list[Path]:
    """Returns the absolute path of every Parquet file of the lake: exactly what a reader of rows may open."""
    return [file.path for files in files_by_table(layout).values() for file in files]


def rejects_path(layout: Layout, dataset: str, trace: str | None) -> Path | None:
    """Returns the rejected records of a trace, JSON lines, or None where there are none."""
    manifest = read_manifest(layout, dataset, trace)
    return None if manifest is None or manifest.rejects is None else inside(layout.root, manifest.rejects.name, layout.root)


def check_there(files: list[TableFile]) -> None:
    """Raises DataError for the first file that is missing or of another size than its manifest has."""
    for file in files:
        fix = f"put it back, or {ingest_command(file.dataset, '--replace')}; tracekit check lists all that differs"
        if not file.path.is_file():
            raise DataError(f"{file.path}: missing; the manifest of {file.dataset}/{file.trace or '*'} names it", fix)
