"""Looks at the start of a file: enough to say what it is, and what has no lines."""

from __future__ import annotations

from tracekit.errors import DataError
from tracekit.ingest.raw import RawStream, codec_of

# So much of every file is read for what it is; two files that differ, differ here.
HEAD = 1 << 18
# A header of a hundred thousand columns; what is longer has no lines.
_LONGEST = 1 << 26
# A stray control character costs its record; a file that is full of them is no text.
_CONTROLS = bytes(set(range(32)) - set(b"\t\n\r\f"))
_MOSTLY = 0.97


def read_head(raw: RawStream) -> bytes:
    """Returns the start of a file, with at least one whole line that is not blank, if there is one of a bearable length."""
    head = raw.read(HEAD)
    while len(head) >= HEAD and b"\n" not in head.lstrip(b" \t\r\n") and (piece := raw.read(len(head))):
        head += piece
        if len(head) > _LONGEST:
            break
    return head


def refuse_what_has_no_lines(path: str, head: bytes) -> None:
    """Refuses what is no text, and text whose first line does not end as lines do.

    Args:
        path: The file, for the message.
        head: Its start, inflated.

    Raises:
        DataError: It is compressed once more, or binary; a carriage return alone stands where lines should end, or two do; or the
            first line is longer than any header.
    """
    if (codec := codec_of(head)) is not None:
        raise DataError(f"{path}: compressed twice: what comes out is {codec} again", "unpack it once, then ingest that")
    start = head[:4096]
    if len(start.translate(None, _CONTROLS)) < _MOSTLY * len(start):
        raise DataError(f"{path}: binary data, not text", "it may be another format under this name, or damaged: get it again")
    first, newline, _ = head.lstrip(b" \t\r\n").partition(b"\n")
    if newline and b"\r" not in first.rstrip(b"\r") and first.endswith(b"\r\r"):
        raise DataError(
            f"{path}: line 1: two carriage returns stand before the newline", f"tr -d '\\r' < '{path}' > lines.txt, then ingest that"
        )
    if b"\r" in first.removesuffix(b"\r" if newline else b""):
        fix = f"tr '\\r' '\\n' < '{path}' > lines.txt, then ingest that"
        raise DataError(f"{path}: line 1: lines end with a carriage return alone, as on old Macs; they have to end with a newline", fix)
    if len(first) >= _LONGEST:
        raise DataError(f"{path}: line 1 is longer than {_LONGEST >> 20} MB: not a text file of records")
