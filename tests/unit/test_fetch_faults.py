"""Downloads from a server that breaks off, changes its file, ignores ranges, or answers with something else."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from tracekit.errors import ChecksumMismatchError, SourceUnreachableError
from tracekit.ingest.fetch import LEDGER, fetch, recorded
from tracekit.sources.load import source, sources
from tracekit.sources.model import Download, Source

HEAD = b"TIMESTAMP,ContextTokens,GeneratedTokens\r\n"
OLD = HEAD + b"2023-11-16 18:15:46.6805900,374,44\r\n" * 20_000
NEW = HEAD + b"2024-01-01 00:00:00.0000000,111,22\r\n" * 20_000
HALF = len(OLD) // 2


@dataclass
class Server:
    """What the server has and does; ``asked`` are the Range and If-Range of each request for the file."""

    data: bytes = OLD
    tag: str | None = '"v1"'
    date: str | None = None
    cut: int | None = None
    ranges: bool = True
    honours_if_range: bool = True
    content_range: str | None = None
    status: int | None = None
    gzip_label: bool = False
    url: str = ""
    asked: list[tuple[str | None, str | None]] = field(default_factory=list)

    def source(self, path: str = "conv.csv", **known: Any) -> Source:
        return replace(source("azure-llm-2023"), downloads=(Download("conv.csv", f"{self.url}/{path}", **known),))


class Handler(BaseHTTPRequestHandler):
    """Answers as the ``Server`` of its class says."""

    state: Server

    def do_GET(self) -> None:
        state = self.state
        if self.path.endswith("moved.csv"):
            self.send_response(302)
            self.send_header("Location", f"{state.url}/conv.csv")
            self.end_headers()
            return
        wanted, condition = self.headers.get("Range"), self.headers.get("If-Range")
        state.asked.append((wanted, condition))
        if state.status:
            self.send_error(state.status)
            return
        start = int(wanted.removeprefix("bytes=").partition("-")[0]) if wanted and state.ranges else 0
        if condition and state.honours_if_range and condition not in (state.tag, state.date):
            start = 0
        if start and start >= len(state.data):
            self.send_response(416)
            self.send_header("Content-Range", f"bytes */{len(state.data)}")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        self.send_response(206 if start else 200)
        for name, value in (("ETag", state.tag), ("Last-Modified", state.date), ("Content-Encoding", "gzip" if state.gzip_label else None)):
            if value:
                self.send_header(name, value)
        if start:
            self.send_header("Content-Range", state.content_range or f"bytes {start}-{len(state.data) - 1}/{len(state.data)}")
        self.send_header("Content-Length", str(len(state.data) - start))
        self.end_headers()
        end = len(state.data) if state.cut is None else state.cut
        state.cut = None
        self.wfile.write(state.data[start:end])

    def log_message(self, *args: object) -> None:
        """Keeps quiet."""


@pytest.fixture
def server() -> Iterator[Server]:
    state = Server()
    handler = type("Answering", (Handler,), {"state": state})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as running:
        thread = threading.Thread(target=running.serve_forever, daemon=True)
        thread.start()
        state.url = f"http://127.0.0.1:{running.server_port}"
        yield state
        running.shutdown()


def _break_off(server: Server, to: Path, **known: Any) -> int:
    """Downloads the first half; returns how many bytes are there."""
    server.cut = HALF
    with pytest.raises(SourceUnreachableError, match="resumes"):
        fetch(server.source(**known), to)
    server.asked.clear()
    return (to / "conv.csv.part").stat().st_size


@pytest.mark.parametrize(
    ("tag", "date"), [('"v1"', None), (None, "Wed, 21 Oct 2015 07:28:00 GMT"), ('W/"v1"', "Wed, 21 Oct 2015 07:28:00 GMT")]
)
def test_rest_is_asked_for_with_the_version(tag: str | None, date: str | None, server: Server, tmp_path: Path) -> None:
    server.tag, server.date = tag, date
    have = _break_off(server, tmp_path)
    assert fetch(server.source(), tmp_path)[0].read_bytes() == OLD
    assert server.asked == [(f"bytes={have}-", tag if tag == '"v1"' else date)]
    assert sorted(path.name for path in tmp_path.iterdir()) == [LEDGER, "conv.csv"]


@pytest.mark.parametrize("honours", [True, False])
def test_changed_file_starts_over(honours: bool, server: Server, tmp_path: Path) -> None:
    """Old beginning and new rest are of one length here: without the version nobody would notice."""
    _break_off(server, tmp_path)
    server.data, server.tag, server.honours_if_range = NEW, '"v2"', honours
    assert fetch(server.source(), tmp_path)[0].read_bytes() == NEW


@pytest.mark.parametrize("known", [{}, {"sha256": hashlib.sha256(NEW).hexdigest()}])
def test_changed_file_of_a_server_without_versions_starts_over(known: dict[str, str], server: Server, tmp_path: Path) -> None:
    server.tag = None
    _break_off(server, tmp_path, **known)
    server.data = NEW
    assert fetch(server.source(**known), tmp_path)[0].read_bytes() == NEW


def test_ignored_range_is_the_whole_file(server: Server, tmp_path: Path) -> None:
    _break_off(server, tmp_path)
    server.ranges = False
    assert fetch(server.source(), tmp_path)[0].read_bytes() == OLD
    assert len(server.asked) == 1


@pytest.mark.parametrize("said", ["bytes 0-9/10", "bytes 7-99/100", "nonsense"])
def test_answer_to_another_range_starts_over(said: str, server: Server, tmp_path: Path) -> None:
    _break_off(server, tmp_path)
    server.content_range = said
    assert fetch(server.source(), tmp_path)[0].read_bytes() == OLD


@pytest.mark.parametrize("known", [{}, {"bytes": len(OLD)}])
def test_longer_part_starts_over(known: dict[str, int], server: Server, tmp_path: Path) -> None:
    _break_off(server, tmp_path)
    with (tmp_path / "conv.csv.part").open("ab") as file:
        file.write(OLD)
    assert fetch(server.source(**known), tmp_path)[0].read_bytes() == OLD


def test_whole_part_is_taken_as_it_is(server: Server, tmp_path: Path) -> None:
    _break_off(server, tmp_path)
    (tmp_path / "conv.csv.part").write_bytes(OLD)
    assert fetch(server.source(), tmp_path)[0].read_bytes() == OLD
    assert server.asked == [(f"bytes={len(OLD)}-", '"v1"')]


def test_part_of_another_address_starts_over(server: Server, tmp_path: Path) -> None:
    _break_off(server, tmp_path)
    assert fetch(server.source("other/conv.csv"), tmp_path)[0].read_bytes() == OLD
    assert server.asked == [(None, None)]


def test_redirect_and_busy_server(server: Server, tmp_path: Path) -> None:
    have = _break_off(server, tmp_path)
    server.status = 503
    with pytest.raises(SourceUnreachableError, match="503") as caught:
        fetch(server.source(), tmp_path)
    assert caught.value.exit_code == 4
    assert (tmp_path / "conv.csv.part").stat().st_size == have
    server.status = None
    assert fetch(server.source("moved.csv"), tmp_path)[0].read_bytes() == OLD


def test_file_that_is_labelled_as_encoded_is_kept_as_it_lies(server: Server, tmp_path: Path) -> None:
    server.gzip_label = True
    assert fetch(server.source(), tmp_path)[0].read_bytes() == OLD


def test_hash_of_the_first_download_holds(server: Server, tmp_path: Path) -> None:
    said: list[str] = []
    digest = hashlib.sha256(OLD).hexdigest()
    (path,) = fetch(server.source(), tmp_path, said=said.append)
    assert recorded(tmp_path) == {"conv.csv": digest}
    assert (tmp_path / LEDGER).read_text() == f"{digest}  conv.csv\n"
    fetch(server.source(), tmp_path, said=said.append)
    assert ["recorded in" in said[0], "agrees" in said[1]] == [True, True]
    path.write_bytes(NEW)
    with pytest.raises(ChecksumMismatchError, match="recorded at its first download"):
        fetch(server.source(), tmp_path)
    path.unlink()
    server.data, server.tag = NEW, '"v2"'
    with pytest.raises(ChecksumMismatchError, match="recorded at its first download") as caught:
        fetch(server.source(), tmp_path)
    assert LEDGER in str(caught.value)
    assert not path.exists()
    (tmp_path / LEDGER).unlink()
    assert fetch(server.source(), tmp_path)[0].read_bytes() == NEW


def test_declared_hash_is_not_recorded_and_nothing_is_said(server: Server, tmp_path: Path) -> None:
    said: list[str] = []
    fetch(server.source(sha256=hashlib.sha256(OLD).hexdigest()), tmp_path, said=said.append)
    assert (said, recorded(tmp_path)) == ([], {})


def test_downloads_are_pinned_where_they_can_be() -> None:
    """A branch moves: what has no hash comes from a commit or a release, unless its publisher names none."""
    moving = {
        download.file
        for known in sources().values()
        for download in known.downloads
        if download.sha256 is None and any(f"/{branch}/" in download.url for branch in ("main", "master"))
    }
    assert moving == UNPINNED
    first = source("azure-llm-2023").downloads[0]
    assert first.sha256 == "2f1e5b666d4e3055fdbba98598ce2ec307767b9064e03e2fa46676dbcc7d0bf8"
    assert all("/b469a113cedca53ddc3bdea71a143dc4b7d8700c/" in d.url for d in source("azure-llm-2023").downloads[:1])


# No commit that holds them is known.
UNPINNED = {
    "AzureLMMInferenceTrace_multimodal.csv.gz",
    "toolagent_trace.jsonl",
    "mooncake_trace.jsonl",
    "qwen_traceA_blksz_16.jsonl",
    "qwen_traceB_blksz_16.jsonl",
}
