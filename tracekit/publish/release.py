"""A release folder as it lies on disk: its files, hashes and provenance."""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from tracekit.errors import ChecksumMismatchError, NothingMatchedError
from tracekit.ingest.raw import hash_file

SUMS = "SHA256SUMS"
PROVENANCE = "provenance.json"
CHANGELOG = "CHANGELOG.md"
_LINE = re.compile(r"(?P<digest>[0-9a-f]{64})  (?P<name>\S.*)")
_AGAIN = "fetch the release again"


@dataclass(frozen=True)
class Release:
    """The release in a folder."""

    root: Path

    def sums(self) -> dict[str, str]:
        """Returns file → SHA-256 as SHA256SUMS has them.

        Raises:
            NothingMatchedError: The folder holds no release.
            ChecksumMismatchError: SHA256SUMS is not of its form, or names a file twice or outside the release.
        """
        path = self.root / SUMS
        if not path.is_file() or path.is_symlink():
            raise NothingMatchedError(f"{self.root} holds no release: it has no {SUMS}", "tracekit publish ID --repo NS/NAME builds one")
        sums: dict[str, str] = {}
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1):
            found = _LINE.fullmatch(line)
            if found is None:
                raise ChecksumMismatchError(f"{path}, line {number}: {line!r} is not a hash and a file", _AGAIN)
            name = PurePosixPath(found["name"])
            if found["name"] in sums or name.is_absolute() or ".." in name.parts:
                raise ChecksumMismatchError(f"{path}, line {number}: names {found['name']!r} twice, or outside the release", _AGAIN)
            sums[found["name"]] = found["digest"]
        return sums

    def files(self) -> dict[str, str]:
        """Returns file → SHA-256 of all its files, SHA256SUMS among them."""
        return {**self.sums(), SUMS: hash_file(self.root / SUMS)}

    def provenance(self) -> dict[str, Any]:
        """Returns provenance.json.

        Raises:
            ChecksumMismatchError: It is not there, or is no JSON object.
        """
        path = self.root / PROVENANCE
        try:
            body = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError, RecursionError) as error:
            raise ChecksumMismatchError(f"{path}: cannot be read: {error}", _AGAIN) from error
        if not isinstance(body, dict):
            raise ChecksumMismatchError(f"{path}: is no JSON object", _AGAIN)
        return body

    def find_faults(self) -> list[str]:
        """Returns what differs from SHA256SUMS: missing, changed or unknown files, links, and folders without files."""
        sums = self.sums()
        there, faults = self._walk()
        for name, digest in sums.items():
            if name not in there:
                faults.append(f"{name}: missing")
            elif (found := hash_file(self.root / name)) != digest:
                faults.append(f"{name}: SHA-256 is {found}, {SUMS} has {digest}")
        return faults + [f"{name}: not in {SUMS}" for name in sorted(there - {*sums, SUMS, ".gitattributes"})]

    def _walk(self) -> tuple[set[str], list[str]]:
        """Returns the plain files, and what a release may not have: links lead elsewhere, and no hash holds an empty folder."""
        files: set[str] = set()
        faults: list[str] = []
        for folder, folders, names in os.walk(self.root):
            inside = Path(folder).relative_to(self.root)
            if not folders and not names:
                faults.append(f"{inside.as_posix()}: an empty folder")
            for path in (Path(folder) / name for name in (*folders, *names)):
                name = path.relative_to(self.root).as_posix()
                if path.is_symlink():
                    faults.append(f"{name}: a link to {path.readlink()}")
                elif path.is_file():
                    files.add(name)
                elif not path.is_dir():
                    faults.append(f"{name}: neither a file nor a folder")
        return files, sorted(faults)

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
