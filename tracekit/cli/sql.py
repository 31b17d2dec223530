"""`tracekit sql`: any SELECT over the lake."""

from __future__ import annotations

from pathlib import Path

import click

from tracekit.cli._options import format_option, lake_option, write_rows


@click.command()
@click.argument("statement", metavar="SQL")
@lake_option
@format_option
def command(statement: str, lake: Path, form: str) -> None:
    r"""Run one reading SQL statement over the lake's views and macros.

    \b
    Example:
      tracekit sql "SELECT trace, count(*) FROM llm_request GROUP BY trace"
    """
    from tracekit.api import Lake, read_only
    from tracekit.query.macro import macro_statements

    with Lake(lake).connect() as connection:
        for macro in macro_statements():
            connection.execute(macro)
        relation = read_only(connection, statement)
        if form == "parquet":
            import sys

            relation.pl().write_parquet(sys.stdout.buffer)
            return
        write_rows(relation.columns, relation.fetchall(), form)
