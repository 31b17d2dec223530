"""A table of an SQLite file."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from tracekit.declare.checks import Text
from tracekit.ingest.format import Format, Place

if TYPE_CHECKING:
    from tracekit.ingest.plan import RawFile
    from tracekit.ingest.records import Records
    from tracekit.ingest.settings import Progress, Settings
    from tracekit.lake.manifest import Input


class Sqlite(Format, frozen=True, kw_only=True):
    """An SQLite file.

    Attributes:
        records: The table.
    """

    format: ClassVar[str] = "sqlite"
    magic: ClassVar[tuple[bytes, ...]] = (b"SQLite format 3\x00",)

    records: Text

    def columns_of(self, path: Path) -> tuple[str, ...]:
        """Returns the names of the table's columns."""
        from tracekit.ingest.read_sqlite import sqlite_columns

        return sqlite_columns(path, self.records)

    def misfit(self, header: tuple[str, ...], record: str) -> str | None:
        """Returns why a file with these columns is not of this kind, or None."""
        return super().misfit(header, record) if header else f"it has no table {self.records!r}"

    def read(self, file: RawFile, offset: int, entry: Input, settings: Settings, progress: Progress) -> Iterator[Records]:
        """Yields the table's rows batch by batch; see ``records.read_records``."""
        from tracekit.disk import hash_file
        from tracekit.ingest.read_sqlite import read_sqlite
        from tracekit.ingest.records import Records

        for frame, rejects, entry.records in read_sqlite(file, self.records, settings.limit, offset):
            yield Records(frame, rejects, None)
        progress(file, file.path.stat().st_size)
        entry.sha256 = hash_file(file.path)

    def find(self, path: Path, record: int) -> Place | None:
        """Returns a row as JSON; None where the table has fewer."""
        from tracekit.ingest.read_sqlite import find_row

        row = find_row(path, self.records, record)
        return None if row is None else Place(json.dumps(row, ensure_ascii=False, default=str))


KIND = Sqlite
