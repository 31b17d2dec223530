"""`tracekit why`: from a row back to its raw line."""

from __future__ import annotations

from pathlib import Path

import click

from tracekit.cli._complete import complete_dataset, complete_table, complete_trace
from tracekit.cli._options import format_option, lake_option
from tracekit.cli._output import write_rows


@click.command()
@click.argument("table", shell_complete=complete_table)
@click.argument("dataset", shell_complete=complete_dataset)
@click.argument("trace", shell_complete=complete_trace)
@click.argument("row", type=int)
@lake_option
@format_option
def command(table: str, dataset: str, trace: str, row: int, lake: Path, form: str) -> None:
    """Show the raw line behind a row of the lake.

    ROW is its source_row. TRACE is * for rows that hold for every trace.

    \b
    Example:
      tracekit why llm_request burstgpt sample_1 17
    """
    from tracekit.api import Lake
    from tracekit.ingest.why import find_origin, find_reasons
    from tracekit.lake.sources import source_in
    from tracekit.schema.duckdb import quote_name
    from tracekit.schema.load import table as table_of

    name = table_of(table).name
    chosen = None if trace == "*" else trace
    opened = Lake(lake)
    source_in(opened.layout, dataset)
    origin = find_origin(opened.layout, dataset, chosen, row)
    with opened.connect([name]) as connection:
        sql = f"SELECT * FROM {quote_name(name)} WHERE dataset = ? AND trace IS NOT DISTINCT FROM ? AND source_row = ?"
        found = connection.execute(sql, [dataset, chosen, row])
        columns = [column[0] for column in found.description or []]
        rows = found.fetchall()
    reasons = [] if rows else find_reasons(opened.layout, dataset, chosen, row)
    if form != "table":
        origins = {"file": origin.file, "record": origin.record, "line": origin.line, "sha256": origin.sha256}
        made = [dict(zip(columns, values, strict=True)) for values in rows]
        record = {**origins, "header": origin.header, "text": origin.text, "rows": made, "reasons": reasons}
        write_rows(list(record), [list(record.values())], form)
        return
    line = f", line {origin.line:,}" if origin.line else ""
    click.echo(f"{origin.file}, record {origin.record:,}{line}\nsha256 {origin.sha256}")
    if origin.header:
        click.echo(origin.header)
    click.echo(origin.text)
    if not rows:
        click.echo(f"no row of {name} was made from it" + ("; it was set aside:" if reasons else ""))
        for reason in reasons:
            click.echo(f"  {reason}")
    for values in rows:
        click.echo("")
        for column, value in zip(columns, values, strict=True):
            if value is not None:
                click.echo(f"  {column:28} {value}")
