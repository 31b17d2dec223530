"""A directory: ``<root>/NS/NAME/vX.Y.Z``; a version appears by one rename and never changes."""

from __future__ import annotations

import errno
import json
import shutil
from pathlib import Path

from tracekit.disk import hash_file, sync
from tracekit.errors import NothingMatchedError, PublishRefusedError, TracekitError
from tracekit.publish.model import version_key
from tracekit.publish.release import SUMS, Release
from tracekit.publish.target import MovedError, Place, Plan, compare, refuse_difference

_LATEST = "latest.json"


def open_target(place: Place) -> Directory:
    """Returns the directory of a repository."""
    return Directory(place.root / place.repo)


class Directory:
    """Releases in a folder of this machine."""

    def __init__(self, root: Path) -> None:
        self.where = str(root)
        self._root = root

    def versions(self) -> dict[str, str]:
        """Version → version: a folder's name is its revision."""
        return {path.name: path.name for path in sorted(self._root.glob("v*.*.*")) if path.is_dir()}

    def _latest(self) -> str | None:
        path = self._root / _LATEST
        return str(json.loads(path.read_text(encoding="utf-8"))["version"]) if path.exists() else None

    def plan(self, release: Release, version: str) -> Plan:
        """Compares with the latest version, or with this one if it is there."""
        head = version if version in self.versions() else self._latest()
        there = Release(self._root / head).files() if head else {}
        return compare(release, there, self._latest(), head if head == version else None)

    def _draft(self, release: Release) -> Path:
        # Named by content: what an interrupted run of another release left is never taken up.
        return self._root / f".put-{hash_file(release.root / SUMS)[:16]}"

    def put(self, release: Release, plan: Plan) -> Plan:
        """Copies the files beside the versions; those that are there from an interrupted run are kept."""
        draft = self._draft(release)
        try:
            for name, digest in release.files().items():
                target = draft / name
                if target.exists() and hash_file(target) == digest:
                    continue
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(release.root / name, target)
                sync(target)
        except OSError as error:
            if error.errno != errno.ENOSPC:
                raise
            shutil.rmtree(draft, ignore_errors=True)
            raise TracekitError(
                f"no space left on the disk of {self._root}; nothing was published", "free some space, or choose another --root"
            ) from error
        return plan

    def finalize(self, release: Release, plan: Plan) -> str:
        """Returns the folder that the version will be made of."""
        if self._latest() != plan.head:
            raise MovedError
        return self._draft(release).name

    def verify(self, release: Release, revision: str) -> None:
        """Hashes every file."""
        folder = self._root / revision
        there = {p.relative_to(folder).as_posix(): hash_file(p) for p in sorted(folder.rglob("*")) if p.is_file()}
        refuse_difference(release, there, str(folder))

    def mark(self, version: str, revision: str) -> None:
        """Renames the folder; the version appears whole."""
        try:
            (self._root / revision).rename(self._root / version)
        except OSError as error:
            if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
                raise
            raise PublishRefusedError(f"{self._root / version} is there already; a version never changes") from error
        sync(self._root)

    def show(self) -> None:
        """Points ``latest.json`` at the highest version."""
        latest = max(self.versions(), key=version_key)
        draft = self._root / f".{_LATEST}"
        digest = hash_file(self._root / latest / SUMS)
        draft.write_text(json.dumps({"version": latest, SUMS: digest}) + "\n", encoding="utf-8")
        sync(draft)
        draft.replace(self._root / _LATEST)

    def fetch(self, version: str, folder: Path, only: str | None = None) -> None:
        """Copies a version's files."""
        if version not in self.versions():
            raise NothingMatchedError(f"{self._root} has no {version}", f"it has: {', '.join(self.versions()) or 'none'}")
        for path in (self._root / version).rglob(only or "*"):
            if path.is_file():
                target = folder / path.relative_to(self._root / version)
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, target)
