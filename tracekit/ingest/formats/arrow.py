"""Arrow IPC, as a file or as a stream."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from tracekit.ingest.format import Place
from tracekit.ingest.formats.parquet import Parquet

if TYPE_CHECKING:
    from tracekit.ingest.plan import RawFile
    from tracekit.ingest.read_parquet import ParquetParser
    from tracekit.ingest.settings import Settings


class Arrow(Parquet, frozen=True, kw_only=True):
    """An Arrow file, whose columns say what they are as those of Parquet do."""

    format: ClassVar[str] = "arrow"
    # A file begins with its name, a stream with the mark of its first message.
    magic: ClassVar[tuple[bytes, ...]] = (b"ARROW1", b"\xff\xff\xff\xff")

    def columns_of(self, path: Path) -> tuple[str, ...]:
        """Returns the names of a file's columns."""
        from tracekit.ingest.read_arrow import arrow_columns

        return arrow_columns(path)

    def parser(self, file: RawFile, settings: Settings) -> ParquetParser:
        """Returns what reads a file batch by batch."""
        from tracekit.ingest.read_arrow import ArrowParser

        return ArrowParser(file, settings.block_bytes, settings.limit)

    def find(self, path: Path, record: int) -> Place | None:
        """Returns a row as JSON; None where the file has fewer."""
        import polars as pl

        from tracekit.ingest.read_arrow import read_arrow

        row = pl.DataFrame(read_arrow(path).slice(record - 1, 1)).to_dicts()
        return Place(json.dumps(row[0], ensure_ascii=False, indent=1, default=str)) if row else None


KIND = Arrow
