"""`tracekit demo`: samples of all families, a lake of its own, a report."""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("data/demo"),
    show_default=True,
    help="Folder for lake and report.",
)
def command(out: Path) -> None:
    """Ingest the shipped synthetic samples of all families, run the queries, write one HTML report.

    \b
    Example:
      tracekit demo --out /tmp/demo
    """
    from tracekit.ingest.run import ingest
    from tracekit.lake import catalog
    from tracekit.lake.layout import Layout
    from tracekit.query.macros import macros
    from tracekit.report import write_report
    from tracekit.sources.load import sources

    lake = out / "lake"
    for known in sources().values():
        outcome = ingest(known, [], lake, macros=None, sample=True, replace=True)
        rows = sum(count.rows for m in outcome.written for count in m.tables.values())
        click.echo(f"{known.id}: {f'{rows:,} rows' if outcome.written else 'unchanged'}", err=True)
    catalog.rebuild(Layout(lake), macros())
    path = write_report(lake, [], out / "report.html", lambda text: click.echo(f"failed: {text}", err=True))
    click.echo(path.resolve())
