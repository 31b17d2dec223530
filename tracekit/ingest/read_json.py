"""Reads a JSON document whose records are the values of an object or the items of a list."""

from __future__ import annotations

import json
from typing import Any

import polars as pl

from tracekit.errors import DataError
from tracekit.ingest.json_values import frame_of, values_of
from tracekit.ingest.plan import RawFile
from tracekit.ingest.raw import RawStream
from tracekit.ingest.read_csv import Reject

# A document is held in memory whole; data of any size comes as lines.
_LIMIT = 256 << 20
_KEY = "_key"


def _records(document: Any, where: str, path: str) -> list[dict[str, Any]]:
    if where == "*" and isinstance(document, dict):
        return [{_KEY: key, **(value if isinstance(value, dict) else {})} for key, value in document.items()]
    if isinstance(document, dict) and isinstance(document.get(where), list):
        found: list[dict[str, Any]] = document[where]
        return found
    raise DataError(f"{path}: no records at {where!r} in the document", "is this the file that the source names?")


def read_json(file: RawFile, limit: int | None, offset: int) -> tuple[pl.DataFrame, list[Reject], int, str]:
    """Reads a document.

    Args:
        file: The file; its kind says where the records are.
        limit: Take this many records at most.
        offset: Records of the trace before this file.

    Returns:
        The declared columns with ``source_row``; the records that are wrong; the number of records; the file's hash.

    Raises:
        DataError: It is not JSON, too large, or has no records where they should be.
    """
    raw = RawStream(file.path)
    try:
        text = raw.read(_LIMIT + 1)
        digest = raw.sha256()
    finally:
        raw.close()
    if len(text) > _LIMIT:
        raise DataError(f"{file.path}: a JSON document of more than {_LIMIT >> 20} MB")
    try:
        document = json.loads(text.removeprefix(b"\xef\xbb\xbf"))
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise DataError(f"{file.path}: not a JSON document: {error}", "download it again") from error
    records = _records(document, file.kind.records or "*", str(file.path))[:limit]
    rejects, kept, numbers = [], [], []
    for number, record in enumerate(records, 1):
        found = values_of(record, file.kind.columns)
        if isinstance(found, str):
            rejects.append(Reject(number, number, found, json.dumps(record, ensure_ascii=False)))
        else:
            kept.append(found)
            numbers.append(number + offset)
    return frame_of(kept, numbers, file.kind.columns), rejects, len(records), digest
