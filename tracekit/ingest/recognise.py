"""Recognises what kind of a source's files a file is: by its path, its first bytes and the names of its columns."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any

from tracekit.errors import DataError
from tracekit.ingest.copies import Start, start_of
from tracekit.ingest.head import HEAD, first_lines, read_head, refuse_what_has_no_lines
from tracekit.ingest.json_values import load_json, values_of
from tracekit.ingest.magic import ARROW, PARQUET, PICKLE, SQLITE
from tracekit.ingest.names import as_folders
from tracekit.ingest.raw import RawStream, plain_name, refuse_what_is_no_data
from tracekit.ingest.wide import wide_columns
from tracekit.sources.hints import layout_hint
from tracekit.sources.model import FileKind, Source, TraceName

_UNLIKE = "the first record does not look like"
# So many records of a document say whether it is of a kind.
_ENOUGH = 20
# Formats that are no text, by the bytes that such a file starts with.
_BINARY: dict[str, bytes | tuple[bytes, ...]] = {"parquet": PARQUET, "arrow": ARROW, "sqlite": SQLITE, "pickle": PICKLE}


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

    kind: FileKind
    trace: TraceName
    header: tuple[str, ...]
    labels: dict[str, str]
    start: Start


def columns_of(path: Path, kind: FileKind) -> tuple[str, ...]:
    """Returns the names of the columns of a file that is no text; none for text. What reads such files is imported here alone."""
    if kind.format == "parquet":
        from tracekit.ingest.read_parquet import parquet_columns

        return parquet_columns(path)
    if kind.format == "arrow":
        from tracekit.ingest.read_arrow import arrow_columns

        return arrow_columns(path)
    if kind.format == "sqlite":
        from tracekit.ingest.read_sqlite import sqlite_columns

        return sqlite_columns(path, kind.records or "")
    # Of a pickle, only loading tells its columns.
    return ()


def is_known_by_path(kind: FileKind) -> bool:
    """Whether ``recognise`` with ``by_path`` leaves the content of such a file unlooked at."""
    return kind.format in _BINARY or kind.format == "json"


def _misfit(kind: FileKind, header: tuple[str, ...], record: str) -> str | None:
    """Returns why a file is not of a kind, or None."""
    if kind.format == "jsonl" and record and not record.lstrip().startswith("{"):
        return "its first line is no JSON object"
    if kind.format == "sqlite" and not header:
        return f"it has no table {kind.records!r}"
    # A first record that is broken, or longer than the head, says nothing: it is read, and judged line by line.
    if header:
        missing = [c.name for c in kind.columns if not c.optional and c.name not in header]
        if missing:
            where = "first record" if kind.format == "jsonl" else "header"
            return f"column {', '.join(repr(m) for m in missing)} is missing; the {where} has {', '.join(header)[:300]}"
        if kind.any_of and not set(kind.any_of) & set(header):
            return f"it has none of the columns {', '.join(kind.any_of[:6])}, …; the header has {', '.join(header)[:300]}"
        if twice := sorted(name for name, times in Counter(header).items() if times > 1):
            return f"column {twice[0]!r} stands twice in the header"
    if kind.wide and header and not wide_columns(kind, header):
        return f"no column is a cell of a series; the header has {', '.join(header)[:300]}"
    if kind.line and record and not re.search(kind.line, record):
        return f"{_UNLIKE} {kind.text}"
    return None


def _forms(shown: str, whole: str) -> list[Path]:
    """Returns the forms of a path in which patterns are looked for: patterns are written for trees, and some for archives."""
    return [Path(plain_name(text)) for text in (as_folders(shown), shown, as_folders(whole))]


def may_be_known(source: Source, shown: str, whole: str) -> bool:
    """Whether a file may be of the source, by its path; see ``recognise``."""
    return any(kind.by_columns for kind in source.files) or bool(_kinds_of(source, shown, whole)[0])


def _kinds_of(source: Source, shown: str, whole: str) -> tuple[list[FileKind], Path]:
    """Returns the kinds that a file's path is of, and the path: as it was given, or else whole."""
    for place in _forms(shown, whole):
        if kinds := [kind for kind in source.files if re.search(kind.path, place.as_posix())]:
            return kinds, place
    return [], place


