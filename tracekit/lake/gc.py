"""Forgets old heads, and removes what no head refers to any more."""

from __future__ import annotations

import datetime as dt
import time
from dataclasses import dataclass, field
from itertools import pairwise

from tracekit.lake.drafts import clean, given_by_others
from tracekit.lake.head import numbers
from tracekit.lake.layout import HEADS, Layout
from tracekit.lake.names import all_heads
from tracekit.lake.storage import LocalStorage, numbered
from tracekit.lake.verify import find_strays


@dataclass
class Removed:
    """What was, or would be, removed.

    Attributes:
        heads: Numbers of the heads that are forgotten.
        names: Files.
        bytes: What they take.
    """

    heads: list[int] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    bytes: int = 0


def collect(layout: Layout, grace_s: float, *, dry_run: bool = False) -> Removed:
    """Forgets the heads that were replaced more than some time ago, and removes the files that only they, or none, referred to.

    Args:
        layout: The lake.
        grace_s: A reader or a writer that started within so many seconds keeps what it looks at.
        dry_run: Only say what would be removed.

    Raises:
        DataError: A head or a manifest that stays is damaged, so that it is not known what it refers to; nothing is removed.
    """
    now = time.time()
    if not dry_run:
        clean(layout)
    heads = all_heads(layout)
    old = {head.number for head, next_one in pairwise(heads) if now - _seconds(next_one.committed_at) > grace_s}
    kept = [head for head in heads if head.number not in old]
    strays = [entry for entry in find_strays(layout, kept) if now - entry.modified > grace_s and entry.name not in given_by_others(layout)]
    removed = Removed(sorted(old), [entry.name for entry in strays], sum(entry.bytes for entry in strays))
    if dry_run or not numbers(layout):
        return removed
    storage = LocalStorage(layout.root)
    # Oldest first: stopped halfway, the log still ends where it ended.
    for number in removed.heads:
        storage.delete(numbered(HEADS, number))
    for name in removed.names:
        storage.delete(name)
    return removed


def _seconds(instant: str) -> float:
    return dt.datetime.fromisoformat(instant).timestamp()
