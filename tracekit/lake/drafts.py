"""Where a run prepares what it will commit, and how another run finds out whether it is still alive.

A run holds a lock on a file beside its folder for as long as it lives: the kernel lets go of it, however the run ends. Where a file system
has no locks, host and process decide.
"""

from __future__ import annotations

import datetime as dt
import errno
import json
import os
import re
import secrets
import shutil
import socket
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from tracekit.errors import DataError, UsageError
from tracekit.lake.layout import STAGING, Layout, is_named_by_content, sha16, trace_path
from tracekit.lake.names import all_names
from tracekit.lake.storage import LocalStorage
from tracekit.paths import inside

_LOCK = ".lock"
_DOING = "doing.json"
_GIVEN = "given.json"
_OWNER = "owner.json"
# Nothing else in the folder of runs is ever taken for one.
_RUN = re.compile(r"\d{8}T\d{6}-[0-9a-f]{8}")
# What a lock says where the file system has none.
_NO_LOCKS = {errno.ENOLCK, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP}
# Where neither a lock nor the process can be asked, a run counts as dead after so long without a sign.
_SILENCE_S = 86_400.0


def numbered_part(first: Path, number: int) -> Path:
    """Returns where a further Parquet file of a table is prepared, given where the first one is."""
    return first.with_name(f"{first.stem}-{number:05d}.parquet") if number else first


@dataclass
class Run:
    """A run that writes to a lake.

    Attributes:
        layout: The lake.
        folder: What it prepares; removed at its end.
        storage: The lake, for writing.
        notes: What the user has to know, e.g. of the file system.
    """

    layout: Layout
    folder: Path
    storage: LocalStorage
    notes: list[str] = field(default_factory=list)

    def part(self, table: str, dataset: str, trace: str | None, number: int = 0) -> Path:
        """Where a Parquet file is prepared; several of one table are numbered."""
        # Not a folder for each of thousands of traces.
        return numbered_part(self.folder / "rows" / table / f"{sha16(trace_path(dataset, trace).encode())}.parquet", number)

    def rejects(self, dataset: str, trace: str | None) -> Path:
        """Where rejected records are prepared."""
        return self.folder / "rejects" / trace_path(dataset, trace) / "rejects.jsonl"

    def announce(self, dataset: str, traces: list[str | None]) -> None:
        """Announces to other runs which traces this one is about to write."""
        body = {"dataset": dataset, "traces": traces, "since": time.time(), **_self()}
        _write(self.folder / _DOING, body)

    def give(self, names: list[str]) -> None:
        """Notes the names that files are about to get, so that they go should the run die before its commit."""
        _write(self.folder / _GIVEN, names)


def _self() -> dict[str, Any]:
    return {"host": socket.gethostname(), "pid": os.getpid()}


def _write(path: Path, body: Any) -> None:
    draft = path.with_suffix(".draft")
    draft.write_text(json.dumps(body), encoding="utf-8", errors="surrogateescape")
    draft.replace(path)


