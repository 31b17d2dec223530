"""Recognises what kind of a source's files a file is: by its path, its first bytes and the names of its columns."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any

from tracekit.errors import DataError
from tracekit.ingest.copies import Start, start_of
from tracekit.ingest.format import UNLIKE, Format, as_format, binary_formats
from tracekit.ingest.head import HEAD, read_head, refuse_what_has_no_lines
from tracekit.ingest.json_values import load_json
from tracekit.ingest.names import as_folders
from tracekit.ingest.raw import RawStream, plain_name, refuse_what_is_no_data
from tracekit.sources.files import TraceName
from tracekit.sources.hints import layout_hint
from tracekit.sources.model import Source


@dataclass(frozen=True)
class Recognised:
    """What a file was found to be.

    Attributes:
        kind: How it is read.
        trace: The trace that its path names.
        header: Column names as they stand in the file; of JSON lines, the keys of the first record.
        labels: What the path says of every record in it.
        start: What its first bytes tell of its content.
    """

    kind: Format
    trace: TraceName
    header: tuple[str, ...]
    labels: dict[str, str]
    start: Start


def _forms(shown: str, whole: str) -> list[Path]:
    """Returns the forms of a path in which patterns are looked for: patterns are written for trees, and some for archives."""
    return [Path(plain_name(text)) for text in (as_folders(shown), shown, as_folders(whole))]


def may_be_known(source: Source, shown: str, whole: str) -> bool:
    """Whether a file may be of the source, by its path; see ``recognise``."""
    return any(as_format(kind).may_have_any_name for kind in source.files) or bool(_kinds_of(source, shown, whole)[0])


def _kinds_of(source: Source, shown: str, whole: str) -> tuple[list[Format], Path]:
    """Returns the kinds that a file's path is of, and the path: as it was given, or else whole."""
    for place in _forms(shown, whole):
        if kinds := [as_format(kind) for kind in source.files if re.search(kind.path, place.as_posix())]:
            return kinds, place
    return [], place


class UnsureError(Exception):
    """The path of a file does not say what it is."""


def recognise(source: Source, path: Path, shown: str, whole: str, *, is_named: bool, by_path: bool = False) -> Recognised | None:
    """Recognises a file.

    Args:
        source: The dataset.
        path: Where the file lies.
        shown: Its path as the user gave it, ``archive!member`` inside an archive; patterns are looked for in it.
        whole: Its absolute path, should the user stand inside of a folder that patterns ask for.
        is_named: Whether the user named the file itself. It may bear any name then: its columns decide, where its path has nothing to say.
        by_path: Whether to believe the path of a file whose columns only an engine can tell; its header stays empty.

    Returns:
        What it is, or None: it is of no kind.

    Raises:
        DataError: It should be of a kind by its path, or was named, and is not; says why.
        UnsureError: ``by_path``, and its path does not say what it is.
    """
    kinds, place = _kinds_of(source, shown, whole)
    others = [as_format(kind) for kind in source.files]
    candidates = kinds or [kind for kind in others if kind.may_have_any_name or (is_named and kind.is_known_by_columns)]
    must_be = bool(kinds) or is_named
    if not candidates and not must_be:
        return None
    head, start = _start(path)
    binary = next((name for name, magic in binary_formats().items() if head.startswith(magic)), None)
    if binary is None and must_be:
        refuse_what_is_no_data(path, head)
        if all(kind.lines for kind in candidates):
            refuse_what_has_no_lines(shown, head)
    reasons = []
    document = cache(partial(_document, path, head))
    for kind in candidates:
        is_believed = by_path and kind.is_known_by_path
        if is_believed and not kinds:
            raise UnsureError
        header: tuple[str, ...] = ()
        reason = _other_format(kind, binary)
        if reason is None and not is_believed:
            header, reason = kind.fit(path, head, document)
        if reason is None and (must_be or header):
            return Recognised(kind, _trace(kind, place, whole), header, kind.labels_of(place), start)
        reasons += [reason] if reason else []
    if not reasons or not must_be:
        return None
    raise DataError(
        # What the header lacks says more than what the records do not look like.
        f"{path}: not a file of {source.id}: {min(reasons, key=lambda reason: (reason.startswith(UNLIKE), len(reason)))}",
        layout_hint(source.id),
    )


def _start(path: Path) -> tuple[bytes, Start]:
    """Returns the first bytes of a file, and what they tell of its content."""
    raw = RawStream(path)
    try:
        head = read_head(raw)
        return head, start_of(path, head, is_compressed=raw.is_compressed)
    finally:
        raw.close()


def _trace(kind: Format, place: Path, whole: str) -> TraceName:
    """Returns the trace that a path names; where it does not by its rule, the absolute path may."""
    trace = kind.trace_of(place)
    is_unsaid = trace.is_file_name and kind.trace is not None
    return kind.trace_of(Path(plain_name(as_folders(whole)))) if is_unsaid else trace


def _other_format(kind: Format, binary: str | None) -> str | None:
    """Returns that the first bytes of a file are those of another format, or None."""
    if binary == (kind.format if kind.magic else None):
        return None
    return f"it is {f'a {binary} file' if binary else 'text'}, and {kind.name} are {kind.format}"


def _document(path: Path, head: bytes) -> Any:
    """Returns a decoded JSON document, or why it is none; only one that the head does not hold whole is read again."""
    from tracekit.ingest.read_json import read_document

    try:
        return load_json(head.removeprefix(b"\xef\xbb\xbf")) if len(head) < HEAD else read_document(path)[0]
    except (ValueError, RecursionError) as error:
        return DataError(f"not a JSON document: {str(error).removeprefix('not JSON: ')}")
    except DataError as error:
        return DataError(error.message.removeprefix(f"{path}: "))
