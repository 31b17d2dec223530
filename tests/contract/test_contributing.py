"""The pages for contributors are followed by their own snippets, in a copy of the house: a source, a query, a page, a replay format."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = ROOT / "docs" / "contributing"
FOLDERS = ("tracekit", "schemas", "queries", "reports", "data/samples", "tests", "tools")
_BLOCK = re.compile(r"(?ms)^(?P<indent> *)(?P<fence>`{3,})(?P<form>\w+) ?(?P<path>\S*)\n(?P<text>.*?)^ *(?P=fence)$")


def blocks(page: str) -> list[tuple[str, str, str]]:
    """Returns the fenced blocks of a page: form, path of the file that it is, text."""
    found = _BLOCK.finditer((PAGES / f"{page}.md").read_text(encoding="utf-8"))
    return [(block["form"], block["path"], textwrap.dedent(block["text"])) for block in found]


def last_command(page: str) -> str:
    """Returns the one command that a page ends in."""
    return [text for form, _, text in blocks(page) if form == "sh"][-1].strip()


@pytest.mark.parametrize("page", sorted(path.stem for path in PAGES.glob("*.md")))
def test_every_page_ends_in_a_command_that_tests_what_was_added(page: str) -> None:
    command = last_command(page)
    assert command.startswith("python -m pytest -q tests/")
    assert "\n" not in command
    for word in command.split():
        assert not word.startswith("tests/") or (ROOT / word).exists(), word
    assert re.search(r"(?m)^1\. ", (PAGES / f"{page}.md").read_text(encoding="utf-8")), "steps are numbered"


def test_a_source_a_query_a_page_and_a_format_are_added_as_the_pages_say(tmp_path: Path) -> None:
    house = tmp_path / "house"
    for folder in FOLDERS:
        shutil.copytree(ROOT / folder, house / folder, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", house)
    environment = {**os.environ, "PYTHONPATH": str(house), "PYTHONDONTWRITEBYTECODE": "1"}
    environment.pop("PYTEST_XDIST_WORKER", None)

    def run(*words: str) -> str:
        done = subprocess.run(words, cwd=house, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{' '.join(words)}\n{done.stdout[-3000:]}{done.stderr[-3000:]}"
        return done.stdout

    scaffold = next(text for form, _, text in blocks("source") if form == "sh").split()
    run(sys.executable, "-c", "from tracekit.cli import main; main()", *scaffold[1:], "--to", "tracekit/sources")
    run(sys.executable, "tools/write_samples.py", scaffold[3])
    for page in ("query", "page", "export"):
        for _, path, text in blocks(page):
            if path:
                (house / path).write_text(text, encoding="utf-8")
    commands = [last_command(page).split() for page in ("source", "query", "page", "export")]
    files = list(dict.fromkeys(word for words in commands for word in words if word.startswith("tests/")))
    names = [words[words.index("-k") + 1] for words in commands]
    # The four commands in one run: what they share, a lake of all samples, is made once.
    said = run(sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-v", *files, "-k", " or ".join(names))
    for name in names:
        assert re.search(rf"{re.escape(name)}.* PASSED", said), f"nothing tested {name}"
