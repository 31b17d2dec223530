"""Bad bytes: the right exit code, one clear message, the lake as it was."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import os
import signal
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from kept import kept_manifest, kept_rejects

from tracekit.api import Lake
from tracekit.errors import DataError, NothingMatchedError, TracekitError, UsageError
from tracekit.ingest.run import ingest
from tracekit.ingest.settings import Settings
from tracekit.lake.verify import find_faults, find_strays
from tracekit.sources.load import source

HEADER = "Timestamp,Model,Request tokens,Response tokens,Total tokens,Log Type"
GOOD = "5,ChatGPT,10,20,30,API log"
Run = Callable[..., "subprocess.CompletedProcess[str]"]


def _lines(count: int) -> list[str]:
    return [f"{i},ChatGPT,10,20,30,API log" for i in range(count)]


def _state(lake: Path) -> dict[str, bytes]:
    files = [p for p in lake.rglob("*") if p.is_file() and p.name != "_lock" and p.suffix != ".duckdb"]
    return {str(p.relative_to(lake)): p.read_bytes() for p in files}


@pytest.fixture
def lake(tmp_path: Path) -> Path:
    """A lake that holds one good trace already."""
    path = tmp_path / "lake"
    (tmp_path / "good.csv").write_text("\n".join([HEADER, GOOD]) + "\n")
    ingest(source("burstgpt"), [tmp_path / "good.csv"], path, macros=[])
    return path


CASES: dict[str, tuple[str, bytes, int, str]] = {
    "missing column": ("a.csv", b"Timestamp,Model\n5,ChatGPT\n", 3, "column 'Request tokens'"),
    "empty file": ("a.csv", b"", 3, "the file is empty"),
    "header only": ("a.csv", HEADER.encode() + b"\n", 3, "no records"),
    "truncated gzip": (
        "a.csv.gz",
        gzip.compress("\n".join([HEADER, *_lines(5000)]).encode())[:-400],
        3,
        "ends in the middle",
    ),
    "UTF-16": ("a.csv", "\n".join([HEADER, GOOD]).encode("utf-16"), 3, "UTF-16"),
    "Git LFS pointer": (
        "a.csv",
        b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 5\n",
        3,
        "Git LFS pointer",
    ),
    "HTML page": ("a.csv", b"\n<!DOCTYPE html><html><body>404</body></html>", 3, "HTML page"),
    "every record wrong": ("a.csv", f"{HEADER}\nabc,ChatGPT,1,2,3,x\n".encode(), 3, "'abc' is not a number"),
    "column twice": ("a.csv", f"{HEADER},Model\n{GOOD},GPT-4\n".encode(), 3, "'Model' stands twice"),
    "unknown file": ("notes.txt", b"hello\nworld\n", 3, "not a file of burstgpt"),
}


@pytest.mark.parametrize("name", CASES)
def test_bad_file_leaves_the_lake_alone(name: str, lake: Path, tmp_path: Path, cli: Run) -> None:
    file, content, code, words = CASES[name]
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad" / file).write_bytes(content)
    before = _state(lake)
    done = cli("ingest", "burstgpt", tmp_path / "bad" / file, "--lake", lake)
    assert done.returncode == code, done.stderr
    assert words in done.stderr
    assert file in done.stderr
    assert done.stderr.count("error:") == 1
    assert "Traceback" not in done.stderr
    assert _state(lake) == before


def _tar(member: str) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        info = tarfile.TarInfo(member)
        info.size = 5
        archive.addfile(info, io.BytesIO(b"hello"))
    return out.getvalue()


@pytest.mark.parametrize("member", ["../evil.csv", "/tmp/evil.csv", "a/../../evil.csv"])
def test_archive_that_leaves_its_folder_is_refused(member: str, lake: Path, tmp_path: Path) -> None:
    (tmp_path / "a.tar.gz").write_bytes(_tar(member))
    with pytest.raises(DataError, match="outside of the target folder"):
        ingest(source("burstgpt"), [tmp_path / "a.tar.gz"], lake, macros=[])
    assert not list(tmp_path.rglob("evil.csv"))


def test_archive_with_a_link_is_refused(lake: Path, tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "a.tar", "w") as archive:
        info = tarfile.TarInfo("x.csv")
        info.type, info.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(info)
    with pytest.raises(DataError, match="a link or a device"):
        ingest(source("burstgpt"), [tmp_path / "a.tar"], lake, macros=[])


@pytest.mark.parametrize("pack", ["zip", "gz"])
def test_bomb_is_refused(pack: str, lake: Path, tmp_path: Path) -> None:
    zeros = b"0" * (100 << 20)
    if pack == "zip":
        with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("a.csv", zeros)
    else:
        (tmp_path / "a.gz").write_bytes(gzip.compress(HEADER.encode() + b"\n" + zeros))
    with pytest.raises(DataError, match="bomb"):
        ingest(source("burstgpt"), [tmp_path / f"a.{pack}"], lake, macros=[])


@pytest.mark.parametrize("pack", ["plain", "gz", "bz2", "xz", "zstd", "zip", "tar.xz", "bom", "crlf, no final newline", "blank lines"])
def test_every_wrapping_gives_the_same_rows(pack: str, tmp_path: Path) -> None:
    import pyarrow as pa

    text = "\n".join([HEADER, *_lines(50)]) + "\n"
    data = text.encode()
    path = tmp_path / "trace.csv"
    if pack in ("zip", "tar.xz"):
        path = tmp_path / f"outer.{pack}"
        if pack == "zip":
            with zipfile.ZipFile(path, "w") as archive:
                archive.writestr("inner/trace.csv", data)
        else:
            with tarfile.open(path, "w:xz") as archive:
                info = tarfile.TarInfo("inner/trace.csv")
                info.size = len(data)
                archive.addfile(info, io.BytesIO(data))
    else:
        pressed = {
            "gz": gzip.compress,
            "bz2": bz2.compress,
            "xz": lzma.compress,
            "zstd": lambda d: pa.compress(d, codec="zstd", asbytes=True),
            "bom": lambda d: b"\xef\xbb\xbf" + d,
            "crlf, no final newline": lambda d: d.replace(b"\n", b"\r\n")[:-2],
            "blank lines": lambda d: d.replace(b"\n", b"\n\n").replace(b"\n7,ChatGPT", b"\n      \n7,ChatGPT"),
        }
        path.write_bytes(pressed.get(pack, lambda d: d)(data))
    ingest(source("burstgpt"), [path], tmp_path / "lake", macros=[])
    rows = Lake(tmp_path / "lake").table("llm_request").collect()
    assert rows["trace"].unique().to_list() == ["trace"]
    assert rows["source_row"].to_list() == list(range(1, 51))
    assert rows["arrived_us"].to_list() == [i * 1_000_000 for i in range(50)]


def test_wrong_cell_deep_in_a_large_file_is_named(tmp_path: Path) -> None:
    lines = _lines(200_000)
    lines[123_455] = "123455,ChatGPT,abc,20,30,API log"
    lines[150_000] = "150000,ChatGPT,-7,20,13,API log"
    lines[160_000] = '160000,"ChatGPT,10,20,30,API log'
    lines[170_000] = "170000,ChatGPT,10,20,30"
    lines[180_000] = "180000,ChatGPT,10,20,30,API log,more"
    (tmp_path / "big.csv").write_text("\n".join([HEADER, *lines]) + "\n")
    out = ingest(source("burstgpt"), [tmp_path / "big.csv"], tmp_path / "lake", macros=[])
    count = out.written[0].tables["llm_request"]
    assert (count.records, count.rows, count.rejected) == (200_000, 199_995, 5)
    text = kept_rejects(Lake(tmp_path / "lake"), "burstgpt", "big")
    rejects = {r["line"]: r for r in map(json.loads, text.splitlines())}
    assert sorted(rejects) == [123_457, 150_002, 160_002, 170_002, 180_002]
    assert rejects[123_457]["reason"] == "column 'Request tokens': 'abc' is not a whole number"
    assert rejects[150_002]["reason"] == "input_tokens = -7 is below 0"
    assert "quoting is broken" in rejects[160_002]["reason"]
    assert rejects[170_002]["reason"] == "5 cells where the header has 6"
    assert rejects[180_002]["reason"] == "7 cells where the header has 6"
    assert rejects[123_457]["text"] == lines[123_455]
    kept = Lake(tmp_path / "lake").table("llm_request").collect()
    assert set(range(1, 200_001)) - set(kept["source_row"].to_list()) == {123_456, 150_001, 160_001, 170_001, 180_001}
    with pytest.raises(DataError, match=r"line 123,457: column 'Request tokens'"):
        ingest(source("burstgpt"), [tmp_path / "big.csv"], tmp_path / "strict", macros=[], settings=Settings(strict=True))


def test_bytes_that_are_not_utf8_cost_one_record(ingest_file: Callable[..., Lake]) -> None:
    lake = ingest_file("burstgpt", "a.csv", f"{HEADER}\n{GOOD}\n6,".encode() + b"Chat\xffGPT,1,2,3,x\n" + GOOD.encode())
    assert lake.table("llm_request").collect().height == 2


def test_extra_column_is_named_in_the_manifest(ingest_file: Callable[..., Lake]) -> None:
    lake = ingest_file("burstgpt", "a.csv", f"{HEADER},Mood\n{GOOD},good\n")
    manifest = kept_manifest(lake, "burstgpt", "a")
    assert manifest.inputs[0].extra_columns == ["Mood"]


def test_columns_go_by_name_not_by_place(ingest_file: Callable[..., Lake]) -> None:
    swapped = "Model,Timestamp,Response tokens,Request tokens,Total tokens,Log Type\nGPT-4,5,20,10,30,API log\n"
    row = ingest_file("burstgpt", "a.csv", swapped).table("llm_request").collect().row(0, named=True)
    assert (row["model"], row["arrived_us"], row["input_tokens"], row["output_tokens"]) == ("GPT-4", 5_000_000, 10, 20)


def test_folder_of_strangers_matches_nothing(lake: Path, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "readme.md").write_text("hello")
    (tmp_path / "folder" / "._a.csv").write_text("mac")
    with pytest.raises(NothingMatchedError, match=r"readme\.md"):
        ingest(source("burstgpt"), [tmp_path / "folder"], lake, macros=[])


def test_missing_path_is_a_usage_error(lake: Path, cli: Run) -> None:
    done = cli("ingest", "burstgpt", "nowhere.csv", "--lake", lake)
    assert (done.returncode, "no such file" in done.stderr) == (2, True)


@pytest.mark.skipif(os.geteuid() != 0, reason="needs a second user to take permission from")
def test_no_permission(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(f"{HEADER}\n{GOOD}\n")
    (tmp_path / "a.csv").chmod(0)
    tmp_path.chmod(0o777)
    for parent in list(tmp_path.parents)[:3]:
        parent.chmod(0o755)
    code = (
        "import os, sys; from pathlib import Path; from tracekit.ingest import run; from tracekit.sources.load import source\n"
        "import polars\n"
        "os.setuid(65534)\n"
        f"run.ingest(source('burstgpt'), [Path('{tmp_path}/a.csv')], Path('{tmp_path}/lake'), macros=[])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "UsageError" in done.stderr
    assert "no permission to read it" in done.stderr


@pytest.mark.skipif(os.geteuid() != 0, reason="mounting a small disk needs root")
def test_disk_full_leaves_the_lake_as_it_was(tmp_path: Path, cli: Run) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", disk], check=False, capture_output=True)
    if mounted.returncode:
        pytest.skip("no tmpfs can be mounted here")
    try:
        (tmp_path / "small.csv").write_text(f"{HEADER}\n{GOOD}\n")
        assert cli("ingest", "burstgpt", tmp_path / "small.csv", "--lake", disk / "lake").returncode == 0
        before = _state(disk / "lake")
        import numpy as np

        numbers = np.random.default_rng(1).integers(0, 10**9, (400_000, 2))
        big = "\n".join([HEADER, *(f"{i},m{a},{a},{b},3,x" for i, (a, b) in enumerate(numbers.tolist()))])
        (tmp_path / "big.csv").write_text(big)
        done = cli("ingest", "burstgpt", tmp_path / "big.csv", "--lake", disk / "lake")
        assert done.returncode == 1
        assert "no space left" in done.stderr
        assert _state(disk / "lake") == before
    finally:
        subprocess.run(["umount", disk], check=True)


# The command line, killed before the first step on the lake's files that bears the words.
KILLED = """
import os, signal, sys
lake, step, words = sys.argv[1:4]
del sys.argv[1:4]

