"""Keeps a path that a file names inside the folder that it may name: manifests, heads, releases and archives are written by others."""

from __future__ import annotations

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
    refused = DataError(
        f"{said_by}: it names the path {name!r}, which does not stay inside {root}",
        "the file is damaged or was not written by tracekit: nothing was read or written there",
    )
    if not isinstance(name, str) or not stays(name):
        raise refused
    path = root / PurePosixPath(name)
    try:
        is_inside = path.resolve().is_relative_to(root.resolve())
    except (OSError, RuntimeError) as error:
        raise refused from error
    if not is_inside:
        raise refused
    return path
