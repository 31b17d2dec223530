"""Which files a lake refers to, over all its heads."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress

from tracekit.errors import NothingMatchedError
from tracekit.lake.head import Head, numbers, read_number
from tracekit.lake.layout import Layout
from tracekit.lake.manifest import read_held


def names_of(layout: Layout, heads: Iterable[Head]) -> set[str]:
    """Returns the names of the manifests, and of all that these name, of some heads.

    Raises:
        DataError: A head or a manifest is damaged: what it names is not known.
    """
    held = {trace.manifest: trace for head in heads for trace in head.held}
    found = {name for head in heads for name in head.mappings.values()} | set(held)
    for trace in held.values():
        manifest = read_held(layout, trace)
        found |= {part.name for parts in manifest.parts.values() for part in parts}
        found |= {manifest.rejects.name} if manifest.rejects else set()
    return found


def all_heads(layout: Layout) -> list[Head]:
    """Returns every head of the log, the newest last."""
    found = []
    for number in numbers(layout):
        # Another process may be forgetting the oldest.
        with suppress(NothingMatchedError):
            found.append(read_number(layout, number))
    return found


def all_names(layout: Layout) -> set[str]:
    """Returns the names that any head of the log refers to."""
    return names_of(layout, all_heads(layout))
