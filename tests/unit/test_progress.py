"""Long work shows how far it has come; `--version` says what a report of a defect needs."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import pexpect
import pytest
from rich.progress import Progress

from tracekit.query.claims import check_claims
from tracekit.report.page import Directive, load_pages
from tracekit.sources.load import source

Run = Callable[..., "subprocess.CompletedProcess[str]"]
ROOT = Path(__file__).parents[2]
# Says when the bar appears, and which engines have been imported by then.
WATCHED = """
import sys
import rich.progress
start = rich.progress.Progress.start
def watched(self):
    print("BAR", sorted(set(sys.modules) & {"polars", "duckdb", "pyarrow"}), flush=True)
    start(self)
rich.progress.Progress.start = watched
from tracekit.cli import main
main()
"""
PLAIN = "from tracekit.cli import main; main()"


def on_terminal(*args: str, code: str = PLAIN) -> str:
    """All that a terminal is sent."""
    child = pexpect.spawn(
        sys.executable,
        ["-c", code, *args],
        env={**os.environ, "TERM": "xterm"},
        encoding="utf-8",
        timeout=280,
        dimensions=(24, 120),
        cwd=str(ROOT),
    )
    child.expect(pexpect.EOF)
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", str(child.before))


def _long_work(lake: Path, folder: Path) -> dict[str, list[str]]:
    place = ["--lake", str(lake)]
    return {
        "report": ["report", "power", "-o", str(folder / "r.html"), *place],
        "check": ["check", *place],
        "claims": ["claims", "azure-llm-2023", *place],
        "ingest": ["ingest", "burstgpt", "--sample", "--lake", str(folder / "lake")],
    }


@pytest.mark.parametrize("verb", ["report", "check", "claims", "ingest"])
def test_progress_is_shown_before_any_engine_is_imported(verb: str, demo_lake: Path, tmp_path: Path) -> None:
    shown = on_terminal(*_long_work(demo_lake, tmp_path)[verb], code=WATCHED)
    assert re.findall(r"BAR (.*)\r", shown)[:1] == ["[]"]


@pytest.mark.parametrize("verb", ["report", "check", "claims", "ingest"])
def test_quiet_and_a_pipe_show_no_progress(verb: str, demo_lake: Path, tmp_path: Path, cli: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    args = _long_work(demo_lake, tmp_path)[verb]
    before, after = (["--quiet"], []) if verb in ("check", "ingest") else ([], ["--quiet"])
    assert "BAR" not in on_terminal(*before, *args, *after, code=WATCHED)
    begun: list[object] = []
    monkeypatch.setattr(Progress, "start", begun.append)
    assert cli(*args).returncode == 0
    assert begun == []


def test_a_report_counts_its_figures(demo_lake: Path, tmp_path: Path) -> None:
    total = sum(isinstance(block, Directive) for page in load_pages(["power"]) for block in page.blocks)
    shown = on_terminal("report", "power", "-o", str(tmp_path / "r.html"), "--lake", str(demo_lake))
    counts = [int(done) for done in re.findall(rf"(\d+)/{total} ", shown)]
    assert counts == sorted(counts)
    assert counts
    assert str(tmp_path / "r.html") in shown


def test_claims_are_counted_one_by_one() -> None:
    seen: list[tuple[int, int, str]] = []
    import duckdb

    known = source("azure-llm-2023")
    with duckdb.connect() as connection:
        verdicts = check_claims(connection, [known], [], lambda *step: seen.append(step))
    assert seen == [(i, len(known.claims), f"azure-llm-2023: {claim.id}") for i, claim in enumerate(known.claims)]
    assert len(verdicts) == len(seen) > 0


def test_demo_is_silent_when_asked(demo: Path) -> None:
    assert (demo / "stderr").read_text() == ""
    assert Path((demo / "stdout").read_text().strip()).exists()


def test_publish_says_its_steps_unless_quiet(cli: Run, demo_lake: Path, tmp_path: Path) -> None:
    args = ["publish", "burstgpt", "--repo", "me/burstgpt-sample", "--version", "v1.0.0", "--synthetic", "--to", "dir", "--lake", demo_lake]
    place = ["--build", tmp_path / "build", "--root", tmp_path / "root"]
    loud, quiet = cli(*args, *place), cli(*args, *place, "--quiet")
    assert loud.returncode == quiet.returncode == 0, loud.stderr
    assert "checked\n" in loud.stderr
    assert "checked\n" not in quiet.stderr


def test_version_says_what_a_report_of_a_defect_needs() -> None:
    code = (
        "import sys; from tracekit.cli import cli; cli(['--version'], standalone_mode=False); "
        "print(sorted(set(sys.modules) & {'polars', 'duckdb', 'pyarrow', 'altair', 'rich'}))"
    )
    *lines, loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.splitlines()
    said = dict(line.split(" ", 1) for line in lines[1:])
    assert lines[0] == f"tracekit, version {version('workload-tracekit')}"
    assert said["Python"].startswith(".".join(map(str, sys.version_info[:3])))
    assert {name: said[name] for name in ("polars", "duckdb", "pyarrow", "altair")} == {
        name: version(name) for name in ("polars", "duckdb", "pyarrow", "altair")
    }
    assert said["platform"]
    assert loaded == "[]"
