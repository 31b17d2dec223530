"""Removes what stopped runs left in a lake."""

from __future__ import annotations

import time

from tracekit.errors import DataError
from tracekit.lake.drafts import clean, given_by_others
from tracekit.lake.former import former_names
from tracekit.lake.head import numbers
from tracekit.lake.layout import HEADS, Layout
from tracekit.lake.storage import CLAIM, LocalStorage
from tracekit.lake.verify import find_strays

# A claim is held for the time of a rename.
_CLAIM_S = 60.0


def repair(layout: Layout) -> list[str]:
    """Removes folders of dead runs, files that no head refers to, and claims that no run holds.

    Returns:
        What was done, in words.
    """
    storage = LocalStorage(layout.root)
    lines = [f"removed what a stopped run left: {name}" for name in clean(layout)]
    if not numbers(layout):
        return lines
    claims = [e for e in storage.list(HEADS) if e.name.endswith(CLAIM) and time.time() - e.modified > _CLAIM_S]
    for entry in claims:
        storage.delete(entry.name)
    lines += [f"removed the claim {entry.name}" for entry in claims]
    if left := former_names(layout):
        for name in left:
            storage.delete(name)
        lines.append(f"removed {len(left)} files of the former layout")
    try:
        strays = find_strays(layout)
    except DataError as error:
        return [*lines, f"kept files that no head may refer to: {error.message}"]
    busy = given_by_others(layout)
    gone = [entry for entry in strays if entry.name not in busy]
    for entry in gone:
        storage.delete(entry.name)
    return [*lines, *([f"removed {len(gone)} files that no head refers to, {sum(e.bytes for e in gone):,} bytes"] if gone else [])]