def _may_bear_any_name(kind: FileKind) -> bool:
    """Whether the columns of a file are enough to know its kind, and its path says nothing of its records."""
    return (kind.has_header or kind.format == "jsonl") and "(?P<" not in kind.path


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
    candidates = kinds or [kind for kind in source.files if kind.by_columns or (is_named and _may_bear_any_name(kind))]
    must_be = bool(kinds) or is_named
    if not candidates and not must_be:
        return None
    raw = RawStream(path)
    try:
        head = read_head(raw)
        start = start_of(path, head, is_compressed=raw.is_compressed)
    finally:
        raw.close()
    binary = next((name for name, magic in _BINARY.items() if head.startswith(magic)), None)
    if binary is None and must_be:
        refuse_what_is_no_data(path, head)
        if all(kind.is_lines for kind in candidates):
            refuse_what_has_no_lines(shown, head)
    reasons = []
    document = cache(partial(_document, path, head))
    for kind in candidates:
        if by_path and not kinds and is_known_by_path(kind):
            raise UnsureError
        is_document = kind.format == "json" and binary is None and not by_path
        header, reason = _document_fit(kind, document) if is_document else _fit(kind, path, head, binary, by_path=by_path)
        if reason is None and (must_be or header):
            trace = kind.trace_of(place)
            if trace.is_file_name and kind.trace is not None:
                trace = kind.trace_of(Path(plain_name(as_folders(whole))))
            return Recognised(kind, trace, header, kind.labels_of(place), start)
        reasons += [reason] if reason else []
    if not reasons or not must_be:
        return None
    raise DataError(
        # What the header lacks says more than what the records do not look like.
        f"{path}: not a file of {source.id}: {min(reasons, key=lambda reason: (reason.startswith(_UNLIKE), len(reason)))}",
        layout_hint(source.id),
    )


def _fit(kind: FileKind, path: Path, head: bytes, binary: str | None, *, by_path: bool) -> tuple[tuple[str, ...], str | None]:
    """Returns the names of a file's columns, and why it is not of a kind, or None."""
    if binary != (kind.format if kind.format in _BINARY else None):
        return (), f"it is {f'a {binary} file' if binary else 'text'}, and {kind.name} are {kind.format}"
    if by_path and is_known_by_path(kind):
        return (), None
    header, record = (columns_of(path, kind), "") if binary else first_lines(head, kind) if kind.is_lines else ((), "")
    return header, _misfit(kind, header, record)


def _document(path: Path, head: bytes) -> Any:
    """Returns a decoded JSON document, or why it is none; only one that the head does not hold whole is read again."""
    from tracekit.ingest.read_json import read_document

    try:
        return load_json(head.removeprefix(b"\xef\xbb\xbf")) if len(head) < HEAD else read_document(path)[0]
    except (ValueError, RecursionError) as error:
        return DataError(f"not a JSON document: {str(error).removeprefix('not JSON: ')}")
    except DataError as error:
        return DataError(error.message.removeprefix(f"{path}: "))


def _document_fit(kind: FileKind, read: Callable[[], Any]) -> tuple[tuple[str, ...], str | None]:
    """Returns no columns, and why a JSON document is not of a kind, or None."""
    from tracekit.ingest.read_json import carried_by, records_of

    document = read()
    if isinstance(document, DataError):
        return (), document.message
    try:
        records = records_of(document, kind.records or "*")
    except KeyError:
        return (), f"it has no records at {kind.records or '*'!r}"
    try:
        carried_by(document, kind)
    except KeyError as error:
        return (), f"it has no {error.args[0]!r} for its records"
    columns = tuple(column for column in kind.columns if column.name not in (kind.carry or {}))
    reasons = [values_of(record, columns) for record in records[:_ENOUGH]]
    # A value of another type is a record's fault; a name that none of them has is another kind of document.
    missing = [reason for reason in reasons if isinstance(reason, str) and reason.endswith("is missing")]
    return (), f"in its records {missing[0]}" if missing and len(missing) == len(reasons) else None
