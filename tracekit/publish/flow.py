"""Publishes a built release: put, commit, verify, mark, verify at the mark, show, receipt. Any step may be the last of a killed run."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

from tracekit.disk import hash_file
from tracekit.errors import ChecksumMismatchError, PublishRefusedError
from tracekit.ingest.run import tool_version
from tracekit.publish.model import OnStep, silent, version_key
from tracekit.publish.release import CHANGELOG, SUMS, Release
from tracekit.publish.target import MovedError, Plan, Target

RECEIPT = ".receipt.json"
_TRIES = 4


@dataclass(frozen=True)
class Receipt:
    """What was published.

    Attributes:
        where: The target.
        version: The version.
        revision: What the version stands on.
        files: File → SHA-256.
        sums: SHA-256 of SHA256SUMS, which stands for all of them.
        tracekit: Version of tracekit.
    """

    where: str
    version: str
    revision: str
    files: dict[str, str]
    sums: str
    tracekit: str


def choose_version(target: Target, given: str | None) -> str:
    """Returns the version to publish: the one given, else the highest there is (a run may have to be finished), else v1.0.0."""
    if given is not None:
        version_key(given)
        return given
    known = [name for name in target.versions() if name.startswith("v") and name.count(".") == 2]
    return max(known, key=version_key, default="v1.0.0")


def previous_changes(target: Target, version: str, scratch: Path) -> str:
    """Returns CHANGELOG.md of the highest version below this one, or nothing."""
    known = [name for name in target.versions() if name.count(".") == 2 and version_key(name) < version_key(version)]
    if not known:
        return ""
    target.fetch(max(known, key=version_key), scratch, CHANGELOG)
    path = scratch / CHANGELOG
    return path.read_text(encoding="utf-8") if path.exists() else ""


def publish(target: Target, release: Release, version: str, on_step: OnStep = silent) -> Receipt:
    """Publishes a release.

    Args:
        target: Where it goes.
        release: A built release that has passed its checks.
        version: The version that it will bear.
        on_step: Called with each step, after it.

    Returns:
        The receipt, also written beside the release.

    Raises:
        PublishRefusedError: The version is there with other content.
        ChecksumMismatchError: What arrived is not what was sent; the version is not marked.
        SourceUnreachableError: The target cannot be reached; run it again.
    """
    plan = target.plan(release, version)
    on_step("planned")
    revision = plan.tagged
    if revision is None:
        revision = _commit(target, release, plan, version, on_step)
        target.verify(release, revision)
        on_step("verified")
        target.mark(version, revision)
        on_step("marked")
    elif not _holds(target, release, revision):
        fix = "a version never changes: give the next one with --version"
        raise PublishRefusedError(f"{target.where}: {version} is there with other content", fix)
    else:
        on_step(f"{version} is there already")
    target.verify(release, version)
    on_step("verified at the version")
    target.show()
    on_step("shown")
    receipt = Receipt(target.where, version, revision, release.files(), hash_file(release.root / SUMS), tool_version())
    _write(receipt, release.root.with_name(release.root.name + RECEIPT), on_step)
    return receipt


def _holds(target: Target, release: Release, revision: str) -> bool:
    try:
        target.verify(release, revision)
    except ChecksumMismatchError:
        return False
    return True


def _commit(target: Target, release: Release, plan: Plan, version: str, on_step: OnStep) -> str:
    for _ in range(_TRIES):
        plan = target.put(release, plan)
        on_step("put")
        try:
            revision = target.finalize(release, plan)
        except MovedError:
            plan = target.plan(release, version)
            on_step("planned again: the target has moved")
        else:
            on_step("committed")
            return revision
    raise PublishRefusedError(f"{target.where} changes all the time: {_TRIES} times somebody else committed first", "run it again")


def _write(receipt: Receipt, path: Path, on_step: OnStep) -> None:
    draft = path.with_name(f".{path.name}")
    with draft.open("w", encoding="utf-8") as file:
        file.write(json.dumps(asdict(receipt), indent=1) + "\n")
        file.flush()
        os.fsync(file.fileno())
    on_step("receipt drafted")
    draft.replace(path)
    on_step("receipt")
