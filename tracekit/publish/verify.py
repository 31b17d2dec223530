"""Verifies a release: every hash, every row, and with the raw files at hand the whole way from them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from tracekit.disk import hash_file
from tracekit.errors import ChecksumMismatchError, NothingMatchedError, UsageError
from tracekit.ingest.run import ingest, tool_version
from tracekit.lake.layout import Layout
from tracekit.paths import inside
from tracekit.publish.build import build
from tracekit.publish.content import content_hash
from tracekit.publish.model import Options, check_repo, version_key
from tracekit.publish.release import CHANGELOG, PROVENANCE, SUMS, Release
from tracekit.publish.target import Place, open_target
from tracekit.sources.load import source

PREFIX = "hf://"


def parse_address(address: str) -> tuple[str, str]:
    """Returns repository and version of ``hf://NS/NAME@vX.Y.Z`` (``hf://datasets/…`` as well).

    Raises:
        UsageError: It is not such an address.
    """
    repo, _, version = address.removeprefix(PREFIX).removeprefix("datasets/").partition("@")
    if not version:
        raise UsageError(f"{address} names no version", f"{PREFIX}NS/NAME@vX.Y.Z")
    version_key(version)
    return check_repo(repo), version


def open_release(address: str, scratch: Path, place: Place) -> Release:
    """Returns the release at an address: a folder, or ``hf://NS/NAME@vX.Y.Z``, which is downloaded.

    Args:
        address: The address.
        scratch: Folder to download into.
        place: Address of the Hub.

    Raises:
        NothingMatchedError: It is not there.
    """
    if not address.startswith(PREFIX):
        release = Release(Path(address))
        release.sums()
        return release
    repo, version = parse_address(address)
    target = open_target("hub", Place(repo, endpoint=place.endpoint, allow_endpoint=place.allow_endpoint))
    target.fetch(version, scratch, None)
    return Release(scratch)


def verify(release: Release, expected: str | None = None) -> tuple[int, int]:
    """Holds a release against its own record, and that against what was published.

    Args:
        release: The release.
        expected: SHA-256 of its SHA256SUMS, as ``tracekit publish`` printed it. Without it, a release that was rewritten together
            with its record passes.

    Returns:
        The number of files and of tables.

    Raises:
        ChecksumMismatchError: Names every file and table that differs.
        UsageError: What is expected is no SHA-256.
    """
    if expected is not None:
        _expect(release, expected)
    files = release.check()
    sums, outputs = release.sums(), _outputs(release)
    faults = []
    for name, (paths, hashes, content) in outputs.items():
        faults += [
            f"{path}: provenance.json has another hash than SHA256SUMS"
            for path, digest in zip(paths, hashes, strict=True)
            if sums.get(path) != digest
        ]
        if all(path in sums for path in paths) and _content(release, paths) != content:
            faults.append(f"{name}: its rows are not those of provenance.json")
    named = {path for paths, _, _ in outputs.values() for path in paths}
    faults += [f"{name}: a table that provenance.json does not have" for name in sums if name.endswith(".parquet") and name not in named]
    if faults:
        raise ChecksumMismatchError(f"{release.root}: " + "; ".join(faults))
    return files, len(outputs)


def _expect(release: Release, expected: str) -> None:
    if not re.fullmatch("[0-9a-f]{64}", expected.lower()):
        raise UsageError(f"--expect {expected}: no SHA-256", "tracekit publish prints the hash of SHA256SUMS, 64 hexadecimal digits")
    release.sums()
    if (found := hash_file(release.root / SUMS)) != expected.lower():
        raise ChecksumMismatchError(
            f"{release.root / SUMS}: SHA-256 is {found}, {expected} was expected: not the release that was published"
        )


def _outputs(release: Release) -> dict[str, tuple[list[str], list[str], str]]:
    """Returns table → its files, their hashes and the hash of its rows, as provenance.json has them."""
    try:
        outputs = release.provenance()["outputs"]
        return {
            str(name): ([str(f["path"]) for f in config["files"]], [str(f["sha256"]) for f in config["files"]], str(config["content"]))
            for name, config in outputs.items()
        }
    except (KeyError, TypeError, AttributeError) as error:
        raise ChecksumMismatchError(
            f"{release.root / PROVENANCE}: not what tracekit writes: {error!r}", "fetch the release again"
        ) from error


def _content(release: Release, paths: list[str]) -> str:
    import pyarrow as pa

    try:
        return content_hash([release.root / path for path in paths])
    except (pa.ArrowException, OSError) as error:
        raise ChecksumMismatchError(f"{release.root}: {', '.join(paths)}: no Parquet that can be read: {error}") from error


def rebuild(release: Release, raw: Path, scratch: Path) -> int:
    """Makes a release again from raw files, and compares every byte.

    Args:
        release: The release.
        raw: Folder that holds the raw files, anywhere below; found by their hashes.
        scratch: Empty folder to work in.

    Returns:
        The number of files compared.

    Raises:
        UsageError: It cannot be made again: its ids were re-keyed.
        NothingMatchedError: A raw file is missing; names each.
        ChecksumMismatchError: A file differs; names each.
    """
    provenance = release.provenance()
    asked = provenance["release"]
    if asked["rekey"]:
        raise UsageError(f"ids of {', '.join(asked['rekey'])} were re-keyed and the key was thrown away: it cannot be made again")
    lake = scratch / "lake"
    for entry in provenance["inputs"]:
        _ingest(entry, raw, scratch / "raw", lake)
    options = Options(
        asked["repo"],
        asked["version"],
        tuple(asked["datasets"]),
        derived_only=asked["derived_only"],
        synthetic=asked["synthetic"],
        suppress=asked["suppress"],
        shard_bytes=asked["shard_bytes"],
        previous=_previous(release),
        changes=asked["changes"],
    )
    again = build(Layout(lake), options, scratch / "release")
    ours, theirs = again.files(), release.files()
    differing = sorted(name for name in {*ours, *theirs} if ours.get(name) != theirs.get(name))
    if differing:
        raise ChecksumMismatchError(
            f"made again, {len(differing)} files differ: {', '.join(differing)}", _why(provenance, again.provenance())
        )
    return len(ours)


def _previous(release: Release) -> str:
    _, _, rest = (release.root / CHANGELOG).read_text(encoding="utf-8").partition("\n## ")
    _, found, older = rest.partition("\n## ")
    return f"# Changes\n\n## {older}" if found else ""


def _ingest(entry: dict[str, Any], raw: Path, links: Path, lake: Path) -> None:
    # A known id, before it names a folder.
    known = source(entry["dataset"])
    folder = links / known.id
    if any(trace["is_synthetic"] for trace in entry["traces"]):
        ingest(known, [folder], lake, macros=[], sample=True)
        return
    _link(_files(entry["traces"]), raw, folder, entry)
    # One trace at a time, under its name: that may be the user's own, or come from folders that are not there.
    for number, trace in enumerate(entry["traces"]):
        alone = folder.with_name(f"{folder.name}.{number}")
        _link(_files([trace]), folder, alone, entry)
        ingest(known, [alone], lake, macros=[], trace=trace["trace"])


def _files(traces: list[dict[str, Any]]) -> dict[str, Any]:
    return {file["name"].partition("!")[0]: file for trace in traces for file in trace["files"]}


def _link(wanted: dict[str, Any], raw: Path, folder: Path, entry: dict[str, Any]) -> None:
    """Lays links to the raw files under the names that they had: traces are read from paths."""
    sizes = {file["bytes"] for file in wanted.values()}
    there = [path for path in sorted(raw.rglob("*")) if path.is_file() and path.stat().st_size in sizes]
    by_hash = {hash_file(path): path for path in there}
    missing = [f"{name} ({file['sha256']})" for name, file in wanted.items() if file["sha256"] not in by_hash]
    if missing:
        fix = f"tracekit fetch {entry['dataset']} --to DIR, or {entry['homepage']}"
        raise NothingMatchedError(f"{raw} lacks raw files of {entry['dataset']}:\n  " + "\n  ".join(missing), fix)
    for name, file in wanted.items():
        link = inside(folder, name, PROVENANCE)
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(by_hash[file["sha256"]].resolve())


def _why(theirs: dict[str, Any], ours: dict[str, Any]) -> str:
    found = []
    if theirs["tracekit"] != ours["tracekit"]:
        found.append(f"it was made by tracekit {theirs['tracekit']}, this is {tool_version()}")
    if theirs.get("writer") != ours["writer"]:
        found.append(f"it was written by {theirs.get('writer')}, this is {ours['writer']}")
    if theirs["schema"] != ours["schema"]:
        found.append("the schema has changed since")
    mappings = {entry["dataset"]: entry["mapping"] for entry in ours["inputs"]}
    found += [f"the mapping of {e['dataset']} has changed since" for e in theirs["inputs"] if mappings.get(e["dataset"]) != e["mapping"]]
    return (
        "; ".join(found) or "same tracekit, same writer, same mappings: the fonts of the chart differ, or the release is not what it says"
    )
