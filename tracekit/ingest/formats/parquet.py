"""Parquet."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from tracekit.ingest.format import Format, Place

if TYPE_CHECKING:
    from tracekit.ingest.plan import RawFile
    from tracekit.ingest.read_parquet import ParquetParser
    from tracekit.ingest.records import Records
    from tracekit.ingest.settings import Progress, Settings
    from tracekit.lake.manifest import Input


class Parquet(Format, frozen=True, kw_only=True):
    """A Parquet file; a column that says its own unit of time is obeyed, where ``logical`` says what it becomes."""

    format: ClassVar[str] = "parquet"
    magic: ClassVar[tuple[bytes, ...]] = (b"PAR1",)

    def columns_of(self, path: Path) -> tuple[str, ...]:
        """Returns the names of a file's columns."""
        from tracekit.ingest.read_parquet import parquet_columns

        return parquet_columns(path)

    def parser(self, file: RawFile, settings: Settings) -> ParquetParser:
        """Returns what reads a file batch by batch."""
        from tracekit.ingest.read_parquet import ParquetParser

        return ParquetParser(file, settings.block_bytes, settings.limit)

    def read(self, file: RawFile, offset: int, entry: Input, settings: Settings, progress: Progress) -> Iterator[Records]:
        """Yields a file's records batch by batch; see ``records.read_records``."""
        from tracekit.disk import hash_file
        from tracekit.ingest.records import Records

        reader = self.parser(file, settings)
        for frame, rejects in reader.parse(offset):
            entry.records = reader.records
            yield Records(frame, rejects, None)
            progress(file, reader.consumed)
        entry.sha256 = hash_file(file.path)

    def find(self, path: Path, record: int) -> Place | None:
        """Returns a row as JSON; None where the file has fewer."""
        import polars as pl

        row = pl.scan_parquet(path, glob=False).slice(record - 1, 1).collect().to_dicts()
        return Place(json.dumps(row[0], ensure_ascii=False, indent=1, default=str)) if row else None


KIND = Parquet