def _read(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


@contextmanager
def writing(layout: Layout) -> Iterator[Run]:
    """Begins a run that may write to a lake: a folder of its own on the lake's disk, removed at the end. What dead runs left goes first.

    Raises:
        UsageError: The folder cannot be made or written to.
    """
    run, lock = _begin(layout)
    try:
        clean(layout)
        yield run
    finally:
        _end(run.folder, lock)


def _begin(layout: Layout) -> tuple[Run, FileLock | None]:
    name = f"{dt.datetime.now(dt.UTC):%Y%m%dT%H%M%S}-{secrets.token_hex(4)}"
    folder = layout.staging / name
    run = Run(layout, folder, LocalStorage(layout.root, folder))
    inside(layout.root, STAGING, layout.root)
    for attempt in range(20):
        lock = None
        try:
            run.storage.make_folder(layout.staging)
            lock = _hold(layout.staging / (name + _LOCK), run)
            folder.mkdir()
            _write(folder / _OWNER, _self())
            return run, lock
        except FileNotFoundError:
            # Another run has ended and removed the folder of all runs in between.
            if attempt == 19:
                raise
        except OSError as error:
            _end(folder, lock)
            if error.errno == errno.ENOSPC:
                raise
            raise UsageError(f"cannot write to the lake {layout.root}: {error.strerror}", "choose another --lake") from error
    raise AssertionError


def _hold(path: Path, run: Run) -> FileLock | None:
    # Another run that asks whether this one lives holds the lock for an instant.
    lock = FileLock(path, timeout=5)
    try:
        lock.acquire()
    except (NotImplementedError, OSError) as error:
        if isinstance(error, OSError) and error.errno not in _NO_LOCKS:
            raise
        run.notes.append(f"{run.layout.root}: its file system has no locks; whether another run is alive is judged by its host and process")
        return None
    return lock


def _end(folder: Path, lock: FileLock | None) -> None:
    # Whatever becomes of it, the run has done what it has done; the next one looks for what is left.
    with suppress(OSError):
        shutil.rmtree(folder, ignore_errors=True)
    if lock is not None:
        lock.release()
    # Where the folder could not be removed, its lock stays, held by no process.
    if not folder.exists():
        with suppress(OSError):
            folder.with_name(folder.name + _LOCK).unlink()
    with suppress(OSError):
        folder.parent.rmdir()


def others(layout: Layout, mine: Path | None = None) -> Iterator[Path]:
    """Yields the folders of the runs of a lake, but for one's own.

    Raises:
        DataError: The folder of runs is a link that leads out of the lake.
    """
    try:
        found = sorted(inside(layout.root, STAGING, layout.root).iterdir())
    except (FileNotFoundError, NotADirectoryError):
        return
    yield from (path for path in found if path != mine and _RUN.fullmatch(path.name) and path.is_dir() and not path.is_symlink())


def lives(folder: Path) -> bool:
    """Whether the run of a folder is still going on."""
    path = folder.with_name(folder.name + _LOCK)
    if path.exists():
        lock = FileLock(path, timeout=0)
        try:
            lock.acquire()
        except Timeout:
            return True
        except (NotImplementedError, OSError):
            return _seems_alive(folder)
        lock.release()
        return False
    return _seems_alive(folder)


def _seems_alive(folder: Path) -> bool:
    owner = _read(folder / _OWNER)
    if isinstance(owner, dict) and owner.get("host") == socket.gethostname() and isinstance(owner.get("pid"), int):
        try:
            os.kill(owner["pid"], 0)
        except ProcessLookupError:
            return False
        except (PermissionError, OverflowError):
            return True
        return True
    with suppress(OSError):
        return time.time() - folder.stat().st_mtime < _SILENCE_S
    return False


def clean(layout: Layout) -> list[str]:
    """Removes what dead runs left: their folders, and files that they had given a name to and never committed.

    Returns:
        The names of the runs.
    """
    dead = [folder for folder in others(layout) if not lives(folder)]
    if given := [name for folder in dead for name in _given(folder)]:
        # Where a head is damaged it is not known what is referred to: then nothing is removed.
        with suppress(DataError):
            kept = all_names(layout) | given_by_others(layout, dead)
            for name in given:
                if is_named_by_content(name) and name not in kept:
                    LocalStorage(layout.root).delete(name)
    for folder in [*dead, *_without_folder(layout)]:
        _end(folder, None)
    # It stays as long as it holds anything, and is empty where a run was stopped at its very start.
    with suppress(OSError):
        layout.staging.rmdir()
    return [folder.name for folder in dead]


def _without_folder(layout: Layout) -> list[Path]:
    """Returns the folders that runs which were stopped at their very start or end would have; their locks are there alone."""
    locks = inside(layout.root, STAGING, layout.root).glob(f"*{_LOCK}")
    folders = [path.with_name(path.name.removesuffix(_LOCK)) for path in locks]
    return [folder for folder in folders if _RUN.fullmatch(folder.name) and not folder.exists() and not lives(folder)]


def given_by_others(layout: Layout, but: Sequence[Path] = ()) -> set[str]:
    """Returns the names that runs under way have given, or are about to give, to files that no head refers to yet."""
    return {name for folder in others(layout) if folder not in but for name in _given(folder)}


def _given(folder: Path) -> list[str]:
    names = _read(folder / _GIVEN)
    return [name for name in names if isinstance(name, str)] if isinstance(names, list) else []


def wait_for_others(run: Run, dataset: str, traces: list[str | None], wait_s: float) -> None:
    """Announces which traces a run is about to write, and waits for a run that announced one of them before.

    Raises:
        UsageError: It is still at it after ``wait_s`` seconds.
    """
    run.announce(dataset, traces)
    until = time.monotonic() + wait_s
    while True:
        rival = next((found for folder in others(run.layout, run.folder) if (found := _rival(folder, run, dataset, traces))), None)
        if rival is None:
            return
        if time.monotonic() >= until:
            raise UsageError(f"{rival} in {run.layout.root}", "wait until it is done: --wait SECONDS")
        time.sleep(min(0.1, max(until - time.monotonic(), 0.0)))


def _rival(folder: Path, run: Run, dataset: str, traces: list[str | None]) -> str | None:
    """Returns who is writing one of the traces and came first, or None."""
    theirs, ours = _read(folder / _DOING), _read(run.folder / _DOING)
    try:
        shared = [trace for trace in traces if theirs["dataset"] == dataset and trace in theirs["traces"]]
        if not shared or (theirs["since"], folder.name) > (ours["since"], run.folder.name) or not lives(folder):
            return None
        since = dt.datetime.fromtimestamp(theirs["since"], dt.UTC)
        who = f"process {theirs['pid']} on {theirs['host']} has been writing {dataset}/{shared[0] or '*'} since {since:%H:%M:%S} UTC"
    except (TypeError, KeyError, ValueError, OverflowError):
        return None
    return who
