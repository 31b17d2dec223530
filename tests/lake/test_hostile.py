"""Lakes that a stranger made: nothing outside of them is read, written or removed, and what is wrong is named."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest
from harness import put, write_raw

from tracekit.api import Lake
from tracekit.errors import DataError
from tracekit.lake.change import remove
from tracekit.lake.drafts import writing
from tracekit.lake.gc import collect
from tracekit.lake.head import read_head
from tracekit.lake.layout import Layout, sha16
from tracekit.lake.repair import repair
from tracekit.paths import inside
from tracekit.query.macros import macros

NAMES = ["../secret.txt", "..", "/etc/hostname", "a/../../secret.txt", "", "\0", "link/secret.txt", "link", ".", 7, None, ["a"]]


@pytest.fixture
def lake(tmp_path: Path) -> Path:
    """A lake, and beside it a folder that is none of its business."""
    (tmp_path / "outside" / "20200101T000000-00000000").mkdir(parents=True)
    (tmp_path / "secret.txt").write_text("precious")
    (tmp_path / "outside" / "secret.txt").write_text("precious")
    (tmp_path / "outside" / "20200101T000000-00000000" / "secret.txt").write_text("precious")
    put(tmp_path / "lake", write_raw(tmp_path / "raw" / "a.csv", 3))
    (tmp_path / "lake" / "link").symlink_to(tmp_path / "outside")
    return tmp_path / "lake"


@pytest.fixture(autouse=True)
def untouched(lake: Path) -> Any:
    """Holds every file outside of the lake to its content."""
    outside = [path for path in lake.parent.rglob("*") if path.is_file() and lake not in path.parents]
    before = {path: path.read_bytes() for path in outside}
    assert len(before) == 4
    yield
    assert {path: path.read_bytes() for path in before} == before
    assert {path.name for path in lake.parent.iterdir()} <= {"lake", "outside", "secret.txt", "raw", "more.csv"}


def _everything(lake: Path) -> None:
    """All that opens a lake."""
    Lake(lake).query("llm/tokens")
    collect(Layout(lake), 0.0)
    repair(Layout(lake))
    put(lake, write_raw(lake.parent / "raw" / "a.csv", 3))
    remove(Layout(lake), "burstgpt", "a", macros(), "test")


def _rewrite_head(lake: Path, change: Callable[[dict[str, Any]], None]) -> None:
    [path] = (lake / "_heads").iterdir()
    body = json.loads(path.read_text())
    change(body)
    path.write_text(json.dumps(body))


def _rewrite_manifest(lake: Path, change: Callable[[dict[str, Any]], None]) -> None:
    """Writes another manifest under the name that its content asks for, and has the head name it."""
    [path] = (lake / "_manifests").rglob("*.json")
    body = json.loads(path.read_text())
    change(body)
    text = json.dumps(body).encode()
    other = path.with_name(f"manifest-{sha16(text)}.json")
    other.write_bytes(text)
    _rewrite_head(lake, lambda head: head["held"][0].update(manifest=other.relative_to(lake).as_posix()))


@pytest.mark.parametrize("name", NAMES)
def test_one_function_keeps_paths_inside(name: Any, lake: Path) -> None:
    if name == ".":
        return
    with pytest.raises(DataError, match="the file that says so"):
        inside(lake, name, "the file that says so")


def test_what_stays_inside_is_let_through(lake: Path) -> None:
    (lake / "inner").symlink_to(lake / "_heads")
    for name in ("a", "a/b.c", "a//b", "./a", "inner/x", "..a", "a/..b"):
        assert inside(lake, name, "x").resolve().is_relative_to(lake.resolve())


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("key", ["move", "remove", "staged"])
def test_journal(key: str, name: Any, lake: Path) -> None:
    body: dict[str, Any] = {"staged": "_staging", "move": ["x"], "remove": []}
    body[key] = name if key == "staged" else [name]
    (lake / "_commit.json").write_text(json.dumps(body))
    if key == "remove" and name == ".":
        return
    with pytest.raises(DataError, match=r"_commit\.json"):
        _everything(lake)


@pytest.mark.parametrize(
    "text", ["", "[]", "nonsense", "7", '{"staged": "x"}', '{"staged": "x", "move": 7, "remove": []}', "[" * 100_000, "\udcff"]
)
def test_journal_that_is_none(text: str, lake: Path) -> None:
    (lake / "_commit.json").write_text(text, errors="surrogateescape")
    with pytest.raises(DataError, match=r"_commit\.json"):
        _everything(lake)


def test_journal_that_is_a_link(lake: Path) -> None:
    (lake / "_commit.json").symlink_to(lake.parent / "secret.txt")
    with pytest.raises(DataError, match=r"_commit\.json"):
        _everything(lake)


@pytest.mark.parametrize("name", NAMES)
def test_head(name: Any, lake: Path) -> None:
    _rewrite_head(lake, lambda body: body["held"][0].update(manifest=name))
    with pytest.raises(DataError, match=r"head of|_heads|cannot be read"):
        _everything(lake)


@pytest.mark.parametrize(
    "change", [{"form": 99}, {"number": 2}, {"held": 7}, {"held": [{}]}, {"surprise": 1}, {"mappings": {"x": "../secret.txt"}}]
)
def test_head_that_is_none(change: dict[str, Any], lake: Path) -> None:
    _rewrite_head(lake, lambda body: body.update(change))
    if "mappings" in change:
        from tracekit.lake.sources import source_in

        with pytest.raises(DataError, match="head of"):
            source_in(Layout(lake), "x")
        return
    with pytest.raises(DataError, match=r"0001\.json"):
        _everything(lake)


@pytest.mark.parametrize("text", ["", "[]", "null", '"x"', "[" * 100_000])
def test_head_that_is_no_object(text: str, lake: Path) -> None:
    next((lake / "_heads").iterdir()).write_text(text)
    with pytest.raises(DataError, match=r"0001\.json"):
        _everything(lake)


@pytest.mark.parametrize("name", NAMES)
def test_manifest_names_a_part(name: Any, lake: Path) -> None:
    _rewrite_manifest(lake, lambda body: body["parts"]["llm_request"][0].update(name=name))
    with pytest.raises(DataError, match="manifest"):
        _everything(lake)


def test_manifest_names_rejects_elsewhere(lake: Path) -> None:
    rejects = {"name": "../secret.txt", "sha256": "0" * 64, "bytes": 8, "rows": 1}
    _rewrite_manifest(lake, lambda body: body.update(rejects=rejects))
    with pytest.raises(DataError, match="manifest-"):
        _everything(lake)


def test_manifest_that_was_rewritten_in_place(lake: Path) -> None:
    [path] = (lake / "_manifests").rglob("*.json")
    path.write_text(path.read_text().replace('"rows": 3', '"rows": 9'))
    with pytest.raises(DataError, match="its content is not what it was written with"):
        Lake(lake).query("llm/tokens")


def test_manifest_of_another_trace(lake: Path) -> None:
    _rewrite_manifest(lake, lambda body: body.update(trace="b"))
    with pytest.raises(DataError, match="names it for burstgpt/a"):
        Lake(lake).query("llm/tokens")


@pytest.mark.parametrize("folder", ["_staging", "_heads", "_manifests", "llm_request", "llm_request/burstgpt"])
def test_folder_that_is_a_link_out_of_the_lake(folder: str, lake: Path) -> None:
    there = lake / folder
    if there.exists():
        shutil.copytree(there, lake.parent / "outside", dirs_exist_ok=True)
        shutil.rmtree(there)
    there.symlink_to(lake.parent / "outside")
    with pytest.raises(DataError, match="does not stay inside"), writing(Layout(lake)):
        _everything(lake)


def test_part_that_is_a_link_out_of_the_lake(lake: Path) -> None:
    [part] = (lake / "llm_request").rglob("*.parquet")
    part.unlink()
    part.symlink_to(lake.parent / "secret.txt")
    with pytest.raises(DataError, match="does not stay inside"):
        _everything(lake)


def test_view_of_a_stranger_is_not_run_when_a_lake_is_opened(lake: Path) -> None:
    catalog = lake / "tracekit.duckdb"
    with duckdb.connect(str(catalog)) as connection:
        connection.execute("CREATE VIEW tracekit_made AS SELECT 'head' AS what, error('it was run') AS fingerprint")
    assert Lake(lake).query("llm/tokens")["requests"].to_list() == [3]
    with duckdb.connect(str(catalog), read_only=True) as connection:
        made = dict(connection.execute("SELECT what, fingerprint FROM tracekit_made").fetchall())
    assert made["head"] == read_head(Layout(lake)).fingerprint


def test_catalog_that_is_a_link_is_replaced_not_written_through(lake: Path) -> None:
    (lake / "tracekit.duckdb").symlink_to(lake.parent / "secret.txt")
    (lake / "_catalog.json").symlink_to(lake.parent / "secret.txt")
    assert Lake(lake).query("llm/tokens")["requests"].to_list() == [3]
    assert not (lake / "tracekit.duckdb").is_symlink()
    assert not (lake / "_catalog.json").is_symlink()


def test_names_given_by_a_dead_run_are_not_believed(lake: Path) -> None:
    run = lake / "_staging" / "20200101T000000-00000000"
    run.mkdir(parents=True)
    [part] = (lake / "llm_request").rglob("*.parquet")
    names = ["../secret.txt", "tracekit.duckdb", "_heads/00000000000000000001.json", part.relative_to(lake).as_posix(), 7]
    (run / "given.json").write_text(json.dumps(names))
    (run / "owner.json").write_text(json.dumps({"host": "elsewhere", "pid": "x"}))
    os.utime(run, (0, 0))
    with writing(Layout(lake)):
        pass
    assert not run.exists()
    assert part.exists()
    assert Lake(lake).query("llm/tokens")["requests"].to_list() == [3]
