"""`tracekit sql`: any SELECT over the lake."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from tracekit.cli._arrow import as_storable, rows_of, storable_schema
from tracekit.cli._options import Size, format_option, lake_option
from tracekit.cli._output import write_rows


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
    """Run one SQL statement over the lake; it can only read.

    The lake's tables are views, and the queries of the library table macros (docs/sql.md).

    \b
    Example:
      tracekit sql "SELECT trace, count(*) FROM llm_request GROUP BY trace"
      tracekit sql --files results "SELECT * FROM 'results/latency.csv' JOIN llm_request USING (request_id)"
    """
    from tracekit.api import Lake
    from tracekit.box.run import Limits, run
    from tracekit.lake.manifest import read_manifests
    from tracekit.query.empty import explain_sql, rows_held

    limits = Limits(timeout, None if memory_limit is None else f"{memory_limit}B")
    layout = Lake(lake).layout
    with run(layout, statement, files, limits) as stream:
        if form == "parquet":
            import pyarrow.parquet as pq

            schema = storable_schema(stream.schema)
            with pq.ParquetWriter(sys.stdout.buffer, schema) as writer:
                for batch in stream:
                    writer.write_batch(as_storable(batch, schema))
            return
        rows = (row for batch in stream for row in rows_of(batch))
        write_rows(stream.schema.names, rows, form, lambda: explain_sql(statement, rows_held(read_manifests(layout))))
