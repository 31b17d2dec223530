"""`tracekit report`: pages over the lake as one self-contained HTML file."""

from __future__ import annotations

from pathlib import Path

import click

from tracekit.cli._complete import complete_page
from tracekit.cli._options import lake_option
from tracekit.cli._progress import quiet_option, steps


@click.command()
@click.argument("pages", metavar="[PAGE]...", nargs=-1, shell_complete=complete_page)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path("report.html"),
    show_default=True,
    help="The file to write.",
)
@lake_option
@quiet_option
def command(pages: tuple[str, ...], output: Path, lake: Path) -> None:
    """Write report pages as one HTML file, and print its path.

    All pages by default; the file needs nothing from the internet. A figure that cannot be made shows its error in its place, and
    is named on stderr; the report is written all the same.

    \b
    Example:
      tracekit report overview llm -o report.html
    """
    with steps("report") as progress:
        from tracekit.report import write_report

        path = write_report(lake, list(pages), output, lambda text: click.echo(f"failed: {text}", err=True), progress)
    click.echo(path)
