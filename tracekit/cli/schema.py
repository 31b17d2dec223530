"""`tracekit schema`: what declarations may say, for editors."""

from __future__ import annotations

import click

from tracekit.cli._options import format_option
from tracekit.cli._output import write_rows


@click.command()
@click.option("--json", "kind", metavar="KIND", help="Print the JSON Schema of one kind of declaration.")
@format_option
def command(kind: str | None, form: str) -> None:
    """Show what declarations may say, as JSON Schema for editors.

    \b
    Example:
      tracekit schema
      tracekit schema --json mapping
    """
    from tracekit.cli._declarations import KINDS, schema_text

    if kind is not None:
        click.echo(schema_text(kind), nl=False)
        return
    write_rows(["kind", "where", "text"], [[name, known.where, known.text] for name, known in KINDS.items()], form)
