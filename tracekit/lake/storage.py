"""What a lake asks of the place it lies in: six verbs that a local folder, S3, GCS and Azure all offer.

The one thing that two writers may contend for is the next number of a log: whoever creates the object first has it. Creating an object
only where there is none is atomic everywhere; replacing one under a condition is not offered by every store.
"""

from __future__ import annotations

import errno
import os
import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Protocol

from tracekit.disk import sync
from tracekit.errors import TracekitError
from tracekit.paths import inside

# What link(2) says where the file system has no hard links.
_NO_LINKS = {errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS}
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
# From so many files on, one sync of the whole disk is faster than one of each file.
_MANY = 100
CLAIM = ".claim"
_PATIENCE_S = 5.0


@dataclass(frozen=True)
class Entry:
    """An object.

    Attributes:
        name: Its name, with forward slashes.
        bytes: Its size.
        modified: When it was written, in seconds since 1970.
    """

    name: str
    bytes: int
    modified: float


class Storage(Protocol):
    """Where a lake lies. Names are relative, with forward slashes, and checked to stay inside."""

    def list(self, folder: str) -> list[Entry]:
        """Returns the objects below a folder, by name; none where there is no such folder."""

    def get(self, name: str) -> bytes:
        """Returns an object's bytes; raises FileNotFoundError where there is none."""

    def put_new(self, name: str, data: bytes | Path) -> bool:
        """Creates an object; returns False, and leaves it alone, where there is one of the name. Durable from the next ``swap`` on."""

    def swap(self, log: str, former: int, data: bytes) -> bool:
        """Appends to a log of numbered objects if its newest is ``former``, durable, after all put before. False: another was faster."""

    def open_in(self, name: str) -> IO[bytes]:
        """Opens an object for reading."""

    def open_out(self, name: str) -> AbstractContextManager[IO[bytes]]:
        """Opens an object for writing; as ``put_new``, it is there when it is closed."""

    def delete(self, name: str) -> None:
        """Removes an object, if it is there."""


def is_full(error: BaseException) -> bool:
    """Whether an error, of whichever engine, says that no space is left: on the disk, of a quota, or of what a process may write."""
    if isinstance(error, OSError) and error.errno in _FULL:
        return True
    return any(os.strerror(code) in str(error) for code in _FULL)


def numbered(log: str, number: int) -> str:
    """Returns the name of a number in a log; names sort as their numbers do."""
    return f"{log}/{number:020d}.json"


