"""`tracekit cite`: how to cite the datasets."""

from __future__ import annotations

from pathlib import Path

import click

from tracekit.cli._complete import complete_any_dataset
from tracekit.cli._options import lake_option


@click.command()
@click.argument("datasets", metavar="ID...", nargs=-1, required=True, shell_complete=complete_any_dataset)
@click.option(
    "--format",
    "form",
    type=click.Choice(["bibtex", "text"]),
    default="bibtex",
    show_default=True,
    help="Form of the citation.",
)
@lake_option
def command(datasets: tuple[str, ...], form: str, lake: Path) -> None:
    """Print the citation and the licence of each dataset.

    \b
    Example:
      tracekit cite burstgpt azure-llm-2023 --format bibtex
    """
    from tracekit.lake.layout import Layout
    from tracekit.lake.sources import source_in
    from tracekit.sources.load import sources

    for dataset in datasets:
        known = source_in(Layout(lake), dataset)
        if known.id not in sources():
            licence = "" if known.licence.spdx == "NOASSERTION" else f" Licence, as the mapping declares it: {known.licence.spdx}."
            comment = "% " if form == "bibtex" else ""
            click.echo(f"{comment}{known.id}: a dataset of your own, ingested with a mapping; it has no published citation.{licence}")
        elif form == "bibtex":
            click.echo(f"% {known.id}: {known.licence.spdx}, {known.homepage}\n{known.bibtex.strip()}\n")
        else:
            click.echo(f"{known.title}. {known.paper}. {known.homepage}. Licence: {known.licence.spdx}.")
