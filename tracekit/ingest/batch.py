"""Joins the records of small blocks: a thousand files of one row are converted at the cost of one file of a thousand rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import polars as pl

from tracekit.ingest.locate import in_block
from tracekit.ingest.plan import RawFile
from tracekit.ingest.read_csv import RECORD, Reject
from tracekit.ingest.records import Records
from tracekit.sources.files import FileKind

# A block of more is worth a conversion of its own.
_ROWS = 4_096
_BYTES = 1 << 20


@dataclass(frozen=True)
class Piece:
    """The records of one block.

    Attributes:
        file: The file.
        offset: Records of the trace before the file.
        records: The records.
    """

    file: RawFile
    offset: int
    records: Records

    @property
    def bytes(self) -> int:
        """How much it holds, about."""
        return len(self.records.block.data) if self.records.block else int(self.records.frame.estimated_size())


@dataclass(frozen=True)
class Batch:
    """Records of one kind that are converted together, of one block or of several.

    Attributes:
        kind: How the files are read.
        frame: The declared columns of all of them, with ``source_row``.
        pieces: The blocks.
    """

    kind: FileKind
    frame: pl.DataFrame
    pieces: list[Piece]

    @property
    def unparsed(self) -> int:
        """How many records could not be parsed."""
        return sum(len(piece.records.rejects) for piece in self.pieces)

    def located(self, rejected: dict[int, str]) -> list[list[Reject]]:
        """Returns, for each piece, those of some rejected records that are its own, each with its line and text.

        Args:
            rejected: ``source_row`` → reason.
        """
        left = dict(rejected)
        return [in_block(piece.records, _of(piece, left), piece.offset) for piece in self.pieces]


def _of(piece: Piece, left: dict[int, str]) -> dict[int, str]:
    """Takes the reasons of a piece's records out of those that are left."""
    rows = piece.records.frame[RECORD]
    if not left or not len(rows):
        return {}
    low, high = int(rows.min()), int(rows.max())  # type: ignore[arg-type]
    return {row: left.pop(row) for row in list(left) if low <= row <= high}


def joined(pieces: Iterable[Piece]) -> Iterator[Batch]:
    """Yields the records of blocks in their order, small ones of one kind that follow each other together."""
    held: list[Piece] = []
    rows = size = 0
    for piece in pieces:
        more, bytes_more = max(piece.records.frame.height, 1), piece.bytes
        if held and (rows + more > _ROWS or size + bytes_more > _BYTES or not _fit(held[-1], piece)):
            yield _batch(held)
            held, rows, size = [], 0, 0
        held.append(piece)
        rows, size = rows + more, size + bytes_more
        if rows >= _ROWS or size >= _BYTES:
            yield _batch(held)
            held, rows, size = [], 0, 0
    if held:
        yield _batch(held)


def _fit(one: Piece, other: Piece) -> bool:
    # The cells of a wide record may stand in two pieces of its block, which count it twice.
    if one.records.block is other.records.block and one.records.block is not None:
        return False
    # Records that are mapped in groups are counted from the start of their file.
    if one.file.kind.lines is not None and one.file.kind.lines.align > 1 and one.file is not other.file:
        return False
    return one.file.kind is other.file.kind and one.records.frame.schema == other.records.frame.schema


def _batch(pieces: list[Piece]) -> Batch:
    frames = [piece.records.frame for piece in pieces]
    return Batch(pieces[0].file.kind, frames[0] if len(frames) == 1 else pl.concat(frames, rechunk=True), pieces)
