"""Pairs staged records in DuckDB: events into intervals, pieces with their whole, within the memory limit."""

from __future__ import annotations

import re
import shutil
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from tracekit.errors import DataError
from tracekit.ingest.engine import open_engine
from tracekit.ingest.json_values import shown
from tracekit.ingest.read_csv import RECORD
from tracekit.ingest.write import ROW_GROUP
from tracekit.schema.duckdb import quote_name, quote_path
from tracekit.sources.files import FileKind
from tracekit.sources.model import Pairing, Source

if TYPE_CHECKING:
    import duckdb

# How many raw records a row was made of.
RECORDS = "records"
# What pairing takes of the memory, a record: beyond it, records are paired a share at a time.
_RECORD_BYTES = 400
_SHARE = "__share"
_SHARE_ROWS = 10_240
_DEFECT = "this is a defect of the source's pairing: report it"


@dataclass
class Staged:
    """Records that were set aside.

    Attributes:
        counts: Kind → records staged.
        read: Kind → records read: those staged, and those that could not be parsed.
        rejected: Kind → records that could not be parsed.
        pieces: Kind → Parquet files with the staged ones.
    """

    counts: Counter[str] = field(default_factory=Counter)
    read: Counter[str] = field(default_factory=Counter)
    rejected: Counter[str] = field(default_factory=Counter)
    pieces: dict[str, list[Path]] = field(default_factory=dict)


