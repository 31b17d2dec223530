"""`tracekit sources`: what can be ingested."""

from __future__ import annotations

from typing import Any

import click

from tracekit.cli._complete import complete_source
from tracekit.cli._options import format_option
from tracekit.cli._output import write_rows

_RULES = {
    None: "the file name without extensions; of files of one name, with the folders that distinguish them (run1-power)",
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


def _record(dataset: str) -> dict[str, Any]:
    """Returns a source's declaration as a record: what ``_show`` prints."""
    from msgspec.structs import asdict

    from tracekit.sources.load import source

    known = source(dataset)
    licence = known.licence
    return {
        "id": known.id,
        "title": known.title,
        "family": known.family,
        "tables": known.tables,
        "homepage": known.homepage,
        "paper": known.paper,
        "licence": licence.spdx,
        "redistributable": licence.redistributable,
        "licence_evidence": licence.evidence,
        "clock": {name: value for name, value in asdict(known.clock).items() if value is not None},
        "files": [
            {
                "name": kind.name,
                "format": kind.format,
                "tables": list(kind.maps),
                "text": kind.text,
                "path": kind.path,
                "trace": _RULES.get(kind.trace, kind.trace),
                "columns": [column.name for column in kind.columns],
                "optional": [column.name for column in kind.columns if column.optional],
            }
            for kind in known.files
        ],
        "not_read": [{"path": ignored.path, "reason": ignored.reason} for ignored in known.ignored],
        "downloads": [{"file": download.file, "url": download.url} for download in known.downloads],
        "how_to_get": known.how_to_get,
        "errata": [{"id": e.id, "action": e.action, "text": e.text, "link": e.link} for e in known.errata],
        "claims": len(known.claims),
    }


@click.command()
@click.argument("dataset", metavar="[ID]", required=False, shell_complete=complete_source)
@format_option
def command(dataset: str | None, form: str) -> None:
    """List what can be ingested, or describe one source.

    With ID: licence, clock, files, how traces are named, errata, how to get the files.

    \b
    Example:
      tracekit sources burstgpt
    """
    if dataset and form == "table":
        _show(dataset)
        return
    if dataset:
        record = _record(dataset)
        write_rows(list(record), [list(record.values())], form)
        return
    from tracekit.sources.load import sources

    columns = ["id", "family", "tables", "licence", "fetch", "title"]
    rows = [[s.id, s.family, ", ".join(s.tables), s.licence.spdx, "yes" if s.downloads else "by hand", s.title] for s in sources().values()]
    write_rows(columns, rows, form)
