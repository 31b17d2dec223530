"""`tracekit export`: one trace as a replay file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from tracekit.cli._complete import complete_dataset, complete_export_format, complete_trace
from tracekit.cli._options import lake_option
from tracekit.export.formats import formats

_HELP = """Write one trace as a replay file.

That is the file, or the folder of files, that a load generator or a simulator reads. Beside FILE lies FILE.export.json: input
hashes, licence, what was kept, rounded, clamped, dropped and invented, and row counts that add up. Rows without an instant, or
without what the format cannot do without, are left out and counted; nothing else is.

\b
Formats (* experimental: not tested against a public file or reader), by the table that they are made of:
{formats}

\b
Example:
  tracekit export azure-llm-2023 --trace conv --to vidur --from 10s --until 30s -o conv.csv
"""


def _help() -> str:
    width = max(len(name) for name in formats()) + 1
    rows = []
    for tables in dict.fromkeys(form.tables for form in formats().values()):
        rows.append(f"  {' or '.join(tables)}")
        rows += [
            f"    {name + '*' * form.is_experimental:<{width}}  {form.text}" for name, form in formats().items() if form.tables == tables
        ]
    return _HELP.format(formats="\n".join(rows))


def _say(made: dict[str, Any], path: Path) -> None:
    """Says on standard error what became of rows and values, and on standard output where the file is."""
    left = {name: count for name, count in made["rows"].items() if count and name not in ("trace", "written")}
    rest = "".join(f", {count:,} {name.replace('_', ' ')}" for name, count in left.items())
    click.echo(f"{made['dataset']}/{made['trace']}: {made['rows']['written']:,} of {made['rows']['trace']:,} rows written{rest}", err=True)
    for entry in made["invented"]:
        click.echo(f"invented: {entry['field']}, {entry['rows']:,} rows: {entry['how']}", err=True)
    for entry in made["clamped"]:
        click.echo(f"clamped: {entry['field']}, {entry['rows']:,} rows: {entry['from']} → {entry['to']}", err=True)
    for entry in made["rounded"]:
        click.echo(f"rounded: {entry['field']}, {entry['rows']:,} rows: to {entry['to_us']:,} us", err=True)
    if made["dropped"]:
        click.echo(f"dropped: {', '.join(entry['column'] for entry in made['dropped'])}", err=True)
    for note in made["notes"]:
        click.echo(f"note: {note}", err=True)
    for reader, setting in made["reader_settings"].items():
        click.echo(f"{reader}: {setting}", err=True)
    click.echo(str(path))


@click.command(help=_help())
@click.argument("dataset", metavar="ID", shell_complete=complete_dataset)
@click.option("--to", required=True, metavar="FORMAT", shell_complete=complete_export_format, help="One of the formats above.")
@click.option("-o", "--out", "path", required=True, metavar="FILE", type=click.Path(path_type=Path), help="The file or folder to write.")
@click.option("--trace", default=None, shell_complete=complete_trace, help="The trace; needed where the dataset has several.")
@click.option("--from", "start", default=None, metavar="TIME", help="Start: 90s, 10m, 2h since the trace's zero, or an ISO instant.")
@click.option("--until", default=None, metavar="TIME", help="End, exclusive.")
@click.option("--rate-scale", type=float, default=1.0, show_default=True, help="2 is twice the rate: times from the first row are halved.")
@click.option("--limit", type=int, default=None, help="Write the first rows only, this many.")
@click.option("--seed", type=int, default=0, show_default=True, help="Seed of what is invented at random.")
@click.option("--force", is_flag=True, help="Replace FILE and its record.")
@lake_option
def command(
    dataset: str,
    to: str,
    path: Path,
    trace: str | None,
    start: str | None,
    until: str | None,
    rate_scale: float,
    limit: int | None,
    seed: int,
    *,
    force: bool,
    lake: Path,
) -> None:
    """Writes one trace as a replay file; the help is made of the formats."""
    from tracekit.api import Lake
    from tracekit.export.moment import parse

    made = Lake(lake).export(
        dataset,
        to,
        path,
        trace=trace,
        start_s=None if start is None else parse(start),
        until_s=None if until is None else parse(until),
        rate_scale=rate_scale,
        limit=limit,
        seed=seed,
        force=force,
    )
    _say(made, path)
