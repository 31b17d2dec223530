"""What a release is asked to be."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from tracekit.errors import UsageError

# A shard lies well inside 100 to 512 MB: readers work on several at once, and none is slow to fetch again.
SHARD_BYTES = 256 << 20
MOST_SHARD_BYTES = 512 << 20
K = 5

OnStep = Callable[[str], None]

_REPO = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,94}[A-Za-z0-9])?/[A-Za-z0-9](?:[A-Za-z0-9._-]{0,94}[A-Za-z0-9])?")
_VERSION = re.compile(r"v(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)")


def silent(_step: str) -> None:
    """Does nothing with a step."""


def check_repo(repo: str) -> str:
    """Returns a repository id.

    Raises:
        UsageError: It is not NAMESPACE/NAME in the Hub's letters.
    """
    if not _REPO.fullmatch(repo) or "--" in repo or ".." in repo or repo.endswith(".git"):
        fix = "write --repo NAMESPACE/NAME: letters, digits, single - . _ inside, 96 at most each"
        raise UsageError(f"{repo!r} is not a repository id", fix)
    return repo


def version_key(version: str) -> tuple[int, int, int]:
    """Returns a version's numbers, which order it.

    Raises:
        UsageError: It is not vMAJOR.MINOR.PATCH.
    """
    found = _VERSION.fullmatch(version)
    if not found:
        raise UsageError(f"{version!r} is not a version", "write --version vMAJOR.MINOR.PATCH, such as v1.0.0")
    return int(found[1]), int(found[2]), int(found[3])


@dataclass(frozen=True)
class Options:
    """What decides the bytes of a release, next to the lake.

    Attributes:
        repo: ``NAMESPACE/NAME``, which the card's snippets name.
        version: ``vMAJOR.MINOR.PATCH``.
        datasets: Source ids, in order.
        derived_only: Query results in place of the tables.
        synthetic: Whether synthetic samples are published, as such.
        rekey: Id columns that are replaced by keyed hashes.
        suppress: Whether quasi-identifiers shared by fewer than K are set to NULL.
        shard_bytes: Size that shards aim at.
        previous: CHANGELOG.md of the release before, which this one's goes on.
        changes: What this version changes, in a sentence; made of its contents where empty.
    """

    repo: str
    version: str
    datasets: tuple[str, ...]
    derived_only: bool = False
    synthetic: bool = False
    rekey: tuple[str, ...] = ()
    suppress: bool = False
    shard_bytes: int = SHARD_BYTES
    previous: str = ""
    changes: str = ""

    @property
    def name(self) -> str:
        """The repository's name without its namespace."""
        return self.repo.partition("/")[2]
