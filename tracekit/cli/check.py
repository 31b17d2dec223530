"""`tracekit check`: is the lake what its manifests say?"""

from __future__ import annotations

from pathlib import Path

import click

from tracekit.cli._options import lake_option


@click.command()
@lake_option
def command(lake: Path) -> None:
    r"""Hold every Parquet file against its manifest, and rebuild the catalog where the lake has moved.

    \b
    Example:
      tracekit check --lake data/lake
    """
    from tracekit.api import Lake
    from tracekit.errors import DataError
    from tracekit.lake import catalog
    from tracekit.lake.verify import find_faults
    from tracekit.query.macro import macro_statements

    layout = Lake(lake).layout
    if not catalog.is_current(layout):
        catalog.rebuild(layout, macro_statements())
        click.echo(f"rebuilt {layout.catalog}", err=True)
    checked, faults = find_faults(layout)
    if faults:
        fix = "ingest the trace again with --replace"
        raise DataError(f"{len(faults)} of {checked} files differ from their manifest:\n  " + "\n  ".join(faults), fix)
    click.echo(f"{checked} files agree with their manifests")
