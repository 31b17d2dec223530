"""`tracekit remove`: takes traces out of the lake."""

from __future__ import annotations

from pathlib import Path

import click

from tracekit.cli._complete import complete_dataset, complete_trace
from tracekit.cli._options import lake_option


@click.command()
@click.argument("dataset", metavar="ID", shell_complete=complete_dataset)
@click.option("--trace", default=None, shell_complete=complete_trace, help="Only this trace; all of the dataset by default.")
@lake_option
def command(dataset: str, trace: str | None, lake: Path) -> None:
    """Take a dataset, or one trace of it, out of the lake.

    The rows stay on disk for readers of a former head until `tracekit gc` removes them.

    \b
    Example:
      tracekit remove burstgpt --trace sample_3
    """
    from tracekit.ingest.run import tool_version
    from tracekit.lake.change import remove
    from tracekit.lake.layout import Layout
    from tracekit.query.macros import macros

    gone, notes = remove(Layout(lake), dataset, trace, macros(), tool_version())
    for name in gone:
        click.echo(f"removed {dataset}/{name or '*'}")
    for note in [*notes, "the disk is freed by: tracekit gc"]:
        click.echo(note, err=True)
