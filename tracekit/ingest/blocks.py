"""Cuts a text file into blocks of whole lines on a thread of its own, so that reading and hashing overlap with parsing."""

from __future__ import annotations

import queue
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tracekit.errors import DataError
from tracekit.ingest.raw import RawStream
from tracekit.sources.files import Lines

_NEWLINE = ord("\n")
# Reading a file of so many bytes takes less than starting a thread for it.
_SMALL = 1 << 16
# The first block is small: a file of another layout is told after a moment.
_FIRST = 1 << 18
_SPACES = b" \t\r"
_BLANK = rb"(?:(?<=\n)|\A)(?:[%s]*%s)\n"


@dataclass(frozen=True)
class TextBlock:
    """Some whole lines of a file.

    Attributes:
        data: The lines, each ended by a newline, without blank ones.
        records: How many lines.
        first_record: Number of the first in the file, from 1, blank lines not counted.
        first_line: Physical line of the first in the file, from 1.
        blank_lines: Blank lines and comments that were between them.
        consumed: Bytes read from disk when the block was cut, for progress.
        source: The lines with the blank ones, to tell physical lines.
        skipped: What a blank line or a comment looks like.
    """

    data: bytes
    records: int
    first_record: int
    first_line: int
    blank_lines: int
    consumed: int
    source: bytes
    skipped: re.Pattern[bytes]

    def physical_lines(self) -> list[int]:
        """Returns the physical line of each record."""
        if not self.blank_lines:
            return list(range(self.first_line, self.first_line + self.records))
        lines = self.source.split(b"\n")[:-1]
        return [self.first_line + i for i, line in enumerate(lines) if not self.skipped.fullmatch(line + b"\n")]


class TextBlocks:
    """Iterates over a file's blocks.

    Attributes:
        sha256: Hash of the file on disk, once iteration has ended.
    """

    def __init__(
        self,
        path: Path,
        lines: Lines,
        *,
        block_bytes: int,
        limit: int | None = None,
    ) -> None:
        self.sha256 = ""
        self._raw = RawStream(path)
        self._is_small = path.stat().st_size < _SMALL
        self._path = path
        self._header = lines.header
        self._bytes = block_bytes
        self._align = lines.align
        self._limit = limit
        # A line that is no record: blank, or a comment. A line of separators is a record of empty cells.
        spaces, comment = _SPACES.replace(lines.separator.encode(), b""), lines.comment
        self._skipped = re.compile(_BLANK % (spaces, b"" if comment is None else b"|" + re.escape(comment.encode()) + rb"[^\n]*"))
        self._starts = np.frombuffer(spaces + b"\n" + (b"" if comment is None else comment.encode()[:1]), np.uint8)
        self._queue: queue.Queue[TextBlock | BaseException | None] = queue.Queue(2)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._produce, name="tracekit-read", daemon=True)

    def __iter__(self) -> Iterator[TextBlock]:
        if self._is_small:
            try:
                yield from self._cut()
                self.sha256 = self._raw.sha256()
            finally:
                self._raw.close()
            return
        yield from self._threaded()

    def _threaded(self) -> Iterator[TextBlock]:
        self._thread.start()
        try:
            while (item := self._queue.get()) is not None:
                if isinstance(item, BaseException):
                    raise item
                yield item
        finally:
            self._stop.set()
            while self._thread.is_alive():
                try:
                    self._queue.get(timeout=0.05)
                except queue.Empty:
                    continue
            self._raw.close()

    def _put(self, item: TextBlock | BaseException | None) -> None:
        while not self._stop.is_set():
            try:
                return self._queue.put(item, timeout=0.1)
            except queue.Full:
                continue

    def _produce(self) -> None:
        try:
            for block in self._cut():
                self._put(block)
                if self._stop.is_set():
                    return
            self.sha256 = self._raw.sha256()
            self._put(None)
        except BaseException as error:
            self._put(error)

    def _skip_header(self) -> tuple[bytes, int]:
        """Returns what follows the header in the first piece, and the header's physical lines."""
        rest = self._raw.read(max(min(self._bytes, _FIRST), 3)).removeprefix(b"\xef\xbb\xbf")
        if not self._header:
            return rest, 0
        lines = 0
        while True:
            line, newline, after = rest.partition(b"\n")
            if not newline and (piece := self._raw.read(self._bytes)):
                rest += piece
                continue
            lines += 1
            if line.strip(b" \t\r") or not newline:
                return after, lines
            rest = after

    def _cut(self) -> Iterator[TextBlock]:
        rest, lines_before = self._skip_header()
        record, line, ended = 1, lines_before + 1, False
        while not ended:
            piece = self._raw.read(min(self._bytes, _FIRST) if record == 1 else self._bytes)
            ended = not piece
            data = rest + piece
            if ended and data and not data.endswith(b"\n"):
                data += b"\n"
            data, rest = self._whole_lines(data, ended=ended)
            if not data:
                continue
            block = self._block(data, record, line)
            if self._limit is not None and block.first_record + block.records - 1 > self._limit:
                keep = max(self._limit - block.first_record + 1, 0)
                yield self._block(_first_lines(block.data, keep), record, line)
                return
            record += block.records
            line += block.records + block.blank_lines
            yield block

    def _whole_lines(self, data: bytes, *, ended: bool) -> tuple[bytes, bytes]:
        """Splits off what does not end a line, or a group of ``align`` lines."""
        if ended:
            return data, b""
        end = data.rfind(b"\n") + 1
        if self._align > 1:
            # Blank lines would shift the groups: they go before lines are counted.
            data = self._skipped.sub(b"", data)
            end = data.rfind(b"\n") + 1
            for _ in range(data.count(b"\n", 0, end) % self._align):
                end = data.rfind(b"\n", 0, end - 1) + 1
        if end == 0 and len(data) > 16 * self._bytes:
            raise DataError(f"{self._path}: a line of more than {len(data) >> 20} MB: not a text file of records")
        return data[:end], data[end:]

    def _block(self, source: bytes, record: int, line: int) -> TextBlock:
        # numpy looks at the bytes without holding the interpreter's lock, which the parsing thread needs.
        raw = np.frombuffer(source, np.uint8)
        ends = np.flatnonzero(raw == _NEWLINE)
        total, data = len(ends), source
        # Only a line that starts with white space, or as a comment does, can be none.
        if raw[0] in self._starts or np.isin(raw[ends[:-1] + 1], self._starts).any():
            data = self._skipped.sub(b"", source)
        records = total if len(data) == len(source) else data.count(b"\n")
        return TextBlock(data, records, record, line, total - records, self._raw.consumed, source, self._skipped)


def _first_lines(data: bytes, count: int) -> bytes:
    # Lines end with a newline alone: a carriage return within one ends nothing.
    return b"".join(line + b"\n" for line in data.split(b"\n", count)[:count])
