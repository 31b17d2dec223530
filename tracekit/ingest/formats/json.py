"""One JSON document, whose records are at a path within it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import msgspec

from tracekit.errors import DataError
from tracekit.ingest.format import Format, Place
from tracekit.ingest.json_values import values_of

if TYPE_CHECKING:
    from tracekit.ingest.plan import RawFile
    from tracekit.ingest.records import Records
    from tracekit.ingest.settings import Progress, Settings
    from tracekit.lake.manifest import Input

# So many records of a document say whether it is of a kind.
_ENOUGH = 20


class Document(Format, frozen=True, kw_only=True):
    """A JSON document.

    Attributes:
        records: Where the records are: ``*`` (values of the object, keyed), ``.`` (the document is one record, or the list of them), or a
            path of names and stars between dots.
        carry: Names that every record gets → where their values are in the document, as a path of names between dots.
    """

    format: ClassVar[str] = "json"

    records: str = "*"
    carry: dict[str, str] = msgspec.field(default_factory=dict)

    @property
    def is_known_by_path(self) -> bool:
        """A document is read whole before it says what it is."""
        return True

    def fit(self, path: Path, head: bytes, document: Any) -> tuple[tuple[str, ...], str | None]:
        """Returns no columns, and why a document is not of this kind, or None."""
        from tracekit.ingest.read_json import carried_by, records_of

        found = document()
        if isinstance(found, DataError):
            return (), found.message
        try:
            records = records_of(found, self.records)
        except KeyError:
            return (), f"it has no records at {self.records!r}"
        try:
            carried_by(found, self.carry)
        except KeyError as error:
            return (), f"it has no {error.args[0]!r} for its records"
        columns = tuple(column for column in self.columns if column.name not in self.carry)
        reasons = [values_of(record, columns) for record in records[:_ENOUGH]]
        # A value of another type is a record's fault; a name that none of them has is another kind of document.
        missing = [reason for reason in reasons if isinstance(reason, str) and reason.endswith("is missing")]
        return (), f"in its records {missing[0]}" if missing and len(missing) == len(reasons) else None

    def read(self, file: RawFile, offset: int, entry: Input, settings: Settings, progress: Progress) -> Iterator[Records]:
        """Yields the document's records in one piece; see ``records.read_records``."""
        from tracekit.ingest.read_json import read_json
        from tracekit.ingest.records import Records

        frame, rejects, entry.records, entry.sha256 = read_json(file, self, settings.limit, offset)
        progress(file, file.path.stat().st_size)
        yield Records(frame, rejects, None)

    def find(self, path: Path, record: int) -> Place | None:
        """Returns a record as it stands in the document; None where it has fewer."""
        from tracekit.ingest.read_json import read_document, records_of

        records = records_of(read_document(path)[0], self.records)
        return Place(json.dumps(records[record - 1], ensure_ascii=False, indent=1)) if record <= len(records) else None


KIND = Document
