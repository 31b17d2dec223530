"""The catalog is derived: whatever becomes of it, the rows are committed, and it is made anew."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import duckdb
import pytest
from harness import KILLED, make_whole_catalog, put, run, write_raw

from tracekit.api import Lake
from tracekit.ingest.run import ingest
from tracekit.lake import catalog
from tracekit.lake.head import read_head
from tracekit.lake.layout import Layout
from tracekit.query.macros import macros
from tracekit.sources.load import source

Run = Callable[..., "subprocess.CompletedProcess[str]"]


def _made(lake: Path) -> dict[str, str]:
    with duckdb.connect(str(lake / "tracekit.duckdb"), read_only=True) as connection:
        return dict(connection.execute("SELECT what, fingerprint FROM tracekit_made").fetchall())


def _rows(lake: Path) -> list[tuple[str, int]]:
    with duckdb.connect(str(lake / "tracekit.duckdb"), read_only=True) as connection:
        return connection.execute("SELECT trace, count(*) FROM llm_request GROUP BY 1 ORDER BY 1").fetchall()


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A lake of one trace whose catalog has every macro; copied, not changed."""
    root = tmp_path_factory.mktemp("whole")
    put(root / "lake", write_raw(root / "raw" / "a.csv", 3))
    catalog.rebuild(Layout(root / "lake"), macros())
    return root / "lake"


@pytest.fixture
def lake(whole: Path, tmp_path: Path) -> Path:
    shutil.copytree(whole, tmp_path / "lake")
    catalog.rebuild(Layout(tmp_path / "lake"), macros())
    return tmp_path / "lake"


def test_carries_the_fingerprint_of_the_head(lake: Path) -> None:
    assert _made(lake)["head"] == read_head(Layout(lake)).fingerprint
    assert catalog.is_current(Layout(lake), macros())


def _remove(path: Path) -> None:
    path.unlink()


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:5000])


def _empty(path: Path) -> None:
    path.write_bytes(b"")


def _garble(path: Path) -> None:
    path.write_bytes(os.urandom(path.stat().st_size))


@pytest.mark.parametrize("harm", [_remove, _cut, _empty, _garble])
@pytest.mark.parametrize("opens", ["check", "open"])
def test_broken_or_missing_is_made_anew(opens: str, harm: Callable[[Path], None], lake: Path, cli: Run) -> None:
    harm(lake / "tracekit.duckdb")
    if opens == "open":
        assert Lake(lake).query("llm/tokens")["requests"].to_list() == [3]
    else:
        done = cli("check", "--lake", lake)
        assert (done.returncode, "rebuilt" in done.stderr) == (0, True), done.stderr
    assert _rows(lake) == [("a", 3)]
    assert _made(lake)["head"] == read_head(Layout(lake)).fingerprint


def test_of_a_former_head_is_made_anew_on_the_next_open(lake: Path) -> None:
    put(lake, write_raw(lake.parent / "raw" / "b.csv", 4))
    assert _rows(lake) == [("a", 3)]
    Lake(lake)
    assert _rows(lake) == [("a", 3), ("b", 4)]


def test_lake_that_has_moved(lake: Path, tmp_path: Path, cli: Run) -> None:
    moved = tmp_path / "elsewhere" / "lake"
    moved.parent.mkdir()
    lake.rename(moved)
    assert Lake(moved).query("llm/tokens")["requests"].to_list() == [3]
    assert _rows(moved) == [("a", 3)]
    assert _made(moved)["root"] == str(moved.resolve())


