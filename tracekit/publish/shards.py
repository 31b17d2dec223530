"""Writes the rows of a table as shards: one pinned writer, fixed row groups, a page index, content-defined chunks."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from tracekit.disk import hash_file
from tracekit.ingest.write import ROW_GROUP, ParquetSink
from tracekit.publish.content import ContentHash
from tracekit.publish.model import MOST_SHARD_BYTES

# Page index: the Hub's viewer reads pages, not groups. Content-defined chunks: an inserted row moves few pages of the next version.
WRITER = {"version": "2.6", "write_page_index": True, "use_content_defined_chunking": True}


@dataclass(frozen=True)
class Shard:
    """A Parquet file of a release.

    Attributes:
        path: Relative to the release.
        rows: Its rows.
        bytes: Its size.
        raw_bytes: Size of its columns before compression.
        sha256: Its hash.
    """

    path: str
    rows: int
    bytes: int
    raw_bytes: int
    sha256: str


@dataclass(frozen=True)
class Config:
    """A table of a release, as readers name it.

    Attributes:
        name: Name and folder.
        text: What it holds.
        schema: Its columns; every field has description and unit.
        shards: Its files, in order.
        content: Hash of its rows, whatever wrote them.
        unknown: Columns in which some value is unknown.
    """

    name: str
    text: str
    schema: pa.Schema
    shards: list[Shard]
    content: str
    unknown: frozenset[str]

    @property
    def rows(self) -> int:
        """Number of its rows."""
        return sum(shard.rows for shard in self.shards)

    @property
    def bytes(self) -> int:
        """Size of its files."""
        return sum(shard.bytes for shard in self.shards)


def count_shards(rows: int, size: int, shard_bytes: int) -> int:
    """Returns how many shards rows of a size make; whole row groups each."""
    return max(1, min(math.ceil(rows / ROW_GROUP), round(size / shard_bytes)))


def write_config(
    root: Path,
    name: str,
    stem: str,
    text: str,
    schema: pa.Schema,
    rows: int,
    size: int,
    read: Callable[[], Iterable[pa.Table]],
    shard_bytes: int,
) -> Config:
    """Writes a table.

    Args:
        root: Folder of the release.
        name: Name of the config, and its folder.
        stem: Start of the file names.
        text: What it holds.
        schema: Its columns.
        rows: Number of its rows.
        size: Bytes that they are expected to take.
        read: Gives the rows in their order; called again where shards came out too large.
        shard_bytes: Size that shards aim at.

    Returns:
        The config, described from the footers of the written files.
    """
    number = count_shards(rows, size, shard_bytes)
    while True:
        paths, content = _write(root / name, stem, schema, rows, number, read())
        most = max(path.stat().st_size for path in paths)
        if most <= MOST_SHARD_BYTES or len(paths) >= math.ceil(rows / ROW_GROUP):
            break
        number = math.ceil(number * most / shard_bytes)
        for path in paths:
            path.unlink()
    return Config(name, text, schema, [_describe(root, path) for path in paths], content.hexdigest(), content.unknown)


def _write(
    folder: Path, stem: str, schema: pa.Schema, rows: int, number: int, tables: Iterable[pa.Table]
) -> tuple[list[Path], ContentHash]:
    per_shard = max(math.ceil(math.ceil(rows / number) / ROW_GROUP), 1) * ROW_GROUP
    number = max(math.ceil(rows / per_shard), 1)
    paths = [folder / f"{stem}-{i:05d}-of-{number:05d}.parquet" for i in range(number)]
    digest = ContentHash(schema)
    shard, sink, room = 0, ParquetSink(paths[0], schema, **WRITER), per_shard
    try:
        for table in tables:
            digest.add(table)
            while table.num_rows:
                if not room:
                    sink.close()
                    shard, room = shard + 1, per_shard
                    sink = ParquetSink(paths[shard], schema, **WRITER)
                piece, table = table.slice(0, room), table.slice(room)
                sink.write(piece)
                room -= piece.num_rows
        sink.close()
    except BaseException:
        sink.abort()
        raise
    return paths, digest


def _describe(root: Path, path: Path) -> Shard:
    footer = pq.read_metadata(path)
    raw = sum(footer.row_group(i).total_byte_size for i in range(footer.num_row_groups))
    return Shard(path.relative_to(root).as_posix(), footer.num_rows, path.stat().st_size, raw, hash_file(path))
