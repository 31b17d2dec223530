"""`tracekit gc`: frees the disk of what no reader can ask for any more."""

from __future__ import annotations

from pathlib import Path

import click

from tracekit.cli._options import Duration, lake_option


@click.command()
@lake_option
@click.option("--grace", type=Duration(), default="7d", show_default=True, help="Keep what was the lake's within this time: 90s, 12h, 7d.")
@click.option("--dry-run", is_flag=True, help="Only say what would be removed.")
def command(lake: Path, grace: float, *, dry_run: bool) -> None:
    """Free the disk of what no reader can ask for any more.

    Heads that were replaced longer ago than the grace period are forgotten, and the files that only they referred to removed. What
    the lake holds now always stays. A reader that started within the grace period finds all it looks at.

    \b
    Example:
      tracekit gc --grace 1d --dry-run
    """
    from tracekit.api import no_lake
    from tracekit.lake.gc import collect
    from tracekit.lake.head import numbers
    from tracekit.lake.layout import Layout

    layout = Layout(lake)
    if not numbers(layout):
        raise no_lake(layout)
    removed = collect(layout, grace, dry_run=dry_run)
    forgot, gone = ("would forget", "would remove") if dry_run else ("forgot", "removed")
    click.echo(f"{forgot} {len(removed.heads)} heads, {gone} {len(removed.names)} files of {removed.bytes:,} bytes")
