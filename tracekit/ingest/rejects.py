"""Keeps the records of a trace that are set aside, and stops where they are too many to be bad records of a good file."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

from tracekit.errors import DataError
from tracekit.ingest.plan import RawFile
from tracekit.ingest.read_csv import Reject, first_words
from tracekit.sources.hints import layout_hint

# Past this, a file is not a good file with bad lines but another layout.
_ENOUGH = 1_000
_SHARE = 0.5
_ENCODE = json.JSONEncoder(ensure_ascii=False).encode


class Rejects:
    """The rejected records of a trace.

    Attributes:
        path: A file with a JSON object for each; not there while there is none.
        count: How many.
    """

    def __init__(self, source: str, path: Path, *, strict: bool) -> None:
        self.path = path
        self.count = 0
        self._source = source
        self._strict = strict

    def add(self, file: RawFile, rejects: list[Reject], table: str | None) -> None:
        """Keeps some records of a file.

        Args:
            file: The file.
            rejects: The records, each with its line, text and reason.
            table: The table that they do not fit; None: they could not be parsed.

        Raises:
            DataError: There are some, and the ingest is strict.
        """
        if not rejects:
            return
        if file.kind.withheld:
            rejects = [replace(reject, text="") for reject in rejects]
        self.count += len(rejects)
        if self._strict:
            fix = "correct the file, or ingest without --strict: rejects are kept beside the lake's tables"
            raise DataError(f"{file.path}: {first_words(rejects)}", fix)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("a", encoding="utf-8", errors="backslashreplace") as out:
            for reject in rejects:
                said = {"file": file.name, "record": reject.record, "line": reject.line, "reason": reject.reason, "text": reject.text}
                out.write(_ENCODE({**said, "table": table}) + "\n")

    def adopt(self, other: Rejects) -> None:
        """Takes in the rejected records of the files that come next, which another process kept."""
        self.count += other.count
        if other.count:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self.path.open("ab") as out, other.path.open("rb") as theirs:
                shutil.copyfileobj(theirs, out)

    def stop_if_another_layout(self, taken: int, file: RawFile, rejects: list[Reject]) -> None:
        """Stops an ingest most of whose records are rejected.

        Args:
            taken: Records that were not.
            file: The file that is being read.
            rejects: Its last ones, which are not kept yet.

        Raises:
            DataError: They are too many.
        """
        count = self.count + len(rejects)
        if count > _ENOUGH and count > _SHARE * (count + taken):
            words = first_words(rejects) or "see the first lines"
            raise DataError(f"{file.path}: {count:,} records do not fit the layout: {words}", layout_hint(self._source))
