"""`tracekit sql`: any SELECT over the lake."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tracekit.cli._options import Size, format_option, lake_option, write_rows

if TYPE_CHECKING:
    import pyarrow as pa


@click.command()
@click.argument("statement", metavar="SQL")
@lake_option
@format_option
@click.option("--timeout", type=click.FloatRange(min=0, min_open=True), default=None, metavar="SECONDS", help="Stop it after this.")
@click.option("--memory-limit", type=Size(), default=None, metavar="SIZE", help="What the engine may hold, e.g. 2GB.")
@click.option(
    "--files",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    multiple=True,
    help="Let the statement read the files of this folder as well. May be repeated.",
)
def command(statement: str, lake: Path, form: str, timeout: float | None, memory_limit: int | None, files: tuple[Path, ...]) -> None:
    """Run one reading SQL statement over the lake's views and macros; it can open the lake's rows and write nothing (docs/sql.md).

    \b
    Example:
      tracekit sql "SELECT trace, count(*) FROM llm_request GROUP BY trace"
      tracekit sql --files results "SELECT * FROM 'results/latency.csv' JOIN llm_request USING (request_id)"
    """
    from tracekit.api import Lake
    from tracekit.box.run import Limits, run

    limits = Limits(timeout, None if memory_limit is None else f"{memory_limit}B")
    with run(Lake(lake).layout, statement, files, limits) as stream:
        if form == "parquet":
            import pyarrow.parquet as pq

            with pq.ParquetWriter(sys.stdout.buffer, stream.schema) as writer:
                for batch in stream:
                    writer.write_batch(batch)
            return
        write_rows(stream.schema.names, (row for batch in stream for row in _rows(batch)), form)


def _rows(batch: pa.RecordBatch) -> Iterator[tuple[Any, ...]]:
    """Yields a batch's rows as Python values."""
    return zip(*map(_values, batch.columns), strict=True)


def _values(column: pa.Array) -> list[Any]:
    """Returns a column's values; what Python has no type for (nanoseconds, months) as text."""
    import pyarrow as pa

    if pa.types.is_timestamp(column.type) and column.type.unit == "ns":
        column = column.cast(pa.string())
    values: list[Any] = column.to_pylist(maps_as_pydicts="lossy")
    if pa.types.is_interval(column.type):
        return [None if v is None else f"{v.months} months {v.days} days {v.nanoseconds / 1e9:g} s" for v in values]
    return values
