"""`tracekit demo`: samples of all families, a lake of its own, a report."""

from __future__ import annotations

from pathlib import Path

import click

from tracekit.cli._progress import Steps, quiet_option, say, steps


@click.command()
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("data/demo"),
    show_default=True,
    help="Folder for lake and report.",
)
@quiet_option
def command(out: Path) -> None:
    """Make a lake of samples, and a report of it.

    Ingests the synthetic samples of all families, which ship with tracekit, runs the queries and writes one HTML file.

    \b
    Example:
      tracekit demo --out my-demo
    """
    with steps("demo") as progress:
        from tracekit.report import write_report

        _ingest_samples(out / "lake", progress)
        path = write_report(out / "lake", [], out / "report.html", lambda text: click.echo(f"failed: {text}", err=True), progress)
    click.echo(path.resolve())


def _ingest_samples(lake: Path, progress: Steps) -> None:
    from tracekit.ingest.run import ingest
    from tracekit.lake import catalog
    from tracekit.lake.layout import Layout
    from tracekit.query.macros import macros
    from tracekit.sources.load import sources

    every = sources().values()
    for done, known in enumerate(every):
        progress(done, len(every), f"ingest {known.id}")
        outcome = ingest(known, [], lake, macros=None, sample=True, replace=True)
        rows = sum(count.rows for m in outcome.written for count in m.tables.values())
        say(f"{known.id}: {f'{rows:,} rows' if outcome.written else 'unchanged'}")
    catalog.rebuild(Layout(lake), macros())
