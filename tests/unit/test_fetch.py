"""Downloads from a server on the loopback address."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import pytest
from msgspec.structs import replace

from tracekit.errors import ChecksumMismatchError, DataError, SourceUnreachableError
from tracekit.ingest.fetch import fetch
from tracekit.sources.load import source
from tracekit.sources.model import Download, Source

DATA = b"TIMESTAMP,ContextTokens,GeneratedTokens\r\n" + b"2023-11-16 18:15:46.6805900,374,44\r\n" * 50_000


class Handler(BaseHTTPRequestHandler):
    """Serves DATA with ranges; ``cut`` breaks the first answer off, ``page`` answers with an error page."""

    cut = False
    page = False
    ranges: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        if self.path.endswith("missing.csv"):
            self.send_error(404)
            return
        data = b"<html><body>sorry</body></html>" if self.page else DATA
        start = 0
        if asked := self.headers.get("Range"):
            type(self).ranges.append(asked)
            start = int(asked.removeprefix("bytes=").partition("-")[0])
        if start >= len(data):
            self.send_error(416)
            return
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(data) - start))
        self.end_headers()
        end = start + (len(data) - start) // 2 if self.cut else len(data)
        type(self).cut = False
        self.wfile.write(data[start:end])

    def log_message(self, *args: object) -> None:
        """Keeps quiet."""


@pytest.fixture
def server() -> Iterator[str]:
    Handler.cut, Handler.page, Handler.ranges = False, False, []
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as running:
        thread = threading.Thread(target=running.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{running.server_port}"
        running.shutdown()


def _source(url: str, **known: object) -> Source:
    return replace(source("azure-llm-2023"), downloads=(Download("conv.csv", f"{url}/conv.csv", **known),))  # type: ignore[arg-type]


def test_file_is_checked_and_kept(server: str, tmp_path: Path) -> None:
    wanted = _source(server, bytes=len(DATA), sha256=hashlib.sha256(DATA).hexdigest())
    told: list[tuple[str, int, int | None]] = []
    (path,) = fetch(wanted, tmp_path, told=lambda *step: told.append(step))
    assert path.read_bytes() == DATA
    assert told[-1] == ("conv.csv", len(DATA), len(DATA))
    told.clear()
    assert fetch(wanted, tmp_path, told=lambda *step: told.append(step)) == [path]
    assert told == []


def test_broken_connection_resumes(server: str, tmp_path: Path) -> None:
    wanted = _source(server, sha256=hashlib.sha256(DATA).hexdigest())
    Handler.cut = True
    with pytest.raises(SourceUnreachableError, match="resumes"):
        fetch(wanted, tmp_path)
    assert not (tmp_path / "conv.csv").exists()
    kept = (tmp_path / "conv.csv.part").stat().st_size
    assert len(DATA) // 2 - (1 << 16) <= kept <= len(DATA) // 2
    (path,) = fetch(wanted, tmp_path)
    assert path.read_bytes() == DATA
    assert Handler.ranges == [f"bytes={kept}-"]


def test_wrong_bytes_are_not_put_in_place(server: str, tmp_path: Path) -> None:
    with pytest.raises(ChecksumMismatchError, match="SHA-256"):
        fetch(_source(server, sha256="0" * 64), tmp_path)
    with pytest.raises(ChecksumMismatchError, match="bytes where 5 are declared"):
        fetch(_source(server, bytes=5), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_error_page_is_no_data(server: str, tmp_path: Path) -> None:
    Handler.page = True
    with pytest.raises(DataError, match="HTML page"):
        fetch(_source(server), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_missing_file_and_mirror(server: str, tmp_path: Path) -> None:
    missing = replace(_source(server), downloads=(Download("missing.csv", f"{server}/missing.csv"),))
    with pytest.raises(SourceUnreachableError, match="404"):
        fetch(missing, tmp_path)
    (path,) = fetch(_source("http://127.0.0.1:9"), tmp_path, mirror=server)
    assert path.read_bytes() == DATA
