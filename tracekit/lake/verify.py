"""Holds the lake's files against its manifests."""

from __future__ import annotations

from collections.abc import Callable

from tracekit.disk import hash_file
from tracekit.errors import DataError
from tracekit.lake.files import TableFile, files_of
from tracekit.lake.head import Head, read_head
from tracekit.lake.layout import MANIFESTS, MAPPINGS, REJECTS, Layout, is_named_by_content
from tracekit.lake.manifest import Manifest, read_held, read_manifests
from tracekit.lake.names import all_heads, names_of
from tracekit.lake.storage import Entry, LocalStorage
from tracekit.paths import inside
from tracekit.schema.load import tables


def _fault(file: TableFile, *, hashes: bool) -> str | None:
    if not file.path.is_file():
        return f"{file.path}: missing"
    if file.bytes != file.path.stat().st_size and file.bytes:
        return f"{file.path}: {file.path.stat().st_size:,} bytes, the manifest has {file.bytes:,}"
    if hashes and file.sha256:
        found = hash_file(file.path)
        if found != file.sha256:
            return f"{file.path}: SHA-256 is {found}, the manifest has {file.sha256}"
    return None


def find_faults_of(layout: Layout, manifest: Manifest, *, hashes: bool = True) -> list[str]:
    """Returns what is wrong with the files of a trace: missing, of another size, or with ``hashes`` of another content."""
    files = files_of(layout, manifest)
    if manifest.rejects:
        kept = manifest.rejects
        path = inside(layout.root.resolve(), kept.name, layout.root)
        files.append(TableFile(REJECTS, manifest.dataset, manifest.trace, path, kept.sha256, kept.bytes, kept.rows))
    return [fault for file in files if (fault := _fault(file, hashes=hashes))]


def _silent(done: int, total: int, what: str) -> None:
    pass


def find_faults(
    layout: Layout, datasets: list[str] | None = None, progress: Callable[[int, int, str], None] = _silent
) -> tuple[int, list[str]]:
    """Returns the number of Parquet files checked and what is wrong with the lake's files: missing or changed.

    Args:
        layout: The lake.
        datasets: Source ids; all by default.
        progress: Called with the traces checked, how many there are, and the next one.
    """
    faults: list[str] = []
    checked = 0
    every = [held for held in read_head(layout).held if datasets is None or held.dataset in datasets]
    for done, held in enumerate(every):
        progress(done, len(every), f"{held.dataset}/{held.trace or '*'}")
        try:
            manifest = read_held(layout, held)
        except DataError as error:
            faults.append(error.message)
            continue
        checked += len(files_of(layout, manifest))
        faults += find_faults_of(layout, manifest)
    return checked, faults


def find_strays(layout: Layout, heads: list[Head] | None = None) -> list[Entry]:
    """Returns files named by their content that no head refers to: of runs that were stopped, or of a history that is forgotten.

    Args:
        layout: The lake.
        heads: The heads that count; all of the log by default.
    """
    kept = names_of(layout, all_heads(layout) if heads is None else heads)
    storage = LocalStorage(layout.root)
    folders = [MANIFESTS, REJECTS, MAPPINGS, *tables()]
    return [entry for folder in folders for entry in storage.list(folder) if is_named_by_content(entry.name) and entry.name not in kept]


def find_unknown(layout: Layout) -> list[str]:
    """Returns Parquet files in the folders of the lake's tables that tracekit did not write; they are not read."""
    kept = {part.name for manifest in read_manifests(layout) for parts in manifest.parts.values() for part in parts}
    storage = LocalStorage(layout.root)
    found = [entry.name for name in tables() for entry in storage.list(name) if entry.name.endswith(".parquet")]
    return [name for name in found if name not in kept and not is_named_by_content(name)]
