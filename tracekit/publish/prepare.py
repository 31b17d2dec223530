"""From a lake to a plan: version, build, checks, comparison with the target; nothing is written to the target."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

from tracekit.lake.layout import Layout
from tracekit.publish.build import build
from tracekit.publish.check import Check, check_release, refuse_failed
from tracekit.publish.flow import choose_version, previous_changes
from tracekit.publish.model import OnStep, Options, check_repo, silent
from tracekit.publish.readers import RECORDS
from tracekit.publish.release import Release
from tracekit.publish.target import Place, Plan, Target, open_target


@dataclass(frozen=True)
class Prepared:
    """A release that may be published.

    Attributes:
        target: Where it goes.
        release: The built release.
        version: Its version.
        checks: What its readers say; all passed.
        plan: What it changes at the target.
        licences: SPDX ids of its inputs.
    """

    target: Target
    release: Release
    version: str
    checks: list[Check]
    plan: Plan
    licences: list[str]


def prepare(
    layout: Layout, kind: str, place: Place, options: Options, builds: Path, on_step: OnStep = silent, records: int = RECORDS
) -> Prepared:
    """Builds and checks a release, and compares it with its target.

    Args:
        layout: The lake.
        kind: Kind of target.
        place: Where it is.
        options: What is asked for; an empty version is chosen, and the change log of the version before is read from the target.
        builds: Folder of the release folders.
        on_step: Called with each step.
        records: Rows of a table that the readers which go record by record are given.

    Returns:
        What ``flow.publish`` takes.

    Raises:
        UsageError: Repository, version, address or token is not valid.
        PublishRefusedError: The gate or a check refuses.
    """
    check_repo(place.repo)
    version = choose_version(target := open_target(kind, place), options.version or None)
    with tempfile.TemporaryDirectory(prefix="tracekit-publish-") as scratch:
        previous = previous_changes(target, version, Path(scratch))
    options = replace(options, version=version, previous=previous)
    release = build(layout, options, builds / place.repo / version, on_step)
    checks = check_release(release, records)
    refuse_failed(checks)
    on_step("checked")
    licences = sorted({f"{entry['dataset']}: {entry['licence']}" for entry in release.provenance()["inputs"]})
    return Prepared(target, release, version, checks, target.plan(release, version), licences)