class LocalStorage:
    """A folder.

    Args:
        root: The lake's folder.
        drafts: A folder on the same file system, where files are made before they get their name; needed for writing alone.

    Attributes:
        notes: What the file system lacks, in words for the user.
    """

    def __init__(self, root: Path, drafts: Path | None = None) -> None:
        self.notes: list[str] = []
        self._root = root
        self._drafts = drafts
        self._unsettled: dict[Path, None] = {}

    def path(self, name: str) -> Path:
        """Returns where an object lies."""
        return inside(self._root, name, self._root)

    def list(self, folder: str) -> list[Entry]:
        """Returns the objects below a folder, by name; links are not followed."""
        found = []
        for base, _, names in os.walk(self.path(folder)):
            for name in names:
                path = Path(base) / name
                # What another process removes meanwhile is not there.
                with suppress(FileNotFoundError):
                    about = path.lstat()
                    found.append(Entry(path.relative_to(self._root).as_posix(), about.st_size, about.st_mtime))
        return sorted(found, key=lambda entry: entry.name)

    def get(self, name: str) -> bytes:
        """Returns an object's bytes."""
        return self.path(name).read_bytes()

    def open_in(self, name: str) -> IO[bytes]:
        """Opens an object for reading."""
        return self.path(name).open("rb")

    @contextmanager
    def open_out(self, name: str) -> Iterator[IO[bytes]]:
        """Opens an object for writing; it is there once the block has ended without an error."""
        draft = self._draft()
        try:
            with draft.open("xb") as file:
                yield file
            self.put_new(name, draft)
        finally:
            draft.unlink(missing_ok=True)

    def put_new(self, name: str, data: bytes | Path) -> bool:
        """Creates an object from bytes, or from a file of the drafts, which may be linked to rather than copied."""
        target = self.path(name)
        if target.exists():
            # Named by its content, it may be what a writer is about to refer to: it is as young as its youngest user.
            os.utime(target)
            self._unsettled[target] = None
            return False
        self.make_folder(target.parent)
        draft = data if isinstance(data, Path) else self._written(data)
        try:
            made = self._link(draft, target)
        finally:
            if draft is not data:
                draft.unlink(missing_ok=True)
        self._unsettled |= {target: None, target.parent: None}
        return made

    def mend(self, name: str, data: bytes | Path) -> None:
        """Puts an object in the place of a damaged one of the same name."""
        draft = self._draft()
        if isinstance(data, Path):
            shutil.copyfile(data, draft)
        else:
            draft.write_bytes(data)
        sync(draft)
        draft.replace(self.path(name))

    def swap(self, log: str, former: int, data: bytes) -> bool:
        """Appends to a log, after everything put before is on disk."""
        self.settle()
        target = self.path(numbered(log, former + 1))
        self.make_folder(target.parent)
        draft = self._written(data)
        try:
            sync(draft)
            if not self._link(draft, target):
                return False
        finally:
            with suppress(OSError):
                draft.unlink(missing_ok=True)
        try:
            sync(target.parent)
            self.settle()
        except OSError as error:
            # The head is there: whoever reads sees it. What the disk has not confirmed is said, not taken back.
            self.notes.append(f"{target}: committed, but the disk did not confirm it: {error.strerror}")
        return True

    def delete(self, name: str) -> None:
        """Removes an object, and the folders that it leaves empty."""
        path = self.path(name)
        path.unlink(missing_ok=True)
        for folder in path.parents:
            if folder == self._root:
                break
            try:
                folder.rmdir()
            except OSError:
                break

    def _draft(self) -> Path:
        if self._drafts is None:
            raise TracekitError(f"{self._root} was opened for reading")
        return self._drafts / f"draft-{secrets.token_hex(8)}"

    def _written(self, data: bytes) -> Path:
        draft = self._draft()
        draft.write_bytes(data)
        return draft

    def make_folder(self, folder: Path) -> None:
        """Makes a folder and those above it, durable from the next ``swap`` on."""
        try:
            folder.mkdir()
        except FileExistsError:
            return
        except FileNotFoundError:
            self.make_folder(folder.parent)
            folder.mkdir(exist_ok=True)
        self._unsettled[folder.parent] = None

    def settle(self) -> None:
        """Brings what was put to disk: the files, then the folders that name them; ``swap`` does so by itself."""
        if len(self._unsettled) > _MANY and hasattr(os, "sync"):
            os.sync()
        else:
            for path in sorted(self._unsettled, key=lambda path: path.is_dir()):
                sync(path)
        self._unsettled = {}

    def _link(self, draft: Path, target: Path) -> bool:
        """Gives a draft its name, unless the name is taken."""
        try:
            os.link(draft, target)
        except FileExistsError:
            # Over NFS an answer may be lost and the call repeated: the name is taken, by ourselves.
            return target.samefile(draft)
        except OSError as error:
            if error.errno not in _NO_LINKS:
                raise
            return self._claim(draft, target)
        return True

    def _claim(self, draft: Path, target: Path) -> bool:
        """Gives a draft its name where there are no hard links: who creates the claim first may rename."""
        note = f"{self._root}: its file system has no hard links; a commit there is a claim and a rename"
        self.notes += [] if note in self.notes else [note]
        claim = target.with_name(target.name + CLAIM)
        until = time.monotonic() + _PATIENCE_S
        while True:
            try:
                os.close(os.open(claim, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
                break
            except FileExistsError:
                if target.exists():
                    return False
                if time.monotonic() > until:
                    fix = "tracekit check --repair, if no other process is writing to this lake"
                    raise TracekitError(f"{claim}: a writer claimed this name and never took it", fix) from None
                time.sleep(0.05)
        try:
            if target.exists():
                return False
            same = self._draft()
            shutil.copyfile(draft, same)
            sync(same)
            same.replace(target)
        finally:
            claim.unlink(missing_ok=True)
        return True
