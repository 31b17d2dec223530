"""Parses blocks of JSON lines: every line is a record of its own, and a broken one costs one record."""

from __future__ import annotations

from typing import Any

import polars as pl

from tracekit.ingest.blocks import TextBlock
from tracekit.ingest.json_values import frame_of, load_json, values_of
from tracekit.ingest.plan import RawFile
from tracekit.ingest.read_csv import Reject, show


class JsonlParser:
    """Parses the blocks of one file into frames of the kind's declared columns plus ``source_row``."""

    def __init__(self, file: RawFile) -> None:
        self._columns = file.kind.columns

    def parse(self, block: TextBlock, offset: int) -> tuple[pl.DataFrame, list[Reject]]:
        """Parses a block.

        Args:
            block: Whole lines of the file.
            offset: Records of the trace before this file: ``source_row`` counts over the trace's files.

        Returns:
            The declared columns with ``source_row``, and the records that are no JSON object or lack what is declared.
        """
        kept: list[list[Any]] = []
        numbers: list[int] = []
        rejects: list[Reject] = []
        physical: list[int] | None = None
        for i, line in enumerate(block.data.split(b"\n")[:-1]):
            found = self._values(line)
            if isinstance(found, list):
                kept.append(found)
                numbers.append(block.first_record + i + offset)
                continue
            physical = physical or block.physical_lines()
            rejects.append(Reject(block.first_record + i, physical[i], found, show(line)))
        return frame_of(kept, numbers, self._columns), rejects

    def _values(self, line: bytes) -> list[Any] | str:
        try:
            return values_of(load_json(line), self._columns)
        except ValueError as error:
            return str(error)
