"""A release folder as it lies on disk: its files, hashes and provenance."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tracekit.errors import ChecksumMismatchError, NothingMatchedError
from tracekit.ingest.raw import hash_file

SUMS = "SHA256SUMS"
PROVENANCE = "provenance.json"
CHANGELOG = "CHANGELOG.md"


@dataclass(frozen=True)
class Release:
    """The release in a folder."""

    root: Path

    def sums(self) -> dict[str, str]:
        """Returns file → SHA-256 as SHA256SUMS has them.

        Raises:
            NothingMatchedError: The folder holds no release.
        """
        path = self.root / SUMS
        if not path.is_file():
            raise NothingMatchedError(f"{self.root} holds no release: it has no {SUMS}", "tracekit publish ID --repo NS/NAME builds one")
        lines = path.read_text(encoding="utf-8").splitlines()
        return {name: digest for digest, _, name in (line.partition("  ") for line in lines)}

    def files(self) -> dict[str, str]:
        """Returns file → SHA-256 of all its files, SHA256SUMS among them."""
        return {**self.sums(), SUMS: hash_file(self.root / SUMS)}

    def provenance(self) -> dict[str, Any]:
        """Returns provenance.json."""
        body: dict[str, Any] = json.loads((self.root / PROVENANCE).read_text(encoding="utf-8"))
        return body

    def find_faults(self) -> list[str]:
        """Returns what differs from SHA256SUMS: missing, changed or unknown files."""
        sums = self.sums()
        faults = []
        for name, digest in sums.items():
            path = self.root / name
            if not path.is_file():
                faults.append(f"{name}: missing")
            elif (found := hash_file(path)) != digest:
                faults.append(f"{name}: SHA-256 is {found}, {SUMS} has {digest}")
        there = {path.relative_to(self.root).as_posix() for path in self.root.rglob("*") if path.is_file()}
        return faults + [f"{name}: not in {SUMS}" for name in sorted(there - {*sums, SUMS, ".gitattributes"})]

    def check(self) -> int:
        """Returns the number of files, all as SHA256SUMS has them.

        Raises:
            ChecksumMismatchError: Names every file that is not.
        """
        if faults := self.find_faults():
            raise ChecksumMismatchError(f"{self.root}: {len(faults)} files differ:\n  " + "\n  ".join(faults), "fetch the release again")
        return len(self.sums()) + 1


def write_sums(root: Path) -> None:
    """Writes SHA256SUMS over every file of a folder, in the form of ``sha256sum -c``."""
    names = sorted(path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file() and path.name != SUMS)
    (root / SUMS).write_text("".join(f"{hash_file(root / name)}  {name}\n" for name in names), encoding="utf-8")