class Stage:
    """Records set aside until every file of the trace has been read.

    Attributes:
        staged: What there is.
    """

    def __init__(self, source: Source, folder: Path) -> None:
        self.staged = Staged()
        self._source = source
        self._folder = folder
        self._kinds = {name for pairing in source.pairings for name in pairing.reads}

    @property
    def counts(self) -> Counter[str]:
        """Kind → records staged."""
        return self.staged.counts

    @property
    def read(self) -> Counter[str]:
        """Kind → records read: those staged, and those that could not be parsed."""
        return self.staged.read

    @property
    def rejected(self) -> Counter[str]:
        """Kind → records that could not be parsed."""
        return self.staged.rejected

    def add_staged(self, other: Staged) -> None:
        """Takes in the records of the files that come next, which another process set aside."""
        self.counts.update(other.counts)
        self.read.update(other.read)
        self.rejected.update(other.rejected)
        for kind, pieces in other.pieces.items():
            self.staged.pieces.setdefault(kind, []).extend(pieces)

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
        self.rejected[kind.name] += rejected
        pieces = self.staged.pieces.setdefault(kind.name, [])
        path = self._folder / kind.name / f"{len(pieces):06d}.parquet"
        path.parent.mkdir(parents=True, exist_ok=True)
        records.write_parquet(path, compression="lz4", statistics=False)
        pieces.append(path)
        self.counts[kind.name] += records.height

    def shown(self, kind: FileKind, rows: list[int]) -> Iterator[tuple[int, str]]:
        """Yields staged records of a kind, by ``source_row``, as text."""
        pieces = self.staged.pieces.get(kind.name, [])
        for cells in pl.scan_parquet(pieces).filter(pl.col(RECORD).is_in(rows)).collect().to_dicts() if pieces else []:
            yield cells.pop(RECORD), shown(cells)

    def ended(self, kind: FileKind, records: int) -> None:
        """Counts the records that a whole file was found to have: what blocks held has to add up to it."""
        if kind.name in self._kinds:
            self.read[kind.name] += records

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
        used = 0
        for frame in self._paired(pairing, memory_limit):
            used += int(frame[RECORDS].sum()) if frame.height else 0
            yield frame.with_columns(pl.col(RECORD, RECORDS).cast(pl.Int64))
        staged = sum(self.counts[name] for name in pairing.counts)
        if used != staged:
            raise DataError(
                f"{self._source.id}: pairing {pairing.name}: {staged:,} records were staged, and rows were made of {used:,}",
                _DEFECT,
            )

    def _paired(self, pairing: Pairing, memory_limit: int) -> Iterator[pl.DataFrame]:
        text = (self._source.folder / pairing.sql).read_text(encoding="utf-8")
        shares = -(-sum(self.counts[name] for name in pairing.reads) * _RECORD_BYTES // memory_limit) if pairing.by else 1
        if shares <= 1:
            with open_engine(memory_limit, self._folder) as connection:
                for name in pairing.reads:
                    connection.execute(f"CREATE VIEW {quote_name(name)} AS {self._view(name, self.staged.pieces.get(name, []))}")
                yield from self._rows(connection, pairing, text)
            return
        folder = self._folder / f"{pairing.name}-shares"
        self._share_out(pairing, shares, folder, memory_limit)
        made = [self._pair_share(pairing, text, folder, share, memory_limit) for share in range(shares)]
        with open_engine(memory_limit, self._folder) as connection:
            paths = ", ".join(quote_path(path) for path in made)
            yield from self._rows(
                connection, pairing, f"SELECT * FROM read_parquet([{paths}], hive_partitioning = false) ORDER BY {RECORD}"
            )
        shutil.rmtree(folder)

    def _share_out(self, pairing: Pairing, shares: int, folder: Path, memory_limit: int) -> None:
        """Splits the records of a pairing so that those which make a row together are in one share."""
        key = f"hash({', '.join(quote_name(name) for name in pairing.by)}) % {shares}"
        with open_engine(memory_limit, self._folder) as connection:
            # Every open file holds a row group.
            connection.execute(f"SET partitioned_write_max_open_files = {shares}")
            for name in pairing.reads:
                folder.mkdir(parents=True, exist_ok=True)
                if pieces := self.staged.pieces.get(name):
                    connection.execute(
                        f"COPY (SELECT *, {key} AS {_SHARE} FROM ({self._view(name, pieces)})) TO {quote_path(folder / name)} "
                        f"(FORMAT parquet, PARTITION_BY ({_SHARE}), COMPRESSION lz4, ROW_GROUP_SIZE {_SHARE_ROWS})"
                    )

    def _pair_share(self, pairing: Pairing, text: str, folder: Path, share: int, memory_limit: int) -> Path:
        made = folder / f"paired-{share:05d}.parquet"
        with open_engine(memory_limit, self._folder) as connection:
            for name in pairing.reads:
                pieces = sorted((folder / name / f"{_SHARE}={share}").glob("*.parquet"))
                # A share without records of a kind has the columns of those that others have.
                view = self._view(name, pieces or self.staged.pieces.get(name, []))
                connection.execute(f"CREATE VIEW {quote_name(name)} AS {view if pieces else f'FROM ({view}) WHERE false'}")
            with self._defects_of(pairing):
                connection.execute(f"COPY ({text}) TO {quote_path(made)} (FORMAT parquet, COMPRESSION lz4)")
        for name in pairing.reads:
            shutil.rmtree(folder / name / f"{_SHARE}={share}", ignore_errors=True)
        return made

    def _rows(self, connection: duckdb.DuckDBPyConnection, pairing: Pairing, text: str) -> Iterator[pl.DataFrame]:
        with self._defects_of(pairing):
            # A relation streams; a DB-API result would be materialised first, beyond the limit.
            for batch in connection.sql(text).to_arrow_reader(ROW_GROUP):
                yield pl.DataFrame(batch)

    @contextmanager
    def _defects_of(self, pairing: Pairing) -> Iterator[None]:
        """Says of an error over the records that it is the pairing's: what a record can do wrong was looked at before it was staged."""
        import duckdb

        try:
            yield
        except duckdb.DataError as error:
            raise DataError(f"{self._source.id}: pairing {pairing.name}: {str(error).splitlines()[0]}", _DEFECT) from error

    def _view(self, name: str, pieces: list[Path]) -> str:
        if pieces:
            paths = ", ".join(quote_path(piece) for piece in pieces)
            return f"SELECT * FROM read_parquet([{paths}], union_by_name = true, hive_partitioning = false)"
        kind = next(kind for kind in self._source.files if kind.name == name)
        types = {column.name: column.type for column in kind.columns} | dict.fromkeys(re.compile(kind.path).groupindex, "VARCHAR")
        columns = [f"CAST(NULL AS {given}) AS {quote_name(name)}" for name, given in types.items() if name != "trace"]
        return f"SELECT {', '.join([*columns, f'CAST(NULL AS BIGINT) AS {RECORD}'])} WHERE false"
