"""Writes what is generated: pages of docs/ and the JSON Schemas; with --check, fails where one has drifted."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import click

from tracekit.cli import cli
from tracekit.cli._declarations import KINDS, schema_text
from tracekit.export.formats import formats
from tracekit.export.model import Facts
from tracekit.query.library import load
from tracekit.query.model import Query
from tracekit.schema.describe import describe_schema
from tracekit.schema.load import tables
from tracekit.schema.types import FAMILIES
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


def format_reference() -> str:
    """Returns every replay format: its file, its fields, who reads it and where that is documented."""
    head = "# Replay formats\n\nGenerated from `tracekit/export/formats` by `make docs`; [exports.md](exports.md) says how each is made.\n"
    titles = ("format", "file", "made of", "fields", "read by", "documented")
    rows = [
        f"| `{name}`{' *' if form.is_experimental else ''} | {form.text} | {', '.join(form.tables)} | "
        f"{', '.join(field.name for field in form.fields(Facts()))} | {form.reader} | {form.citation} |"
        for name, form in formats().items()
    ]
    note = "`*`: experimental, no public file of the format or reader of it is tested against."
    return f"{head}\n{note}\n\n| {' | '.join(titles)} |\n|{' --- |' * len(titles)}\n" + "\n".join(rows) + "\n"


def _query(query: Query) -> str:
    """Returns a query's question, parameters and columns."""
    params = [p for p in query.params.values() if p.name not in ("dataset", "trace")]
    parts = [f"## {query.name}\n\n{query.question}\n\nSource: {query.source}.\n"]
    if called := [name for name in query.uses if name in load()]:
        parts.append(f"Calls {', '.join(called)}.\n")
    if params:
        rows = "\n".join(f"| `{p.name}` | {p.type} | {p.default} | {p.unit} | {p.text} |" for p in params)
        parts.append(f"| parameter | type | default | unit | meaning |\n| --- | --- | --- | --- | --- |\n{rows}\n")
    rows = "\n".join(f"| `{name}` | {column.unit} | {column.text} |" for name, column in query.columns.items())
    return "\n".join([*parts, f"| column | unit | meaning |\n| --- | --- | --- |\n{rows}\n"])


def query_references(docs: Path) -> dict[Path, str]:
    """Returns a page of queries for each room, and the list of them all."""
    rooms: dict[str, list[Query]] = {}
    for query in load().values():
        rooms.setdefault(query.name.partition("/")[0], []).append(query)
    also = "Every query also takes `dataset` and `trace`."
    made = "Generated from the headers of `queries/` by `make docs`."
    found, index = {}, [f"# Queries\n\n{made} {also}\n"]
    for room, queries in rooms.items():
        lines = [(f"`{query.name}`", _anchor(query.name), query.title) for query in queries]
        index.append(f"## [{room}](queries/{room}.md)\n")
        index.append("\n".join(f"* [{name}](queries/{room}.md{anchor}): {title}" for name, anchor, title in lines) + "\n")
        own = "\n".join(f"* [{name}]({anchor}): {title}" for name, anchor, title in lines)
        defined = f"[Definitions](../definitions/{room}.md) where sources differ." if (docs / "definitions" / f"{room}.md").exists() else ""
        head = f"# Queries: {room}\n\n{made} {also} {defined}".rstrip()
        found[docs / "queries" / f"{room}.md"] = "\n".join([f"{head}\n\n{own}\n", *map(_query, queries)])
    return {docs / "queries.md": "\n".join(index), **found}


def _anchor(heading: str) -> str:
    """Returns the anchor that a heading of this text gets."""
    return "#" + re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def readme(text: str) -> str:
    """Returns the README with the list of sources as it is."""
    rows = [f"| {family} | {', '.join(s.id for s in sources().values() if s.family == family)} |" for family in FAMILIES]
    table = "\n".join(["| family | sources |", "| --- | --- |", *rows])
    return re.sub(r"(?s)(?<=<!-- sources -->\n).*?(?=\n<!-- /sources -->)", table, text)


ROOT = Path(__file__).parent.parent


def pages() -> dict[Path, str]:
    """Returns the generated pages and JSON Schemas."""
    docs, schemas = ROOT / "docs", ROOT / "schemas" / "json"
    return {
        docs / "schema.md": describe_schema(tables().values()),
        docs / "cli.md": cli_reference(),
        docs / "sources.md": source_reference(),
        docs / "formats.md": format_reference(),
        ROOT / "README.md": readme((ROOT / "README.md").read_text(encoding="utf-8")),
        **query_references(docs),
        **{schemas / f"{kind}.json": schema_text(kind) for kind in KINDS},
    }


def main() -> int:
    """Writes the pages, or says which have drifted."""
    texts = pages()
    drifted = [path for path, text in texts.items() if not path.exists() or path.read_text(encoding="utf-8") != text]
    if "--check" in sys.argv:
        for path in drifted:
            print(f"{path.relative_to(ROOT)} has drifted from the code: run `make docs`", file=sys.stderr)
        return 1 if drifted else 0
    for path in drifted:
        path.parent.mkdir(exist_ok=True)
        path.write_text(texts[path], encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
