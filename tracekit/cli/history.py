"""`tracekit history`: what was done to the lake."""

from __future__ import annotations

from pathlib import Path

import click

from tracekit.cli._options import format_option, lake_option
from tracekit.cli._output import write_rows


@click.command()
@lake_option
@format_option
def command(lake: Path, form: str) -> None:
    """List what was done to the lake, the newest first.

    Each line is a head: its number, when it was written, what was done, how many traces the lake held then. Each can be read as
    long as `tracekit gc` has not forgotten it: Lake(path, at=NUMBER), or at an instant.

    \b
    Example:
      tracekit history
    """
    from tracekit.api import no_lake
    from tracekit.errors import DataError
    from tracekit.lake.head import numbers, read_number
    from tracekit.lake.layout import Layout

    layout = Layout(lake)
    rows: list[list[object]] = []
    for number in reversed(numbers(layout)):
        try:
            head = read_number(layout, number)
        except DataError as error:
            rows.append([number, None, error.message, None])
            continue
        rows.append([number, head.committed_at, head.did, len(head.held)])
    if not rows:
        raise no_lake(layout)
    write_rows(["head", "committed_at", "did", "traces"], rows, form)
