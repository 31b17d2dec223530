"""Several at once: writers on one lake, and readers while traces are replaced."""

from __future__ import annotations

import random
import shutil
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from earlier import as_before

# `make soak` asks for more of everything.
from harness import (
    SOAK,
    convert,
    finish,
    forget,
    make_catalog,
    put,
    put_more,
    read_for,
    remove_b,
    rename_b,
    requests,
    run,
    start,
    write_raw,
)

from tracekit.api import Lake
from tracekit.errors import UsageError
from tracekit.lake.commit import Change, commit
from tracekit.lake.drafts import writing
from tracekit.lake.head import numbers, read_head
from tracekit.lake.layout import Layout
from tracekit.lake.repair import repair
from tracekit.lake.verify import find_faults, find_strays


def test_four_writers_of_four_traces_at_once_all_get_in(tmp_path: Path) -> None:
    lake = tmp_path / "lake"
    files = {name: write_raw(tmp_path / "raw" / f"{name}.csv", 3 + number) for number, name in enumerate("abcd")}
    started = [start(partial(put, lake, file), lake) for file in files.values()]
    done = [finish(child) for child in started]
    assert [d.code for d in done] == [0] * 4, done
    assert requests(lake) == {"a": 3, "b": 4, "c": 5, "d": 6}
    assert numbers(Layout(lake)) == [1, 2, 3, 4]
    assert not (lake / "_staging").exists()


@pytest.mark.parametrize("wait_s", [0.0, 60.0])
def test_four_writers_of_one_trace_at_once(wait_s: float, tmp_path: Path) -> None:
    """One gets in; the others say who did, or, where they wait, that the trace is there from other input."""
    lake = tmp_path / "lake"
    files = [write_raw(tmp_path / str(rows) / "a.csv", rows) for rows in (3, 4, 5, 6)]
    started = [start(partial(put, lake, file, wait_s=wait_s), lake) for file in files]
    done = [finish(child) for child in started]
    assert sorted(d.code for d in done) == [0, 2, 2, 2], done
    won = next(rows for rows, d in zip((3, 4, 5, 6), done, strict=True) if d.code == 0)
    assert requests(lake) == {"a": won}
    for d in done:
        assert d.code == 0 or any(words in d.error for words in ("has been writing burstgpt/a", "was changed meanwhile", "--trace NAME")), d
        assert wait_s == 0 or d.code == 0 or "--trace NAME" in d.error


def test_four_writers_of_the_same_bytes_agree(tmp_path: Path) -> None:
    lake = tmp_path / "lake"
    file = write_raw(tmp_path / "raw" / "a.csv", 3)
    done = [finish(child) for child in [start(partial(put, lake, file, wait_s=60.0), lake) for _ in range(4)]]
    assert [d.code for d in done] == [0] * 4, done
    assert requests(lake) == {"a": 3}
    assert numbers(Layout(lake)) == [1]


def test_loser_of_a_race_says_who_won(tmp_path: Path) -> None:
    lake = tmp_path / "lake"
    put(lake, write_raw(tmp_path / "raw" / "a.csv", 3), write_raw(tmp_path / "raw" / "b.csv", 4))
    with writing(Layout(lake)) as late:
        base = read_head(Layout(lake))
        put(lake, write_raw(tmp_path / "raw" / "a.csv", 5), replace=True)
        # Another trace: it is built on the head that is there now.
        commit(late, base, Change("remove b", gone={("burstgpt", "b")}))
        assert requests(lake) == {"a": 5}
        with pytest.raises(UsageError, match=r"burstgpt/a in .* was changed meanwhile .* head 2 of .*, ingest burstgpt: a \(tracekit"):
            commit(late, base, Change("remove a", gone={("burstgpt", "a")}))
    assert requests(lake) == {"a": 5}


def test_real_rows_that_come_while_a_sample_is_ingested_are_not_mixed_with_it(tmp_path: Path) -> None:
    from tracekit.ingest.run import ingest
    from tracekit.sources.load import source

    lake, other = tmp_path / "lake", tmp_path / "other"
    ingest(source("burstgpt"), [], other, macros=None, sample=True)
    put(lake, write_raw(tmp_path / "raw" / "a.csv", 3))
    synthetic = read_head(Layout(other)).held
    with writing(Layout(lake)) as run_, pytest.raises(UsageError, match="not mixed in"):
        from tracekit.lake.manifest import read_held

        manifests = [read_held(Layout(other), held) for held in synthetic]
        commit(run_, read_head(Layout(tmp_path / "none")), Change("ingest", put=manifests))


