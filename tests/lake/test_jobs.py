"""Ingest in several processes: the lake is the same to the byte whatever their number, and nothing outlives the run."""

from __future__ import annotations

import importlib.util
import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import ModuleType

import duckdb
import pyarrow.parquet as pq
import pytest

from tracekit.api import Lake
from tracekit.errors import DataError, TracekitError
from tracekit.ingest import pair, share, table_writer, write
from tracekit.ingest.apart import workers
from tracekit.ingest.run import ingest
from tracekit.ingest.settings import Settings
from tracekit.lake.layout import Layout
from tracekit.lake.manifest import read_manifests
from tracekit.sources.load import source, sources

ROOT = Path(__file__).parents[2]
SAMPLES = ROOT / "data" / "samples"
VM = (
    "Timestamp [ms];\tCPU cores;\tCPU capacity provisioned [MHZ];\tCPU usage [MHZ];\tCPU usage [%];\tMemory capacity provisioned [KB];\t"
    "Memory usage [KB];\tDisk read throughput [KB/s];\tDisk write throughput [KB/s];\tNetwork received throughput [KB/s];\t"
    "Network transmitted throughput [KB/s]"
)


def _files(lake: Path) -> dict[str, bytes]:
    """Returns the files that a lake names by their content, but for the manifests of runs that differ in nothing else."""
    return {
        path.relative_to(lake).as_posix(): path.read_bytes()
        for path in lake.rglob("*")
        if path.is_file() and path.suffix in (".parquet", ".jsonl") and "_staging" not in path.parts
    }


def _vm(at_s: int, use: float) -> str:
    return f"{at_s};\t4;\t10400.0;\t{use};\t{use / 104};\t8388608.0;\t95205.6;\t0.0;\t7.5;\t0.0;\t0.1"


