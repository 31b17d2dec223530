"""Writes the generated pages of docs/; with --check, fails where one has drifted."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from tracekit.cli import cli
from tracekit.query.library import load
from tracekit.schema.describe import describe_schema
from tracekit.schema.load import FAMILIES, tables
from tracekit.sources.load import sources


def cli_reference() -> str:
    """Returns the help of every verb."""
    parts = ["# Command line\n\nGenerated from the commands themselves by `make docs`.\n"]
    context = click.Context(cli, info_name="tracekit")
    for name in cli.list_commands(context):
        command = cli.get_command(context, name)
        if command is not None:
            inner = click.Context(command, info_name=name, parent=context, max_content_width=100, terminal_width=100)
            parts.append(f"## tracekit {name}\n\n```text\n{command.get_help(inner)}\n```\n")
            for verb, nested in getattr(command, "commands", {}).items():
                text = nested.get_help(click.Context(nested, info_name=verb, parent=inner, max_content_width=100, terminal_width=100))
                parts.append(f"### tracekit {name} {verb}\n\n```text\n{text}\n```\n")
    return "\n".join(parts)


def source_reference() -> str:
    """Returns every source with what it fills, its licence and how to get it, family by family."""
    about = "`tracekit sources ID` prints clock, files, columns, trace rule and errata."
    parts = [f"# Sources\n\nGenerated from `tracekit/sources` by `make docs`. {about}\n"]
    titles = ("source", "what", "fills", "licence", "how to get it", "errata", "published figures")
    head = f"| {' | '.join(titles)} |\n|{' --- |' * len(titles)}\n"
    for family in FAMILIES:
        rows = [
            f"| `{s.id}` | [{s.title}]({s.homepage}) | {', '.join(s.tables)} | {s.licence.spdx} | "
            f"{'`tracekit fetch`' if s.downloads else 'by hand'} | {len(s.errata)} | {len(s.claims)} |"
            for s in sources().values()
            if s.family == family
        ]
        parts.append(f"## {family}\n\n{head}" + "\n".join(rows) + "\n")
    return "\n".join(parts)


def query_reference() -> str:
    """Returns every query's question, parameters and columns."""
    parts = ["# Queries\n\nGenerated from the headers of `queries/` by `make docs`. Every query also takes `dataset` and `trace`.\n"]
    for query in load().values():
        params = [p for p in query.params.values() if p.name not in ("dataset", "trace")]
        parts.append(f"## {query.name}\n\n{query.question}\n\nSource: {query.source}.\n")
        if called := [name for name in query.uses if name in load()]:
            parts.append(f"Calls {', '.join(called)}.\n")
        if params:
            rows = "\n".join(f"| `{p.name}` | {p.type} | {p.default} | {p.unit} | {p.text} |" for p in params)
            parts.append(f"| parameter | type | default | unit | meaning |\n| --- | --- | --- | --- | --- |\n{rows}\n")
        rows = "\n".join(f"| `{name}` | {column.unit} | {column.text} |" for name, column in query.columns.items())
        parts.append(f"| column | unit | meaning |\n| --- | --- | --- |\n{rows}\n")
    return "\n".join(parts)


def pages() -> dict[Path, str]:
    """Returns the generated pages."""
    docs = Path(__file__).parent.parent / "docs"
    return {
        docs / "schema.md": describe_schema(tables().values()),
        docs / "cli.md": cli_reference(),
        docs / "queries.md": query_reference(),
        docs / "sources.md": source_reference(),
    }


def main() -> int:
    """Writes the pages, or says which have drifted."""
    drifted = [path for path, text in pages().items() if not path.exists() or path.read_text(encoding="utf-8") != text]
    if "--check" in sys.argv:
        for path in drifted:
            print(f"docs/{path.name} has drifted from the code: run `make docs`", file=sys.stderr)
        return 1 if drifted else 0
    for path in drifted:
        path.write_text(pages()[path], encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