def test_readers_see_one_state_while_traces_are_replaced(tmp_path: Path) -> None:
    """Two traces are replaced together, again and again: no reader ever sees one of them old and one new, or one without the other."""
    lake = tmp_path / "lake"
    one = [write_raw(tmp_path / "one" / f"{name}.csv", 3) for name in "ab"]
    two = [write_raw(tmp_path / "two" / f"{name}.csv", 5) for name in "ab"]
    put(lake, *one)
    child = start(partial(read_for, lake, 6.0 * SOAK), lake)
    until = time.monotonic() + 6.0 * SOAK
    turns = 0
    while time.monotonic() < until:
        put(lake, *(two if turns % 2 == 0 else one), replace=True)
        turns += 1
    done = finish(child)
    assert done.code == 0, done.error
    assert turns > 2
    assert len(numbers(Layout(lake))) == turns + 1


def test_reader_that_is_open_keeps_its_state(tmp_path: Path) -> None:
    lake = tmp_path / "lake"
    put(lake, write_raw(tmp_path / "raw" / "a.csv", 3))
    make_catalog(lake)
    opened = Lake(lake)
    put(lake, write_raw(tmp_path / "raw" / "a.csv", 5), replace=True)
    assert opened.query("llm/tokens")["requests"].to_list() == [3]
    assert opened.table("llm_request").collect().height == 3
    assert requests(lake) == {"a": 5}


SCENARIOS: dict[str, tuple[Callable[[Path], None], dict[str, int], dict[str, int]]] = {
    "first": (put_more, {}, {"a": 5, "c": 6}),
    "replace": (put_more, {"a": 3, "b": 4}, {"a": 5, "b": 4, "c": 6}),
    "remove": (remove_b, {"a": 3, "b": 4}, {"a": 3}),
    "rename": (rename_b, {"a": 3, "b": 4}, {"a": 3, "new": 4}),
    "convert": (convert, {"a": 3, "b": 4}, {"a": 3, "b": 4}),
    "forget": (forget, {"a": 3, "b": 4}, {"a": 3, "b": 4}),
    "catalog": (make_catalog, {"a": 3, "b": 4}, {"a": 3, "b": 4}),
}


@pytest.mark.parametrize("name", SCENARIOS)
def test_killed_at_any_moment(name: str, tmp_path: Path) -> None:
    """A hundred kills in all: the content is old or new, the lake is usable, the second run comes out right."""
    deed, old, new = SCENARIOS[name]
    before, lake = tmp_path / "before", tmp_path / "lake"
    if old:
        put(before, *(write_raw(tmp_path / "raw" / f"{trace}.csv", rows) for trace, rows in old.items()))
        make_catalog(before)
    if name == "convert":
        before = as_before(before, tmp_path / "former")
    random_ = random.Random(name)
    longest = _how_long(deed, before, lake)
    killed = 0
    for _ in range(15 * SOAK):
        _copy(before, lake)
        done = run(partial(deed, lake), lake, kill_after=random_.uniform(0, longest))
        killed += done.code == -9
        assert requests(lake) in (old, new)
        assert find_faults(Layout(lake))[1] == []
    again = run(partial(deed, lake), lake)
    assert again.code in (0, 6), again.error
    repair(Layout(lake))
    assert requests(lake) == new
    assert find_strays(Layout(lake)) == []
    assert not (lake / "_staging").exists()
    assert killed > 5 * SOAK


def _copy(before: Path, lake: Path) -> None:
    shutil.rmtree(lake, ignore_errors=True)
    if before.exists():
        shutil.copytree(before, lake)


def _how_long(deed: Callable[[Path], None], before: Path, lake: Path) -> float:
    _copy(before, lake)
    start_ = time.monotonic()
    assert run(partial(deed, lake), lake).code == 0
    return time.monotonic() - start_
