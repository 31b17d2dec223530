"""Finds files of one content among those of a run: they are taken once, whatever wraps them. No row is ever compared."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from tracekit.ingest.head import HEAD
from tracekit.ingest.raw import RawStream

if TYPE_CHECKING:
    from tracekit.ingest.plan import RawFile


@dataclass(frozen=True)
class Start:
    """What is known of a file's content before it is read.

    Attributes:
        sha256: Hash of its first bytes, inflated.
        size: All its bytes, where that is known without inflating it to the end, else None.
        is_whole: Whether the first bytes are all of it.
    """

    sha256: str
    size: int | None
    is_whole: bool


def start_of(path: Path, head: bytes, *, is_compressed: bool) -> Start:
    """Returns what the first bytes of a file tell of its content."""
    is_whole = len(head) < HEAD
    size = len(head) if is_whole else None if is_compressed else path.stat().st_size
    return Start(hashlib.sha256(head).hexdigest(), size, is_whole)


def hash_content(path: Path) -> str:
    """Returns the SHA-256 of what a file holds, inflated."""
    digest = hashlib.sha256()
    raw = RawStream(path)
    try:
        while piece := raw.read(1 << 22):
            digest.update(piece)
    finally:
        raw.close()
    return digest.hexdigest()


def _claim(file: RawFile) -> tuple[object, ...]:
    """What a file says it is: files of one claim and one content are copies.

    Where equal files are legitimate, their paths say of which entity, day or metric each one is.
    """
    where = (file.trace, *sorted(file.labels.items())) if file.kind.equal_files == "kept" else ()
    return (file.kind.name, *where)


def _contents(files: list[RawFile]) -> list[tuple[object, ...]]:
    """Returns a key of each file's content, hashing no more of it than tells the files apart."""
    sizes: dict[tuple[object, ...], list[int | None]] = defaultdict(list)
    for file in files:
        sizes[_claim(file), _start(file).sha256].append(_start(file).size)
    return [(_claim(file), _content(file, sizes[_claim(file), _start(file).sha256])) for file in files]


def _content(file: RawFile, sizes: list[int | None]) -> str:
    """Returns a key of a file's content; ``sizes`` are those of the files that start like it, itself included."""
    start = _start(file)
    if start.is_whole:
        return start.sha256
    is_alone = len(sizes) == 1 or (None not in sizes and sizes.count(start.size) == 1)
    return file.place if is_alone else hash_content(file.path)


def _start(file: RawFile) -> Start:
    return file.start or Start(file.place, None, is_whole=False)


def without_copies(files: list[RawFile]) -> tuple[list[RawFile], list[tuple[str, str]]]:
    """Takes files of one content once.

    Args:
        files: Files of one run, in order.

    Returns:
        The first file of each content, with the names of its copies, and the copies with the reason why they are left alone.

    Raises:
        DataError: A compressed file is broken.
    """
    kept: dict[tuple[object, ...], RawFile] = {}
    left: list[tuple[str, str]] = []
    for file, key in zip(files, _contents(files), strict=True):
        if key not in kept:
            kept[key] = file
            continue
        first = kept[key]
        kept[key] = replace(first, copies=(*first.copies, file.place))
        left.append((file.place, f"the same data as {first.place}, which are taken once"))
    return list(kept.values()), left
