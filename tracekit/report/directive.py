"""What a page asks for: fenced blocks of TOML, each a declaration."""

from __future__ import annotations

from typing import Any, ClassVar

import msgspec

from tracekit.declare.build import build, read_toml
from tracekit.declare.checks import Finite, Text
from tracekit.declare.model import Declared
from tracekit.errors import DeclarationError, did_you_mean
from tracekit.query import library
from tracekit.query.check_chart import check_column
from tracekit.query.check_given import check_given
from tracekit.query.model import Finding
from tracekit.query.override import overridden
from tracekit.query.text import names_in, placeholders


class Directive(Declared, frozen=True, kw_only=True):
    """A fenced block that the report fills from the lake.

    Attributes:
        kind: The word after the fence.
    """

    kind: ClassVar[str]


class FigureBlock(Directive, frozen=True, kw_only=True):
    """A figure: a query's rows as a chart, with a sentence, the table and the command.

    Attributes:
        query: The query, ``room/name``.
        params: Values of its parameters.
        chart: Keys of the header's chart to set otherwise.
        title: Its title; the query's question by default.
        note: A remark that stands below it.
        finding: Another sentence than the header's.
    """

    kind: ClassVar[str] = "figure"

    query: str
    params: dict[str, Any] = msgspec.field(default_factory=dict)
    chart: dict[str, Any] = msgspec.field(default_factory=dict)
    title: Text | None = None
    note: Text | None = None
    finding: Finding | None = None


class PageBlock(Directive, frozen=True, kw_only=True):
    """What a page says of itself.

    Attributes:
        order: Where it stands among the pages: a reader meets lower numbers first. Pages without a number come last, by name.
    """

    kind: ClassVar[str] = "page"

    order: Finite


class LakeBlock(Directive, frozen=True, kw_only=True):
    """A row per trace of the lake. It has no keys."""

    kind: ClassVar[str] = "lake"


class CapabilityBlock(Directive, frozen=True, kw_only=True):
    """Which dataset can answer which query. It has no keys."""

    kind: ClassVar[str] = "capability"


class ErrataBlock(Directive, frozen=True, kw_only=True):
    """Known defects of the sources. It has no keys."""

    kind: ClassVar[str] = "errata"


class ClaimsBlock(Directive, frozen=True, kw_only=True):
    """Published figures beside ours. It has no keys."""

    kind: ClassVar[str] = "claims"


DIRECTIVES: dict[str, type[Directive]] = {
    kind.kind: kind for kind in (FigureBlock, PageBlock, LakeBlock, CapabilityBlock, ErrataBlock, ClaimsBlock)
}


def is_directive(word: str, where: str) -> bool:
    """Whether a fenced block is a directive; any other is code that the page shows.

    Raises:
        DeclarationError: It is neither: the word is nearly that of a directive.
    """
    if word not in DIRECTIVES and (hint := did_you_mean(word, list(DIRECTIVES))):
        raise DeclarationError(f"{where}: there is no directive {word!r}.{hint}", f"the directives are {', '.join(DIRECTIVES)}")
    return word in DIRECTIVES


def parse_directive(word: str, text: str, where: str) -> Directive:
    """Parses a directive.

    Args:
        word: Its kind.
        text: Its TOML.
        where: File and line, for messages.

    Returns:
        The directive; that of a figure fits its query.

    Raises:
        DeclarationError: Names key and value, and what to write.
    """
    where = f"{where}, {word}"
    body = read_toml(text, where)
    if body and not DIRECTIVES[word].__struct_fields__:
        raise DeclarationError(f"{where}: it takes no options, and {next(iter(body))} is one", "leave the block empty")
    made = build(DIRECTIVES[word], body, where)
    if isinstance(made, FigureBlock):
        _check_figure(made, where)
    return made


def _check_figure(figure: FigureBlock, where: str) -> None:
    known = library.load()
    if figure.query not in known:
        hint = did_you_mean(figure.query, list(known))
        raise DeclarationError(f"{where}: query: there is no query {figure.query!r}.{hint}", "tracekit query lists them")
    query = known[figure.query]
    check_given(query, figure.params, f"{where}.params")
    overridden(query, figure.chart, f"{where}.chart")
    if figure.finding:
        for key, names in (("pick", names_in(figure.finding.pick)), ("text", placeholders(figure.finding.text))):
            for name in names:
                check_column(name, query.columns, f"{where}.finding: {key}")
