"""Lakes of the former layout: read as they are, and converted."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from earlier import as_before, stop_commit
from harness import put, requests, write_raw

from tracekit.api import Lake
from tracekit.errors import DataError, UsageError
from tracekit.ingest.run import ingest
from tracekit.lake.files import rejects_path
from tracekit.lake.layout import Layout
from tracekit.lake.upgrade import upgrade
from tracekit.lake.verify import find_faults
from tracekit.sources.mapping_file import read_mapping

Run = Callable[..., "subprocess.CompletedProcess[str]"]


def _hashes(lake: Path) -> dict[str, bytes]:
    return {path.relative_to(lake).as_posix(): path.read_bytes() for path in lake.rglob("*") if path.is_file()}


@pytest.fixture
def lake(tmp_path: Path) -> Path:
    """A lake of the former layout with traces a (3 rows) and b (4 rows, and one reject)."""
    bad = write_raw(tmp_path / "raw" / "b.csv", 4)
    bad.write_text(bad.read_text() + "x,ChatGPT,1,2,3,API log\n")
    put(tmp_path / "now", write_raw(tmp_path / "raw" / "a.csv", 3), bad)
    return as_before(tmp_path / "now", tmp_path / "lake")


def test_is_read_as_it_is(lake: Path, tmp_path: Path) -> None:
    now = Lake(tmp_path / "now")
    (lake / "tracekit.duckdb").write_bytes(now.layout.catalog.read_bytes())
    before = _hashes(lake)
    opened = Lake(lake)
    assert requests(lake) == {"a": 3, "b": 4}
    assert opened.query("llm/tokens").equals(now.query("llm/tokens"))
    assert opened.table("llm_request").collect().equals(now.table("llm_request").collect())
    assert opened.query("quality/scorecard").equals(now.query("quality/scorecard"))
    anchor = "SELECT trace, arrived_at FROM llm_request ORDER BY ALL"
    assert opened.sql(anchor).equals(now.sql(anchor))
    after = _hashes(lake)
    assert {name for name in after if after[name] != before.get(name)} <= {"tracekit.duckdb", "_catalog.json"}
    assert set(before) <= set(after)


def test_is_not_written_to_before_it_is_converted(lake: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="tracekit check --upgrade"):
        put(lake, write_raw(tmp_path / "raw" / "c.csv", 5))
    assert requests(lake) == {"a": 3, "b": 4}


def test_check_converts_it(lake: Path, cli: Run, tmp_path: Path) -> None:
    told = cli("check", "--lake", lake)
    assert (told.returncode, "check --upgrade" in told.stderr) == (0, True)
    done = cli("check", "--upgrade", "--lake", lake)
    assert (done.returncode, "converted 2 traces" in done.stderr) == (0, True), done.stderr
    assert requests(lake) == {"a": 3, "b": 4}
    kept = rejects_path(Layout(lake), "burstgpt", "b")
    assert kept is not None
    assert json.loads(kept.read_text())["line"] == 6
    left = [
        path for path in lake.rglob("*") if path.name == "part-00000.parquet" or (path.parent.name == "burstgpt" and path.suffix == ".json")
    ]
    assert left == []
    assert not (lake / "_lock").exists()
    assert "present layout already" in cli("check", "--upgrade", "--lake", lake).stderr
    put(lake, tmp_path / "raw" / "a.csv")
    put(lake, write_raw(tmp_path / "raw" / "c.csv", 5))
    assert requests(lake) == {"a": 3, "b": 4, "c": 5}


def test_converting_twice_is_converting_once(lake: Path) -> None:
    assert upgrade(Layout(lake), "test") == 2
    before = _hashes(lake)
    assert upgrade(Layout(lake), "test") == 0
    assert _hashes(lake) == before
    assert requests(lake) == {"a": 3, "b": 4}


def test_the_users_mapping_goes_along(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(
        'dataset = "mine"\ntable = "llm_request"\n[columns]\narrived_us = { column = "at", unit = "s" }\ninput_tokens = "n"\n'
    )
    (tmp_path / "rows.csv").write_text("at,n\n1,2\n3,4\n")
    mapped = read_mapping(tmp_path / "mine.toml", [tmp_path / "rows.csv"])
    ingest(mapped, [tmp_path / "rows.csv"], tmp_path / "now", macros=[])
    lake = as_before(tmp_path / "now", tmp_path / "lake")
    from tracekit.lake.sources import sources_in

    assert "mine" in sources_in(Layout(lake))
    upgrade(Layout(lake), "test")
    assert "mine" in sources_in(Layout(lake))
    assert not (lake / "_mappings" / "mine.toml").exists()


def test_damaged_part_is_named_and_nothing_is_converted(lake: Path) -> None:
    part = lake / "llm_request" / "burstgpt" / "a" / "part-00000.parquet"
    part.write_bytes(part.read_bytes()[:-7] + b"garbage")
    # The lock of the earlier version, held meanwhile, holds nothing.
    (lake / "_lock").unlink()
    before = _hashes(lake)
    with pytest.raises(DataError, match=r"a/part-00000\.parquet: SHA-256 is"):
        upgrade(Layout(lake), "test")
    # The lock is a former writer's; whether it stays when it is let go is the locking library's.
    assert {name: data for name, data in _hashes(lake).items() if name != "_lock"} == {n: d for n, d in before.items() if n != "_lock"}
    assert find_faults(Layout(lake))[1] != []


@pytest.mark.parametrize("share", [-1, 0.0, 0.01, 0.5, 0.99, 1.0])
def test_commit_that_was_under_way(share: float, lake: Path, tmp_path: Path) -> None:
    """Read where it is consistent, refused where half of it is done; converting completes it."""
    shutil.copytree(tmp_path / "now", tmp_path / "next")
    put(tmp_path / "next", write_raw(tmp_path / "raw" / "a.csv", 5), write_raw(tmp_path / "raw" / "c.csv", 6), replace=True)
    after = as_before(tmp_path / "next", tmp_path / "after")
    moves = stop_commit(_copy(lake, tmp_path / "count"), after, -1)
    done = -1 if share < 0 else min(max(int(share * moves), 1 if share else 0), moves - 1 if share < 1 else moves)
    stop_commit(lake, after, done)
    old, new = {"a": 3, "b": 4}, {"a": 5, "b": 4, "c": 6}
    if done in (-1, 0):
        assert requests(lake) == old
    elif done == moves:
        assert requests(lake) == new
    else:
        with pytest.raises(DataError, match=r"_commit\.json: half of a commit was made"):
            requests(lake)
    upgrade(Layout(lake), "test")
    assert requests(lake) == (old if done == -1 else new)
    assert not (lake / "_commit.json").exists()


def _copy(lake: Path, to: Path) -> Path:
    shutil.copytree(lake, to)
    return to
