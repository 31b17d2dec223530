"""Parses blocks of JSON lines: every line is a record of its own, and a broken one costs one record."""

from __future__ import annotations

import math
from typing import Any

import polars as pl

from tracekit.errors import DataError
from tracekit.ingest.blocks import TextBlock
from tracekit.ingest.json_columns import decode_lines, frame_at_once
from tracekit.ingest.json_values import frame_of, load_json, values_of
from tracekit.ingest.plan import RawFile
from tracekit.ingest.read_csv import RECORD, Reject, show

_MAP_IT = "say what it is: tracekit ingest --mapping FILE.toml, with the column's unit under [columns] (docs/mapping.md)"


class _OtherUnitError(Exception):
    """A number has a decimal point where the source's own have none."""


class JsonlParser:
    """Parses the blocks of one file into frames of the kind's declared columns plus ``source_row``."""

    def __init__(self, file: RawFile) -> None:
        self._columns = file.kind.columns
        self._whole = [column for column in file.kind.columns if column.whole]
        self._path = file.path

    def parse(self, block: TextBlock, offset: int) -> tuple[pl.DataFrame, list[Reject]]:
        """Parses a block.

        Args:
            block: Whole lines of the file.
            offset: Records of the trace before this file: ``source_row`` counts over the trace's files.

        Returns:
            The declared columns with ``source_row``, and the records that are no JSON object or lack what is declared.
        """
        if (frame := self._at_once(block)) is not None:
            first = block.first_record + offset
            return frame.with_columns(pl.int_range(first, first + block.records, dtype=pl.Int64).alias(RECORD)), []
        kept: list[list[Any]] = []
        numbers: list[int] = []
        rejects: list[Reject] = []
        physical: list[int] | None = None
        for i, line in enumerate(block.data.split(b"\n")[:-1]):
            try:
                found = self._values(line)
            except _OtherUnitError as error:
                where = (physical or block.physical_lines())[i]
                raise DataError(f"{self._path}: line {where}: {error}", _MAP_IT) from error
            if isinstance(found, list):
                kept.append(found)
                numbers.append(block.first_record + i + offset)
                continue
            physical = physical or block.physical_lines()
            rejects.append(Reject(block.first_record + i, physical[i], found, show(line)))
        return frame_of(kept, numbers, self._columns), rejects

    def _at_once(self, block: TextBlock) -> pl.DataFrame | None:
        """Returns the records of a block if all of them are good."""
        records = decode_lines(block.data)
        if records is None or any(isinstance(record.get(column.name), float) for column in self._whole for record in records):
            return None
        return frame_at_once(records, self._columns)

    def _values(self, line: bytes) -> list[Any] | str:
        try:
            record = load_json(line)
        except ValueError as error:
            return str(error)
        for column in self._whole:
            if isinstance(record, dict) and isinstance(value := record.get(column.name), float) and math.isfinite(value):
                raise _OtherUnitError(f"{column.name!r} is {value!r}, not a whole number: {column.whole}")
        return values_of(record, self._columns)
