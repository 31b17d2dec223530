"""A release folder as it lies on disk: its files, hashes and provenance."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from tracekit.disk import hash_file
from tracekit.errors import ChecksumMismatchError, NothingMatchedError

SUMS = "SHA256SUMS"
PROVENANCE = "provenance.json"
CHANGELOG = "CHANGELOG.md"
_AGAIN = "fetch the release again"
_LINE = re.compile(r"([0-9a-f]{64}) [ *](\S.*)")


def _is_inside(name: str) -> bool:
    """Whether a name stays inside the release."""
    pure = PurePosixPath(name)
    return not pure.is_absolute() and ".." not in pure.parts and pure.as_posix() == name and "\\" not in name


@dataclass(frozen=True)
class Release:
    """The release in a folder."""

    root: Path

    def sums(self) -> dict[str, str]:
        """Returns file → SHA-256 as SHA256SUMS has them.

        Raises:
            NothingMatchedError: The folder holds no release.
            ChecksumMismatchError: A line is not what ``sha256sum`` writes, or names a file twice or outside the release.
        """
        path = self.root / SUMS
        if not path.is_file() or path.is_symlink():
            raise NothingMatchedError(f"{self.root} holds no release: it has no {SUMS}", "tracekit publish ID --repo NS/NAME builds one")
        sums: dict[str, str] = {}
        for number, line in enumerate(path.read_bytes().decode("utf-8", errors="backslashreplace").splitlines(), 1):
            found = _LINE.fullmatch(line)
            if found is None or found[2] in sums or not _is_inside(found[2]):
                name = repr(found[2]) if found else repr(line[:200])
                raise ChecksumMismatchError(f"{path}: line {number}: {name} is no file of a release, once, with its SHA-256", _AGAIN)
            sums[found[2]] = found[1]
        return sums

    def files(self) -> dict[str, str]:
        """Returns file → SHA-256 of all its files, SHA256SUMS among them."""
        return {**self.sums(), SUMS: hash_file(self.root / SUMS)}

    def provenance(self) -> dict[str, Any]:
        """Returns provenance.json.

        Raises:
            ChecksumMismatchError: It is missing, or is no JSON object.
        """
        try:
            body = json.loads((self.root / PROVENANCE).read_bytes())
        except (OSError, ValueError, RecursionError) as error:
            raise ChecksumMismatchError(f"{self.root / PROVENANCE}: cannot be read: {error}", _AGAIN) from error
        if not isinstance(body, dict):
            raise ChecksumMismatchError(f"{self.root / PROVENANCE}: no JSON object", _AGAIN)
        return body

    def find_faults(self) -> list[str]:
        """Returns what differs from SHA256SUMS: missing, changed or unknown files; links and empty folders, which no hash covers."""
        sums = self.sums()
        faults, there = [], set()
        for path in sorted(self.root.rglob("*")):
            name = path.relative_to(self.root).as_posix()
            if path.is_symlink():
                faults.append(f"{name}: a link; a release holds its files itself")
            elif path.is_dir():
                faults += [f"{name}: an empty folder"] if next(path.iterdir(), None) is None else []
            elif not path.is_file():
                faults.append(f"{name}: neither a file nor a folder")
            else:
                there.add(name)
        for name in sorted(there & set(sums)):
            if (found := hash_file(self.root / name)) != sums[name]:
                faults.append(f"{name}: SHA-256 is {found}, {SUMS} has {sums[name]}")
        faults += [f"{name}: missing" for name in sums if name not in there]
        return faults + [f"{name}: not in {SUMS}" for name in sorted(there - {*sums, SUMS, ".gitattributes"})]

    def check(self) -> int:
        """Returns the number of files, all as SHA256SUMS has them.

        Raises:
            ChecksumMismatchError: Names every file that is not.
        """
        if faults := self.find_faults():
            raise ChecksumMismatchError(f"{self.root}: {len(faults)} files differ:\n  " + "\n  ".join(faults), _AGAIN)
        return len(self.sums()) + 1


def write_sums(root: Path) -> None:
    """Writes SHA256SUMS over every file of a folder, in the form of ``sha256sum -c``."""
    names = sorted(path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file() and path.name != SUMS)
    (root / SUMS).write_text("".join(f"{hash_file(root / name)}  {name}\n" for name in names), encoding="utf-8")
