"""The same data twice within one run are taken once, whatever wraps them; no row is ever left out for being equal to another."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import shutil
import subprocess
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from raw_records import SAMPLES

from tracekit.api import Lake
from tracekit.errors import DeclarationError
from tracekit.ingest import copies
from tracekit.ingest.plan import make_plan
from tracekit.ingest.run import ingest
from tracekit.lake.manifest import read_manifests
from tracekit.sources.load import load_source, source, sources

Run = Callable[..., "subprocess.CompletedProcess[str]"]
HEADER = "Timestamp,Model,Request tokens,Response tokens,Total tokens,Log Type"


def _text(rows: int, tokens: int = 10) -> bytes:
    # Every row stands twice: equal rows are data.
    lines = [f"{i // 2},GPT-4,{tokens},20,{tokens + 20},API log" for i in range(rows)]
    return ("\n".join([HEADER, *lines]) + "\n").encode()


def _tar(data: bytes, member: str) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        info = tarfile.TarInfo(member)
        info.size = len(data)
        archive.addfile(info, io.BytesIO(data))
    return out.getvalue()


def _zip(data: bytes, member: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(member, data)
    return out.getvalue()


WRAPPINGS: dict[str, Callable[[bytes], bytes]] = {
    "requests.csv.gz": gzip.compress,
    "requests.csv.bz2": bz2.compress,
    "requests.csv.xz": lzma.compress,
    "requests.zip": lambda data: _zip(data, "requests.csv"),
    "requests.tgz": lambda data: _tar(data, "inner/requests.csv"),
    "copy/requests.csv": bytes,
    "copy/another name.csv": bytes,
}


@pytest.mark.parametrize("rows", [6, 20_000])
@pytest.mark.parametrize("name", WRAPPINGS)
def test_a_copy_beside_the_file_is_taken_once(name: str, rows: int, tmp_path: Path) -> None:
    data = _text(rows)
    assert rows < 100 or len(data) > copies.HEAD
    raw = tmp_path / "raw"
    (raw / name).parent.mkdir(parents=True)
    (raw / "requests.csv").write_bytes(data)
    (raw / name).write_bytes(WRAPPINGS[name](data))
    outcome = ingest(source("burstgpt"), [raw], tmp_path / "lake", macros=[])
    assert Lake(tmp_path / "lake").sql("SELECT count(*) AS n, sum(input_tokens) AS t FROM llm_request").rows() == [(rows, 10 * rows)]
    (manifest,) = read_manifests(Lake(tmp_path / "lake").layout)
    (entry,) = manifest.inputs
    taken = {Path(place.replace("!", "/")).name for place in (entry.path, *entry.copies)}
    assert len(entry.copies) == 1
    assert taken <= {"requests.csv", Path(name).name}
    assert [reason.startswith("the same data as ") for _, reason in outcome.plan.skipped] == [True]


def test_it_is_said(tmp_path: Path, cli: Run) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    for folder in ("a", "b"):
        (tmp_path / folder / "x.csv").write_bytes(_text(4))
    done = cli("ingest", "burstgpt", tmp_path / "a", tmp_path / "b", "--lake", tmp_path / "lake")
    assert done.returncode == 0
    assert f"left alone: {tmp_path}/b/x.csv: the same data as {tmp_path}/a/x.csv, which are taken once" in done.stderr
    assert "4 rows (4 records)" in done.stdout


def test_files_that_only_start_alike_are_all_taken(tmp_path: Path) -> None:
    data = _text(20_000)
    other = data[:-8] + b"API LOG\n"
    assert len(other) == len(data)
    (tmp_path / "a.csv").write_bytes(data)
    (tmp_path / "b.csv").write_bytes(other)
    (tmp_path / "c.csv.gz").write_bytes(gzip.compress(data + b"9,GPT-4,1,1,2,API log\n"))
    plan = make_plan(source("burstgpt"), [tmp_path], tmp_path / "scratch")
    assert [file.name for file in plan.files] == ["a.csv", "b.csv", "c.csv.gz"]


def test_no_more_is_hashed_than_tells_files_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hashed: list[str] = []
    whole = copies.hash_content
    monkeypatch.setattr(copies, "hash_content", lambda path: hashed.append(path.name) or whole(path))
    for number in range(4):
        (tmp_path / f"small{number}.csv").write_bytes(_text(5, number))
        (tmp_path / f"other{number}.csv").write_bytes(_text(20_000, number))
        (tmp_path / f"longer{number}.csv").write_bytes(_text(20_000 + number, 9))
    assert len(make_plan(source("burstgpt"), [tmp_path], tmp_path / "scratch").files) == 12
    assert hashed == []
    (tmp_path / "again.csv.gz").write_bytes(gzip.compress(_text(20_000, 3)))
    assert len(make_plan(source("burstgpt"), [tmp_path], tmp_path / "scratch").files) == 12
    assert sorted(hashed) == ["again.csv.gz", "other3.csv"]


def test_a_file_named_twice_or_linked_is_taken_once(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(_text(4))
    (tmp_path / "link.csv").symlink_to(tmp_path / "a.csv")
    plan = make_plan(source("burstgpt"), [tmp_path / "a.csv", tmp_path / "a.csv", tmp_path, tmp_path / "link.csv"], tmp_path / "scratch")
    assert [(file.name, file.trace) for file in plan.files] == [("a.csv", "a")]


def test_machines_with_equal_readings_are_all_there(tmp_path: Path) -> None:
    for folder in ("20110303", "20110306"):
        (tmp_path / "x" / folder).mkdir(parents=True)
        for machine in ("vm1", "vm2"):
            (tmp_path / "x" / folder / machine).write_text("0\n0\n")
    shutil.copytree(tmp_path / "x", tmp_path / "y")
    ingest(source("planetlab"), [tmp_path / "x", tmp_path / "y"], tmp_path / "lake", macros=[])
    rows = Lake(tmp_path / "lake").sql("SELECT trace, entity_id, count(*) AS n FROM resource_sample GROUP BY ALL ORDER BY ALL").rows()
    # Two machines on two days, two readings each; the copy of the whole tree adds nothing.
    assert rows == [(day, machine, 2) for day in ("20110303", "20110306") for machine in ("vm1", "vm2")]


def test_days_of_equal_counts_are_two_days(tmp_path: Path) -> None:
    for day in ("01", "02"):
        text = "HashOwner,HashApp,HashFunction,Trigger,1,2\no,a,f,http,3,4\n"
        (tmp_path / f"invocations_per_function_md.anon.d{day}.csv").write_text(text)
    # The lake lies in the folder: nothing of it is data.
    ingest(source("azure-functions-2019"), [tmp_path], tmp_path / "lake", macros=[])
    rows = Lake(tmp_path / "lake").sql("SELECT started_us // 60_000_000 AS minute, value FROM function_rate ORDER BY 1").rows()
    assert rows == [(0, 3.0), (1, 4.0), (1440, 3.0), (1441, 4.0)]


def test_a_database_is_two_kinds_and_one_file(tmp_path: Path) -> None:
    shutil.copytree(SAMPLES / "azure-packing-2020", tmp_path / "raw")
    name = next((tmp_path / "raw").iterdir()).name
    shutil.copy(tmp_path / "raw" / name, tmp_path / "raw" / "copy.sqlite")
    plan = make_plan(source("azure-packing-2020"), [tmp_path / "raw"], tmp_path / "scratch")
    assert sorted(file.kind.name for file in plan.files) == ["requests", "types"]


@pytest.mark.parametrize("dataset", ["google-2011", "acme", "huawei-cold-start-2025", "mooncake", "alibaba-pai-2020", "opendc"])
def test_a_tree_beside_its_copy_is_the_tree(dataset: str, tmp_path: Path) -> None:
    shutil.copytree(SAMPLES / dataset, tmp_path / "one")
    shutil.copytree(SAMPLES / dataset, tmp_path / "two")
    alone = make_plan(source(dataset), [tmp_path / "one"], tmp_path / "scratch")
    both = make_plan(source(dataset), [tmp_path / "one", tmp_path / "two"], tmp_path / "more")
    assert [(f.name, f.kind.name, f.trace) for f in both.files] == [(f.name, f.kind.name, f.trace) for f in alone.files]


def test_the_key_is_checked(tmp_path: Path) -> None:
    folder = tmp_path / "burstgpt"
    shutil.copytree(source("burstgpt").folder, folder)
    text = (folder / "source.toml").read_text()
    for value, words in (("kept", "nothing in path or trace tells equal files apart"), ("all", "'all' is not one of kept")):
        (folder / "source.toml").write_text(text.replace('format = "csv"', f'format = "csv"\nequal_files = "{value}"', 1))
        with pytest.raises(DeclarationError, match=words):
            load_source(folder)


def test_equal_files_are_kept_only_where_paths_say_what_each_is() -> None:
    kept = {(known.id, kind.name) for known in sources().values() for kind in known.files if kind.equal_files}
    assert ("planetlab", "machines") in kept
    assert ("burstgpt", "requests") not in kept
