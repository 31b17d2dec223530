"""Reads a raw file of any format into blocks of typed records."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import polars as pl

from tracekit.ingest.blocks import TextBlock, TextBlocks
from tracekit.ingest.read_csv import Reject
from tracekit.ingest.settings import untold
from tracekit.lake.manifest import Input
from tracekit.sources.files import Lines

if TYPE_CHECKING:
    from tracekit.ingest.plan import RawFile
    from tracekit.ingest.settings import Progress, Settings


@dataclass(frozen=True)
class Records:
    """Parsed records of one block, and those that could not be parsed."""

    frame: pl.DataFrame
    rejects: list[Reject]
    block: TextBlock | None


def blocks_of(file: RawFile, settings: Settings) -> TextBlocks:
    """Returns the blocks of a file of lines."""
    return TextBlocks(file.path, file.kind.lines or Lines(), block_bytes=settings.block_bytes, limit=settings.limit)


def read_records(file: RawFile, offset: int, entry: Input, settings: Settings, progress: Progress) -> Iterator[Records]:
    """Yields a file's records block by block.

    Args:
        file: The file; its kind says how it is read.
        offset: Records of the trace before this file: ``source_row`` counts over the trace's files.
        entry: The file's entry in the manifest; gets what only reading tells: records, blank lines and, at the end, the hash.
        settings: Size of a block, and how many records to take at most.
        progress: Told the bytes read so far.

    Yields:
        The declared columns with ``source_row`` and what the path says of every record, and the records that could not be parsed.
    """
    labels = [pl.lit(value).alias(name) for name, value in file.labels.items()]
    for records in file.kind.read(file, offset, entry, settings, progress):
        yield replace(records, frame=records.frame.with_columns(labels))


def count_records(file: RawFile, settings: Settings) -> int:
    """Returns how many records a file has, or how many of them ``settings`` takes; of files of lines without parsing them."""
    entry = Input(file.name, "", file.kind.name, 0, "")
    if file.kind.lines is not None:
        return sum(block.records for block in blocks_of(file, settings))
    for _ in read_records(file, 0, entry, settings, untold):
        pass
    return entry.records
