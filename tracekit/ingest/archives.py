"""Unpacks archives of files (zip, tar, 7z, rar) into a folder: no member leaves it, and none inflates without bound."""

from __future__ import annotations

import shutil
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import IO

from tracekit.errors import DataError, UsageError
from tracekit.ingest.raw import BombGuard, RawStream, plain_name
from tracekit.paths import inside

_ZIP = b"PK\x03\x04"
_SEVEN = b"7z\xbc\xaf\x27\x1c"
_RAR = b"Rar!\x1a\x07"


def archive_kind(path: Path) -> str | None:
    """Returns ``zip``, ``7z``, ``rar`` or ``tar`` for an archive of files, by content, else None."""
    with path.open("rb") as file:
        head = file.read(512)
    for magic, kind in ((_ZIP, "zip"), (_SEVEN, "7z"), (_RAR, "rar")):
        if head.startswith(magic):
            return kind
    if plain_name(path.name).lower().endswith((".tar", ".tgz", ".tbz2", ".txz")) or head[257:262] == b"ustar":
        return "tar"
    return None


def _target(folder: Path, member: str, archive: Path) -> Path:
    """Returns where a member goes; refuses one that would leave the folder."""
    name = member.replace("\\", "/")
    try:
        if ":" in name.partition("/")[0]:
            raise DataError("a drive")
        target = inside(folder, name, archive)
    except DataError:
        raise DataError(
            f"{archive}: member {member!r} would be written outside of the target folder: archive refused",
            "this is not a sane archive: get it again from its publisher",
        ) from None
    target.parent.mkdir(parents=True, exist_ok=True)
    return target


def _copy(data: IO[bytes], target: Path, guard: BombGuard) -> None:
    with target.open("wb") as out:
        while piece := data.read(1 << 20):
            guard.add(len(piece))
            out.write(piece)


def _unpack_zip(path: Path, folder: Path) -> None:
    guard = BombGuard(path)
    with zipfile.ZipFile(path) as archive:
        for member in archive.infolist():
            target = _target(folder, member.filename, path)
            if not member.is_dir():
                with archive.open(member) as data:
                    _copy(data, target, guard)


class _Stream:
    """Just enough of a file for tarfile's streaming mode."""

    def __init__(self, raw: RawStream) -> None:
        self.read = raw.read


def _unpack_tar(path: Path, folder: Path) -> None:
    raw = RawStream(path)
    guard = BombGuard(path)
    try:
        with tarfile.open(fileobj=_Stream(raw), mode="r|") as archive:  # type: ignore[call-overload]
            for member in archive:
                target = _target(folder, member.name, path)
                if member.isfile():
                    data = archive.extractfile(member)
                    if data is not None:
                        _copy(data, target, guard)
                elif not member.isdir():
                    raise DataError(f"{path}: member {member.name!r} is a link or a device: archive refused")
    finally:
        raw.close()


def _unpack_7z(path: Path, folder: Path) -> None:
    try:
        import py7zr
    except ImportError:
        raise UsageError(f"{path}: 7z archives need an extra", "pip install 'workload-tracekit[archives]'") from None
    with py7zr.SevenZipFile(path) as archive:
        guard = BombGuard(path)
        for member in archive.list():
            _target(folder, member.filename, path)
            guard.add(member.uncompressed or 0)
        archive.extractall(folder)  # noqa: S202 - every member was checked above


def _unpack_rar(path: Path, folder: Path) -> None:
    try:
        import rarfile
    except ImportError:
        raise UsageError(f"{path}: rar archives need an extra", "pip install 'workload-tracekit[archives]'") from None
    guard = BombGuard(path)
    try:
        with rarfile.RarFile(path) as archive:
            for member in archive.infolist():
                target = _target(folder, member.filename, path)
                if not member.is_dir():
                    with archive.open(member) as data:
                        _copy(data, target, guard)
    except rarfile.RarCannotExec:
        fix = "install RARLAB's unrar (unar and p7zip fail on RAR5), or unpack it yourself and ingest the file"
        raise UsageError(f"{path}: unpacking rar archives needs the unrar program", fix) from None


_UNPACK: dict[str, Callable[[Path, Path], None]] = {
    "zip": _unpack_zip,
    "tar": _unpack_tar,
    "7z": _unpack_7z,
    "rar": _unpack_rar,
}


def unpack(path: Path, folder: Path) -> None:
    """Unpacks an archive of files.

    Args:
        path: The archive.
        folder: Where to; made if it is not there, emptied again if the archive is refused.

    Raises:
        DataError: A member would leave the folder, is a link, inflates like a bomb, or the archive is broken.
        UsageError: The kind needs an extra or a program that is not installed.
    """
    kind = archive_kind(path)
    if kind is None:
        raise DataError(f"{path}: not an archive")
    folder.mkdir(parents=True, exist_ok=True)
    try:
        _UNPACK[kind](path, folder)
    except (tarfile.TarError, zipfile.BadZipFile, EOFError) as error:
        shutil.rmtree(folder, ignore_errors=True)
        raise DataError(f"{path}: the {kind} archive is broken: {error}", "download it again") from error
    except DataError:
        shutil.rmtree(folder, ignore_errors=True)
        raise
