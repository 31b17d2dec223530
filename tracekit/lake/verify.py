"""Holds the lake's files against its manifests."""

from __future__ import annotations

import hashlib

from tracekit.lake.layout import Layout
from tracekit.lake.manifest import Manifest, read_manifests
from tracekit.schema.load import tables

_WRITTEN_BESIDE = ("recording", "ingest_profile")


def _faults_of(layout: Layout, manifest: Manifest) -> list[str]:
    faults = []
    for name, count in manifest.tables.items():
        part = layout.part(name, manifest.dataset, manifest.trace)
        if not part.exists():
            faults.append(f"{part}: missing")
            continue
        with part.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
        if found != count.sha256:
            faults.append(f"{part}: SHA-256 is {found}, the manifest has {count.sha256}")
    for name in _WRITTEN_BESIDE:
        part = layout.part(name, manifest.dataset, manifest.trace)
        if not part.exists():
            faults.append(f"{part}: missing")
    return faults


def find_faults(layout: Layout, datasets: list[str] | None = None) -> tuple[int, list[str]]:
    """Returns the number of files checked and what is wrong: missing, changed, or unknown to any manifest.

    Args:
        layout: The lake.
        datasets: Source ids; all by default.
    """
    folders = ["*"] if datasets is None else datasets
    manifests = [manifest for manifest in read_manifests(layout) if datasets is None or manifest.dataset in datasets]
    faults = [fault for manifest in manifests for fault in _faults_of(layout, manifest)]
    known = {layout.part(name, m.dataset, m.trace) for m in manifests for name in [*m.tables, *_WRITTEN_BESIDE]}
    there = {path for name in tables() for folder in folders for path in layout.root.glob(f"{name}/{folder}/*/*.parquet")}
    faults += [f"{path}: no manifest speaks of it" for path in sorted(there - known)]
    return len(known | there), faults
