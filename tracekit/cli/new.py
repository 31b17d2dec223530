"""`tracekit new`: scaffolds for what grows by folders."""

from __future__ import annotations

from pathlib import Path

import click

from tracekit.cli._complete import complete_source


@click.group()
def command() -> None:
    """Make the first files of a new part of tracekit.

    \b
    Example:
      tracekit new source my-gateway --like burstgpt --to my-sources
    """


@command.command()
@click.argument("dataset", metavar="ID")
@click.option("--like", required=True, metavar="OTHER", shell_complete=complete_source, help="The source whose layout comes closest.")
@click.option("--to", "folder", type=click.Path(path_type=Path), default=None, help="Folder of sources; tracekit/sources by default.")
def source(dataset: str, like: str, folder: Path | None) -> None:
    """Make the folder of a new source, after one that is like it.

    \b
    Example:
      tracekit new source my-other-gateway --like azure-llm-2023 --to my-sources
    """
    from tracekit import assets
    from tracekit.sources.scaffold import scaffold

    made = scaffold(dataset, like, folder or assets.sources_dir())
    click.echo(made)
    click.echo(
        "next: 1. source.toml: title, links, licence with its evidence, clock, files and columns"
        "\n      2. mapping.py: one pure function per table   3. sample.py, then `make samples`"
        "\n      4. errata.toml and claims.toml, each entry with its link   5. pytest tests/contract/test_source_folders.py",
        err=True,
    )
