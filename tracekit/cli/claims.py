"""`tracekit claims`: published figures against the lake."""

from __future__ import annotations

from pathlib import Path

import click

from tracekit.cli._options import format_option, lake_option, write_rows


@click.command()
@click.argument("dataset", metavar="[ID]", required=False)
@lake_option
@format_option
def command(dataset: str | None, lake: Path, form: str) -> None:
    r"""Print the ledger of published figures: paper value, our value, verdict.

    \b
    Example:
      tracekit claims azure-llm-2023
    """
    from tracekit.api import Lake
    from tracekit.lake.manifest import read_manifests
    from tracekit.lake.sources import source_in, sources_in
    from tracekit.query.claims import DISPUTED, check_claims

    opened = Lake(lake)
    chosen = [source_in(opened.layout, dataset)] if dataset else list(sources_in(opened.layout).values())
    with opened.connect() as connection:
        verdicts = check_claims(connection, chosen, read_manifests(opened.layout))
    columns = ["dataset", "claim", "published", "ours", "tolerance", "verdict", "text", "citation"]
    rows = [[v.dataset, v.claim.id, v.claim.value, v.ours, v.claim.tolerance, v.verdict, v.claim.text, v.claim.citation] for v in verdicts]
    write_rows(columns, rows, form)
    if form == "table":
        for v in verdicts:
            if v.verdict == DISPUTED:
                click.echo(f"\n{v.claim.id} is disputed: {v.claim.disputed}")
