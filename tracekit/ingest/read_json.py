"""Reads a JSON document whose records lie at a path within it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl

from tracekit.errors import DataError
from tracekit.ingest.formats.json import Document
from tracekit.ingest.json_values import frame_of, load_json, shown, values_of
from tracekit.ingest.plan import RawFile
from tracekit.ingest.raw import RawStream
from tracekit.ingest.read_csv import Reject

# A document is held in memory whole; data of any size comes as lines.
_LIMIT = 256 << 20
_KEY, _PARENT, _VALUE = "_key", "_parent", "_value"


def _at(value: Any, steps: list[str], keys: tuple[str, ...]) -> Iterator[Any]:
    """Yields what lies at a path below a value; ``keys`` are the names that stars stood for."""
    if steps and steps[0] == "*":
        if isinstance(value, dict):
            for name, inner in value.items():
                yield from _at(inner, steps[1:], (*keys, name)) if steps[1:] else [_named((*keys, name), inner)]
        elif isinstance(value, list):
            for inner in value:
                yield from _at(inner, steps[1:], keys) if steps[1:] else [_named(keys, inner) if keys else inner]
        else:
            raise KeyError("*")
    elif steps:
        if not isinstance(value, dict):
            raise KeyError(steps[0])
        yield from _at(value[steps[0]], steps[1:], keys)
    else:
        items = value if isinstance(value, list) else [value]
        yield from (_named(keys, item) for item in items) if keys else items


def _named(keys: tuple[str, ...], value: Any) -> dict[str, Any]:
    names = {_KEY: keys[-1], **({_PARENT: keys[-2]} if len(keys) > 1 else {})}
    return {**names, **value} if isinstance(value, dict) else {**names, _VALUE: value}


def records_of(document: Any, where: str) -> list[Any]:
    """Returns the records of a document.

    Args:
        document: The decoded document.
        where: The path to them: names and stars between dots, ``.`` for the document itself. A star stands for every value of an
            object or every item of a list; the last name that one stood for is the record's ``_key``, the one
            before it its ``_parent``, and a value that is no
            object its ``_value``. A path that ends at a list means its items, one that ends at an object is one record.

    Raises:
        KeyError: There is nothing at the path.
    """
    if where.startswith("*") and not isinstance(document, dict):
        # A list at the top has no names: its records are at ``.``, and here it is another file than the one expected.
        raise KeyError("*")
    return list(_at(document, [step for step in where.split(".") if step], ()))


def read_document(path: Path) -> tuple[Any, str]:
    """Returns a decoded document and its file's hash.

    Raises:
        DataError: It is not JSON, or too large.
    """
    raw = RawStream(path)
    try:
        text = raw.read(_LIMIT + 1)
        digest = raw.sha256()
    finally:
        raw.close()
    if len(text) > _LIMIT:
        raise DataError(f"{path}: a JSON document of more than {_LIMIT >> 20} MB")
    try:
        return load_json(text.removeprefix(b"\xef\xbb\xbf")), digest
    except ValueError as error:
        raise DataError(f"{path}: not a JSON document: {str(error).removeprefix('not JSON: ')}", "download it again") from error


def carried_by(document: Any, carry: dict[str, str]) -> dict[str, Any]:
    """Returns what every record of a document gets from it: names → values at the paths of ``carry``.

    Raises:
        KeyError: There is nothing at one of the paths.
    """
    return {name: _only(document, path) for name, path in carry.items()}


def _only(document: Any, path: str) -> Any:
    """Returns the one value at a path of names."""
    for step in path.split("."):
        if not isinstance(document, dict):
            raise KeyError(step)
        document = document[step]
    return document


def read_json(file: RawFile, kind: Document, limit: int | None, offset: int) -> tuple[pl.DataFrame, list[Reject], int, str]:
    """Reads a document.

    Args:
        file: The file.
        kind: What it is: says where the records are.
        limit: Take this many records at most.
        offset: Records of the trace before this file.

    Returns:
        The declared columns with ``source_row``; the records that are wrong; the number of records; the file's hash.

    Raises:
        DataError: It is not JSON, too large, or has no records where they should be.
    """
    document, digest = read_document(file.path)
    try:
        records = records_of(document, kind.records)[:limit]
        carried = carried_by(document, kind.carry)
    except KeyError as error:
        raise DataError(
            f"{file.path}: no records at {kind.records!r} in the document", "is this the file that the source names?"
        ) from error
    rejects, kept, numbers = [], [], []
    for number, record in enumerate(records, 1):
        found = values_of({**carried, **record} if carried and isinstance(record, dict) else record, file.kind.columns)
        if isinstance(found, str):
            rejects.append(Reject(number, number, found, shown(record)))
        else:
            kept.append(found)
            numbers.append(number + offset)
    return frame_of(kept, numbers, file.kind.columns), rejects, len(records), digest