def test_lake_behind_a_link(lake: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(lake)
    linked = tmp_path / "link"
    assert Lake(linked).query("llm/tokens")["requests"].to_list() == [3]
    put(linked, write_raw(tmp_path / "raw" / "b.csv", 4))
    assert catalog.refresh(Layout(linked), macros()) == []
    assert catalog.is_current(Layout(lake))
    assert _rows(lake) == [("a", 3), ("b", 4)]


def test_every_way_of_making_it_gives_the_same(lake: Path, tmp_path: Path, catalog_seeds: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is taken from a former catalog, or from one of an empty lake, is what would be made from nothing."""
    put(lake, write_raw(tmp_path / "raw" / "a.csv", 5), write_raw(tmp_path / "raw" / "b.csv", 4), replace=True)
    assert catalog.refresh(Layout(lake), macros()) == []
    listing = (
        "SELECT view_name, sql, comment FROM duckdb_views() WHERE NOT internal UNION ALL "
        "SELECT table_name || '.' || column_name, data_type, comment FROM duckdb_columns() WHERE NOT internal UNION ALL "
        "SELECT function_name, macro_definition, comment FROM duckdb_functions() WHERE NOT internal ORDER BY ALL"
    )

    def content() -> list[tuple[str, ...]]:
        with duckdb.connect(str(lake / "tracekit.duckdb"), read_only=True) as connection:
            return connection.execute(listing).fetchall()

    changed = content()
    (lake / "tracekit.duckdb").unlink()
    catalog.rebuild(Layout(lake), macros())
    assert content() == changed
    assert len(changed) > 500
    (lake / "tracekit.duckdb").unlink()
    catalog_seeds.use(monkeypatch)
    catalog.rebuild(Layout(lake), macros())
    # The engine tells what a star leaves out in any order.
    assert [_in_order(*row) for row in content()] == [_in_order(*row) for row in changed]


def _in_order(name: str, definition: str, comment: str | None) -> tuple[str, str, str | None]:
    return name, re.sub(r"(?<=EXCLUDE \()[^)]*", lambda found: ", ".join(sorted(found[0].split(", "))), definition), comment


@pytest.mark.parametrize("full", [False, True])
def test_commit_holds_at_every_step_of_the_catalog(full: bool, whole: Path, tmp_path: Path) -> None:
    """Stopped, or the disk full, between commit and catalog: the rows are there, and the next open has the catalog."""
    before, lake = tmp_path / "before", tmp_path / "lake"
    shutil.copytree(whole, before)
    file = write_raw(tmp_path / "raw" / "b.csv", 4)
    shutil.copytree(before, lake)
    put(lake, file)
    steps = run(partial(make_whole_catalog, lake), lake).steps
    for step in range(1, steps + 1, 2):
        shutil.rmtree(lake)
        shutil.copytree(before, lake)
        put(lake, file)
        done = run(partial(make_whole_catalog, lake), lake, step, full=full)
        assert done.code == (0 if full else KILLED), done.error
        assert Lake(lake).query("llm/tokens")["requests"].sort().to_list() == [3, 4]
        assert _rows(lake) == [("a", 3), ("b", 4)]


def test_full_disk_after_the_commit_is_said_and_is_no_failure(lake: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(catalog, "_build", full)
    outcome = ingest(source("burstgpt"), [write_raw(tmp_path / "raw" / "b.csv", 4)], lake, macros=macros())
    assert [m.trace for m in outcome.written] == ["b"]
    assert outcome.notes == [
        f"{lake}/tracekit.duckdb could not be written: No space left on device; the rows are committed, and `tracekit check` writes it"
    ]
    monkeypatch.undo()
    assert Lake(lake).query("llm/tokens")["requests"].sort().to_list() == [3, 4]


def test_open_in_another_program_is_let_be(lake: Path) -> None:
    """A session that has the catalog open keeps its file; the new one takes the name."""
    held = duckdb.connect(str(lake / "tracekit.duckdb"), read_only=True)
    put(lake, write_raw(lake.parent / "raw" / "b.csv", 4))
    Lake(lake)
    assert held.execute("SELECT count(*) FROM llm_request").fetchall() == [(3,)]
    held.close()
    assert _rows(lake) == [("a", 3), ("b", 4)]


def _cpu(*args: str | Path) -> tuple[float, str]:
    code = (
        "import os, sys, time\n"
        "from tracekit.cli import main\n"
        "try:\n    main(sys.argv[1:])\n"
        "finally:\n"
        "    heavy = sorted({'polars', 'duckdb', 'pyarrow', 'numpy', 'altair', 'scipy'} & set(sys.modules))\n"
        "    print(time.process_time(), *heavy, file=sys.stderr)\n"
    )
    done = subprocess.run([sys.executable, "-c", code, *map(str, args)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    seconds, _, heavy = done.stderr.strip().splitlines()[-1].partition(" ")
    return float(seconds), heavy


def test_unchanged_ingest_reads_manifests_and_hashes_only(lake: Path, tmp_path: Path) -> None:
    file = write_raw(tmp_path / "raw" / "two.csv", 2)
    _cpu("ingest", "burstgpt", file, "--lake", lake)
    tries = [_cpu("ingest", "burstgpt", file, "--lake", lake) for _ in range(3)]
    assert {heavy for _, heavy in tries} == {""}
    # Measured at 0.25 s alone on a core; the margin is for a machine that is busy.
    assert min(seconds for seconds, _ in tries) < 0.8


def test_small_ingest_makes_little_of_the_catalog_anew(lake: Path, tmp_path: Path) -> None:
    seconds = []
    for number in range(3):
        put(lake, write_raw(tmp_path / "raw" / f"n{number}.csv", 2))
        start = time.process_time()
        catalog.rebuild(Layout(lake), macros())
        seconds.append(time.process_time() - start)
    # From nothing it takes 1 s and more.
    assert min(seconds) < 0.5
    assert len(_rows(lake)) == 4
