"""What was done to a lake, reading it as it was, and forgetting."""

from __future__ import annotations

import datetime as dt
import os
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from harness import make_catalog, put, requests, write_raw

from tracekit.api import Lake
from tracekit.errors import NothingMatchedError, UsageError
from tracekit.ingest.run import ingest
from tracekit.lake import change
from tracekit.lake.files import files_by_table
from tracekit.lake.gc import collect
from tracekit.lake.head import numbers, read_head
from tracekit.lake.layout import Layout
from tracekit.query.macros import macros
from tracekit.sources.load import source

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def lake(tmp_path: Path) -> Path:
    """A lake of three heads: a with 3 rows, then with 5, then b with 4 beside."""
    path = tmp_path / "lake"
    put(path, write_raw(tmp_path / "one" / "a.csv", 3))
    put(path, write_raw(tmp_path / "two" / "a.csv", 5), replace=True)
    put(path, write_raw(tmp_path / "two" / "b.csv", 4))
    make_catalog(path)
    return path


def _rows(lake: Lake) -> dict[str, int]:
    return dict(lake.sql("SELECT trace, count(*) AS n FROM llm_request GROUP BY ALL").iter_rows())


def test_each_head_is_read_as_it_was(lake: Path) -> None:
    assert [_rows(Lake(lake, at=number)) for number in (1, 2, 3)] == [{"a": 3}, {"a": 5}, {"a": 5, "b": 4}]
    moments = [dt.datetime.fromisoformat(read_head(Layout(lake, number)).committed_at) for number in (1, 2, 3)]
    assert [_rows(Lake(lake, at=moment)) for moment in moments] == [{"a": 3}, {"a": 5}, {"a": 5, "b": 4}]
    assert _rows(Lake(lake, at=moments[1].replace(tzinfo=None).isoformat())) == {"a": 5}
    assert _rows(Lake(lake, at="2")) == {"a": 5}
    assert _rows(Lake(lake, at=dt.datetime.now(dt.UTC))) == {"a": 5, "b": 4}
    with pytest.raises(NothingMatchedError, match="no head 4"):
        Lake(lake, at=4)
    with pytest.raises(NothingMatchedError, match="or before"):
        Lake(lake, at=moments[0] - dt.timedelta(seconds=1))
    with pytest.raises(UsageError, match="neither"):
        Lake(lake, at="yesterday")


def test_heads_name_their_predecessors(lake: Path) -> None:
    assert [read_head(Layout(lake, number)).former for number in (1, 2, 3)] == [None, 1, 2]


def test_history_lists_what_was_done(lake: Path, cli: Run) -> None:
    lines = cli("history", "--lake", lake, "--format", "csv").stdout.splitlines()
    assert [line.split(",")[0] for line in lines] == ["head", "3", "2", "1"]
    assert [line.split(",")[2] for line in lines[1:]] == ["ingest burstgpt: b", "ingest burstgpt: a", "ingest burstgpt: a"]
    assert cli("history", "--lake", lake.parent / "none").returncode == 6


def test_gc_keeps_what_is_referred_to_and_what_is_young(lake: Path, cli: Run) -> None:
    before = set(lake.rglob("*.parquet"))
    assert "forgot 0 heads, removed 0 files" in cli("gc", "--lake", lake).stdout
    told = cli("gc", "--grace", "0", "--dry-run", "--lake", lake).stdout
    assert "would forget 2 heads" in told
    assert set(lake.rglob("*.parquet")) == before
    done = cli("gc", "--grace", "0", "--lake", lake)
    assert done.returncode == 0
    kept = {file.path for files in files_by_table(Layout(lake)).values() for file in files}
    assert {path.resolve() for path in lake.rglob("*.parquet")} == kept
    assert len(list((lake / "_manifests").rglob("*.json"))) == 2
    assert numbers(Layout(lake)) == [3]
    assert requests(lake) == {"a": 5, "b": 4}
    with pytest.raises(NothingMatchedError, match="tracekit history"):
        Lake(lake, at=1)
    put(lake, write_raw(lake.parent / "two" / "c.csv", 6))
    assert numbers(Layout(lake)) == [3, 4]


