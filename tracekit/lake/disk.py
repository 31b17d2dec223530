"""What the disk of a lake can and cannot do, in words."""

from __future__ import annotations

import os
from pathlib import Path

from tracekit.lake.layout import Layout

_NETWORK = ("nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "ceph", "glusterfs", "lustre", "afs")
# Folders made to look like a file system over object stores: a rename there is a copy and a removal.
_NO_RENAME = ("fuse.s3fs", "fuse.gcsfuse", "fuse.goofys", "fuse.geesefs", "fuse.mount-s3", "fuse.blobfuse2", "fuse.rclone")
_NO_LINKS = ("vfat", "exfat", "msdos")


def file_system(path: Path) -> str | None:
    """Returns the kind of file system that a folder lies on, as the kernel names it; None where it is not known."""
    try:
        mounts = Path("/proc/self/mounts").read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    except OSError:
        return None
    real = str(path.resolve())
    best: tuple[int, str] = (-1, "")
    for line in mounts:
        fields = line.split()
        if len(fields) > 2:
            point = fields[1].encode("utf-8", "surrogateescape").decode("unicode_escape") if "\\" in fields[1] else fields[1]
            if (real == point or real.startswith(point.rstrip("/") + "/")) and len(point) >= best[0]:
                best = (len(point), fields[2])
    return best[1] or None


def limits(layout: Layout) -> list[str]:
    """Returns what cannot be relied on where the lake lies; nothing where all is well."""
    kind = file_system(layout.root)
    notes = []
    if not is_writable(layout):
        notes.append(
            f"{layout.root} cannot be written to: queries answer; the catalog is not rebuilt, and nothing is repaired, added or removed"
        )
    if kind in _NETWORK:
        notes.append(
            f"{layout.root} is on {kind}: commits need no locks there; whether another run is alive is judged by its host and process alone"
        )
    if kind in _NO_RENAME:
        notes.append(
            f"{layout.root} is on {kind}, which does not rename atomically: have one process write at a time, and none read meanwhile"
        )
    if kind in _NO_LINKS:
        notes.append(f"{layout.root} is on {kind}, which has no hard links: a commit there is a claim and a rename")
    return notes


def is_writable(layout: Layout) -> bool:
    """Whether the lake's folder may be written to."""
    return os.access(layout.root, os.W_OK)
