"""The report in a real browser, without a network."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from itertools import pairwise
from pathlib import Path

import pytest

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = pytest.mark.skipif(CHROMIUM is None and "CI" not in os.environ, reason="there is no Chromium here")


@pytest.fixture(scope="module")
def page(demo: Path) -> Path:
    return demo / "report.html"


def _browse(page: Path, tmp_path: Path, *extra: str) -> tuple[str, str]:
    """Returns the page's DOM after its scripts ran, and what the browser logged."""
    quiet = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
    quiet += ["--disable-component-update", "--disable-sync", "--enable-logging=stderr", f"--user-data-dir={tmp_path / 'profile'}"]
    command = [CHROMIUM or "chromium", *quiet, "--virtual-time-budget=15000", *extra, "--dump-dom", page.as_uri()]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    return done.stdout, done.stderr


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_chart_is_drawn_without_a_word_from_the_console(scheme: str, page: Path, tmp_path: Path) -> None:
    dom, log = _browse(page, tmp_path, *(["--force-dark-mode"] if scheme == "dark" else []))
    assert 'data-ready="true"' in dom
    assert "CONSOLE" not in log, [line for line in log.splitlines() if "CONSOLE" in line]
    figures = re.findall(r"<figure id=.*?</figure>", dom, re.DOTALL)
    drawn = [figure for figure in figures if 'class="chart' in figure]
    assert len(figures) >= 15
    assert len(drawn) >= 14
    for figure in drawn:
        assert "<svg" in figure
        assert re.search(r'class="chart[^>]*aria-label="[^"]{30,}"', figure)
        # Marks that carry data, not an empty frame.
        assert re.search(r"mark-(rect|line|symbol|rule|path)[^>]*role-mark", figure)
    assert "NaN" not in "".join(drawn)
    assert "undefined" not in "".join(re.findall(r"<text[^>]*>([^<]*)</text>", "".join(drawn)))


def test_page_asks_for_nothing_from_outside(page: Path) -> None:
    text = page.read_text()
    assert "default-src 'none'" in text
    ours = text.split("<script>")[0]
    outside = re.findall(r'<(?:script|link|img|iframe)[^>]+(?:src|href)="([^"]+)"', ours)
    assert outside == []


def test_headings_do_not_skip_a_level(page: Path) -> None:
    body = page.read_text().split("<main")[1].split("</main>")[0]
    levels = [int(level) for level in re.findall(r"<h([1-6])", body)]
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
