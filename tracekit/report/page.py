"""Parses a page: Markdown prose, and fenced directives in TOML."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from markdown_it import MarkdownIt

from tracekit import assets
from tracekit.declare.build import build, read_toml
from tracekit.errors import DeclarationError, UsageError, did_you_mean
from tracekit.report.directive import Directive, FigureBlock, PageBlock, is_directive, parse_directive

_OWN_WORD = re.compile(r"^```page[ \t]*\n(.*?)^```", re.DOTALL | re.MULTILINE)


@dataclass(frozen=True)
class Prose:
    """Rendered Markdown."""

    html: str


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

    @property
    def figures(self) -> list[FigureBlock]:
        """What its figures show, in order."""
        return [block for block in self.blocks if isinstance(block, FigureBlock)]


def parse_page(path: Path) -> Page:
    """Parses a page.

    Args:
        path: ``reports/<page>.md``; its first line is ``# title``.

    Returns:
        The page.

    Raises:
        DeclarationError: A directive is wrong, or there is no title; names file, line, key and value.
    """
    markdown = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = markdown.parse(_read(path))
    if len(tokens) < 2 or tokens[0].tag != "h1":
        raise DeclarationError(f"{path}: a page starts with `# title`", "write its title in the first line, after # and a space")
    title = tokens[1].content
    blocks: list[Prose | Directive] = []
    prose: list[Any] = []
    own: PageBlock | None = None

    def render() -> None:
        if prose:
            blocks.append(Prose(markdown.renderer.render(prose, markdown.options, {})))
            prose.clear()

    for token in tokens[3:]:
        if token.type in ("heading_open", "heading_close"):
            # The page's own title is the report's second level.
            token.tag = f"h{int(token.tag[1]) + 1}"
        where = f"{path}: line {token.map[0] + 1}" if token.map else str(path)
        if token.type == "fence" and is_directive(token.info.strip(), where):
            directive = parse_directive(token.info.strip(), token.content, where)
            if isinstance(directive, PageBlock):
                if own is not None:
                    raise DeclarationError(f"{where}: there is a second page directive", "delete one of the two")
                own = directive
                continue
            render()
            blocks.append(directive)
        else:
            prose.append(token)
    render()
    return Page(path.stem, title, tuple(blocks))


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise DeclarationError(f"{path}: cannot be read: {error}", "a page is Markdown in UTF-8") from error


def _order(path: Path) -> tuple[float, str]:
    """Returns what pages are ordered by: the number that a page says, without looking at what else is in it."""
    found = _OWN_WORD.search(_read(path))
    where = f"{path}: page"
    order = build(PageBlock, read_toml(found[1], where), where).order if found else math.inf
    return order, path.stem


def page_names() -> list[str]:
    """Returns the names of the pages, in reading order."""
    return [path.stem for path in sorted(assets.reports_dir().glob("*.md"), key=_order)]


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
