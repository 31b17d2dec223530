"""One file over HTTP: whole, or the rest of one that was broken off, if the server's file is certain to be the same."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import requests

from tracekit.sources.model import Download

_TIMEOUT_S = 30
# What a broken connection costs at most.
_PIECE = 1 << 16
_CONTENT_RANGE = re.compile(r"bytes (?:(?P<first>\d+)-\d+|\*)/(?P<total>\d+|\*)")


@dataclass(frozen=True)
class Partial:
    """A download under way: ``path`` holds its bytes, a file beside it the URL and what the server calls the version (ETag or date)."""

    path: Path
    url: str

    @property
    def _note(self) -> Path:
        return self.path.with_name(self.path.name + ".json")

    @property
    def size(self) -> int:
        """Bytes that are there."""
        return self.path.stat().st_size if self.path.exists() else 0

    def version(self) -> str | None:
        """Returns what ``If-Range`` takes, if the bytes are of this URL and the server said it."""
        try:
            note = json.loads(self._note.read_text(encoding="utf-8"))
            return str(note["version"]) if note["url"] == self.url and note["version"] else None
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def begin(self, answer: requests.Response) -> None:
        """Empties the file and notes the version of what comes."""
        self.path.unlink(missing_ok=True)
        tag = answer.headers.get("ETag", "")
        # A weak tag promises the same meaning, not the same bytes.
        version = tag if tag.startswith('"') else answer.headers.get("Last-Modified")
        self._note.write_text(json.dumps({"url": self.url, "version": version}), encoding="utf-8")

    def drop(self) -> None:
        """Removes what there is."""
        self.path.unlink(missing_ok=True)
        self._note.unlink(missing_ok=True)


def transfer(partial: Partial, download: Download, told: Callable[[str, int, int | None], None]) -> bool:
    """Brings a file to ``partial.path``, from where it stopped or from its start.

    Args:
        partial: What there is of it.
        download: The file; with a declared hash a rest is taken even from a server that names no versions, since the hash tells.
        told: Called with file name, bytes so far and bytes in all, as they come.

    Returns:
        Whether bytes that were there already are part of it.

    Raises:
        requests.RequestException: The server does not answer with the file, or the connection ended early.
    """
    have, version = partial.size, partial.version()
    is_too_long = download.bytes is not None and have > download.bytes
    if have and not is_too_long and (version or download.sha256) and _resume(partial, download, version, told):
        return True
    partial.drop()
    with _ask(partial.url, {}) as answer:
        answer.raise_for_status()
        partial.begin(answer)
        _receive(answer, partial, download, 0, told)
    return False


def _ask(url: str, headers: dict[str, str]) -> requests.Response:
    # As it lies there: an encoded answer has other lengths and ranges.
    answer = requests.get(url, headers={"Accept-Encoding": "identity", **headers}, stream=True, timeout=_TIMEOUT_S)
    if url.startswith("https:") and not answer.url.startswith("https:"):
        answer.close()
        raise requests.exceptions.InvalidURL(f"the server leads from https to {answer.url}")
    return answer


def _resume(partial: Partial, download: Download, version: str | None, told: Callable[[str, int, int | None], None]) -> bool:
    """Asks for the rest; returns whether the file is whole now. If not, it has to be taken from its start."""
    have = partial.size
    headers = {"Range": f"bytes={have}-", **({"If-Range": version} if version else {})}
    with _ask(partial.url, headers) as answer:
        found = _CONTENT_RANGE.fullmatch(answer.headers.get("Content-Range", ""))
        total = int(found["total"]) if found and found["total"].isdigit() else None
        if answer.status_code == requests.codes.requested_range_not_satisfiable:
            return have in (total, download.bytes)
        answer.raise_for_status()
        if answer.status_code != requests.codes.partial_content:
            # The file has changed, or the server knows no ranges: this is the whole of it.
            partial.begin(answer)
            _receive(answer, partial, download, 0, told)
            return True
        tag = answer.headers.get("ETag")
        if version and version.startswith('"') and tag not in (None, version):
            return False
        first = int(found["first"]) if found and found["first"] else None
        if first != have and (first is not None or download.sha256 is None):
            return False
        _receive(answer, partial, download, have, told)
        return True


def _receive(
    answer: requests.Response, partial: Partial, download: Download, have: int, told: Callable[[str, int, int | None], None]
) -> None:
    length = answer.headers.get("Content-Length")
    total = have + int(length) if length else download.bytes
    with partial.path.open("ab" if have else "wb") as out:
        for piece in answer.raw.stream(_PIECE, decode_content=False):
            out.write(piece)
            have += len(piece)
            told(download.file, have, total)
    if total is not None and have < total:
        raise requests.ConnectionError(f"the connection ended after {have:,} of {total:,} bytes")
