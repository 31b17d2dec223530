"""Reads a raw file of any format into blocks of typed records: one function per format, found by its name."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import polars as pl

from tracekit.errors import UsageError
from tracekit.ingest.blocks import TextBlock, TextBlocks
from tracekit.ingest.raw import hash_file
from tracekit.ingest.read_arrow import ArrowParser
from tracekit.ingest.read_csv import CsvParser, Reject
from tracekit.ingest.read_json import read_json
from tracekit.ingest.read_jsonl import JsonlParser
from tracekit.ingest.read_parquet import ParquetParser
from tracekit.ingest.read_pickle import read_pickle
from tracekit.ingest.read_sqlite import read_sqlite
from tracekit.ingest.read_text import TextParser
from tracekit.ingest.settings import untold
from tracekit.ingest.wide import melt
from tracekit.lake.manifest import Input

if TYPE_CHECKING:
    from tracekit.ingest.plan import RawFile
    from tracekit.ingest.settings import Progress, Settings


# A pickled list of numbers takes about so many times its bytes once it is loaded.
_UNPICKLED = 5


@dataclass(frozen=True)
class Records:
    """Parsed records of one block, and those that could not be parsed."""

    frame: pl.DataFrame
    rejects: list[Reject]
    block: TextBlock | None


_PARSERS: dict[str, Callable[[RawFile], CsvParser | JsonlParser | TextParser]] = {
    "csv": CsvParser,
    "jsonl": JsonlParser,
    "text": TextParser,
}


def _blocks(file: RawFile, settings: Settings) -> TextBlocks:
    return TextBlocks(
        file.path,
        header=file.kind.has_header,
        block_bytes=settings.block_bytes,
        align=file.kind.align,
        comment=file.kind.comment,
        limit=settings.limit,
        separator=file.kind.separator,
    )


def _lines(file: RawFile, offset: int, entry: Input, settings: Settings, progress: Progress) -> Iterator[Records]:
    parser = _PARSERS[file.kind.format](file)
    blocks = _blocks(file, settings)
    for block in blocks:
        frame, rejects = parser.parse(block, offset)
        entry.records += block.records
        entry.blank_lines += block.blank_lines
        for i, piece in enumerate(melt(frame, parser.wide) if isinstance(parser, CsvParser) and parser.wide else [frame]):
            yield Records(piece, [] if i else rejects, block)
        progress(file, block.consumed)
    entry.sha256 = blocks.sha256


def _document(file: RawFile, offset: int, entry: Input, settings: Settings, progress: Progress) -> Iterator[Records]:
    frame, rejects, entry.records, entry.sha256 = read_json(file, settings.limit, offset)
    progress(file, file.path.stat().st_size)
    yield Records(frame, rejects, None)


def _columns(file: RawFile, offset: int, entry: Input, settings: Settings, progress: Progress) -> Iterator[Records]:
    parser = ArrowParser if file.kind.format == "arrow" else ParquetParser
    reader = parser(file, settings.block_bytes, settings.limit)
    for frame, rejects in reader.parse(offset):
        entry.records = reader.records
        yield Records(frame, rejects, None)
        progress(file, reader.consumed)
    entry.sha256 = hash_file(file.path)


def _pickle(file: RawFile, offset: int, entry: Input, settings: Settings, progress: Progress) -> Iterator[Records]:
    size = file.path.stat().st_size
    if size * _UNPICKLED > settings.memory_limit:
        needed = -(-size * _UNPICKLED // 10**9)
        raise UsageError(
            f"{file.path}: a pickle is loaded whole, and {size / 1e9:.1f} GB of it take about {needed} GB",
            f"--memory-limit {needed}GB, on a machine that has so much",
        )
    for frame, rejects, entry.records, entry.sha256 in read_pickle(file, settings.limit, offset):
        yield Records(frame, rejects, None)
    progress(file, file.path.stat().st_size)


def _sqlite(file: RawFile, offset: int, entry: Input, settings: Settings, progress: Progress) -> Iterator[Records]:
    for frame, rejects, entry.records in read_sqlite(file, settings.limit, offset):
        yield Records(frame, rejects, None)
    progress(file, file.path.stat().st_size)
    entry.sha256 = hash_file(file.path)


_Reader = Callable[["RawFile", int, "Input", "Settings", "Progress"], Iterator[Records]]
_READERS: dict[str, _Reader] = {
    "csv": _lines,
    "jsonl": _lines,
    "text": _lines,
    "json": _document,
    "parquet": _columns,
    "arrow": _columns,
    "pickle": _pickle,
    "sqlite": _sqlite,
}


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
    for records in _READERS[file.kind.format](file, offset, entry, settings, progress):
        yield replace(records, frame=records.frame.with_columns(labels))


def count_records(file: RawFile, settings: Settings) -> int:
    """Returns how many records a file has, or how many of them ``settings`` takes; of files of lines without parsing them."""
    entry = Input(file.name, "", file.kind.name, 0, "")
    if file.kind.format in _PARSERS:
        return sum(block.records for block in _blocks(file, settings))
    for _ in read_records(file, 0, entry, settings, untold):
        pass
    return entry.records
