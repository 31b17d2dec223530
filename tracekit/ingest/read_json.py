"""Reads a JSON document whose records are the values of an object or the items of a list."""

from __future__ import annotations

import json
from typing import Any

import polars as pl

from tracekit.errors import DataError
from tracekit.ingest.plan import RawFile
from tracekit.ingest.raw import RawStream
from tracekit.ingest.read_csv import RECORD, Reject
from tracekit.schema.polars import DTYPES
from tracekit.sources.model import RawColumn

# A document is held in memory whole; data of any size comes as lines.
_LIMIT = 256 << 20
_KEY = "_key"
_PYTHON: dict[str, tuple[type, ...]] = {"BIGINT": (int,), "DOUBLE": (int, float), "VARCHAR": (str,), "BOOLEAN": (bool,)}


def _records(document: Any, where: str, path: str) -> list[dict[str, Any]]:
    if where == "*" and isinstance(document, dict):
        return [{_KEY: key, **(value if isinstance(value, dict) else {})} for key, value in document.items()]
    if isinstance(document, dict) and isinstance(document.get(where), list):
        found: list[dict[str, Any]] = document[where]
        return found
    raise DataError(f"{path}: no records at {where!r} in the document", "is this the file that the source names?")


def _check(record: dict[str, Any], columns: tuple[RawColumn, ...]) -> str | None:
    for column in columns:
        value = record.get(column.name)
        if value is None:
            if column.required or (not column.optional and column.name not in record):
                return f"{column.name!r} is missing"
        elif column.type in _PYTHON and (
            not isinstance(value, _PYTHON[column.type]) or (isinstance(value, bool) and column.type != "BOOLEAN")
        ):
            return f"{column.name!r}: {str(value)[:80]!r} is not {column.type}"
    return None


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
    rejects, kept = [], []
    for number, record in enumerate(records, 1):
        if reason := _check(record, file.kind.columns):
            rejects.append(Reject(number, number, reason, json.dumps(record, ensure_ascii=False)))
        else:
            kept.append([record.get(c.name) for c in file.kind.columns] + [number + offset])
    schema = {c.name: DTYPES[c.type] for c in file.kind.columns} | {RECORD: pl.Int64()}
    return pl.DataFrame(kept, schema=schema, orient="row"), rejects, len(records), digest
