"""A writer that is stopped, or whose disk is full, at any of its steps: the lake is what it was or what it is to be, never between."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from earlier import as_before
from harness import KILLED, convert, forget, make_catalog, put, put_more, remove_b, rename_b, requests, run, write_raw

from tracekit.lake.head import numbers
from tracekit.lake.layout import Layout
from tracekit.lake.repair import repair
from tracekit.lake.storage import is_full
from tracekit.lake.verify import find_faults, find_strays

Deed = Callable[[Path], object]


@pytest.fixture
def before(tmp_path: Path) -> Path:
    """A lake of traces a (3 rows) and b (4 rows)."""
    put(tmp_path / "before", write_raw(tmp_path / "raw" / "a.csv", 3), write_raw(tmp_path / "raw" / "b.csv", 4))
    return tmp_path / "before"


def _every_step(before: Path, tmp_path: Path, deed: Deed, old: dict[str, int], new: dict[str, int], *, full: bool) -> None:
    lake = tmp_path / "lake"
    shutil.copytree(before, lake)
    whole = run(partial(deed, lake), lake)
    assert (whole.code, requests(lake)) == (0, new), whole.error
    assert whole.steps > 5
    for step in range(1, whole.steps + 1):
        shutil.rmtree(lake)
        shutil.copytree(before, lake)
        done = run(partial(deed, lake), lake, step, full=full)
        now = requests(lake)
        if full:
            # What is reported as failed has not happened, what is reported as done has.
            assert now == (new if done.code == 0 else old), (step, done)
            assert done.code == 0 or is_full(OSError(done.error)) or "no space left" in done.error, (step, done)
        else:
            assert done.code == KILLED
            assert now in (old, new), step
        assert find_faults(Layout(lake))[1] == []
        if step % 5 == 0:
            again = run(partial(deed, lake), lake)
            # What is gone already cannot be removed, or renamed, once more.
            assert again.code in (0, 6), again.error
            repair(Layout(lake))
            assert requests(lake) == new, step
            assert find_strays(Layout(lake)) == []
            assert not (lake / "_staging").exists()


@pytest.mark.parametrize("full", [False, True])
def test_ingest_of_two_traces_at_every_step(full: bool, before: Path, tmp_path: Path) -> None:
    _every_step(before, tmp_path, put_more, {"a": 3, "b": 4}, {"a": 5, "b": 4, "c": 6}, full=full)


@pytest.mark.parametrize("full", [False, True])
@pytest.mark.parametrize(("deed", "new"), [(remove_b, {"a": 3}), (rename_b, {"a": 3, "new": 4})])
def test_change_without_raw_files_at_every_step(deed: Deed, new: dict[str, int], full: bool, before: Path, tmp_path: Path) -> None:
    make_catalog(before)
    _every_step(before, tmp_path, deed, {"a": 3, "b": 4}, new, full=full)


@pytest.mark.parametrize("full", [False, True])
def test_conversion_at_every_step(full: bool, before: Path, tmp_path: Path) -> None:
    _every_step(as_before(before, tmp_path / "former"), tmp_path, convert, {"a": 3, "b": 4}, {"a": 3, "b": 4}, full=full)


@pytest.mark.parametrize("full", [False, True])
def test_forgetting_at_every_step(full: bool, before: Path, tmp_path: Path) -> None:
    put_more(before)
    held = {"a": 5, "b": 4, "c": 6}
    _every_step(before, tmp_path, forget, held, held, full=full)
    assert len(numbers(Layout(tmp_path / "lake"))) == 1
