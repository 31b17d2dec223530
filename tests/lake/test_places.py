"""Where a lake may lie: folders with odd names, disks without links or locks, disks that may not be written to, disks that are full."""

from __future__ import annotations

import errno
import os
import resource
import shutil
import subprocess
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import duckdb
import numpy as np
import pytest
from harness import HEADER, SOAK, finish, make_catalog, put, put_without_links, requests, run, start, state, write_raw

from tracekit.api import Lake
from tracekit.errors import TracekitError
from tracekit.ingest.run import ingest
from tracekit.lake import catalog, disk, drafts
from tracekit.lake.drafts import lives, writing
from tracekit.lake.head import numbers
from tracekit.lake.layout import Layout
from tracekit.lake.repair import repair
from tracekit.lake.storage import LocalStorage, numbered
from tracekit.lake.verify import find_faults
from tracekit.query.macros import macros
from tracekit.sources.load import source

Run = Callable[..., "subprocess.CompletedProcess[str]"]
ODD = [
    "a[b]c",
    "q?x",
    "s*t",
    "**",
    "back\\slash",
    "b\\[x]",
    "it's",
    "sp ace",
    "per%41",
    "{a,b}",
    "[!a]",
    "new\nline",
    "~",
    "$HOME",
    "dö",
    "%s",
]


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("plain")
    put(root / "lake", write_raw(root / "raw" / "a.csv", 3))
    make_catalog(root / "lake")
    return root / "lake"


@pytest.mark.parametrize("name", ODD)
def test_folder_with_an_odd_name(name: str, plain: Path, tmp_path: Path) -> None:
    lake = tmp_path / name / "lake"
    # What its name would match as a pattern lies beside it.
    for other in ("abc", "qqx", "sxt", "any"):
        shutil.copytree(plain, tmp_path / other / "lake")
    shutil.copytree(plain, lake)
    put(lake, write_raw(tmp_path / "raw" / "b.csv", 4))
    assert requests(lake) == {"a": 3, "b": 4}
    assert catalog.refresh(Layout(lake), []) == []
    opened = Lake(lake)
    assert opened.query("llm/tokens")["requests"].sort().to_list() == [3, 4]
    assert opened.table("llm_request").collect().height == 7
    assert find_faults(opened.layout) == (6, [])
    # DuckDB itself opens no file of some of these names; the views are right wherever the catalog lies.
    shutil.copy(lake / "tracekit.duckdb", tmp_path)
    with duckdb.connect(str(tmp_path / "tracekit.duckdb"), read_only=True) as connection:
        assert connection.execute("SELECT count(*) FROM llm_request").fetchall() == [(7,)]
    # Rows out of order are sorted, and rows that make others together are paired, in the lake's folder.
    shuffled = write_raw(tmp_path / "raw" / "c.csv", 5)
    head, *lines = shuffled.read_text().splitlines()
    shuffled.write_text("\n".join([head, *lines[::-1]]) + "\n")
    put(lake, shuffled)
    ingest(source("google-2011"), [], lake, macros=None, sample=True)
    assert state(lake)["llm_request"]["c"] == 5


@pytest.mark.parametrize("name", ["a[b]", "b\\*[x"])
def test_verbs_in_a_folder_with_an_odd_name(name: str, plain: Path, tmp_path: Path, cli: Run) -> None:
    lake = tmp_path / name / "lake"
    shutil.copytree(plain, lake)
    for args in (
        ("check",),
        ("query", "llm/tokens"),
        ("sql", "SELECT count(*) FROM llm_request"),
        ("describe",),
        ("export", "burstgpt", "--to", "vllm-burstgpt", "-o", tmp_path / name / "out.csv"),
        ("report", "llm", "-o", tmp_path / name / "page.html"),
        ("rename", "burstgpt", "a", "b"),
        ("remove", "burstgpt"),
        ("gc", "--grace", "0"),
    ):
        done = cli(*args, "--lake", lake)
        assert done.returncode == 0, (args, done.stderr)


def test_disk_without_hard_links(tmp_path: Path) -> None:
    """Four writers at once: claims keep them apart as links do, and it is said."""
    lake = tmp_path / "lake"
    files = [write_raw(tmp_path / "raw" / f"{name}.csv", 3) for name in "abcd"]
    done = [finish(child) for child in [start(partial(put_without_links, lake, file), lake) for file in files]]
    assert [d.code for d in done] == [0] * 4, done
    assert requests(lake) == dict.fromkeys("abcd", 3)
    assert numbers(Layout(lake)) == [1, 2, 3, 4]
    assert sorted(path.name for path in (lake / "_heads").iterdir()) == [f"{n:020d}.json" for n in (1, 2, 3, 4)]


