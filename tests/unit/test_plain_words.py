"""What a user reads is in the words of the field, and cites nothing that does not ship with tracekit."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# Words of the workshop, and of another century.
ODD = re.compile(
    r"\b(told|overtaken|barren|hitherto|thereof|whence|lest|nobody)\b|no word for|speaks? of|cannot be meant|bears? no", re.IGNORECASE
)
OUTSIDE = re.compile(r"\bCONTRACTS?(\.md)?\b|\bDESIGN\.md\b|\bnotes/\w+\.md\b|§")
PAGES = sorted([*ROOT.glob("docs/**/*.md"), *ROOT.glob("reports/*.md"), *ROOT.glob("schemas/*.toml")])


def _messages(path: Path) -> Iterator[str]:
    """Texts that are printed: in errors, and in what the command line says."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        is_printed = isinstance(node, ast.Raise) or (
            isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in ("echo", "option", "append")
        )
        for inner in ast.walk(node) if is_printed else ():
            if isinstance(inner, ast.Constant) and isinstance(inner.value, str) and " " in inner.value:
                yield inner.value


@pytest.mark.parametrize("path", sorted(ROOT.glob("tracekit/**/*.py")), ids=lambda path: path.relative_to(ROOT).as_posix())
def test_messages_use_plain_words(path: Path) -> None:
    assert [text for text in _messages(path) if ODD.search(text)] == []
    assert not OUTSIDE.search(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_pages_cite_nothing_outside_the_repository(path: Path) -> None:
    assert not OUTSIDE.search(path.read_text(encoding="utf-8"))
