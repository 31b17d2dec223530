"""The rows of a release: which parts of the lake, in which order, with which columns, as Arrow batches."""

from __future__ import annotations

import datetime as dt
import hmac
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from tracekit.errors import NothingMatchedError, UsageError, did_you_mean
from tracekit.ingest.write import ROW_GROUP
from tracekit.lake.files import TableFile, files_of
from tracekit.lake.layout import Layout
from tracekit.lake.manifest import Manifest, read_manifests
from tracekit.lake.relation import read_sql
from tracekit.publish.model import K, Options
from tracekit.schema.arrow import arrow_schema
from tracekit.schema.duckdb import quote_name
from tracekit.schema.load import Table, table
from tracekit.sources.hints import ingest_command
from tracekit.sources.model import Source

if TYPE_CHECKING:
    import duckdb

RECORDING = "recording"
_AT = "Calendar instant of {name}: the trace's anchor + {name}; NULL where the trace has no anchor."


@dataclass(frozen=True)
class Part:
    """The rows of one table of one trace.

    Attributes:
        dataset: Source id.
        trace: The trace; None: of every trace of the dataset.
        file: A Parquet file of the lake; a trace may have several, in order.
        anchor: Calendar instant of the trace's zero, or None.
    """

    dataset: str
    trace: str | None
    file: TableFile
    anchor: dt.datetime | None


@dataclass
class Chosen:
    """A table of a release.

    Attributes:
        table: Its declaration.
        parts: Where its rows are, in the order of the release: dataset, trace, time, source order.
        small: Dataset → (quasi-identifiers, their combinations that fewer than K share), where these are to be suppressed.
        suppressed: Rows in which quasi-identifiers were set to NULL, counted while the rows are read.
    """

    table: Table
    parts: list[Part]
    small: dict[str, list[tuple[list[str], pl.DataFrame]]] = field(default_factory=dict)
    suppressed: int = 0

    @property
    def has_anchor(self) -> bool:
        """Whether any trace has a calendar."""
        return self.table.family != "all" and any(part.anchor is not None for part in self.parts)

    @property
    def schema(self) -> pa.Schema:
        """The columns of the lake, then ``<event>_at`` per instant where any trace has an anchor."""
        shape = arrow_schema(self.table)
        if self.has_anchor:
            for name in self.table.instants:
                about = {"description": _AT.format(name=name), "unit": "instant"}
                shape = shape.append(pa.field(name.removesuffix("_us") + "_at", pa.timestamp("us"), metadata=about))
        return shape

    @property
    def lake_bytes(self) -> int:
        """Bytes of its rows in the lake."""
        return sum(part.file.path.stat().st_size for part in self.parts)

    @property
    def rows(self) -> int:
        """Number of its rows."""
        return sum(part.file.rows for part in self.parts)


def choose(layout: Layout, sources: list[Source]) -> tuple[list[Chosen], list[Manifest]]:
    """Returns the tables that sources have in a lake, and the manifests of their traces.

    Raises:
        NothingMatchedError: A source has no rows in the lake.
    """
    manifests: list[Manifest] = []
    for source in sources:
        held = [m for m in read_manifests(layout, source.id) if any(count.rows for count in m.tables.values())]
        if not held:
            raise NothingMatchedError(f"{source.id} has no rows in {layout.root}", ingest_command(source.id, f"--lake {layout.root}"))
        manifests += held
    anchors = {(m.dataset, m.trace): dt.datetime.fromisoformat(m.anchor_at) for m in manifests if m.anchor_at is not None}
    names = list(dict.fromkeys(name for source in sources for name in source.tables))
    chosen = []
    for name in [*names, RECORDING]:
        parts = [
            Part(m.dataset, m.trace, file, anchors.get((m.dataset, m.trace)))
            for m in manifests
            if name == RECORDING or (name in m.tables and m.tables[name].rows)
            for file in files_of(layout, m, name)
        ]
        if parts:
            chosen.append(Chosen(table(name), parts))
    return chosen, manifests


def read_records(paths: list[Path]) -> list[dict[str, Any]]:
    """Returns the rows of small Parquet files."""
    records: list[dict[str, Any]] = []
    for path in paths:
        # Not read_table: it imports pandas where that is installed.
        with pq.ParquetFile(path) as file:
            records += file.read().to_pylist()
    return records


@dataclass(frozen=True)
class SmallGroups:
    """Combinations of quasi-identifiers that fewer than K share.

    Attributes:
        columns: The quasi-identifiers.
        of: Who shares them.
        groups: The combinations.
        rows: Rows that bear one.
    """

    columns: list[str]
    of: str
    groups: pl.DataFrame
    rows: int