def test_claim_that_nobody_took_is_named_and_repaired(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def none(*_: object) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    lake = tmp_path / "lake"
    put(lake, write_raw(tmp_path / "raw" / "a.csv", 3))
    claim = lake / (numbered("_heads", 2) + ".claim")
    claim.touch()
    monkeypatch.setattr(os, "link", none)
    monkeypatch.setattr("tracekit.lake.storage._PATIENCE_S", 0.1)
    with pytest.raises(TracekitError, match=r"000002\.json\.claim: a writer claimed this name") as told:
        put(lake, write_raw(tmp_path / "raw" / "b.csv", 4))
    assert "check --repair" in str(told.value)
    assert requests(lake) == {"a": 3}
    os.utime(claim, (0, 0))
    assert any("claim" in line for line in repair(Layout(lake)))
    put(lake, write_raw(tmp_path / "raw" / "b.csv", 4))
    assert requests(lake) == {"a": 3, "b": 4}


def test_link_whose_answer_was_lost_is_known_for_ones_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Over NFS a call may be repeated: the second finds the name taken, by the first."""
    real = os.link

    def twice(source: Path, target: Path) -> None:
        real(source, target)
        real(source, target)

    monkeypatch.setattr(os, "link", twice)
    put(tmp_path / "lake", write_raw(tmp_path / "raw" / "a.csv", 3))
    assert numbers(Layout(tmp_path / "lake")) == [1]
    assert requests(tmp_path / "lake") == {"a": 3}


def test_disk_without_locks_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class NoLock(drafts.FileLock):  # type: ignore[misc,name-defined]
        def acquire(self, *_: object, **__: object) -> None:
            raise OSError(errno.ENOLCK, "No locks available")

    lake = tmp_path / "lake"
    monkeypatch.setattr(drafts, "FileLock", NoLock)
    with writing(Layout(lake)) as mine:
        assert mine.notes == [f"{lake}: its file system has no locks; whether another run is alive is judged by its host and process"]
        assert lives(mine.folder)
        with writing(Layout(lake)):
            assert mine.folder.exists()
        (mine.folder / "owner.json").write_text((mine.folder / "owner.json").read_text().replace(str(os.getpid()), "999999999"))
        assert not lives(mine.folder)
        (mine.folder / "owner.json").write_text('{"host": "elsewhere", "pid": 1}')
        assert lives(mine.folder)
        os.utime(mine.folder, (0, 0))
        assert not lives(mine.folder)


@pytest.fixture
def read_only(plain: Path, tmp_path: Path) -> Iterator[Path]:
    """A lake on a disk that may not be written to; it has moved, so that its catalog is of another place."""
    lake = tmp_path / "lake"
    shutil.copytree(plain, lake)
    mounted = subprocess.run(["mount", "--bind", "-o", "ro", lake, lake], check=False, capture_output=True)
    if mounted.returncode:
        lake.chmod(0o555)
    if os.access(lake, os.W_OK):
        pytest.skip("nothing here can be made read-only")
    yield lake
    if not mounted.returncode:
        subprocess.run(["umount", lake], check=True)
    else:
        lake.chmod(0o755)


def test_read_only_lake_answers(read_only: Path, cli: Run) -> None:
    opened = Lake(read_only)
    assert opened.query("llm/tokens")["requests"].to_list() == [3]
    assert opened.sql("SELECT count(*) AS n FROM llm_request")["n"].to_list() == [3]
    assert opened.table("llm_request").collect().height == 3
    done = cli("check", "--lake", read_only)
    assert done.returncode == 0, done.stderr
    assert "cannot be written to: queries answer; the catalog is not rebuilt" in done.stderr
    assert cli("history", "--lake", read_only).returncode == 0
    for args in (("remove", "burstgpt"), ("rename", "burstgpt", "a", "b"), ("ingest", "burstgpt", "--sample")):
        done = cli(*args, "--lake", read_only)
        assert (done.returncode, "cannot write to the lake" in done.stderr) == (2, True), done.stderr


@pytest.mark.parametrize(
    ("kind", "words"),
    [("nfs4", "commits need no locks there"), ("fuse.s3fs", "does not rename atomically"), ("vfat", "no hard links"), ("ext4", None)],
)
def test_check_says_what_a_file_system_cannot_do(kind: str, words: str | None, plain: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(disk, "file_system", lambda _path: kind)
    told = disk.limits(Layout(plain))
    assert (words is None and told == []) or (words is not None and words in told[0])


def test_file_system_is_the_one_that_the_kernel_names(tmp_path: Path) -> None:
    named = subprocess.run(["stat", "-f", "-c", "%T", tmp_path], capture_output=True, text=True, check=True).stdout.strip()
    found = disk.file_system(tmp_path)
    assert found is not None
    assert named.split("/")[0][:3] in found or named == "UNKNOWN"


def _limited(lake: Path, file: Path, most: int) -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
    put(lake, file, replace=True)


def test_files_that_may_grow_no_further(tmp_path: Path) -> None:
    """Fifteen sizes at which writing ends: the lake is as it was, or as it is to be."""
    rng = np.random.default_rng(3)
    big = tmp_path / "raw" / "a.csv"
    numbers_ = rng.integers(0, 10**9, (40_000, 2))
    write_raw(big, 0).write_text("\n".join([HEADER, *(f"{i},m{a},{a},{b},3,x" for i, (a, b) in enumerate(numbers_.tolist()))]) + "\n")
    shuffled = tmp_path / "shuffled" / "a.csv"
    head, *lines = big.read_text().splitlines()
    shuffled.parent.mkdir()
    shuffled.write_text("\n".join([head, *lines[::-1]]) + "\n")
    before, lake = tmp_path / "before", tmp_path / "lake"
    put(before, write_raw(tmp_path / "one" / "a.csv", 3))
    codes = set()
    for number, most in enumerate(np.geomspace(200, 2_000_000, 15 * SOAK).astype(int).tolist()):
        shutil.rmtree(lake, ignore_errors=True)
        shutil.copytree(before, lake)
        done = run(partial(_limited, lake, (big, shuffled)[number % 2], most), lake)
        codes.add(done.code)
        assert done.code in (0, 1), done.error
        assert requests(lake) == {"a": 3 if done.code else 40_000}
        assert done.code == 0 or "no space left" in done.error
        assert find_faults(Layout(lake))[1] == []
        assert not (lake / "_staging").exists()
    assert codes == {0, 1}


def test_disk_that_is_full(tmp_path: Path, cli: Run) -> None:
    """Fifteen sizes of a disk, from one that holds nothing to one that holds all."""
    mount = tmp_path / "disk"
    mount.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", mount], check=False, capture_output=True).returncode:
        pytest.skip("no tmpfs can be mounted here; the test of files that may grow no further asks the same")
    try:
        lake = mount / "lake"
        put(lake, write_raw(tmp_path / "one" / "a.csv", 3))
        file = write_raw(tmp_path / "two" / "a.csv", 20_000)
        codes = []
        for kilobytes in np.geomspace(68, 4_000, 15).astype(int).tolist():
            subprocess.run(["mount", "-o", f"remount,size={kilobytes}k", mount], check=True)
            done = run(partial(put, lake, file, replace=True), lake)
            codes.append(done.code)
            assert done.code in (0, 1), done.error
            assert requests(lake) == {"a": 20_000 if 0 in codes else 3}
            assert not (lake / "_staging").exists()
        assert {codes[0], codes[-1]} == {0, 1}
        assert catalog.refresh(Layout(lake), macros()) == []
    finally:
        subprocess.run(["umount", mount], check=True)


def test_nothing_is_left_in_doubt_about_what_is_on_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files and folders are synced before the head is linked, and the head's folder after it."""
    order: list[tuple[str, str]] = []
    real_sync, real_link = os.fsync, os.link

    def sync(descriptor: int) -> None:
        order.append(("sync", str(Path(f"/proc/self/fd/{descriptor}").readlink())))
        real_sync(descriptor)

    def link(source: Path, target: Path) -> None:
        order.append(("link", str(target)))
        real_link(source, target)

    monkeypatch.setattr(os, "fsync", sync)
    monkeypatch.setattr(os, "link", link)
    lake = tmp_path.resolve() / "lake"
    put(lake, write_raw(tmp_path / "raw" / "a.csv", 3))
    [head] = [i for i, (what, path) in enumerate(order) if what == "link" and "_heads" in path]
    before = {path for what, path in order[:head] if what == "sync"}
    named = [path for path in lake.rglob("*") if path.is_file() and "_heads" not in path.parts]
    assert len(named) == 4
    assert {str(path) for path in named} <= before
    folders = {str(folder) for path in named for folder in path.parents if folder == lake or lake in folder.parents}
    assert folders <= before
    assert str(tmp_path.resolve()) in before
    assert any("draft" in path for path in before)
    assert ("sync", str(lake / "_heads")) in order[head:]


def test_storage_creates_once(tmp_path: Path) -> None:
    (tmp_path / "drafts").mkdir()
    storage = LocalStorage(tmp_path, tmp_path / "drafts")
    assert storage.put_new("a/b", b"one")
    assert not storage.put_new("a/b", b"two")
    assert storage.get("a/b") == b"one"
    with storage.open_out("a/c") as file:
        file.write(b"three")
    with storage.open_in("a/c") as file:
        assert file.read() == b"three"
    assert [entry.name for entry in storage.list("a")] == ["a/b", "a/c"]
    assert storage.swap("log", 0, b"1")
    assert not storage.swap("log", 0, b"other")
    assert storage.swap("log", 1, b"2")
    assert [storage.get(entry.name) for entry in storage.list("log")] == [b"1", b"2"]
    storage.delete("a/b")
    storage.delete("a/c")
    assert not (tmp_path / "a").exists()
    assert list((tmp_path / "drafts").iterdir()) == []
