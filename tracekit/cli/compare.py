"""`tracekit compare`: what changed between two releases."""

from __future__ import annotations

import click

from tracekit.cli._options import format_option


@click.command()
@click.argument("a", metavar="RELEASE_A")
@click.argument("b", metavar="RELEASE_B")
@click.option("--endpoint", default=None, metavar="URL", help="Address of the Hub.  [default: $HF_ENDPOINT, else huggingface.co]")
@click.option("--allow-endpoint", is_flag=True, help="The address is meant, though it is neither the Hub nor this machine.")
@format_option
def command(a: str, b: str, endpoint: str | None, form: str, *, allow_endpoint: bool) -> None:
    """Show what differs between two releases.

    Columns, rows and distributions are compared.

    A release is a folder, or hf://NS/NAME@vX.Y.Z. Rows are compared as multisets; `altered` ones have the same dataset,
    trace and source_row. Numbers differ where they differ by more than one in 10^9.

    \b
    Example:
      tracekit compare data/releases/me/burstgpt-sample/v1.0.0 data/releases/me/burstgpt-sample/v1.1.0
    """
    import tempfile
    from dataclasses import astuple, fields
    from pathlib import Path

    from tracekit.cli._output import write_rows
    from tracekit.compare.release import Change, compare_releases
    from tracekit.publish.target import Place
    from tracekit.publish.verify import open_release

    place = Place("", endpoint=endpoint, allow_endpoint=allow_endpoint)
    with tempfile.TemporaryDirectory(prefix="tracekit-compare-") as scratch:
        releases = [open_release(address, Path(scratch) / str(i), place) for i, address in enumerate((a, b))]
        changes = compare_releases(releases[0].root, releases[1].root)
    if not changes:
        click.echo("the releases say the same", err=True)
    write_rows([field.name for field in fields(Change)], [astuple(change) for change in changes], form)