def small_groups(connection: duckdb.DuckDBPyConnection, source: Source, chosen: Chosen) -> list[SmallGroups]:
    """Returns, per set of quasi-identifiers, the combinations that fewer than K share; rows where all are unknown identify no one."""
    found = []
    files = [part.file for part in chosen.parts if part.dataset == source.id]
    for privacy in source.privacy:
        if privacy.table != chosen.table.name or not files:
            continue
        names = ", ".join(map(quote_name, privacy.columns))
        groups = connection.sql(
            f"SELECT {names}, count(*) AS __rows FROM ({read_sql(chosen.table, files)}) WHERE coalesce("
            + ", ".join(f"{quote_name(name)}::VARCHAR" for name in privacy.columns)
            + f") IS NOT NULL GROUP BY {names} HAVING count(DISTINCT {quote_name(privacy.of)}) < {K} ORDER BY ALL"
        ).pl()
        if groups.height:
            rows = int(groups["__rows"].sum())
            found.append(SmallGroups(list(privacy.columns), privacy.of, groups.drop("__rows"), rows))
    return found


class Rekeyer:
    """Replaces ids by keyed hashes; the key lives as long as this object and is written nowhere.

    One key for all columns, so that ids still join between tables and to parent_id.
    """

    def __init__(self, columns: tuple[str, ...]) -> None:
        self.columns = columns
        self._key = secrets.token_bytes(32)
        self._known: dict[str, str] = {}

    def _hash(self, value: str) -> str:
        if value not in self._known:
            self._known[value] = hmac.new(self._key, value.encode(), "sha256").hexdigest()[:32]
        return self._known[value]

    def apply(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Returns rows with the ids replaced; unknown ones stay unknown."""
        for name in self.columns:
            if name in rows.columns:
                values = rows[name].unique().drop_nulls().to_list()
                rows = rows.with_columns(pl.col(name).replace_strict({v: self._hash(v) for v in values}, return_dtype=pl.String))
        return rows


def check_rekey(options: Options, chosen: list[Chosen]) -> None:
    """Refuses a column to be re-keyed that is no id of any table.

    Raises:
        UsageError: Names the column.
    """
    known = {f.name for c in chosen for f in c.table.fields if f.unit == "id" and f.type == "VARCHAR"} - {"dataset", "trace"}
    for name in options.rekey:
        if name not in known:
            raise UsageError(
                f"--rekey {name}: no table has such an id.{did_you_mean(name, sorted(known))}", f"ids: {', '.join(sorted(known))}"
            )


def batches(chosen: Chosen, rekeyer: Rekeyer | None, limit: int | None = None) -> Iterator[pa.Table]:
    """Yields the rows of a table in the order of the release.

    Args:
        chosen: The table.
        rekeyer: Replaces ids.
        limit: Rows per trace at most.

    Yields:
        At most a row group's rows at a time, with the columns of ``chosen.schema``.
    """
    schema = chosen.schema
    taken: dict[tuple[str, str | None], int] = {}
    for part in chosen.parts:
        of = (part.dataset, part.trace)
        with pq.ParquetFile(part.file.path) as file:
            has = [name for name in chosen.table.columns if name in file.schema_arrow.names]
            for batch in file.iter_batches(ROW_GROUP if limit is None else min(limit, ROW_GROUP), columns=has):
                piece = batch if limit is None else batch[: limit - taken.get(of, 0)]
                if not piece.num_rows:
                    break
                taken[of] = taken.get(of, 0) + piece.num_rows
                yield _finish(_whole(pa.Table.from_batches([piece]), chosen.table), chosen, part, rekeyer).cast(schema)


def _whole(rows: pa.Table, table: Table) -> pa.Table:
    """Returns rows with all columns of the table as it is declared now; a column that they were written without is NULL."""
    shape = arrow_schema(table)
    columns = [rows[f.name].cast(f.type) if f.name in rows.column_names else pa.nulls(len(rows), f.type) for f in shape]
    return pa.table(columns, schema=shape)


def _finish(rows: pa.Table, chosen: Chosen, part: Part, rekeyer: Rekeyer | None) -> pa.Table:
    groups = chosen.small.get(part.dataset, [])
    if groups or rekeyer:
        frame = pl.DataFrame(rows)
        for columns, small in groups:
            marked = frame.join(small.with_columns(__small=True), on=columns, how="left", nulls_equal=True, maintain_order="left")
            is_small = marked["__small"].fill_null(value=False)
            chosen.suppressed += int(is_small.sum())
            frame = frame.with_columns(pl.when(~is_small).then(pl.col(name)).alias(name) for name in columns)
        frame = rekeyer.apply(frame) if rekeyer else frame
        rows = frame.select(chosen.table.columns).to_arrow().cast(rows.schema)
    if chosen.has_anchor:
        for name in chosen.table.instants:
            rows = rows.append_column(name.removesuffix("_us") + "_at", _calendar(rows[name], part.anchor))
    return rows


def _calendar(offsets: pa.ChunkedArray, anchor: dt.datetime | None) -> pa.ChunkedArray | pa.Array:
    import pyarrow.compute as pc

    if anchor is None:
        return pa.nulls(len(offsets), pa.timestamp("us"))
    return pc.add(pa.scalar(anchor, pa.timestamp("us")), offsets.cast(pa.duration("us")))