def test_a_grace_without_a_unit_and_a_name_that_is_there_are_refused(lake: Path, cli: Run) -> None:
    told = cli("gc", "--grace", "5", "--lake", lake)
    assert (told.returncode, "write 90s, 12h or 7d" in told.stderr) == (2, True)
    held = read_head(Layout(lake)).held[0]
    told = cli("rename", held.dataset, held.trace, held.trace, "--lake", lake)
    assert (told.returncode, "has that name already" in told.stderr, "remove" in told.stderr) == (2, True, False)


def test_grace_counts_from_when_a_head_was_replaced(lake: Path) -> None:
    """A reader that opened a head just before it was replaced is as old as its replacement, not as the head."""
    time.sleep(1.1)
    put(lake, write_raw(lake.parent / "two" / "c.csv", 6))
    for path in lake.rglob("*"):
        os.utime(path, (0, 0))
    removed = collect(Layout(lake), 1.0)
    assert removed.heads == [1, 2]
    assert numbers(Layout(lake)) == [3, 4]
    assert _rows(Lake(lake, at=3)) == {"a": 5, "b": 4}


def test_gc_leaves_what_a_run_is_about_to_commit(lake: Path) -> None:
    from tracekit.lake.drafts import writing

    stray = lake / "llm_request" / "burstgpt" / "x" / "part-0123456789abcdef.parquet"
    stray.parent.mkdir()
    stray.write_bytes(b"rows")
    with writing(Layout(lake)) as run:
        run.give([stray.relative_to(lake).as_posix()])
        assert stray.relative_to(lake).as_posix() not in collect(Layout(lake), 0.0).names
        assert stray.exists()
    collect(Layout(lake), 0.0)
    assert not stray.exists()


def test_remove_takes_a_trace_or_a_dataset(lake: Path, cli: Run) -> None:
    done = cli("remove", "burstgpt", "--trace", "a", "--lake", lake)
    assert (done.returncode, done.stdout) == (0, "removed burstgpt/a\n")
    assert requests(lake) == {"b": 4}
    assert _rows(Lake(lake, at=3)) == {"a": 5, "b": 4}
    unknown = cli("remove", "burstgpt", "--trace", "bb", "--lake", lake)
    assert (unknown.returncode, "Did you mean 'b'" in unknown.stderr) == (6, True)
    assert cli("remove", "burstgtp", "--lake", lake).returncode == 6
    assert cli("remove", "burstgpt", "--lake", lake).returncode == 0
    assert requests(lake) == {}
    assert Lake(lake).table("llm_request").collect().height == 0
    assert cli("query", "llm/tokens", "--lake", lake, "--format", "json").stdout.strip() == "[]"


def test_rename_writes_what_an_ingest_of_that_name_would_have_written(lake: Path, tmp_path: Path) -> None:
    rows, notes = change.rename(Layout(lake), "burstgpt", "b", "c", macros(), "test")
    assert (rows, notes) == (4, [])
    assert requests(lake) == {"a": 5, "c": 4}
    put(tmp_path / "other", write_raw(tmp_path / "two" / "b.csv", 4).rename(tmp_path / "two" / "c.csv"))
    for table in ("llm_request", "recording", "ingest_profile"):
        [one] = [f for f in files_by_table(Layout(lake))[table] if f.trace == "c"]
        [two] = files_by_table(Layout(tmp_path / "other"))[table]
        assert one.path.read_bytes() == two.path.read_bytes()
        assert one.path.name == two.path.name
    with pytest.raises(UsageError, match=r"is in .* already"):
        change.rename(Layout(lake), "burstgpt", "c", "a", macros(), "test")
    with pytest.raises(UsageError, match="no name"):
        change.rename(Layout(lake), "burstgpt", "c", " ", macros(), "test")
    with pytest.raises(NothingMatchedError, match="no trace 'b'"):
        change.rename(Layout(lake), "burstgpt", "b", "d", macros(), "test")


def test_rows_of_every_trace_have_no_name_to_change(tmp_path: Path) -> None:
    ingest(source("alibaba-gpu-2023"), [], tmp_path / "lake", macros=[], sample=True)
    with pytest.raises(UsageError, match="have no trace name"):
        change.rename(Layout(tmp_path / "lake"), "alibaba-gpu-2023", "*", "x", macros(), "test")
    assert change.remove(Layout(tmp_path / "lake"), "alibaba-gpu-2023", "*", macros(), "test")[0] == [None]
