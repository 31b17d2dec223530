"""A pickled pandas frame, read without running what it asks to run."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from tracekit.errors import UsageError
from tracekit.ingest.format import Format, Place

if TYPE_CHECKING:
    from tracekit.ingest.plan import RawFile
    from tracekit.ingest.records import Records
    from tracekit.ingest.settings import Progress, Settings
    from tracekit.lake.manifest import Input

# A pickled list of numbers takes about so many times its bytes once it is loaded.
_LOADED = 5


class Pickle(Format, frozen=True, kw_only=True):
    """A pickled frame; only loading it tells its columns."""

    format: ClassVar[str] = "pickle"
    magic: ClassVar[tuple[bytes, ...]] = (b"\x80",)

    def read(self, file: RawFile, offset: int, entry: Input, settings: Settings, progress: Progress) -> Iterator[Records]:
        """Yields the frame's rows batch by batch; see ``records.read_records``."""
        from tracekit.ingest.read_pickle import read_pickle
        from tracekit.ingest.records import Records

        size = file.path.stat().st_size
        if size * _LOADED > settings.memory_limit:
            needed = -(-size * _LOADED // 10**9)
            raise UsageError(
                f"{file.path}: a pickle is loaded whole, and {size / 1e9:.1f} GB of it take about {needed} GB",
                f"--memory-limit {needed}GB, on a machine that has so much",
            )
        for frame, rejects, entry.records, entry.sha256 in read_pickle(file, settings.limit, offset):
            yield Records(frame, rejects, None)
        progress(file, file.path.stat().st_size)

    def find(self, path: Path, record: int) -> Place | None:
        """Returns a row as JSON; None where the frame has fewer."""
        from tracekit.ingest.read_pickle import load_table

        names, columns, _, plain = load_table(path, self.name)
        if not columns or record > len(columns[0]):
            return None
        found = {name: plain(cells[record - 1]) for name, cells in zip(names, columns, strict=True)}
        return Place(json.dumps(found, ensure_ascii=False, default=str))


KIND = Pickle
