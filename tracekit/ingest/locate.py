"""Finds records again that were set aside after they had been read: the file, the line and the text of each."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from tracekit.ingest.raw import RawStream
from tracekit.ingest.read_csv import Reject, show
from tracekit.sources.files import Lines

if TYPE_CHECKING:
    from tracekit.ingest.pair import Stage
    from tracekit.ingest.plan import RawFile
    from tracekit.ingest.records import Records
    from tracekit.lake.manifest import Input
    from tracekit.sources.files import FileKind


def in_block(records: Records, rejected: dict[int, str], offset: int) -> list[Reject]:
    """Returns rejected records of a block with their line and text.

    Args:
        records: The block's records.
        rejected: ``source_row`` → reason.
        offset: Records of the trace before the file.
    """
    if not rejected:
        return []
    if records.block is None:
        return [Reject(row - offset, row - offset, reason, "") for row, reason in rejected.items()]
    lines = records.block.data.split(b"\n")
    physical = records.block.physical_lines()
    found = []
    for row, reason in sorted(rejected.items()):
        at = row - offset - records.block.first_record
        found.append(Reject(row - offset, physical[at], reason, show(lines[at])))
    return found


def in_files(files: list[RawFile], inputs: list[Input], stage: Stage, rejected: dict[int, str]) -> Iterator[tuple[RawFile, list[Reject]]]:
    """Yields the files of rejected records with these, each with its line and text; a file that has some is read once more.

    Args:
        files: The files of the trace.
        inputs: Their entries in the manifest, which say how many records each has.
        stage: The records that were set aside for pairing: the text of those that are no lines.
        rejected: ``source_row`` → reason.
    """
    offset = 0
    for file, entry in zip(files, inputs, strict=True):
        rows = sorted(row for row in rejected if offset < row <= offset + entry.records)
        if rows:
            found = _of_lines(file, {row - offset for row in rows}) if file.kind.lines else _of_cells(stage, file.kind, rows, offset)
            yield file, [Reject(row - offset, *_place(found, row - offset, rejected[row])) for row in rows]
        offset += entry.records


def _place(found: dict[int, tuple[int, str]], record: int, reason: str) -> tuple[int, str, str]:
    line, text = found.get(record, (record, ""))
    return line, reason, text


def _of_lines(file: RawFile, wanted: set[int]) -> dict[int, tuple[int, str]]:
    last, found = max(wanted), {}
    for record, line, text in lines_of(file.path, file.kind):
        if record in wanted:
            found[record] = line, show(text)
        if record == last:
            break
    return found


def _of_cells(stage: Stage, kind: FileKind, rows: list[int], offset: int) -> dict[int, tuple[int, str]]:
    return {row - offset: (row - offset, text) for row, text in stage.shown(kind, rows)}


def lines_of(path: Path, kind: FileKind) -> Iterator[tuple[int, int, bytes]]:
    """Yields the records of a file of lines: number, physical line and text. The header is number 0.

    Blank lines and comments are no records.
    """
    lines_of_kind = kind.lines or Lines()
    comment = None if lines_of_kind.comment is None else lines_of_kind.comment.encode()
    spaces = b" \t\r".replace(lines_of_kind.separator.encode(), b"")
    record, line, rest = (0 if lines_of_kind.header else 1), 0, b""
    raw = RawStream(path)
    try:
        while True:
            piece = raw.read(1 << 22)
            lines = (rest + piece).split(b"\n")
            rest = lines.pop()
            if not piece and rest:
                lines, rest = [*lines, rest], b""
            for content in lines:
                line += 1
                text = content.removeprefix(b"\xef\xbb\xbf")
                if not text.strip(spaces) or (comment is not None and content.startswith(comment)):
                    continue
                yield record, line, text.rstrip(b"\r")
                record += 1
            if not piece:
                return
    finally:
        raw.close()
