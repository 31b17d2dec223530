"""Downloads raw files: resumed where they stopped, checked against declared size and hash, never half in place."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urljoin

import requests

from tracekit.errors import ChecksumMismatchError, SourceUnreachableError
from tracekit.ingest.raw import hash_file, refuse_what_is_no_data
from tracekit.sources.model import Download, Source

Told = Callable[[str, int, int | None], None]
_TIMEOUT_S = 30
# What a broken connection costs at most.
_PIECE = 1 << 16


def fetch(source: Source, to: Path, *, mirror: str | None = None, told: Told | None = None) -> list[Path]:
    """Downloads a source's raw files.

    Args:
        source: The dataset.
        to: Folder for the files.
        mirror: Base URL to take the files from instead of their publisher.
        told: Called with file name, bytes so far and bytes in all, as they come.

    Returns:
        The files, in the order declared. One that is there already and right is kept.

    Raises:
        SourceUnreachableError: There is no plain URL, or the server does not answer with the file.
        ChecksumMismatchError: What came is not what was declared; it is not put in place.
    """
    if not source.downloads:
        raise SourceUnreachableError(f"{source.id} has no plain download URL", source.how_to_get)
    to.mkdir(parents=True, exist_ok=True)
    return [_fetch_one(download, to, mirror, told or (lambda *_: None)) for download in source.downloads]


def _is_right(path: Path, download: Download) -> bool:
    if download.bytes is not None and path.stat().st_size != download.bytes:
        return False
    return download.sha256 is None or hash_file(path) == download.sha256


def _fetch_one(download: Download, to: Path, mirror: str | None, told: Told) -> Path:
    target = to / download.file
    if target.exists():
        if _is_right(target, download):
            return target
        raise ChecksumMismatchError(
            f"{target}: is there, but is not the declared file (size or SHA-256 differ)",
            f"rm '{target}' and fetch again",
        )
    url = urljoin(mirror.rstrip("/") + "/", download.file) if mirror else download.url
    part = target.with_name(target.name + ".part")
    part.parent.mkdir(parents=True, exist_ok=True)
    try:
        _stream(url, part, download, told)
    except requests.RequestException as error:
        fix = "run the same command again: it resumes where it stopped"
        raise SourceUnreachableError(f"{url}: {type(error).__name__}: {error}", fix) from error
    with part.open("rb") as file:
        head = file.read(4096)
    try:
        refuse_what_is_no_data(part, head)
        _verify(part, download, url)
    except Exception:
        part.unlink()
        raise
    part.replace(target)
    return target


def _stream(url: str, part: Path, download: Download, told: Told) -> None:
    have = part.stat().st_size if part.exists() else 0
    headers = {"Range": f"bytes={have}-"} if have else {}
    with requests.get(url, headers=headers, stream=True, timeout=_TIMEOUT_S) as answer:
        if answer.status_code == requests.codes.requested_range_not_satisfiable:
            # All of it is there already, or the file changed: the checksum tells.
            return
        answer.raise_for_status()
        resumed = answer.status_code == requests.codes.partial_content
        have = have if resumed else 0
        length = answer.headers.get("Content-Length")
        total = have + int(length) if length else download.bytes
        with part.open("ab" if resumed else "wb") as out:
            for piece in answer.iter_content(_PIECE):
                out.write(piece)
                have += len(piece)
                told(download.file, have, total)
        if total is not None and have < total:
            raise requests.ConnectionError(f"the connection ended after {have:,} of {total:,} bytes")


def _verify(part: Path, download: Download, url: str) -> None:
    size = part.stat().st_size
    if download.bytes is not None and size != download.bytes:
        raise ChecksumMismatchError(f"{url}: {size:,} bytes where {download.bytes:,} are declared", "the publisher changed the file")
    if download.sha256 is not None:
        with part.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
        if found != download.sha256:
            raise ChecksumMismatchError(f"{url}: SHA-256 {found} where {download.sha256} is declared", "the publisher changed the file")
