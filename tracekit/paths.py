"""Keeps a path that a file names inside the folder that it may name: manifests, heads, releases and archives are written by others."""

from __future__ import annotations

import os
import stat
from pathlib import Path, PurePosixPath

from tracekit.errors import DataError


def stays(name: str) -> bool:
    """Whether a relative path with forward slashes stays in its folder, links aside; ``inside`` looks at these as well."""
    pure = PurePosixPath(name)
    return bool(pure.parts) and not pure.is_absolute() and ".." not in pure.parts and "\0" not in name


def inside(root: Path, name: object, said_by: object) -> Path:
    """Returns ``root / name``; every path that comes from a file goes through here.

    Args:
        root: The folder that the path must stay in.
        name: A relative path with forward slashes, as it stands in the file.
        said_by: The file that says so, for the message.

    Returns:
        The path. Symbolic links below ``root`` are followed and must stay inside as well; what is not there yet may be made there.

    Raises:
        DataError: It is no text, is absolute, climbs out by ``..``, or a link on the way leads out.
    """
    if not isinstance(name, str) or not stays(name):
        raise _refused(root, name, said_by)
    path = root / PurePosixPath(name)
    # A lake of thousands of traces asks this tens of thousands of times: where there is no link, none leads out.
    if not _has_link(root, PurePosixPath(name).parts):
        return path
    real_root, real = os.path.realpath(root), os.path.realpath(path)
    if real != real_root and not real.startswith(real_root.rstrip(os.sep) + os.sep):
        raise _refused(root, name, said_by)
    return path


def _has_link(root: Path, parts: tuple[str, ...]) -> bool:
    """Whether a part of a path below a folder is a symbolic link; what is not there is none, nor is anything below it."""
    there = str(root)
    for part in parts:
        there = f"{there}{os.sep}{part}"
        try:
            if stat.S_ISLNK(os.lstat(there).st_mode):
                return True
        except (FileNotFoundError, NotADirectoryError):
            return False
        except OSError:
            # Whatever is there, it is looked at whole.
            return True
    return False


def _refused(root: Path, name: object, said_by: object) -> DataError:
    return DataError(
        f"{said_by}: it names the path {name!r}, which does not stay inside {root}",
        "the file is damaged or was not written by tracekit: nothing was read or written there",
    )
