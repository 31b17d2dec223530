"""`tracekit fetch`: download a source's raw files."""

from __future__ import annotations

from pathlib import Path

import click

from tracekit.cli._complete import complete_source
from tracekit.cli._progress import bar, quiet_option


@click.command()
@click.argument("dataset", metavar="ID", shell_complete=complete_source)
@click.option("--to", type=click.Path(path_type=Path), default=None, help="Folder for the files [default: data/raw/ID].")
@click.option("--mirror", metavar="URL", default=None, help="Take the files from this base URL instead.")
@quiet_option
def command(dataset: str, to: Path | None, mirror: str | None) -> None:
    """Download the raw files of a source.

    Checksums are compared, and an interrupted download resumes. A file whose hash is not declared gets the one of its first
    download, recorded in .downloads.sha256 beside it.

    \b
    Example:
      tracekit fetch azure-lmm-2025
    """
    with bar("download") as progress:
        from tracekit.ingest.fetch import fetch
        from tracekit.sources.load import source

        known = source(dataset)
        files = fetch(known, to or Path("data/raw") / dataset, mirror=mirror, told=progress, said=lambda text: click.echo(text, err=True))
    for file in files:
        click.echo(file)
