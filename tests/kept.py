"""What a lake keeps beside its rows, for tests that look at it."""

from __future__ import annotations

from tracekit.api import Lake
from tracekit.lake.files import files_of, rejects_path
from tracekit.lake.manifest import Manifest, read_manifest


def kept_rejects(lake: Lake, dataset: str, trace: str | None) -> str:
    """Returns the rejected records of a trace, JSON lines."""
    path = rejects_path(lake.layout, dataset, trace)
    assert path is not None
    return path.read_text()


def kept_manifest(lake: Lake, dataset: str, trace: str | None) -> Manifest:
    """Returns the manifest of a trace."""
    manifest = read_manifest(lake.layout, dataset, trace)
    assert manifest is not None
    return manifest


def part_bytes(lake: Lake, table: str, dataset: str, trace: str | None) -> bytes:
    """Returns the bytes of a table's one Parquet file of a trace."""
    [file] = files_of(lake.layout, kept_manifest(lake, dataset, trace), table)
    return file.path.read_bytes()
