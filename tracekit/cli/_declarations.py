"""The kinds of declarations that there are, each with the type that the loader reads it with."""

from __future__ import annotations

import json
from importlib import import_module
from typing import Any, NamedTuple

from tracekit.errors import UsageError, did_you_mean


class Kind(NamedTuple):
    """A kind of declaration.

    Attributes:
        where: Files that hold it.
        text: What it declares.
        module: Module of its type.
        type: Name of its type.
        named: Whether a file holds a table of these, by name.
    """

    where: str
    text: str
    module: str
    type: str
    named: bool = False


KINDS = {
    "schema-field": Kind("schemas/fields.toml", "columns: meaning, type, unit", "tracekit.schema.load", "Field", named=True),
    "table": Kind("schemas/<table>.toml", "a table and its columns", "tracekit.schema.load", "TableFile"),
    "source": Kind("tracekit/sources/<id>/source.toml", "a source: licence, clock, files", "tracekit.sources.model", "Source"),
    "errata": Kind("tracekit/sources/<id>/errata.toml", "known defects of a source's data", "tracekit.sources.load", "ErrataFile"),
    "claims": Kind("tracekit/sources/<id>/claims.toml", "published figures of a source", "tracekit.sources.load", "ClaimsFile"),
    "mapping": Kind("your own TOML file", "how your files become rows of a table", "tracekit.sources.mapping_file", "MappingFile"),
    "query": Kind("head of queries/<room>/<name>.sql", "a query: parameters, columns, chart", "tracekit.query.model", "Query"),
    "fragment": Kind("head of queries/<room>/_<name>.sql", "SQL that queries share", "tracekit.query.model", "Fragment"),
    "page": Kind("```page of reports/<page>.md", "what a report page says of itself", "tracekit.report.directive", "PageBlock"),
    "figure": Kind("```figure of reports/<page>.md", "a figure of a report page", "tracekit.report.directive", "FigureBlock"),
}


def schema_of(name: str) -> dict[str, Any]:
    """Returns the JSON Schema of a kind of declaration.

    Raises:
        UsageError: There is no such kind.
    """
    from tracekit.declare.json_schema import json_schema

    if name not in KINDS:
        raise UsageError(f"there is no kind of declaration {name!r}.{did_you_mean(name, list(KINDS))}", f"one of {', '.join(KINDS)}")
    kind = KINDS[name]
    return json_schema(getattr(import_module(kind.module), kind.type), f"tracekit: {kind.text}", named=kind.named)


def schema_text(name: str) -> str:
    """Returns the JSON Schema of a kind of declaration as text."""
    return json.dumps(schema_of(name), indent=2, ensure_ascii=False) + "\n"
