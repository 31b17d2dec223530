"""Converts a lake made before heads: files get names by their content, and a first head names the manifests."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from filelock import FileLock, Timeout

from tracekit.disk import hash_file, sync
from tracekit.errors import DataError, UsageError
from tracekit.lake.commit import Change, commit
from tracekit.lake.drafts import writing
from tracekit.lake.former import JOURNAL, is_former, read_journal
from tracekit.lake.head import numbers, read_head
from tracekit.lake.layout import Layout, part_name, rejects_name
from tracekit.lake.manifest import Manifest, StoredFile, read_manifests
from tracekit.lake.names import names_of
from tracekit.paths import inside


@contextmanager
def _alone(layout: Layout) -> Iterator[None]:
    """Holds the lock that earlier versions hold while they write."""
    lock = FileLock(layout.root / "_lock", timeout=0)
    try:
        lock.acquire()
    except Timeout:
        raise UsageError(f"an earlier tracekit is writing to the lake {layout.root}", "wait until it is done") from None
    try:
        yield
    finally:
        lock.release()
        # Nobody else waits for it: it is tried once.
        (layout.root / "_lock").unlink(missing_ok=True)


def needs_upgrade(layout: Layout) -> bool:
    """Whether a lake is one made before heads."""
    return not numbers(layout) and (is_former(layout) or (layout.root / JOURNAL).exists())


def upgrade(layout: Layout, by: str) -> int:
    """Converts a lake; killed at any point, it is either as it was or converted.

    Args:
        layout: The lake.
        by: Version of tracekit.

    Returns:
        The number of traces converted; 0 where it has the present layout.

    Raises:
        DataError: A file is missing or is not what its manifest says, or a journal does not fit; nothing is changed.
        UsageError: Another process is writing to it, or it cannot be written to.
    """
    with _alone(layout):
        # Another process may have done it meanwhile.
        if not needs_upgrade(layout):
            return 0
        _complete(layout)
        with writing(layout) as run:
            head = read_head(layout)
            former = {name for held in head.held for name in [held.manifest]} | set(head.mappings.values())
            change = Change(f"check --upgrade: {len(head.held)} traces of the former layout", by=by)
            for manifest in read_manifests(layout):
                former |= _names(manifest)
                change.put.append(_renamed(layout, manifest, change.files))
            change.mappings = {dataset: (layout.root / name).read_text(encoding="utf-8") for dataset, name in head.mappings.items()}
            kept = names_of(layout, [commit(run, head, change)])
            for name in former - kept:
                run.storage.delete(name)
    return len(head.held)


def _names(manifest: Manifest) -> set[str]:
    return {part.name for parts in manifest.parts.values() for part in parts} | ({manifest.rejects.name} if manifest.rejects else set())


def _renamed(layout: Layout, manifest: Manifest, files: dict[str, Path]) -> Manifest:
    def stored(old: StoredFile, name: str, digest: str) -> StoredFile:
        files[name] = inside(layout.root, old.name, layout.root)
        return replace(old, name=name, sha256=digest)

    of = (manifest.dataset, manifest.trace)
    parts = {}
    for table, (old,) in manifest.parts.items():
        digest = _checked(layout, old)
        parts[table] = [stored(old, part_name(table, *of, digest), digest)]
    rejects = manifest.rejects
    if rejects is not None:
        digest = _checked(layout, rejects)
        rejects = stored(rejects, rejects_name(*of, digest), digest)
    return replace(manifest, parts=parts, rejects=rejects)


def _checked(layout: Layout, old: StoredFile) -> str:
    """Returns the hash of a file that is as its manifest says."""
    path = inside(layout.root, old.name, layout.root)
    if not path.is_file():
        raise DataError(f"{path}: missing; the lake cannot be converted", "put it back, or ingest the trace into another lake")
    digest = hash_file(path)
    if old.sha256 and digest != old.sha256:
        raise DataError(
            f"{path}: SHA-256 is {digest}, the manifest has {old.sha256}; the lake cannot be converted", "put back what was there"
        )
    return digest


def _complete(layout: Layout) -> None:
    """Makes the renames of a commit that a stopped process left under way; their paths have been checked to stay inside."""
    journal = read_journal(layout)
    if journal is None:
        return
    for source, target in journal.moves:
        if source.exists():
            sync(source)
            target.parent.mkdir(parents=True, exist_ok=True)
            source.replace(target)
            sync(target.parent)
    for path in journal.gone:
        path.unlink(missing_ok=True)
    (layout.root / JOURNAL).unlink()
