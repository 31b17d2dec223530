"""The first bytes of files that are no text; known without what reads them, which takes long to import."""

from __future__ import annotations

PARQUET = b"PAR1"
# A file begins with its name, a stream with the mark of its first message.
ARROW = (b"ARROW1", b"\xff\xff\xff\xff")
SQLITE = b"SQLite format 3\x00"
PICKLE = b"\x80"