def stop(event, args):
    if event == step and any(words in os.fspath(a).removeprefix(lake) for a in args if isinstance(a, (str, os.PathLike))):
        os.kill(os.getpid(), signal.SIGKILL)

sys.addaudithook(stop)
from tracekit.cli import main
main()
"""
# In the order of an ingest: its claim, all its rows, their files, the manifest, the head, the catalog.
MOMENTS = [
    ("os.rename", "/owner.json"),
    ("os.rename", "/given.json"),
    ("os.link", "/llm_request/burstgpt/a/part-"),
    ("os.link", "/_manifests/burstgpt/a/manifest-"),
    ("os.link", "/_heads/"),
    ("os.rename", "/tracekit.duckdb"),
]


def test_killed_ingest_leaves_all_or_nothing(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("\n".join([HEADER, *_lines(30_000)]) + "\n")
    (tmp_path / "b.csv").write_text("\n".join([HEADER, *_lines(1_000)]) + "\n")
    lake = tmp_path / "lake"
    ingest(source("burstgpt"), [tmp_path / "b.csv"], lake, macros=[])
    before = _state(lake)
    command = ["ingest", "burstgpt", str(tmp_path / "a.csv"), "--lake", str(lake)]
    seen = []
    for step, words in MOMENTS:
        done = subprocess.run([sys.executable, "-c", KILLED, lake, step, words, *command], capture_output=True, check=False)
        assert done.returncode == -signal.SIGKILL, (step, words, done.stderr)
        opened = Lake(lake)
        _, faults = find_faults(opened.layout)
        assert faults == []
        rows = opened.query("llm/tokens").rows_by_key("trace", named=True)
        assert rows["b"][0]["requests"] == 1_000
        seen.append(rows["a"][0]["requests"] if "a" in rows else None)
        if seen[-1] is None:
            # Before the head is put there may be files that no head names, for the next run to take: never one more before they are put.
            after = {k: v for k, v in _state(lake).items() if not k.startswith("_staging")}
            assert {k: v for k, v in after.items() if k in before} == before
            assert after == before or step == "os.link"
    assert seen == [None] * 5 + [30_000]
    command = [sys.executable, "-c", "from tracekit.cli import main; main()", *command]
    done = subprocess.run(command, capture_output=True, check=False)
    assert done.returncode == 0
    assert Lake(lake).query("llm/tokens", trace="a")["requests"].to_list() == [30_000]
    assert find_strays(Lake(lake).layout) == []
    assert not (lake / "_staging").exists()


def test_second_writer_of_a_trace_is_turned_away(lake: Path, tmp_path: Path, cli_process: Run) -> None:
    from tracekit.lake.drafts import writing
    from tracekit.lake.layout import Layout

    (tmp_path / "b.csv").write_text(f"{HEADER}\n{GOOD}\n")
    with writing(Layout(lake)) as run:
        run.announce("burstgpt", ["b"])
        done = cli_process("ingest", "burstgpt", tmp_path / "b.csv", "--lake", lake)
    assert done.returncode == 2
    assert f"process {os.getpid()} on" in done.stderr
    assert "has been writing burstgpt/b since" in done.stderr
    assert cli_process("ingest", "burstgpt", tmp_path / "b.csv", "--lake", lake).returncode == 0


def test_injection_is_only_a_strange_name(lake: Path, cli: Run) -> None:
    done = cli("query", "llm/tokens", "--lake", lake, "--dataset", "x'; DROP VIEW llm_request; --", "--format", "json")
    assert (done.returncode, done.stdout) == (6, "")
    assert "the lake holds no dataset \"x'; DROP VIEW" in done.stderr
    assert Lake(lake).query("llm/tokens").height == 1


@pytest.mark.parametrize(
    "text",
    ["DELETE FROM llm_request", "COPY llm_request TO '/tmp/x.csv'", "SELECT 1; SELECT 2", "SELEC 1", "SELECT nope"],
)
def test_sql_only_reads(text: str, lake: Path) -> None:
    with pytest.raises(UsageError):
        Lake(lake).sql(text)


def test_changed_input_needs_replace_and_unchanged_is_skipped(lake: Path, tmp_path: Path) -> None:
    good = tmp_path / "good.csv"
    before = _state(lake)
    again = ingest(source("burstgpt"), [good], lake, macros=[])
    assert (again.written, again.unchanged) == ([], ["good"])
    assert _state(lake) == before
    good.write_text("\n".join([HEADER, GOOD, GOOD]) + "\n")
    with pytest.raises(UsageError, match="--replace"):
        ingest(source("burstgpt"), [good], lake, macros=[])
    assert _state(lake) == before
    ingest(source("burstgpt"), [good], lake, macros=[], replace=True)
    assert Lake(lake).query("llm/tokens")["requests"].to_list() == [2]


def test_samples_are_not_mixed_with_real_rows(lake: Path) -> None:
    with pytest.raises(UsageError, match="not mixed"):
        ingest(source("burstgpt"), [], lake, macros=[], sample=True)


def test_no_lake_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(NothingMatchedError, match="tracekit ingest"):
        Lake(tmp_path / "none")


def test_error_says_the_way_out() -> None:
    assert str(TracekitError("it broke", "mend it")) == "it broke\n  → mend it"
