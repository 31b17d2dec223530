"""Pairs staged records in DuckDB: events into intervals, pieces with their whole, within the memory limit."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from tracekit.errors import DataError
from tracekit.ingest.json_values import shown
from tracekit.ingest.read_csv import RECORD
from tracekit.ingest.write import ROW_GROUP
from tracekit.schema.duckdb import quote_name, quote_path
from tracekit.sources.model import FileKind, Pairing, Source

if TYPE_CHECKING:
    import duckdb

# How many raw records a row was made of.
RECORDS = "records"
_DEFECT = "this is a defect of the source's pairing: report it"


class Stage:
    """Records set aside until every file of the trace has been read.

    Attributes:
        counts: Kind → records staged.
        read: Kind → records read: those staged, and those that could not be parsed.
        rejected: Kind → records that could not be parsed.
    """

    def __init__(self, source: Source, folder: Path) -> None:
        self.counts: dict[str, int] = {}
        self.read: dict[str, int] = {}
        self.rejected: dict[str, int] = {}
        self._source = source
        self._folder = folder
        self._kinds = {name for pairing in source.pairings for name in pairing.reads}
        self._pieces: dict[str, list[Path]] = {}

    def unfit(self, kind: FileKind, records: pl.DataFrame) -> dict[int, str]:
        """Returns the records of a block that would spoil every row which they are a part of: ``source_row`` → reason."""
        doubles = [column.name for column in kind.columns if column.type == "DOUBLE"] if kind.name in self._kinds else []
        is_wrong = [pl.col(name).is_infinite() | pl.col(name).is_nan() for name in doubles]
        if not doubles or not (found := records.filter(pl.any_horizontal(is_wrong))).height:
            return {}
        words = [
            pl.when(wrong).then(pl.format(f"column '{name}': {{}} is not a finite number", name))
            for wrong, name in zip(is_wrong, doubles, strict=True)
        ]
        reasons = found.select(RECORD, pl.coalesce(words).alias("reason"))
        return dict(zip(reasons[RECORD].to_list(), reasons["reason"].to_list(), strict=True))

    def add(self, kind: FileKind, records: pl.DataFrame, rejected: int = 0) -> None:
        """Keeps the records of a block, if any pairing reads their kind, and counts those that could not be parsed."""
        if kind.name not in self._kinds:
            return
        self.rejected[kind.name] = self.rejected.get(kind.name, 0) + rejected
        pieces = self._pieces.setdefault(kind.name, [])
        path = self._folder / kind.name / f"{len(pieces):06d}.parquet"
        path.parent.mkdir(parents=True, exist_ok=True)
        records.write_parquet(path, compression="lz4", statistics=False)
        pieces.append(path)
        self.counts[kind.name] = self.counts.get(kind.name, 0) + records.height

    def shown(self, kind: FileKind, rows: list[int]) -> Iterator[tuple[int, str]]:
        """Yields staged records of a kind, by ``source_row``, as text."""
        pieces = self._pieces.get(kind.name, [])
        for cells in pl.scan_parquet(pieces).filter(pl.col(RECORD).is_in(rows)).collect().to_dicts() if pieces else []:
            yield cells.pop(RECORD), shown(cells)

    def ended(self, kind: FileKind, records: int) -> None:
        """Counts the records that a whole file was found to have: what blocks held has to add up to it."""
        if kind.name in self._kinds:
            self.read[kind.name] = self.read.get(kind.name, 0) + records

    def ready(self) -> list[Pairing]:
        """Returns the pairings that have something to pair, or something to account for."""
        named = {pairing.name: (*pairing.counts, *self.looked_up(pairing)) for pairing in self._source.pairings}
        return [p for p in self._source.pairings if any(self.counts.get(name) or self.rejected.get(name) for name in named[p.name])]

    def looked_up(self, pairing: Pairing) -> list[str]:
        """Returns the kinds that a pairing only looks up and that nothing else accounts for: none of their records is a row's own."""
        mapped = {kind.name for kind in self._source.files if kind.maps}
        counted = {name for other in self._source.pairings for name in other.counts}
        return [name for name in pairing.reads if name not in mapped | counted]

    def pair(self, pairing: Pairing, memory_limit: int) -> Iterator[pl.DataFrame]:
        """Yields what the pairing's SELECT makes of the staged records.

        Raises:
            DataError: A record went into no row, or into two.
        """
        import duckdb

        used = 0
        text = (self._source.folder / pairing.sql).read_text(encoding="utf-8")
        limit = f"{max(memory_limit >> 20, 64)}MB"
        with duckdb.connect(config={"memory_limit": limit, "temp_directory": str(self._folder), "threads": 2}) as connection:
            connection.execute("SET enable_progress_bar = false")
            for name in pairing.reads:
                connection.execute(f"CREATE VIEW {quote_name(name)} AS {self._view(name)}")
            # A relation streams; a DB-API result would be materialised first, beyond the limit.
            for frame in self._rows(connection, pairing, text):
                used += int(frame[RECORDS].sum()) if frame.height else 0
                yield frame.with_columns(pl.col(RECORD, RECORDS).cast(pl.Int64))
        staged = sum(self.counts.get(name, 0) for name in pairing.counts)
        if used != staged:
            raise DataError(
                f"{self._source.id}: pairing {pairing.name}: {staged:,} records were staged, and rows were made of {used:,}",
                _DEFECT,
            )

    def _rows(self, connection: duckdb.DuckDBPyConnection, pairing: Pairing, text: str) -> Iterator[pl.DataFrame]:
        import duckdb

        try:
            for batch in connection.sql(text).to_arrow_reader(ROW_GROUP):
                yield pl.DataFrame(batch)
        except duckdb.DataError as error:
            # What a record can do wrong was looked at before it was staged.
            raise DataError(f"{self._source.id}: pairing {pairing.name}: {str(error).splitlines()[0]}", _DEFECT) from error

    def _view(self, name: str) -> str:
        if pieces := self._pieces.get(name):
            return f"SELECT * FROM read_parquet([{', '.join(quote_path(piece) for piece in pieces)}], union_by_name = true)"
        kind = next(kind for kind in self._source.files if kind.name == name)
        columns = [f"CAST(NULL AS {'VARCHAR' if c.type == 'JSON' else c.type}) AS {quote_name(c.name)}" for c in kind.columns]
        return f"SELECT {', '.join([*columns, f'CAST(NULL AS BIGINT) AS {RECORD}'])} WHERE false"
