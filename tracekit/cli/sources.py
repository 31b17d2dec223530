"""`tracekit sources`: what can be ingested."""

from __future__ import annotations

import click

from tracekit.cli._complete import complete_source
from tracekit.cli._options import format_option
from tracekit.cli._output import write_rows

_RULES = {
    None: "the file name without extensions; of files of one name, with the folders that tell them apart (run1-power)",
    "*": "none: rows hold for every trace",
}


def _show(dataset: str) -> None:
    from tracekit.sources.load import source

    known = source(dataset)
    clock, licence = known.clock, known.licence
    click.echo(f"{known.id}: {known.title}\n")
    facts = {
        "family": known.family,
        "tables": ", ".join(known.tables),
        "homepage": known.homepage,
        "paper": known.paper,
        "licence": f"{licence.spdx} (redistributable: {licence.redistributable}; {licence.evidence})",
        "clock": f"unit {clock.unit}, resolution {clock.resolution_us} us, zero {clock.zero}, anchor {clock.anchor}, "
        f"zone {clock.zone or 'as printed'}, calendar {clock.calendar}",
        "clock note": clock.note,
    }
    for name, value in facts.items():
        click.echo(f"  {name:11} {value}")
    click.echo("\nFiles")
    for kind in known.files:
        rule = _RULES.get(kind.trace, kind.trace)
        click.echo(f"  {kind.name} ({kind.format}) → {', '.join(kind.maps)}\n    {kind.text}")
        click.echo(f"    path: {kind.path}\n    trace: {rule}")
        columns = [f"{c.name}{' (optional)' if c.optional else ''}" for c in kind.columns]
        click.echo(f"    columns: {', '.join(columns)}")
    for ignored in known.ignored:
        click.echo(f"  not read: {ignored.path}: {ignored.reason}")
    click.echo("\nHow to get it")
    for download in known.downloads:
        click.echo(f"  {download.file}  {download.url}")
    if known.downloads:
        click.echo(f"  tracekit fetch {known.id}")
    if known.how_to_get:
        click.echo("  " + known.how_to_get.strip().replace("\n", "\n  "))
    click.echo(f"\nErrata ({len(known.errata)})")
    for erratum in known.errata:
        click.echo(f"  {erratum.id} [{erratum.action}] {erratum.text}\n    {erratum.link}")
    click.echo(f"\nClaims: {len(known.claims)} (tracekit claims {known.id})")


@click.command()
@click.argument("dataset", metavar="[ID]", required=False, shell_complete=complete_source)
@format_option
def command(dataset: str | None, form: str) -> None:
    """List what can be ingested; with ID: licence, clock, files, trace rule, errata, how to get it.

    \b
    Example:
      tracekit sources burstgpt
    """
    if dataset:
        _show(dataset)
        return
    from tracekit.sources.load import sources

    columns = ["id", "family", "tables", "licence", "fetch", "title"]
    rows = [[s.id, s.family, ", ".join(s.tables), s.licence.spdx, "yes" if s.downloads else "by hand", s.title] for s in sources().values()]
    write_rows(columns, rows, form)
