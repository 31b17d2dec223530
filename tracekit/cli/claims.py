"""`tracekit claims`: published figures against the lake."""

from __future__ import annotations

from pathlib import Path

import click

from tracekit.cli._complete import complete_any_dataset
from tracekit.cli._options import format_option, lake_option
from tracekit.cli._output import write_rows
from tracekit.cli._progress import quiet_option, steps


@click.command()
@click.argument("dataset", metavar="[ID]", required=False, shell_complete=complete_any_dataset)
@lake_option
@format_option
@quiet_option
def command(dataset: str | None, lake: Path, form: str) -> None:
    """Compare published figures with the lake.

    A row per figure: the published value, ours, the verdict and its reason.

    The verdict goes by the values wherever there are two: agrees, differs, or disputed, where a reason says why the published one cannot
    stand. Not comparable: our data are of another kind. Needs: what has to be ingested first.

    \b
    Example:
      tracekit claims azure-llm-2023
    """
    with steps("claims") as progress:
        from tracekit.api import Lake
        from tracekit.lake.manifest import read_manifests
        from tracekit.lake.sources import source_in, sources_in
        from tracekit.query.claims import check_claims

        opened = Lake(lake)
        chosen = [source_in(opened.layout, dataset)] if dataset else list(sources_in(opened.layout).values())
        with opened.connect() as connection:
            verdicts = check_claims(connection, chosen, read_manifests(opened.layout), progress)
    columns = ["dataset", "claim", "published", "ours", "tolerance", "verdict", "reason", "text", "citation"]
    rows = [
        [v.dataset, v.claim.id, v.claim.value, v.ours, v.claim.tolerance, v.verdict, v.reason, v.claim.text, v.claim.citation]
        for v in verdicts
    ]

    def why() -> str:
        return f"no published figures of {dataset or 'any dataset of the lake'} are recorded; tracekit sources lists the sources"

    if form != "table" or not rows:
        write_rows(columns, rows, form, why)
        return
    # Reasons are sentences: below the table they can be read.
    place = columns.index("reason")
    write_rows([c for c in columns if c != "reason"], [[*row[:place], *row[place + 1 :]] for row in rows], form)
    for v in verdicts:
        if v.reason:
            click.echo(f"\n{v.claim.id}: {v.verdict}: {v.reason}")
