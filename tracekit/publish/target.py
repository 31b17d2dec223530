"""Where releases go: one small interface, so that another store is one file in ``targets/``."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Protocol

from tracekit.errors import ChecksumMismatchError, UsageError, did_you_mean
from tracekit.publish.release import Release

_FOLDER = Path(__file__).parent / "targets"


class MovedError(Exception):
    """Somebody else changed the target since the plan was made: plan again."""


@dataclass(frozen=True)
class Place:
    """What the command line says of the target.

    Attributes:
        repo: ``NAMESPACE/NAME``.
        root: Folder of a directory target.
        endpoint: Address of a Hub, or None for the default.
        allow_endpoint: Whether an address outside the allow-list is meant.
        private: Whether the repository stays private.
        writes: Whether something will be written.
    """

    repo: str
    root: Path = Path("data/published")
    endpoint: str | None = None
    allow_endpoint: bool = False
    private: bool = False
    writes: bool = False


@dataclass(frozen=True)
class Plan:
    """What a release changes at a target.

    Attributes:
        head: The revision that it is made against; None: there is nothing yet.
        tagged: The revision that already bears the version.
        add: Files that are new there.
        change: Files that are there with other content.
        keep: Files that are there as they are.
        delete: Files that are there and not in the release.
    """

    head: str | None
    tagged: str | None
    add: list[str] = field(default_factory=list)
    change: list[str] = field(default_factory=list)
    keep: list[str] = field(default_factory=list)
    delete: list[str] = field(default_factory=list)

    @property
    def is_done(self) -> bool:
        """Whether the head already holds the release."""
        return self.head is not None and not (self.add or self.change or self.delete)


class Target(Protocol):
    """A store of releases.

    A revision is whatever the store gives; a version that bears a revision never moves. Every call may be made again after a kill.
    """

    where: str

    def versions(self) -> dict[str, str]:
        """Returns version → revision of everything that is marked."""

    def plan(self, release: Release, version: str) -> Plan:
        """Compares the release with what is there; writes nothing."""

    def put(self, release: Release, plan: Plan) -> Plan:
        """Uploads contents where they are not visible yet; returns the plan, with the head that the store now has."""

    def finalize(self, release: Release, plan: Plan) -> str:
        """Makes the files a revision, in one step.

        Raises:
            MovedError: The head is not the plan's any more.
        """

    def verify(self, release: Release, revision: str) -> None:
        """Raises ChecksumMismatchError where the revision (or version) does not hold exactly the release."""

    def mark(self, version: str, revision: str) -> None:
        """Gives a revision its version; refuses a version that another revision bears."""

    def show(self) -> None:
        """Lets everybody see the releases."""

    def fetch(self, version: str, folder: Path, only: str | None = None) -> None:
        """Copies a version's files (or one of them) into a folder."""


def kinds() -> list[str]:
    """Returns the kinds of target, by listing their folder."""
    return sorted(path.stem for path in _FOLDER.glob("*.py") if not path.stem.startswith("_"))


def open_target(kind: str, place: Place) -> Target:
    """Returns a target.

    Raises:
        UsageError: There is no such kind.
    """
    if kind not in kinds():
        raise UsageError(f"there is no target {kind!r}.{did_you_mean(kind, kinds())}", f"--to {' or '.join(kinds())}")
    target: Target = import_module(f"tracekit.publish.targets.{kind}").open_target(place)
    return target


def git_sha1(path: Path) -> str:
    """Returns the hash that git gives a file's content."""
    data = path.read_bytes()
    return hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()


def same_content(release: Release, name: str, sha256: str, there: str) -> bool:
    """Whether a file of the release is what the target has.

    Args:
        release: The release.
        name: The file.
        sha256: Its hash here.
        there: Its hash there: SHA-256, or git's SHA-1 where the store has no other.
    """
    return there == (sha256 if len(there) == 64 else git_sha1(release.root / name))


def compare(release: Release, there: dict[str, str], head: str | None, tagged: str | None) -> Plan:
    """Returns the plan that makes a target's files those of a release.

    Args:
        release: The release.
        there: File → hash at the target.
        head: Its revision.
        tagged: The revision that bears the version already.
    """
    files = release.files()
    known = [name for name in files if name in there]
    keep = [name for name in known if same_content(release, name, files[name], there[name])]
    return Plan(
        head,
        tagged,
        add=sorted(set(files) - set(there)),
        change=sorted(set(known) - set(keep)),
        keep=sorted(keep),
        delete=sorted(set(there) - set(files)),
    )


def refuse_difference(release: Release, there: dict[str, str], where: str) -> None:
    """Raises ChecksumMismatchError where a target's files are not exactly those of a release."""
    plan = compare(release, there, "", None)
    faults = [f"{name}: missing" for name in plan.add] + [f"{name}: other content" for name in plan.change]
    faults += [f"{name}: not of this release" for name in plan.delete]
    if faults:
        raise ChecksumMismatchError(f"{where} does not hold the release:\n  " + "\n  ".join(faults))
