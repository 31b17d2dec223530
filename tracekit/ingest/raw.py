"""Opens a raw file: hashes what lies on disk, inflates it safely, and recognises what is not data at all."""

from __future__ import annotations

import bz2
import gzip
import hashlib
import io
import lzma
import zlib
from pathlib import Path
from typing import IO, cast

from tracekit.errors import DataError, UsageError

_MAGIC = {b"\x1f\x8b": "gzip", b"BZh": "bzip2", b"\xfd7zXZ\x00": "xz", b"\x28\xb5\x2f\xfd": "zstd"}
_SUFFIXES = (".gz", ".bz2", ".xz", ".zst", ".zstd")
# A trace is text: it inflates 5 to 100 times, a sparse matrix perhaps 200. A bomb inflates a thousand times.
_BOMB_RATIO = 300
_BOMB_BYTES = 64 << 20


def plain_name(name: str) -> str:
    """Returns a file name without compression suffixes."""
    while name.lower().endswith(_SUFFIXES):
        name = name.rpartition(".")[0]
    return name


def printable(name: str) -> str:
    """Returns a file's name as it can be printed and written: bytes that are not UTF-8 are escaped."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def codec_of(head: bytes) -> str | None:
    """Returns how a stream that starts so is compressed; None where it is not."""
    return next((codec for magic, codec in _MAGIC.items() if head.startswith(magic)), None)


class BombGuard:
    """Counts what comes out of an archive against what lies on disk and stops a decompression bomb."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._size = max(path.stat().st_size, 1)
        self._inflated = 0

    def add(self, count: int) -> None:
        """Counts inflated bytes.

        Raises:
            DataError: The file inflates beyond any real trace.
        """
        self._inflated += count
        if self._inflated > _BOMB_BYTES and self._inflated > _BOMB_RATIO * self._size:
            raise DataError(
                f"{self._path}: inflates to more than {_BOMB_RATIO} times its size: refused as a decompression bomb",
                "if you trust it, unpack it yourself and ingest the files",
            )


class _Hashed(io.RawIOBase):
    """A file whose bytes are hashed as they are read."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("rb")
        self.digest = hashlib.sha256()
        self.count = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        count = self._file.readinto(buffer)
        self.digest.update(buffer[:count])
        self.count += count
        return int(count)

    def close(self) -> None:
        self._file.close()
        super().close()


class RawStream:
    """A raw file, inflated as it is read.

    Attributes:
        consumed: Bytes read from disk so far, for progress.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._hashed = _Hashed(path)
        except IsADirectoryError:
            raise UsageError(f"{path} is a folder, not a file") from None
        except PermissionError:
            raise UsageError(f"{path}: no permission to read it", f"chmod +r {path}") from None
        except OSError as error:
            raise UsageError(f"{path}: cannot be read: {error.strerror}") from error
        self._disk = io.BufferedReader(self._hashed, 1 << 20)
        self._codec = codec_of(self._disk.peek(8))
        self._data = self._open()
        self._guard = BombGuard(path)

    def _open(self) -> IO[bytes]:
        if self._codec == "gzip":
            return cast("IO[bytes]", gzip.GzipFile(fileobj=self._disk))
        if self._codec == "bzip2":
            return cast("IO[bytes]", bz2.BZ2File(self._disk))
        if self._codec == "xz":
            return cast("IO[bytes]", lzma.LZMAFile(self._disk))
        if self._codec == "zstd":
            import pyarrow as pa

            return cast("IO[bytes]", pa.CompressedInputStream(self._disk, "zstd"))
        return self._disk

    @property
    def is_compressed(self) -> bool:
        """Whether the file is inflated as it is read."""
        return self._codec is not None

    @property
    def consumed(self) -> int:
        """Bytes read from disk so far."""
        return self._hashed.count

    def read(self, size: int) -> bytes:
        """Returns up to ``size`` bytes of data, fewer only at the end.

        Raises:
            DataError: The compressed stream is truncated or broken, or is a bomb.
        """
        pieces: list[bytes] = []
        wanted = size
        try:
            while wanted > 0 and (piece := self._data.read(min(wanted, 1 << 22))):
                pieces.append(piece)
                wanted -= len(piece)
                if self._codec:
                    self._guard.add(len(piece))
        except (EOFError, zlib.error, lzma.LZMAError, OSError) as error:
            fix = "download or copy the file again"
            if isinstance(error, EOFError):
                raise DataError(f"{self.path}: the {self._codec} stream ends in the middle: truncated", fix) from error
            raise DataError(f"{self.path}: the {self._codec or 'file'} stream is broken: {error}", fix) from error
        return b"".join(pieces)

    def sha256(self) -> str:
        """Returns the hash of the whole file on disk, reading what was not read yet."""
        while self._disk.read(1 << 20):
            pass
        return self._hashed.digest.hexdigest()

    def close(self) -> None:
        """Closes the file."""
        self._data.close()
        self._disk.close()


def refuse_what_is_no_data(path: Path, head: bytes) -> None:
    """Recognises a file that is not the data it is named for.

    Args:
        path: The file, for the message.
        head: Its first bytes, inflated.

    Raises:
        DataError: It is empty, a Git LFS pointer, an HTML page or UTF-16 text; says which and what to do.
    """
    if not head:
        raise DataError(f"{path}: the file is empty", "download it again")
    if head.startswith(b"version https://git-lfs"):
        raise DataError(f"{path}: a Git LFS pointer, not the data", "git lfs pull, or tracekit fetch")
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")[:64].lower()
    if start.startswith((b"<!doctype html", b"<html", b"<head", b"<?xml")):
        raise DataError(f"{path}: an HTML page, not the data: the download was answered with an error page", "fetch it again")
    if head[:2] in (b"\xff\xfe", b"\xfe\xff") or (len(head) >= 4 and head[1:2] == b"\0" and head[3:4] == b"\0"):
        fix = f"iconv -f UTF-16 -t UTF-8 '{path}' > utf8.csv, then ingest that"
        raise DataError(f"{path}: UTF-16 text; raw files are read as UTF-8", fix)
