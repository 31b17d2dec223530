"""`tracekit history`: what was done to the lake."""

from __future__ import annotations

from pathlib import Path

import click

from tracekit.cli._options import format_option, lake_option, write_rows


@click.command()
@lake_option
@format_option
def command(lake: Path, form: str) -> None:
    r"""List the heads of the lake, the newest first: number, instant, what was done, traces held then.

    Each can be read as long as `tracekit gc` has not forgotten it: Lake(path, at=NUMBER), or at an instant.

    \b
    Example:
      tracekit history --lake data/lake
    """
    from tracekit.api import no_lake
    from tracekit.lake.layout import Layout
    from tracekit.lake.names import all_heads

    layout = Layout(lake)
    heads = all_heads(layout)
    if not heads:
        raise no_lake(layout)
    write_rows(["head", "committed_at", "did", "traces"], [[h.number, h.committed_at, h.did, len(h.held)] for h in reversed(heads)], form)
