"""`tracekit cite`: how to cite the datasets."""

from __future__ import annotations

import click

from tracekit.cli._complete import complete_any_dataset


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
def command(datasets: tuple[str, ...], form: str) -> None:
    """Print the citation of each dataset, with its licence.

    \b
    Example:
      tracekit cite burstgpt azure-llm-2023 --format bibtex
    """
    from tracekit.sources.load import source

    for dataset in datasets:
        known = source(dataset)
        if form == "bibtex":
            click.echo(f"% {known.id}: {known.licence.spdx}, {known.homepage}\n{known.bibtex.strip()}\n")
        else:
            click.echo(f"{known.title}. {known.paper}. {known.homepage}. Licence: {known.licence.spdx}.")
