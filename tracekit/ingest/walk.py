"""Finds the files that an ingest was given: in folders and in archives, in natural order."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tracekit.errors import DataError, TracekitError, UsageError
from tracekit.ingest.archives import archive_kind, unpack
from tracekit.ingest.raw import printable
from tracekit.ingest.recognise import may_be_known
from tracekit.sources.model import Source


def natural_key(name: str) -> list[tuple[int, int, str]]:
    """Returns a sort key under which day_2 comes before day_10."""
    pieces = re.split(r"(\d+)", name)
    return [(1, int(piece), "") if piece.isdigit() else (0, 0, piece) for piece in pieces]


def walk(path: Path) -> Iterator[Path]:
    """Yields the files below a folder, in natural order.

    Raises:
        UsageError: A folder on the way may not be read: what it holds would be missing in silence.
    """

    def refuse(error: OSError) -> None:
        raise UsageError(f"{error.filename}: cannot be read: {error.strerror}", f"chmod +rx '{error.filename}'") from error

    every: list[Path] = []
    for folder, inner, names in os.walk(path, onerror=refuse):
        inner[:] = [name for name in inner if not is_hidden(name)]
        every += [Path(folder) / name for name in names if not is_hidden(name)]
    yield from (found for found in sorted(every, key=lambda p: natural_key(p.relative_to(path).as_posix())) if found.is_file())


def is_hidden(name: str) -> bool:
    """Whether a path within what was given is hidden, or lies in a folder that is."""
    return any(part.startswith(".") for part in name.split("/"))


@dataclass(frozen=True)
class Found:
    """A file, its name, the path that the user named for it, and its place (``archive!member`` inside an archive)."""

    path: Path
    name: str
    given: Path
    place: str

    @property
    def shown(self) -> str:
        """The path as the user sees it; patterns are looked for in it."""
        return self.name if "!" in self.name else printable(self.path.as_posix())

    def member(self, name: str, path: Path) -> Found:
        """Returns a member of it, an archive, unpacked at a path."""
        return Found(path, f"{self.name}!{printable(name)}", self.given, f"{self.place}!{printable(name)}")


def expand(source: Source, paths: list[Path], scratch: Path, unfit: list[tuple[Found, TracekitError]]) -> Iterator[Found]:
    """Yields every file; archives that cannot be unpacked go into ``unfit``."""
    for number, path in enumerate(paths):
        if not path.exists():
            raise UsageError(f"{path}: no such file or folder")
        base = path if path.is_dir() else path.parent
        for there in walk(path) if path.is_dir() else [path]:
            place = printable(Path(os.path.normpath(there.absolute())).as_posix())
            found = Found(there, printable(there.relative_to(base).as_posix()), path, place)
            try:
                is_archive = archive_kind(there) is not None
            except PermissionError:
                raise UsageError(f"{there}: no permission to read it", f"chmod +r {there}") from None
            if not is_archive:
                yield found
                continue
            try:
                yield from _members(source, found, scratch / f"archive-{number}" / found.name)
            except (DataError, UsageError) as error:
                # What is missing to unpack an archive that was asked for is said; one among other files may be of no use here.
                if isinstance(error, UsageError) and there == path:
                    raise
                unfit.append((found, error))


def _members(source: Source, archive: Found, folder: Path) -> list[Found]:
    """Unpacks what may be of the source, and returns all members."""

    def is_known(member: str) -> bool:
        found = archive.member(member, folder / member)
        return not is_hidden(member) and may_be_known(source, found.shown, found.place)

    left = unpack(archive.path, folder, is_known)
    unpacked = [archive.member(inner.relative_to(folder).as_posix(), inner) for inner in walk(folder)]
    members = unpacked + [archive.member(name, folder / name) for name in left if not is_hidden(name)]
    if not members:
        raise DataError(f"{archive.path}: an archive without files", "download it again")
    return members
