"""Files as they lie on disk: their hash, and bringing them there."""

from __future__ import annotations

import errno
import hashlib
import os
from pathlib import Path


def hash_file(path: Path) -> str:
    """Returns the SHA-256 of a file on disk."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sync(path: Path) -> None:
    """Brings a file, or a folder's list of names, to disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        # Some file systems cannot sync a folder, and say so; what they can do is done.
        if error.errno not in (errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP) or not path.is_dir():
            raise
    finally:
        os.close(descriptor)
