"""What an ingest promises whatever the input: order, conservation, the same bytes."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kept import kept_manifest, part_bytes

from tracekit.api import Lake
from tracekit.ingest.blocks import TextBlocks
from tracekit.ingest.run import ingest
from tracekit.ingest.settings import Settings
from tracekit.ingest.walk import natural_key
from tracekit.ingest.why import find_origin
from tracekit.lake.layout import trace_folder, trace_of_folder
from tracekit.sources.files import Lines
from tracekit.sources.load import source

HEADER = "Timestamp,Model,Request tokens,Response tokens,Total tokens,Log Type"


def _write(path: Path, seconds: np.ndarray, rng: np.random.Generator) -> None:
    lines = [
        f"{t},{'GPT-4' if rng.random() < 0.2 else 'ChatGPT'},{i},{o},{i + o},API log"
        for t, i, o in zip(seconds, rng.integers(0, 4000, len(seconds)), rng.integers(0, 900, len(seconds)), strict=True)
    ]
    path.write_text("\n".join([HEADER, *lines]) + "\n")


def test_shuffled_input_gives_the_same_rows_in_time_order(tmp_path: Path) -> None:
    rng = np.random.default_rng(4)
    seconds = np.sort(rng.integers(0, 50_000, 150_000))
    _write(tmp_path / "trace.csv", seconds, rng)
    lines = (tmp_path / "trace.csv").read_text().splitlines()
    order = rng.permutation(len(lines) - 1)
    (tmp_path / "shuffled").mkdir()
    (tmp_path / "shuffled" / "trace.csv").write_text("\n".join([lines[0], *(lines[1 + i] for i in order)]) + "\n")
    ingest(source("burstgpt"), [tmp_path / "trace.csv"], tmp_path / "a", macros=[])
    ingest(source("burstgpt"), [tmp_path / "shuffled" / "trace.csv"], tmp_path / "b", macros=[])
    one, two = (Lake(tmp_path / name).table("llm_request").collect() for name in "ab")
    assert two["arrived_us"].is_sorted()
    back = two.with_columns(source_row=pl.Series(order)[(two["source_row"] - 1).to_numpy()] + 1).sort("source_row")
    assert back.equals(one.with_columns(source_row=pl.col("source_row").cast(back["source_row"].dtype)))
    ties = two.select((pl.col("arrived_us").diff() == 0) & (pl.col("source_row").diff() < 0)).to_series()
    assert not ties.any()
    profile = Lake(tmp_path / "b").query("quality/scorecard").row(0, named=True)
    assert profile["out_of_order"] == int((np.diff(seconds[order]) < 0).sum())
    assert profile["duplicate_rows"] == Lake(tmp_path / "a").query("quality/scorecard")["duplicate_rows"][0]


@pytest.mark.parametrize("shuffled", [False, True])
def test_bytes_do_not_depend_on_the_memory_given(shuffled: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(9)
    seconds = rng.integers(0, 10**6, 130_000)
    _write(tmp_path / "trace.csv", seconds if shuffled else np.sort(seconds), rng)
    parts = []
    for number, block in enumerate((1 << 16, 1 << 18, 8 << 20)):
        monkeypatch.setattr(Settings, "block_bytes", property(lambda _self, size=block: size))
        ingest(source("burstgpt"), [tmp_path / "trace.csv"], tmp_path / str(number), macros=[])
        parts.append(part_bytes(Lake(tmp_path / str(number)), "llm_request", "burstgpt", "trace"))
    assert parts[0] == parts[1] == parts[2]


def test_file_carries_full_row_groups_units_and_meaning(tmp_path: Path) -> None:
    rng = np.random.default_rng(2)
    _write(tmp_path / "trace.csv", np.arange(250_000), rng)
    ingest(source("burstgpt"), [tmp_path / "trace.csv"], tmp_path / "lake", macros=[])
    file = pq.ParquetFile(io.BytesIO(part_bytes(Lake(tmp_path / "lake"), "llm_request", "burstgpt", "trace")))
    assert [file.metadata.row_group(i).num_rows for i in range(file.metadata.num_row_groups)] == [
        122_880,
        122_880,
        4_240,
    ]
    assert file.metadata.row_group(0).column(0).compression == "ZSTD"
    assert file.schema_arrow.field("ttft_s").metadata[b"unit"] == b"s"


def test_rows_with_an_unknown_instant_come_last_and_are_counted(ingest_file: Callable[..., Lake]) -> None:
    header = "name,cpu_milli,memory_mib,num_gpu,gpu_milli,gpu_spec,qos,pod_phase,creation_time,deletion_time,scheduled_time"
    rows = ["a,1,1,1,500,,LS,Running,,9,8", "b,1,1,2,1000,,LS,Pending,7,9,", "c,1,1,0,0,,LS,Weird,3,9,4"]
    lake = ingest_file("alibaba-gpu-2023", "openb_pod_list_x.csv", "\n".join([header, *rows]) + "\n")
    jobs = lake.table("cluster_job").collect()
    assert jobs["job_id"].to_list() == ["c", "b", "a"]
    assert jobs["gpus"].to_list() == [0.0, 2.0, 0.5]
    assert jobs["status"].to_list() == ["unknown", "pending", "running"]
    row = lake.query("arrival/interarrival").row(0, named=True)
    assert (row["events"], row["events_without_time"]) == (2, 1)


def test_parts_of_one_trace_are_read_in_natural_order(tmp_path: Path) -> None:
    header = (Path("data/samples/huawei-cold-start-2025/cold_start/R1/day_00.csv")).read_text().splitlines()[0]
    for day in (10, 2):
        path = tmp_path / "R1" / f"day_{day}.csv"
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"{header}\n{day},{day * 86400}.5,1,3,4,r,1.0,0.25,0.25,0.25,0.25,pool1-300-128-{day}\n")
    out = ingest(source("huawei-cold-start-2025"), [tmp_path], tmp_path / "lake", macros=[])
    assert [entry.name for entry in out.written[0].inputs] == ["R1/day_2.csv", "R1/day_10.csv"]
    rows = Lake(tmp_path / "lake").table("cold_start").collect()
    assert rows.select("source_row", "pod_id").rows() == [(1, "pool1-300-128-2"), (2, "pool1-300-128-10")]
    origin = find_origin(Lake(tmp_path / "lake").layout, "huawei-cold-start-2025", "R1", 2)
    assert (Path(origin.file).name, origin.record, origin.line) == ("day_10.csv", 1, 2)


def test_first_instant_over_all_tables_is_the_zero(demo_lake: Path) -> None:
    lake = Lake(demo_lake)
    rows = lake.sql("SELECT min(arrived_us) AS first, min(arrived_at) AS at FROM llm_request WHERE trace = 'conv'").row(0, named=True)
    assert rows["first"] == 0
    text = Path("data/samples/azure-llm-2023/AzureLLMInferenceTrace_conv.csv").read_text().splitlines()[1]
    assert text.startswith(rows["at"].strftime("%Y-%m-%d %H:%M:%S.%f"))


def test_limit_takes_the_first_records(ingest_file: Callable[..., Lake]) -> None:
    lake = ingest_file("burstgpt", "a.csv", "\n".join([HEADER, *(f"{i},m,1,2,3,x" for i in range(100))]), limit=7)
    assert lake.table("llm_request").collect()["source_row"].to_list() == list(range(1, 8))
    assert kept_manifest(lake, "burstgpt", "a").limit == 7


@settings(max_examples=60, deadline=None)
@given(
    lines=st.lists(st.text(alphabet="ab,\r \t", max_size=6), max_size=40),
    size=st.integers(1, 64),
    final=st.booleans(),
)
def test_blocks_hold_every_line_once(lines: list[str], size: int, final: bool, tmp_path_factory: pytest.TempPathFactory) -> None:
    text = "\n".join(["head", *lines]) + ("\n" if final else "")
    path = tmp_path_factory.mktemp("blocks") / "a.csv"
    path.write_bytes(text.encode())
    blocks = list(TextBlocks(path, Lines(header=True), block_bytes=size))
    wanted = [(number, line) for number, line in enumerate(text.split("\n"), 1) if line.strip(" \t\r") and number > 1]
    found = [
        (number, line.decode())
        for block in blocks
        for number, line in zip(block.physical_lines(), block.data.split(b"\n")[:-1], strict=True)
    ]
    assert found == wanted
    records = [block.first_record + i for block in blocks for i in range(block.records)]
    assert records == list(range(1, len(wanted) + 1))


@given(st.text(min_size=1))
def test_trace_names_survive_as_folders(name: str) -> None:
    folder = trace_folder(name)
    assert trace_of_folder(folder) == name
    assert "/" not in folder
    assert not set("*?[") & set(folder)
    assert folder[0] not in "_."


def test_natural_order() -> None:
    assert sorted(["day_10", "day_2", "day_1"], key=natural_key) == ["day_1", "day_2", "day_10"]


def test_settings_bound_the_block_by_the_memory() -> None:
    assert Settings(memory_limit=512 << 20).block_bytes == 8 << 20
    assert Settings(memory_limit=64 << 30).block_bytes == 16 << 20


def test_zero_is_the_first_instant_wherever_it_stands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Settings, "block_bytes", property(lambda _self: 1 << 12))
    rows = [f"2024-05-12 00:{i // 60 % 60:02d}:{i % 60:02d}.{i:06d}+00:00,{i},1" for i in range(1, 2_000)]
    for name, order in (("sorted", rows), ("reversed", rows[::-1]), ("last", [*rows[1:], rows[0]])):
        path = tmp_path / name / "AzureLLMInferenceTrace_conv_1week.csv"
        path.parent.mkdir()
        path.write_text("\n".join(["TIMESTAMP,ContextTokens,GeneratedTokens", *order]) + "\n")
        ingest(source("azure-llm-2024"), [path], tmp_path / f"{name}-lake", macros=[])
    one, *others = (Lake(tmp_path / f"{name}-lake").table("llm_request").collect() for name in ("sorted", "reversed", "last"))
    assert one["arrived_us"][0] == 0
    assert one["arrived_us"].is_sorted()
    for other in others:
        assert other.drop("source_row").equals(one.drop("source_row"))
    anchors = [Lake(tmp_path / f"{name}-lake").table("recording").collect()["anchor_at"][0] for name in ("sorted", "reversed", "last")]
    assert len(set(anchors)) == 1
