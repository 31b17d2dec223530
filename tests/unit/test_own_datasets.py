"""A dataset that came by a user's own mapping: what is said of it is true of it."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

Run = Callable[..., "subprocess.CompletedProcess[str]"]
MAPPING = """\
dataset = "my-gateway"
table = "llm_request"
licence = "MIT"

[columns]
arrived_us = { column = "t", unit = "s" }
input_tokens = "n"
"""


@pytest.fixture
def own(tmp_path: Path, cli: Run) -> Path:
    """A lake with a dataset of one's own, beside its mapping and its file."""
    (tmp_path / "my.toml").write_text(MAPPING)
    (tmp_path / "a.csv").write_text("t,n\n1,2\n2,3\n")
    done = cli("ingest", "--mapping", tmp_path / "my.toml", tmp_path / "a.csv", "--lake", tmp_path / "lake")
    assert done.returncode == 0, done.stderr
    return tmp_path


@pytest.mark.parametrize(("form", "start"), [("bibtex", "% "), ("text", "")])
def test_cite_says_that_there_is_nothing_to_cite(form: str, start: str, own: Path, cli: Run) -> None:
    done = cli("cite", "my-gateway", "burstgpt", "--format", form, "--lake", own / "lake")
    first, _, rest = done.stdout.partition("\n")
    words = "my-gateway: a dataset of your own, ingested with a mapping; it has no published citation."
    assert first == f"{start}{words} Licence, as the mapping declares it: MIT."
    assert "BurstGPT" in rest


def test_hints_name_the_mapping_and_not_a_source_that_there_is_not(own: Path, cli: Run) -> None:
    (own / "b.csv").write_text("x,y\n1,2\n")
    done = cli("ingest", "--mapping", own / "my.toml", own / "b.csv", "--lake", own / "lake")
    assert done.returncode == 3
    assert "the mapping of my-gateway says which columns are read" in done.stderr
    assert "tracekit sources" not in done.stderr
    next((own / "lake" / "llm_request").rglob("*.parquet")).unlink()
    done = cli("query", "llm/tokens", "--lake", own / "lake")
    assert "tracekit ingest --mapping FILE.toml PATH --replace" in done.stderr


@pytest.mark.parametrize("verb", [["sql", "SELECT 1"], ["query", "llm/tokens"], ["ingest", "burstgpt", "--sample"]])
@pytest.mark.parametrize("limit", ["0", "0GB", "1KB"])
def test_no_memory_is_a_clear_error(verb: list[str], limit: str, demo_lake: Path, tmp_path: Path, cli: Run) -> None:
    lake = tmp_path if verb[0] == "ingest" else demo_lake
    done = cli(*verb, "--memory-limit", limit, "--lake", lake)
    assert (done.returncode, done.stdout) == (2, "")
    assert f"'{limit}' is too little to work with; write 512MB or 2GB" in done.stderr


def test_too_little_memory_for_a_query_is_said(demo_lake: Path, cli: Run) -> None:
    done = cli("query", "llm/tokens", "--memory-limit", "1MB", "--lake", demo_lake)
    assert (done.returncode, done.stdout) == (2, "")
    assert "out of memory: " in done.stderr
    assert "→ give a larger --memory-limit" in done.stderr
