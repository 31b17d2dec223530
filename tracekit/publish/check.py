"""Checks a built release: its hashes, its own consistency, and every reader; once per content."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass

from tracekit.disk import hash_file
from tracekit.errors import PublishRefusedError
from tracekit.ingest.run import tool_version
from tracekit.publish.content import content_hash
from tracekit.publish.readers import RECORDS
from tracekit.publish.release import SUMS, Release

KEPT = ".checks.json"


@dataclass(frozen=True)
class Check:
    """A check and what it found."""

    name: str
    ok: bool
    remark: str


def check_release(release: Release, records: int = RECORDS) -> list[Check]:
    """Returns every check of a release; kept beside it, and made again only when a byte of it has changed.

    Args:
        release: The release.
        records: Rows of a table that the readers which go record by record are given.
    """
    checks = [_sums(release)]
    if not checks[0].ok:
        return checks
    kept = release.root.with_name(release.root.name + KEPT)
    # The sums' own hash stands for the whole content.
    key = f"{hash_file(release.root / SUMS)} {tool_version()} {records}"
    if kept.exists() and (body := json.loads(kept.read_text(encoding="utf-8")))["key"] == key:
        return checks + [Check(**check) for check in body["checks"]]
    more = [_content(release), *_readers(release, records)]
    if all(check.ok for check in more):
        kept.write_text(json.dumps({"key": key, "checks": [asdict(check) for check in more]}), encoding="utf-8")
    return checks + more


def refuse_failed(checks: list[Check]) -> None:
    """Raises PublishRefusedError where a check has failed; names each."""
    if failed := [check for check in checks if not check.ok]:
        raise PublishRefusedError("the release fails its checks:" + "".join(f"\n  {check.name}: {check.remark}" for check in failed))


def _sums(release: Release) -> Check:
    faults = release.find_faults()
    return Check("sha256", not faults, "; ".join(faults) or f"{len(release.sums())} files")


def _content(release: Release) -> Check:
    outputs = release.provenance()["outputs"]
    wrong = [
        name for name, config in outputs.items() if content_hash([release.root / f["path"] for f in config["files"]]) != config["content"]
    ]
    return Check("content", not wrong, f"rows are not those that were hashed: {', '.join(wrong)}" if wrong else f"{len(outputs)} tables")


def _readers(release: Release, records: int) -> list[Check]:
    with tempfile.TemporaryDirectory(prefix="tracekit-readers-") as scratch:
        # Nothing of this machine may help a reader: no token, no cache, no network.
        own = {"HF_HOME": scratch, "HF_HUB_OFFLINE": "1", "HF_DATASETS_OFFLINE": "1", "HF_HUB_DISABLE_TELEMETRY": "1"}
        environment = {k: v for k, v in os.environ.items() if not k.startswith("HF_") and "TOKEN" not in k} | own
        command = [sys.executable, "-W", "ignore", "-m", "tracekit.publish.readers", str(release.root.resolve()), str(records)]
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        return [Check("readers", ok=False, remark=f"the readers' process ended with {done.returncode}: {last}")]
    return [Check(**found) for found in json.loads(done.stdout.splitlines()[-1])]