def _shards() -> ModuleType:
    spec = importlib.util.spec_from_file_location("shards", ROOT / "benchmarks" / "shards.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _write_vms(folder: Path, files: int, rows: int, *, first: int = 946_890_000) -> Path:
    """Writes machines whose recordings overlap, so that the trace is in order in no way; the last of them starts first."""
    (folder / "rnd").mkdir(parents=True)
    for i in range(files):
        lines = [_vm(first + (files - i) * 7 + 300 * row, (i + row) % 100) for row in range(rows)]
        (folder / "rnd" / f"{i}.csv").write_text("\n".join([VM, *lines]) + "\n")
    return folder


@pytest.mark.parametrize("dataset", ["google-2019", "bitbrains", "nvidia-smi", "alibaba-2018", "azure-functions-2019", "agentcgroup"])
def test_samples_give_the_same_files_in_one_process_and_in_two(dataset: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(share, "_APART_BYTES", 0)
    for jobs in (1, 2):
        ingest(source(dataset), [], tmp_path / str(jobs), macros=None, sample=True, jobs=jobs)
    assert _files(tmp_path / "1")
    assert _files(tmp_path / "1") == _files(tmp_path / "2")
    one, two = ([m.to_json() for m in read_manifests(Layout(tmp_path / jobs))] for jobs in ("1", "2"))
    assert one == two


def test_two_hundred_thousand_events_in_shards_give_the_same_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    events = _shards().write_shards(tmp_path / "raw", 200_000, 8)
    # 64 MB for what is paired: the events are paired in several shares.
    limits = Settings(memory_limit=80_000_000)
    monkeypatch.setattr(pair, "_RECORD_BYTES", 2_000)
    monkeypatch.setattr(share, "_APART_BYTES", 0)
    for jobs in (1, 2):
        ingest(source("google-2019"), [tmp_path / "raw"], tmp_path / str(jobs), macros=None, settings=limits, jobs=jobs)
    assert _files(tmp_path / "1") == _files(tmp_path / "2")
    raw = (tmp_path / "raw").as_posix()
    # An attempt begins where an instance is submitted, or scheduled again after an eviction.
    expected = duckdb.sql(f"""
        SELECT count(*), sum(CAST(started AS HUGEINT)), sum(CAST(ended AS HUGEINT)) FROM (
            SELECT max(at_us) FILTER (kind = 3) AS started, max(at_us) FILTER (kind IN (4, 6)) AS ended
            FROM (
                SELECT *, count(*) FILTER (kind = 0 OR (kind = 3 AND former <> 0))
                    OVER (PARTITION BY id ORDER BY at_us, kind ROWS UNBOUNDED PRECEDING) AS nth
                FROM (
                    SELECT *, lag(kind, 1, -1) OVER (PARTITION BY id ORDER BY at_us, kind) AS former
                    FROM (SELECT (collection_id, instance_index) AS id, CAST(time AS BIGINT) AS at_us, type AS kind
                          FROM read_json('{raw}/*/*.zst'))
                )
            ) GROUP BY id, nth
        )
    """).fetchall()[0]
    found = (
        Lake(tmp_path / "2").sql("SELECT count(*), sum(CAST(started_us AS HUGEINT)), sum(CAST(ended_us AS HUGEINT)) FROM placement").row(0)
    )
    assert tuple(map(int, found)) == tuple(map(int, expected))
    (manifest,) = read_manifests(Layout(tmp_path / "2"))
    assert manifest.tables["placement"].converted == events


def test_a_table_of_many_rows_is_several_files_that_differ_in_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    raw = _write_vms(tmp_path / "raw", 5, 210)
    for lake, jobs, group, part in (("one", 1, 64, 1 << 40), ("many", 1, 64, 256), ("apart", 2, 64, 256)):
        monkeypatch.setattr(share, "_APART_BYTES", 0)
        for module in (write, table_writer):
            monkeypatch.setattr(module, "ROW_GROUP", group)
            monkeypatch.setattr(module, "PART_ROWS", part)
        ingest(source("bitbrains"), [raw], tmp_path / lake, macros=None, jobs=jobs)
    assert _files(tmp_path / "many") == _files(tmp_path / "apart")
    (manifest,) = read_manifests(Layout(tmp_path / "many"))
    parts = [tmp_path / "many" / part.name for part in manifest.parts["resource_sample"]]
    assert [pq.read_metadata(part).num_rows for part in parts] == [256, 256, 256, 256, 26]
    text = "SELECT * FROM resource_sample ORDER BY sampled_us, source_row"
    assert Lake(tmp_path / "many").sql(text).equals(Lake(tmp_path / "one").sql(text))
    times = [us for part in parts for us in pq.read_table(part, columns=["sampled_us"])["sampled_us"].to_pylist()]
    assert times == sorted(times)
    assert times[0] == 0


def test_a_first_instant_that_stands_deep_in_the_last_file_is_the_zero(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(share, "_APART_BYTES", 0)
    raw = _write_vms(tmp_path / "raw", 2, 50_000)
    last = raw / "rnd" / "1.csv"
    assert last.stat().st_size > Settings().block_bytes // 16
    last.write_text(last.read_text() + _vm(946_000_000, 1.5) + "\n")
    settings = Settings(memory_limit=64 << 20)
    for jobs in (1, 2):
        ingest(source("bitbrains"), [raw], tmp_path / str(jobs), macros=None, settings=settings, jobs=jobs)
    assert _files(tmp_path / "1") == _files(tmp_path / "2")
    (manifest,) = read_manifests(Layout(tmp_path / "2"))
    assert manifest.zero_us == 946_000_000 * 1_000_000


def test_rows_that_come_in_order_only_at_first_are_sorted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows that had been written before the first one out of order, in two files, find their place among the others."""
    for module in (write, table_writer):
        monkeypatch.setattr(module, "ROW_GROUP", 1_024)
        monkeypatch.setattr(module, "PART_ROWS", 8_192)
    folder = tmp_path / "raw" / "rnd"
    folder.mkdir(parents=True)
    rows = [(946_890_000 + i // 3, i % 100) for i in range(60_000)]
    late = random.Random(3).sample(rows, 60_000)
    (folder / "0.csv").write_text("\n".join([VM, *(_vm(at, use) for at, use in [*rows, *late])]) + "\n")
    ingest(source("bitbrains"), [tmp_path / "raw"], tmp_path / "lake", macros=None, settings=Settings(memory_limit=64 << 20))
    found = Lake(tmp_path / "lake").sql("SELECT sampled_us, source_row FROM resource_sample").rows()
    (manifest,) = read_manifests(Layout(tmp_path / "lake"))
    stored = [
        row
        for part in manifest.parts["resource_sample"]
        for row in zip(
            *pq.read_table(tmp_path / "lake" / part.name, columns=["sampled_us", "source_row"]).to_pydict().values(), strict=True
        )
    ]
    expected = [((at - 946_890_000) * 1_000_000, n) for n, (at, _) in enumerate([*rows, *late], 1)]
    assert stored == sorted(expected)
    assert sorted(found) == sorted(expected)


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_bad_record_is_told_as_in_one_process(jobs: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(share, "_APART_BYTES", 0)
    raw = _write_vms(tmp_path / "raw", 3, 10)
    second = raw / "rnd" / "1.csv"
    second.write_text(second.read_text().replace("946890014;", ";", 1))
    with pytest.raises(DataError, match=r"rnd/1\.csv: line 2: column 'Timestamp \[ms\]' is empty"):
        ingest(source("bitbrains"), [raw], tmp_path / "strict", macros=None, settings=Settings(strict=True), jobs=jobs)
    ingest(source("bitbrains"), [raw], tmp_path / "lake", macros=None, jobs=jobs)
    (manifest,) = read_manifests(Layout(tmp_path / "lake"))
    assert manifest.rejects is not None
    (reject,) = map(json.loads, (tmp_path / "lake" / manifest.rejects.name).read_text().splitlines())
    assert (reject["file"], reject["record"], reject["line"]) == ("rnd/1.csv", 1, 2)
    assert manifest.tables["resource_sample"].rejected == 1
    assert not list((tmp_path / "lake").glob("_staging/*"))


def test_a_thousand_traces_share_their_processes(tmp_path: Path) -> None:
    raw = tmp_path / "raw"
    raw.mkdir()
    for i in range(40):
        (raw / f"power-{i:02d}.csv").write_text(f"timestamp, index, power.draw [W]\n2026/01/02 03:04:{i:02d}.000, 0, {100 + i}.00 W\n")
    for jobs in (1, 2):
        outcome = ingest(source("nvidia-smi"), [raw], tmp_path / str(jobs), macros=None, jobs=jobs)
        assert [manifest.trace for manifest in outcome.written] == [f"power-{i:02d}" for i in range(40)]
    assert _files(tmp_path / "1") == _files(tmp_path / "2")


def test_a_process_that_dies_is_an_error_that_says_what_to_do() -> None:
    with workers(1) as pool, pytest.raises(TracekitError, match="was killed") as caught:
        list(pool.map(os._exit, [1]))
    assert "--jobs" in str(caught.value.fix)


def test_processes_end_with_the_one_that_was_killed(tmp_path: Path) -> None:
    raw = _write_vms(tmp_path / "raw", 8, 40_000)
    code = "import sys; from tracekit.cli import main\nif __name__ == '__main__': main(sys.argv[1:])"
    (tmp_path / "run.py").write_text(code)
    command = [sys.executable, str(tmp_path / "run.py"), "ingest", "bitbrains", str(raw), "--lake", str(tmp_path / "lake"), "--jobs", "2"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    children: set[int] = set()
    until = time.monotonic() + 60
    while len(children) < 2 and process.poll() is None and time.monotonic() < until:
        children = {pid for pid in _children(process.pid) if "spawn_main" in Path(f"/proc/{pid}/cmdline").read_text()}
    assert len(children) == 2
    process.send_signal(signal.SIGKILL)
    process.wait()
    while (left := {pid for pid in children if _runs(pid)}) and time.monotonic() < until:
        time.sleep(0.05)
    assert not left
    assert ingest(source("bitbrains"), [raw], tmp_path / "lake", macros=None).written


def _children(pid: int) -> list[int]:
    try:
        return [int(child) for task in Path(f"/proc/{pid}/task").iterdir() for child in (task / "children").read_text().split()]
    except OSError:
        return []


def _runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.parametrize(("dataset", "pairing"), [(s.id, p.name) for s in sources().values() for p in s.pairings if p.by])
def test_records_that_are_paired_a_share_at_a_time_give_the_same_rows(
    dataset: str, pairing: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (one,) = (p for p in source(dataset).pairings if p.name == pairing)
    lines = (source(dataset).folder / one.sql).read_text().strip().splitlines()
    assert lines[-1].split()[:2] == ["ORDER", "BY"]
    assert "source_row" in lines[-1]
    for record_bytes in (1, 100_000_000):
        monkeypatch.setattr(pair, "_RECORD_BYTES", record_bytes)
        ingest(source(dataset), [], tmp_path / str(record_bytes), macros=None, sample=True)
    assert _files(tmp_path / "1")
    assert _files(tmp_path / "1") == _files(tmp_path / "100000000")
