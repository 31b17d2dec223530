"""Downloads raw files: resumed where they stopped if the file is still the same, checked against size and hash, never half in place."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from urllib.parse import urljoin

import requests
import urllib3

from tracekit.disk import hash_file
from tracekit.errors import ChecksumMismatchError, SourceUnreachableError
from tracekit.ingest.raw import refuse_what_is_no_data
from tracekit.ingest.transfer import Partial, transfer
from tracekit.sources.model import Download, Source

Told = Callable[[str, int, int | None], None]
Said = Callable[[str], None]
# Hashes of files that were downloaded without a declared one, as `sha256sum -c` reads them.
LEDGER = ".downloads.sha256"


def fetch(source: Source, to: Path, *, mirror: str | None = None, told: Told | None = None, said: Said | None = None) -> list[Path]:
    """Downloads a source's raw files.

    A file whose hash is not declared gets the one of its first download, which is kept beside it and holds from then on.

    Args:
        source: The dataset.
        to: Folder for the files.
        mirror: Base URL to take the files from instead of their publisher.
        told: Called with file name, bytes so far and bytes in all, as they come.
        said: Called with a sentence on each file whose hash is not declared: whether it was recorded or agrees.

    Returns:
        The files, in the order declared. One that is there already and right is kept.

    Raises:
        SourceUnreachableError: There is no plain URL, or the server does not answer with the file.
        ChecksumMismatchError: What came, or is there, is not what was declared or recorded; it is not put in place.
    """
    if not source.downloads:
        raise SourceUnreachableError(f"{source.id} has no plain download URL", source.how_to_get)
    to.mkdir(parents=True, exist_ok=True)
    return [_fetch_one(download, to, mirror, told or (lambda *_: None), said or (lambda _: None)) for download in source.downloads]


def recorded(to: Path) -> dict[str, str]:
    """Returns the hashes recorded in a folder of downloads, by file."""
    ledger = to / LEDGER
    lines = ledger.read_text(encoding="utf-8").splitlines() if ledger.exists() else []
    return {name: digest for digest, _, name in (line.partition("  ") for line in lines) if name}


def _record(to: Path, name: str, digest: str) -> None:
    known = {**recorded(to), name: digest}
    draft = to / f"{LEDGER}.part"
    draft.write_text("".join(f"{known[file]}  {file}\n" for file in sorted(known)), encoding="utf-8")
    draft.replace(to / LEDGER)


def _fetch_one(download: Download, to: Path, mirror: str | None, told: Told, said: Said) -> Path:
    target = to / download.file
    if target.exists():
        _verify(target, download, to, f"{target}: is there, but is not the right file", f"rm '{target}' and fetch again", said)
        return target
    url = urljoin(mirror.rstrip("/") + "/", download.file) if mirror else download.url
    partial = Partial(target.with_name(target.name + ".part"), url)
    partial.path.parent.mkdir(parents=True, exist_ok=True)
    try:
        if _take(partial, download, to, told, said, is_last=False) is None:
            _take(partial, download, to, told, said, is_last=True)
    except (requests.RequestException, urllib3.exceptions.HTTPError) as error:
        fix = "run the same command again: it resumes where it stopped"
        raise SourceUnreachableError(f"{url}: {type(error).__name__}: {error}", fix) from error
    partial.path.replace(target)
    partial.drop()
    return target


def _take(partial: Partial, download: Download, to: Path, told: Told, said: Said, *, is_last: bool) -> Path | None:
    """Downloads and checks a file; returns None where it was put together from two versions, and has to be taken anew."""
    was_resumed = transfer(partial, download, told)
    try:
        with partial.path.open("rb") as file:
            refuse_what_is_no_data(partial.path, file.read(4096))
        _verify(partial.path, download, to, partial.url, "the publisher changed the file", said)
    except Exception:
        partial.drop()
        if was_resumed and not is_last:
            return None
        raise
    return partial.path


def _verify(path: Path, download: Download, to: Path, what: str, fix: str, said: Said) -> None:
    """Holds a file against what is declared; else against the record, which it enters where there is none."""
    size = path.stat().st_size
    if download.bytes is not None and size != download.bytes:
        raise ChecksumMismatchError(f"{what}: {size:,} bytes where {download.bytes:,} are declared", fix)
    found = hash_file(path)
    if download.sha256 is not None:
        if found != download.sha256:
            raise ChecksumMismatchError(f"{what}: SHA-256 {found} where {download.sha256} is declared", fix)
        return
    known = recorded(to).get(download.file)
    if known is None:
        _record(to, download.file, found)
        said(f"{download.file}: no hash is declared for it; its SHA-256 {found} is recorded in {to / LEDGER} and checked from now on")
    elif known == found:
        said(f"{download.file}: agrees with the SHA-256 recorded at its first download")
    else:
        more = f"{fix}; to accept the new one, remove its line from {to / LEDGER}"
        raise ChecksumMismatchError(f"{what}: SHA-256 {found} where {known} was recorded at its first download", more)
