"""Unpacks archives of files (zip, tar, 7z, rar) into a folder: no member leaves it, and none inflates without bound."""

from __future__ import annotations

import contextlib
import errno
import shutil
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath
from typing import IO, Any

from tracekit.errors import DataError, TracekitError, UsageError
from tracekit.ingest.raw import BombGuard, RawStream, plain_name
from tracekit.paths import inside, stays

_ZIP = b"PK\x03\x04"
_SEVEN = b"7z\xbc\xaf\x27\x1c"
_RAR = b"Rar!\x1a\x07"
# Each costs a look at its name, a file on disk and one more to read: no trace comes in so many pieces.
_MOST = 50_000
# Tells of a member's name whether it is to be unpacked.
Wanted = Callable[[str], bool]


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


class _Members:
    """Decides which members go where.

    Attributes:
        left: Names of members that were not asked for.
        folder: Where the others go.
    """

    def __init__(self, archive: Path, folder: Path, wanted: Wanted | None) -> None:
        self.left: list[str] = []
        self._archive = archive
        self.folder = folder
        self._wanted = wanted
        self._taken: set[str] = set()
        self._seen = 0

    def target(self, member: str) -> Path | None:
        """Returns where a member goes, or None where it is not asked for.

        Raises:
            DataError: It would leave the folder, has the name of another one, or is one too many.
        """
        self._count(1)
        pure = PurePosixPath(member.replace("\\", "/"))
        if not stays(pure.as_posix()) or ":" in pure.parts[0]:
            raise DataError(
                f"{self._archive}: member {member!r} would be written outside of the target folder: archive refused",
                "this is not a sane archive: get it again from its publisher",
            )
        name = pure.as_posix()
        if self._wanted is not None and not self._wanted(name):
            self.left.append(name)
            return None
        if name in self._taken:
            fix = "unpack it yourself, and ingest the one that you mean"
            raise DataError(f"{self._archive}: two members are called {member!r}, and the second would replace the first", fix)
        self._taken.add(name)
        return inside(self.folder, name, self._archive)

    def _count(self, members: int) -> None:
        self._seen += members
        if self._seen > _MOST:
            fix = "unpack it yourself, and ingest its folders one by one"
            raise DataError(f"{self._archive}: more than {_MOST:,} members, no trace comes in so many pieces", fix)

    def targets(self, members: list[str]) -> list[tuple[str, Path]]:
        """Returns the members that are asked for, each with where it goes, before any is unpacked."""
        self._count(len(members))
        self._seen = 0
        return [(member, target) for member in members if (target := self.target(member)) is not None]


def _copy(data: IO[bytes], target: Path, guard: BombGuard) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("wb") as out:
        while piece := data.read(1 << 20):
            guard.add(len(piece))
            out.write(piece)


def _unpack_zip(path: Path, members: _Members) -> None:
    with zipfile.ZipFile(path) as archive:
        _copy_all(path, archive, members)


def _copy_all(path: Path, archive: Any, members: _Members) -> None:
    """Copies the members of an opened zip or rar archive."""
    guard = BombGuard(path)
    by_name = [(member.filename, member) for member in archive.infolist() if not member.is_dir()]
    targets = members.targets([name for name, _ in by_name])
    infos = dict(by_name)
    for name, target in targets:
        with _said(f"{path}: member {name!r} cannot be unpacked"), archive.open(infos[name]) as data:
            _copy(data, target, guard)


@contextlib.contextmanager
def _said(what: str) -> Iterator[None]:
    """Turns whatever a reader of archives stumbles over into an error that says what: it is the archive's doing, unless a disk is full."""
    try:
        yield
    except TracekitError:
        raise
    except Exception as error:
        if _is_ours(error):
            raise
        raise DataError(
            f"{what}: {error or type(error).__name__}", "download it again, or unpack it yourself and ingest the files"
        ) from error


def _is_ours(error: Exception) -> bool:
    return type(error).__name__ == "RarCannotExec" or (isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT))


class _Stream:
    """Just enough of a file for tarfile's streaming mode."""

    def __init__(self, raw: RawStream) -> None:
        self.read = raw.read


def _unpack_tar(path: Path, members: _Members) -> None:
    raw = RawStream(path)
    guard = BombGuard(path)
    try:
        with tarfile.open(fileobj=_Stream(raw), mode="r|") as archive:  # type: ignore[call-overload]
            for member in archive:
                if member.isdir() or (target := members.target(member.name)) is None:
                    continue
                data = archive.extractfile(member) if member.isfile() else None
                if data is None:
                    raise DataError(f"{path}: member {member.name!r} is a link or a device: archive refused")
                _copy(data, target, guard)
    finally:
        raw.close()


def _unpack_7z(path: Path, members: _Members) -> None:
    try:
        import py7zr
    except ImportError:
        raise UsageError(f"{path}: 7z archives need an extra", "pip install 'workload-tracekit[archives]'") from None
    with py7zr.SevenZipFile(path) as archive:
        guard = BombGuard(path)
        found = [member for member in archive.list() if not member.is_directory]
        for member in found:
            guard.add(member.uncompressed or 0)
        if targets := members.targets([member.filename for member in found]):
            archive.extract(members.folder, [name for name, _ in targets])


def _unpack_rar(path: Path, members: _Members) -> None:
    try:
        import rarfile
    except ImportError:
        raise UsageError(f"{path}: rar archives need an extra", "pip install 'workload-tracekit[archives]'") from None
    try:
        with rarfile.RarFile(path) as archive:
            _copy_all(path, archive, members)
    except rarfile.RarCannotExec:
        fix = "install RARLAB's unrar (unar and p7zip fail on RAR5), or unpack it yourself and ingest the file"
        raise UsageError(f"{path}: unpacking rar archives needs the unrar program", fix) from None


_UNPACK: dict[str, Callable[[Path, _Members], None]] = {
    "zip": _unpack_zip,
    "tar": _unpack_tar,
    "7z": _unpack_7z,
    "rar": _unpack_rar,
}


def unpack(path: Path, folder: Path, wanted: Wanted | None = None) -> list[str]:
    """Unpacks an archive of files.

    Args:
        path: The archive.
        folder: Where to; made if it is not there, emptied again if the archive is refused.
        wanted: Tells which members to unpack, by name; all by default.

    Returns:
        The names of the members that were not wanted.

    Raises:
        DataError: A member would leave the folder, is a link, is there twice or inflates like a bomb, or the archive is broken.
        UsageError: The kind needs an extra or a program that is not installed.
    """
    kind = archive_kind(path)
    if kind is None:
        raise DataError(f"{path}: not an archive")
    folder.mkdir(parents=True, exist_ok=True)
    members = _Members(path, folder, wanted)
    try:
        with _said(f"{path}: the {kind} archive is broken"):
            _UNPACK[kind](path, members)
    except DataError:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return members.left
