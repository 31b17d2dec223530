"""The commit: files get their names, are brought to disk, and one new head makes them the lake, all at once or not at all."""

from __future__ import annotations

import hashlib
import os
import socket
from dataclasses import dataclass, field
from pathlib import Path

from tracekit.disk import hash_file
from tracekit.errors import UsageError
from tracekit.lake.drafts import Run
from tracekit.lake.head import Head, Held, Key, numbers, read_head, read_number
from tracekit.lake.layout import HEADS, Layout, manifest_name, mapping_name
from tracekit.lake.manifest import Manifest


@dataclass
class Change:
    """What a run does to a lake.

    Attributes:
        did: In words, for the history.
        put: Manifests of the traces that come or are replaced.
        files: Name in the lake → prepared file, of all that these manifests name.
        gone: Traces that go.
        mappings: Dataset → text of the mapping that the lake keeps for it.
        by: Version of tracekit.
    """

    did: str
    put: list[Manifest] = field(default_factory=list)
    files: dict[str, Path] = field(default_factory=dict)
    gone: set[Key] = field(default_factory=set)
    mappings: dict[str, str] = field(default_factory=dict)
    by: str = ""

    @property
    def keys(self) -> list[Key]:
        """The traces concerned."""
        return [*((m.dataset, m.trace) for m in self.put), *self.gone]


def commit(run: Run, base: Head, change: Change) -> Head:
    """Makes a change to the lake.

    Args:
        run: The run that prepared it.
        base: The head that the run looked at.
        change: The change.

    Returns:
        The head that has it; where another run has made the same change meanwhile, its head.

    Raises:
        UsageError: Another run has changed one of the traces meanwhile, or holds rows of the dataset that these do not mix with.
        OSError: The disk is full or fails; the lake is as it was.
    """
    manifests = {(m.dataset, m.trace): m.to_json().encode("utf-8", "surrogateescape") for m in change.put}
    held = [Held(m.dataset, m.trace, manifest_name(m.dataset, m.trace, manifests[m.dataset, m.trace]), m.is_synthetic) for m in change.put]
    mappings = {dataset: text.encode() for dataset, text in change.mappings.items()}
    named = {dataset: mapping_name(dataset, content) for dataset, content in mappings.items()}
    content = {h.manifest: manifests[h.key] for h in held} | {named[dataset]: body for dataset, body in mappings.items()}
    run.give([*change.files, *content])
    for name, path in change.files.items():
        _put(run, name, path)
    for name, body in content.items():
        _put(run, name, body)
    by = f"tracekit {change.by}, process {os.getpid()} on {socket.gethostname()}"
    while True:
        newest = _newest(run.layout)
        _refuse_conflict(run.layout, base, newest, held, change.gone)
        following = newest.changed(held, change.gone, named, change.did, by)
        if (following.held, following.mappings) == (newest.held, newest.mappings) and newest.number:
            run.storage.settle()
            return newest
        if run.storage.swap(HEADS, newest.number, following.to_json()):
            run.notes += [note for note in run.storage.notes if note not in run.notes]
            return read_number(run.layout, following.number)


def _newest(layout: Layout) -> Head:
    known = numbers(layout)
    return read_number(layout, known[-1]) if known else read_head(Layout(layout.root))


def _put(run: Run, name: str, data: bytes | Path) -> None:
    """Creates an object named by its content; one that is there with other content was damaged, and is replaced."""
    if not run.storage.put_new(name, data):
        wanted = hashlib.sha256(data).hexdigest() if isinstance(data, bytes) else hash_file(data)
        if hash_file(run.storage.path(name)) != wanted:
            run.storage.mend(name, data)


def _refuse_conflict(layout: Layout, base: Head, newest: Head, held: list[Held], gone: set[Key]) -> None:
    kinds = {(h.dataset, h.is_synthetic) for h in newest.held if h.key not in gone}
    for ours in held:
        if (ours.dataset, not ours.is_synthetic) in kinds:
            kind = "real" if ours.is_synthetic else "synthetic"
            raise UsageError(
                f"{ours.dataset} holds {kind} traces in {layout.root}: other ones are not mixed in", "use another lake: --lake DIR"
            )
    wanted = {h.key: h.manifest for h in held}
    for key in [*wanted, *gone]:
        before, now = base.get(key), newest.get(key)
        name = now.manifest if now else None
        if name == (before.manifest if before else None) or name == wanted.get(key):
            continue
        raise UsageError(
            f"{key[0]}/{key[1] or 'every trace'} in {layout.root} was changed meanwhile by a run that was faster: "
            f"{_who(layout, newest, key)}; nothing of this one was kept",
            "tracekit history shows it; run this again, with --replace if it shall win",
        )


def _who(layout: Layout, newest: Head, key: Key) -> str:
    """Returns which head brought a trace to what it is."""
    head, now = newest, newest.get(key)
    known = set(numbers(layout))
    while head.former in known and head.former is not None:
        former = read_number(layout, head.former)
        if former.get(key) != now:
            break
        head = former
    return f"head {head.number} of {head.committed_at}, {head.did} ({head.by})"
