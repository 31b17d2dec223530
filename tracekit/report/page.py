"""Parses a page: Markdown prose, and fenced directives in TOML."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from markdown_it import MarkdownIt

from tracekit import assets
from tracekit.errors import DeclarationError, UsageError, did_you_mean
from tracekit.query import library

DIRECTIVES = ("figure", "lake", "capability", "errata", "claims")
_FIGURE_KEYS = {"query", "params", "chart", "title", "note", "finding"}
# The order in which a reader meets them; a page that is not named here follows.
_ORDER = ("overview", "llm", "serverless", "cluster", "power", "energy", "water", "footprint", "quality", "claims")


@dataclass(frozen=True)
class Prose:
    """Rendered Markdown."""

    html: str


@dataclass(frozen=True)
class Directive:
    """A fenced block that the report fills from the lake: its kind and its options."""

    kind: str
    options: dict[str, Any]


@dataclass(frozen=True)
class Page:
    """A page of the report.

    Attributes:
        name: The file's stem; anchor and name on the command line.
        title: Its first heading.
        blocks: Prose and directives, in order.
    """

    name: str
    title: str
    blocks: tuple[Prose | Directive, ...]


def _directive(path: Path, kind: str, text: str) -> Directive:
    try:
        options = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise DeclarationError(f"{path}: ```{kind}: not valid TOML: {error}") from error
    if kind == "figure":
        if unknown := sorted(set(options) - _FIGURE_KEYS):
            raise DeclarationError(f"{path}: figure: unknown key {unknown[0]!r}.{did_you_mean(unknown[0], sorted(_FIGURE_KEYS))}")
        query = library.get(options.get("query", ""))
        if strange := sorted(set(options.get("params", {})) - set(query.params)):
            raise DeclarationError(f"{path}: figure: {query.name} has no parameter {strange[0]!r}")
    elif options:
        raise DeclarationError(f"{path}: ```{kind} takes no options")
    return Directive(kind, options)


def parse_page(path: Path) -> Page:
    """Parses a page.

    Args:
        path: ``reports/<page>.md``; its first line is ``# title``.

    Returns:
        The page.

    Raises:
        DeclarationError: A directive is wrong, or there is no title.
    """
    markdown = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = markdown.parse(path.read_text(encoding="utf-8"))
    if len(tokens) < 2 or tokens[0].tag != "h1":
        raise DeclarationError(f"{path}: a page starts with `# title`")
    title = tokens[1].content
    blocks: list[Prose | Directive] = []
    prose: list[Any] = []
    for token in tokens[3:]:
        if token.type in ("heading_open", "heading_close"):
            # The page's own title is the report's second level.
            token.tag = f"h{int(token.tag[1]) + 1}"
        if token.type == "fence" and token.info.strip() in DIRECTIVES:
            if prose:
                blocks.append(Prose(markdown.renderer.render(prose, markdown.options, {})))
                prose = []
            blocks.append(_directive(path, token.info.strip(), token.content))
        else:
            prose.append(token)
    if prose:
        blocks.append(Prose(markdown.renderer.render(prose, markdown.options, {})))
    return Page(path.stem, title, tuple(blocks))


def page_names() -> list[str]:
    """Returns the names of the pages, in reading order."""
    names = [path.stem for path in assets.reports_dir().glob("*.md")]
    return sorted(names, key=lambda name: (_ORDER.index(name) if name in _ORDER else len(_ORDER), name))


def load_pages(names: list[str]) -> list[Page]:
    """Returns pages by name, all of them for an empty list.

    Raises:
        UsageError: There is no such page.
    """
    known = page_names()
    for name in names:
        if name not in known:
            raise UsageError(f"there is no page {name!r}.{did_you_mean(name, known)}", f"the pages are: {', '.join(known)}")
    return [parse_page(assets.reports_dir() / f"{name}.md") for name in names or known]
