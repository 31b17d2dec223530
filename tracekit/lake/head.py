"""The head: one small immutable object that names the manifests of a lake; the highest number of the log is what the lake is."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from tracekit.errors import DataError, NothingMatchedError, UsageError
from tracekit.lake.layout import HEADS, Layout
from tracekit.lake.storage import LocalStorage, numbered

FORM = 1
# (dataset, trace)
Key = tuple[str, str | None]


@dataclass(frozen=True)
class Held:
    """A trace of a lake.

    Attributes:
        dataset: Source id.
        trace: The trace; None: rows that hold for every trace of the dataset.
        manifest: Name of its manifest.
        is_synthetic: Whether its rows are of a sample.
    """

    dataset: str
    trace: str | None
    manifest: str
    is_synthetic: bool

    @property
    def key(self) -> Key:
        """Dataset and trace."""
        return self.dataset, self.trace


@dataclass(frozen=True)
class Head:
    """What a lake holds.

    Attributes:
        number: Its number in the log; 0: before the first commit, or a lake of the former layout.
        former: Number of the head that it replaced; None: it is the first.
        committed_at: When it was written, UTC.
        did: What made it, e.g. ``ingest burstgpt: a, b``.
        by: Version of tracekit, host and process that wrote it.
        held: Its traces, by dataset and trace.
        mappings: Dataset → name of the mapping that the lake keeps for it.
        fingerprint: SHA-256 of the object.
    """

    number: int = 0
    former: int | None = None
    committed_at: str = ""
    did: str = ""
    by: str = ""
    held: tuple[Held, ...] = ()
    mappings: dict[str, str] = field(default_factory=dict)
    fingerprint: str = ""

    def get(self, key: Key) -> Held | None:
        """Returns a trace of the lake, or None."""
        return self._by_key.get(key)

    @cached_property
    def _by_key(self) -> dict[Key, Held]:
        return {held.key: held for held in self.held}

    def to_json(self) -> bytes:
        """Returns the object."""
        body = {"form": FORM, **{k: v for k, v in asdict(self).items() if k != "fingerprint"}}
        return (json.dumps(body, indent=1, ensure_ascii=False) + "\n").encode("utf-8", "surrogateescape")

    def changed(self, put: list[Held], gone: set[Key], mappings: dict[str, str], did: str, by: str) -> Head:
        """Returns the head that follows this one."""
        kept = {key: held for key, held in self._by_key.items() if key not in gone} | {held.key: held for held in put}
        datasets = {dataset for dataset, _ in kept}
        return replace(
            self,
            number=self.number + 1,
            former=self.number or None,
            committed_at=dt.datetime.now(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
            did=did,
            by=by,
            held=tuple(kept[key] for key in sorted(kept, key=sort_key)),
            mappings={name: path for name, path in sorted({**self.mappings, **mappings}.items()) if name in datasets},
        )


def sort_key(key: Key) -> tuple[str, str]:
    """Returns what traces are ordered by."""
    return key[0], key[1] or ""


def parse_head(content: bytes, path: Path, number: int) -> Head:
    """Reads a head.

    Args:
        content: The object.
        path: Where it lies, for messages.
        number: Its number.

    Raises:
        DataError: It is no head, or one of a later tracekit.
    """
    try:
        body: dict[str, Any] = json.loads(content)
        form = body.pop("form")
        if form != FORM:
            raise DataError(f"{path}: a head of form {form!r}; this tracekit reads form {FORM}", "install a newer tracekit")
        held = tuple(Held(**entry) for entry in body.pop("held"))
        head = Head(**body, held=held, fingerprint=hashlib.sha256(content).hexdigest())
        texts = [head.committed_at, head.did, head.by, *(t for h in held for t in (h.dataset, h.manifest, h.trace or ""))]
        if not all(isinstance(text, str) for text in [*texts, *head.mappings, *head.mappings.values()]) or head.number != number:
            raise TypeError("a value is of another type, or its number is not that of its name")
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        fix = "put it back; or remove it, and the head before it is what the lake is: tracekit history lists them"
        raise DataError(f"{path}: not a head of a lake: {error}", fix) from error
    return head


def numbers(layout: Layout) -> list[int]:
    """Returns the numbers of the log, rising."""
    try:
        names = [path.name for path in layout.heads.iterdir()]
    except (FileNotFoundError, NotADirectoryError):
        return []
    stems = [name.removesuffix(".json") for name in names if name.endswith(".json")]
    return sorted(int(stem) for stem in stems if len(stem) == 20 and stem.isascii() and stem.isdigit())


def read_number(layout: Layout, number: int) -> Head:
    """Reads a head of the log.

    Raises:
        NothingMatchedError: The log has no such number, or no longer.
        DataError: It is damaged.
    """
    name = numbered(HEADS, number)
    try:
        content = LocalStorage(layout.root).get(name)
    except FileNotFoundError:
        raise NothingMatchedError(f"{layout.root} has no head {number}", "tracekit history lists them") from None
    return parse_head(content, layout.root / name, number)


def find_at(layout: Layout, at: int | str | dt.datetime | None) -> int:
    """Returns the number of a head.

    Args:
        layout: The lake.
        at: Its number; or an instant (UTC where it bears no zone): the newest head that was there then; None: the newest of all.

    Raises:
        NothingMatchedError: There is none.
        UsageError: It is neither a number nor an instant.
    """
    known = numbers(layout)
    if at is None:
        return known[-1] if known else 0
    if isinstance(at, str):
        try:
            at = int(at) if at.isdigit() else dt.datetime.fromisoformat(at)
        except ValueError:
            raise UsageError(f"{at!r} is neither the number of a head nor an instant", "tracekit history lists both") from None
    if isinstance(at, int):
        if at not in known:
            raise NothingMatchedError(f"{layout.root} has no head {at}", "tracekit history lists them")
        return at
    if not isinstance(at, dt.datetime):
        raise UsageError(f"{at!r} is neither the number of a head nor an instant", "tracekit history lists both")
    moment = at.replace(tzinfo=dt.UTC) if at.tzinfo is None else at
    there = [n for n in known if dt.datetime.fromisoformat(read_number(layout, n).committed_at) <= moment]
    if not there:
        raise NothingMatchedError(f"{layout.root} has no head of {moment.isoformat()} or before", "tracekit history lists them")
    return there[-1]


def read_head(layout: Layout) -> Head:
    """Returns the head that a lake is read at: the one of ``layout.at``, else the newest; an empty one where nothing was committed.

    Raises:
        NothingMatchedError: The lake has no such head.
        DataError: It is damaged.
    """
    from tracekit.lake.former import former_head, read_journal

    number = find_at(layout, layout.at)
    if not number:
        return former_head(layout)
    # A journal has no meaning beside a head; one that names files elsewhere is not let lie about.
    read_journal(layout)
    return read_number(layout, number)
