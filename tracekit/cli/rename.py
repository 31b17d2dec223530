"""`tracekit rename`: gives a trace another name."""

from __future__ import annotations

from pathlib import Path

import click

from tracekit.cli._complete import complete_dataset, complete_trace
from tracekit.cli._options import lake_option


@click.command()
@click.argument("dataset", metavar="ID", shell_complete=complete_dataset)
@click.argument("trace", metavar="TRACE", shell_complete=complete_trace)
@click.argument("name", metavar="NAME")
@lake_option
def command(dataset: str, trace: str, name: str, lake: Path) -> None:
    """Give a trace another name; its rows are written again.

    \b
    Example:
      tracekit rename nvidia-smi units run1-power
    """
    from tracekit.ingest.run import tool_version
    from tracekit.lake.change import rename
    from tracekit.lake.layout import Layout
    from tracekit.query.macros import macros

    rows, notes = rename(Layout(lake), dataset, trace, name, macros(), tool_version())
    click.echo(f"{dataset}/{trace} is {dataset}/{name} now: {rows:,} rows")
    for note in notes:
        click.echo(note, err=True)
