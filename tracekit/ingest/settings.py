"""How to ingest, and whom to tell of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tracekit.ingest.plan import RawFile

# Told a file and the bytes of it that have been read.
Progress = Callable[["RawFile", int], None]


def untold(_file: RawFile, _bytes: int) -> None:
    """Tells nobody."""


@dataclass(frozen=True)
class Settings:
    """How to ingest.

    Attributes:
        memory_limit: Bytes that the engine may hold.
        limit: Records to take from each file at most.
        strict: Whether a reject fails the ingest.
    """

    memory_limit: int = 1 << 30
    limit: int | None = None
    strict: bool = False

    @property
    def engine_bytes(self) -> int:
        """What of the memory a sort or a pairing may hold; the rest is for the records under way."""
        return int(self.memory_limit * 0.8)

    @property
    def block_bytes(self) -> int:
        """Size of a block: a typed block and its copies take about twenty times its bytes."""
        return max(min(self.memory_limit // 64, 16 << 20), 1 << 20)
