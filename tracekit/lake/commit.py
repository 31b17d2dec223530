"""Writing to a lake: one writer at a time, and a commit that happens whole or not at all.

A run prepares its files under ``_staging``, then writes a journal of the renames to make, makes them, and removes the journal.
A run that dies before the journal leaves the lake as it was; one that dies after it is completed by whoever opens the lake next.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from tracekit.errors import UsageError
from tracekit.lake.layout import Layout


@contextmanager
def writing(layout: Layout) -> Iterator[Path]:
    """Holds the lake's lock and yields an empty staging folder, removed at the end.

    Raises:
        UsageError: Another process is writing to the lake, or the folder cannot be made.
    """
    try:
        layout.root.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"cannot make the lake {layout.root}: {error.strerror}", "choose another --lake") from error
    lock = FileLock(layout.lock, timeout=0)
    try:
        lock.acquire()
    except Timeout:
        fix = "wait until it is done, or use another --lake"
        raise UsageError(f"another process is writing to the lake {layout.root}", fix) from None
    try:
        _recover(layout)
        shutil.rmtree(layout.staging, ignore_errors=True)
        layout.staging.mkdir()
        yield layout.staging
    finally:
        shutil.rmtree(layout.staging, ignore_errors=True)
        lock.release()


def commit(layout: Layout, staged: Path, removed: list[Path]) -> None:
    """Moves every file of a staging folder to its place and removes what it replaces.

    Args:
        layout: The lake, whose lock is held.
        staged: Folder laid out as the lake is.
        removed: Files of the lake that go, unless the staging folder has them anew.
    """
    files = sorted(path.relative_to(staged) for path in staged.rglob("*") if path.is_file())
    # Manifests last: a reader that sees one finds the rows that it speaks of.
    files.sort(key=lambda path: path.parts[0] == "_manifests")
    for path in files:
        _sync(staged / path)
    gone = [path.relative_to(layout.root).as_posix() for path in removed]
    journal = {
        "staged": staged.relative_to(layout.root).as_posix(),
        "move": [p.as_posix() for p in files],
        "remove": gone,
    }
    draft = layout.journal.with_suffix(".draft")
    draft.write_text(json.dumps(journal), encoding="utf-8")
    _sync(draft)
    draft.replace(layout.journal)
    _recover(layout)


def recover(layout: Layout) -> None:
    """Completes a commit that a killed process left under way; does nothing while another process is writing."""
    if not layout.journal.exists():
        return
    lock = FileLock(layout.lock, timeout=0)
    try:
        with lock:
            _recover(layout)
            shutil.rmtree(layout.staging, ignore_errors=True)
    except Timeout:
        pass


def _recover(layout: Layout) -> None:
    if not layout.journal.exists():
        return
    journal = json.loads(layout.journal.read_text(encoding="utf-8"))
    moved = set(journal["move"])
    for name in journal["remove"]:
        if name not in moved:
            (layout.root / name).unlink(missing_ok=True)
    for name in journal["move"]:
        source = layout.root / journal["staged"] / name
        if source.exists():
            target = layout.root / name
            target.parent.mkdir(parents=True, exist_ok=True)
            source.replace(target)
    _remove_empty_folders(layout, journal["remove"])
    layout.journal.unlink()


def _remove_empty_folders(layout: Layout, names: list[str]) -> None:
    for name in names:
        for folder in list((layout.root / name).parents):
            if folder == layout.root or not folder.exists() or any(folder.iterdir()):
                break
            folder.rmdir()


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
