"""Query results in place of rows, for data that may not be passed on."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from tracekit.lake.layout import Layout
from tracekit.publish.model import SHARD_BYTES
from tracekit.publish.scan import scan_columns
from tracekit.publish.shards import Config, write_config
from tracekit.publish.views import connect_only
from tracekit.query import library
from tracekit.query.model import Query
from tracekit.query.run import Result, run
from tracekit.schema.arrow import DTYPES

if TYPE_CHECKING:
    import duckdb

# More rows than this are no longer a statistic of a trace.
MOST_ROWS = 5_000
# Sums over threads differ in their last digits.
_DIGITS = 12


def write_results(layout: Layout, datasets: tuple[str, ...], root: Path) -> tuple[list[Config], list[str], list[str]]:
    """Writes the result of every query that the datasets can answer.

    Args:
        layout: The lake.
        datasets: Source ids.
        root: Folder of the release.

    Returns:
        The configs; what was left out and why; what the gate finds in them.
    """
    configs, left, reasons = [], [], []
    with connect_only(layout, datasets) as connection:
        able: dict[str, list[str]] = {}
        for dataset, name, why in library.capability(connection):
            if why is None:
                able.setdefault(name, []).append(dataset)
        for name, held in able.items():
            query = library.get(name)
            if "dataset" not in query.columns:
                continue
            results = [run(connection, query, {"dataset": dataset}) for dataset in held]
            rows = [record for result in results for record in result.records()]
            if not rows:
                continue
            if len(rows) > MOST_ROWS:
                left.append(f"{name}: {len(rows):,} rows are too many for a statistic")
                continue
            table = _table(query, results[0], rows)
            reasons += _scan(connection, query, table)
            stem, text = query.macro, f"{query.title}. {query.question} ({query.name})"
            read = partial(iter, [table])
            configs.append(write_config(root, stem, stem, text, table.schema, table.num_rows, table.nbytes, read, SHARD_BYTES))
    return configs, left, reasons


def _table(query: Query, result: Result, rows: list[dict[str, Any]]) -> pa.Table:
    fields = []
    for name, kind in zip(result.columns, result.types, strict=True):
        column = query.columns[name]
        dtype = DTYPES.get(kind, pa.float64() if kind.startswith("DECIMAL") else pa.int64())
        fields.append(pa.field(name, dtype, metadata={"description": column.text, "unit": column.unit}))
    schema = pa.schema(fields, metadata={"tracekit.query": query.name, "tracekit.text": query.question})
    steady = [{name: _steady(value) for name, value in row.items()} for row in rows]
    steady.sort(key=lambda row: [str(value) for value in row.values()])
    return pa.Table.from_pylist(steady, schema)


def _steady(value: Any) -> Any:
    return float(f"{value:.{_DIGITS}g}") if isinstance(value, float) else value


def _scan(connection: duckdb.DuckDBPyConnection, query: Query, table: pa.Table) -> list[str]:
    columns = {f.name: "VARCHAR" for f in table.schema if pa.types.is_string(f.type)}
    free = {name for name in columns if query.columns[name].unit == "text"}
    connection.register("__result", table)
    try:
        return scan_columns(connection, query.name, "SELECT * FROM __result", columns, free)
    finally:
        connection.unregister("__result")
