"""Knows the synthetic samples that ship with tracekit by their bytes, under whatever name or compression they come."""

from __future__ import annotations

import hashlib
import os
from functools import cache
from pathlib import Path

from tracekit import assets
from tracekit.disk import hash_file
from tracekit.ingest.raw import RawStream


@cache
def _sizes() -> dict[int, tuple[Path, ...]]:
    sizes: dict[int, tuple[Path, ...]] = {}
    # Not rglob: this is asked on every ingest, and takes a third of the time.
    for folder, _, names in os.walk(assets.samples_dir()):
        for name in names:
            path = os.path.join(folder, name)  # noqa: PTH118
            size = os.stat(path).st_size  # noqa: PTH116
            sizes[size] = (*sizes.get(size, ()), Path(path))
    return sizes


@cache
def shipped_hashes() -> frozenset[str]:
    """Returns the SHA-256 of every file of every shipped sample."""
    return frozenset(hash_file(path) for paths in _sizes().values() for path in paths) - _published()


@cache
def _published() -> frozenset[str]:
    """Returns the hashes of published figures that ship with their source: samples repeat them, and they are no less real for that."""
    return frozenset(map(hash_file, assets.sources_dir().glob("*/*.csv")))


def is_shipped(path: Path) -> bool:
    """Whether a file, inflated, is a file of a shipped sample; reads no more of it than the largest sample has."""
    most = max(_sizes(), default=0)
    if path.stat().st_size > most + 1024:
        return False
    raw = RawStream(path)
    try:
        data = raw.read(most + 1)
    finally:
        raw.close()
    if len(data) not in _sizes():
        return False
    return hashlib.sha256(data).hexdigest() in {hash_file(known) for known in _sizes()[len(data)]} - _published()
