"""Folders as publishers lay them out: files that fit are taken, others are named with the reason, variants are read by name."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
from raw_records import SAMPLES

from tracekit.api import Lake
from tracekit.errors import DataError, NothingMatchedError
from tracekit.ingest.plan import make_plan
from tracekit.ingest.run import ingest
from tracekit.ingest.settings import Settings
from tracekit.sources.load import source

Run = Callable[..., "subprocess.CompletedProcess[str]"]
PODS = "name,cpu_milli,memory_mib,num_gpu,gpu_milli,gpu_spec,qos,pod_phase,creation_time,deletion_time,scheduled_time\n"
SIZES = "name,cpu_milli,memory_mib,num_gpu,gpu_milli\n"
DAG = "\ufeffWidth,WidthPercentile,Depth,DepthPercentile,TotalNodes,TotalNodes\n1,0.5,1,0.5,1,0.5\n"
DURATIONS = (
    "HashOwner,HashApp,HashFunction,Average,Count,Minimum,Maximum,percentile_Average_0,percentile_Average_1,"
    "percentile_Average_25,percentile_Average_50,percentile_Average_75,percentile_Average_99,percentile_Average_100\n"
)
MEMORY = "HashFunction,HashOwner,HashApp,SampleCount,AverageAllocatedMb,AverageAllocatedMb_pct100\n"


def _write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture
def gpu_2023(tmp_path: Path) -> Path:
    """cluster-trace-gpu-v2023: full lists, lists of requests alone, nodes, and a file of another layout."""
    root = tmp_path / "cluster-trace-gpu-v2023"
    _write(root / "csv" / "openb_pod_list_default.csv", f"{PODS}p0,4000,1024,1,460,,LS,Succeeded,10,90,20\n")
    _write(root / "csv" / "openb_pod_list_multigpu20.csv", f"{SIZES}p0,4000,1024,1,460\np1,8000,2048,4,1000\np2,1000,512,0,0\n")
    _write(root / "csv" / "openb_node_list_all_node.csv", "sn,cpu_milli,memory_mib,gpu,model\nn0,96000,1024,2,T4\n")
    _write(root / "csv" / "gpu_models_memory_mib.csv", "model,memory_mib\nT4,15360\n")
    _write(root / "README.md", "# openb\n")
    return root


def test_openb_lists_of_requests_have_no_times_and_no_phase(gpu_2023: Path, tmp_path: Path, cli: Run) -> None:
    done = cli("ingest", "alibaba-gpu-2023", gpu_2023, "--lake", tmp_path / "lake")
    assert done.returncode == 0, done.stderr
    assert "left alone: csv/gpu_models_memory_mib.csv: not a file of alibaba-gpu-2023: column" in done.stderr
    assert "not known to this source: README.md" in done.stderr
    columns = "job_id, cpus, gpus, memory_mb, submitted_us, started_us, ended_us, status, source_status"
    rows = Lake(tmp_path / "lake").sql(f"SELECT {columns} FROM cluster_job WHERE trace = 'multigpu20' ORDER BY job_id").rows()
    assert rows == [
        ("p0", 4.0, 0.46, 1024 * 1.048576, None, None, None, "unknown", None),
        ("p1", 8.0, 4.0, 2048 * 1.048576, None, None, None, "unknown", None),
        ("p2", 1.0, 0.0, 512 * 1.048576, None, None, None, "unknown", None),
    ]
    default = (
        Lake(tmp_path / "lake").sql("SELECT submitted_us, started_us, ended_us, status FROM cluster_job WHERE trace = 'default'").rows()
    )
    assert default == [(10_000_000, 20_000_000, 90_000_000, "completed")]


def test_a_strict_ingest_stops_at_a_file_that_does_not_fit(gpu_2023: Path, tmp_path: Path, cli: Run) -> None:
    done = cli("ingest", "alibaba-gpu-2023", gpu_2023, "--lake", tmp_path / "lake", "--strict")
    assert done.returncode == 3
    assert "gpu_models_memory_mib.csv" in done.stderr


def test_a_list_of_pods_that_lost_a_column_is_not_taken_for_one_of_requests(tmp_path: Path) -> None:
    text = PODS.replace("pod_phase,", "") + "p0,4000,1024,1,460,,LS,10,90,20\n"
    with pytest.raises(DataError, match="column 'pod_phase' is missing"):
        make_plan(source("alibaba-gpu-2023"), [_write(tmp_path / "openb_pod_list_default.csv", text)], tmp_path / "scratch")


@pytest.fixture
def invitro(tmp_path: Path) -> Path:
    """A loader's folder of traces: counts without Trigger, minutes as 1_minute, and what belongs to no kind."""
    root = tmp_path / "traces"
    counts = "HashFunction,HashOwner,HashApp,1_minute,2_minute,3_minute\nf1,o,a,5,0,2\nf2,o,b,0,1,0\n"
    _write(root / "500" / "invocations.csv", counts)
    _write(root / "500" / "durations.csv", f"{DURATIONS}o,a,f1,250,7,100,900,1,1,200,240,300,800,900\n")
    _write(root / "500" / "memory.csv", f"{MEMORY}f1,o,a,12,64,128\n")
    _write(root / "500" / "dag_structure.csv", DAG)
    _write(root / "sampled" / "inv_150.csv", counts.replace("f1", "f3"))
    _write(root / "README.md", "# traces\n")
    return root


def test_counts_as_a_loader_writes_them(invitro: Path, tmp_path: Path, cli: Run) -> None:
    done = cli("ingest", "azure-functions-2019", invitro, "--lake", tmp_path / "lake", "--strict")
    assert done.returncode == 0, done.stderr
    assert "500/dag_structure.csv" in done.stderr.partition("not known to this source: ")[2]
    lake = Lake(tmp_path / "lake")
    columns = 'trace, function_id, app_id, user_id, "trigger", started_us // 60_000_000 AS minute, value'
    rows = lake.sql(f"SELECT {columns} FROM function_rate WHERE trace = '500' ORDER BY function_id, started_us").rows()
    assert rows == [
        ("500", "f1", "a", "o", None, 0, 5.0),
        ("500", "f1", "a", "o", None, 2, 2.0),
        ("500", "f2", "b", "o", None, 1, 1.0),
    ]
    profiles = lake.sql("SELECT trace, duration_mean_s, memory_mean_mb FROM function_profile ORDER BY source_row").rows()
    assert profiles == [("500", 0.25, None), ("500", None, 64.0)]
    assert lake.sql("SELECT DISTINCT trace FROM function_rate ORDER BY 1")["trace"].to_list() == ["500", "inv_150"]


def test_the_same_files_given_one_by_one(invitro: Path, tmp_path: Path) -> None:
    paths = [invitro / "500" / f"{name}.csv" for name in ("invocations", "durations", "memory", "dag_structure")]
    plan = make_plan(source("azure-functions-2019"), paths, tmp_path / "scratch")
    assert {(file.kind.name, file.trace) for file in plan.files} == {
        ("subset_invocations", "500"),
        ("subset_durations", "500"),
        ("subset_memory", "500"),
    }
    assert [name for name, _ in plan.skipped] == ["dag_structure.csv"]
    for name in ("durations", "memory"):
        bare = shutil.copy(invitro / "500" / f"{name}.csv", tmp_path / "x.csv")
        (file,) = make_plan(source("azure-functions-2019"), [Path(bare)], tmp_path / "scratch").files
        assert (file.kind.name, file.trace) == (f"subset_{name}", "x")


def test_a_folder_of_nothing_but_unknown_files_says_so(tmp_path: Path) -> None:
    _write(tmp_path / "raw" / "dag_structure.csv", DAG)
    with pytest.raises(NothingMatchedError, match=r"among: dag_structure\.csv"):
        make_plan(source("azure-functions-2019"), [tmp_path / "raw"], tmp_path / "scratch")


def test_power_logs_beside_what_was_derived_from_them(tmp_path: Path) -> None:
    root = tmp_path / "clone"
    shutil.copytree(SAMPLES / "gpu-training-power", root / "data")
    _write(root / "results" / "summary.csv", "run,mean_w,peak_w\n1,500,700\n")
    _write(root / "results" / "aggregated.csv", "timestamp,total_power\n2025/01/01 00:00:00.000,5600\n")
    plain = make_plan(source("gpu-training-power"), [root / "data"], tmp_path / "scratch")
    plan = make_plan(source("gpu-training-power"), [root], tmp_path / "scratch")
    assert [file.trace for file in plan.files] == [file.trace for file in plain.files]
    assert {"results/summary.csv", "results/aggregated.csv"} <= {name for name, _ in plan.skipped}


def test_an_old_table_of_tasks_beside_a_new_trace(tmp_path: Path) -> None:
    shutil.copytree(SAMPLES / "opendc", tmp_path / "raw")
    old = tmp_path / "raw" / "bitbrains-small"
    old.mkdir()
    columns = {"id": ["1"], "start_time": [0], "stop_time": [9], "cpu_count": [1], "cpu_capacity": [2.0], "mem_capacity": [4]}
    pl.DataFrame(columns).write_parquet(old / "meta.parquet")
    outcome = ingest(source("opendc"), [tmp_path / "raw"], tmp_path / "lake", macros=[])
    (skipped,) = outcome.plan.skipped
    assert skipped[0] == "bitbrains-small/meta.parquet"
    assert "column 'submission_time', 'duration' is missing" in skipped[1]
    assert {manifest.trace for manifest in outcome.written} == {"sample-week"}
    with pytest.raises(DataError, match=r"meta\.parquet: not a file of opendc"):
        ingest(source("opendc"), [old], tmp_path / "other", macros=[])


OLD = {"id": ["1"], "start_time": [0], "stop_time": [9], "cpu_count": [1], "cpu_capacity": [2.0], "mem_capacity": [4]}
USES = {"id": [1, 1], "duration": [5, 6], "cpu_usage": [1.0, 2.0]}


def test_fragments_without_their_tasks_are_named_and_left_out(tmp_path: Path, cli: Run) -> None:
    shutil.copytree(SAMPLES / "opendc", tmp_path / "raw")
    old, half = tmp_path / "raw" / "bitbrains-small", tmp_path / "raw" / "half"
    for folder in (old, half):
        folder.mkdir()
    pl.DataFrame(OLD).write_parquet(old / "meta.parquet")
    pl.DataFrame({**USES, "timestamp": [1, 6], "cpu_count": [1, 1]}).write_parquet(old / "trace.parquet")
    pl.DataFrame(USES).write_parquet(half / "fragments.parquet")
    done = cli("ingest", "opendc", tmp_path / "raw", "--lake", tmp_path / "lake")
    assert done.returncode == 0, done.stderr
    for name in ("bitbrains-small/trace.parquet", "half/fragments.parquet"):
        assert f"left alone: {name}: fragments say nothing without tasks" in done.stderr
    assert "left alone: bitbrains-small/meta.parquet: " in done.stderr
    counts = Lake(tmp_path / "lake").sql("SELECT trace, count(*), count(sampled_us) FROM resource_sample GROUP BY trace").rows()
    fragments = pl.read_parquet(SAMPLES / "opendc" / "sample-week" / "fragments.parquet").height
    assert [(trace, rows) for trace, rows, _ in counts] == [("sample-week", fragments)]
    # What is lone stops a strict ingest, and an ingest of nothing else; there the first cause is said.
    for paths, words in (
        ([tmp_path / "raw" / "sample-week", half], "fragments.parquet"),
        ([half], "fragments.parquet"),
        ([old], "meta.parquet"),
    ):
        with pytest.raises(DataError, match=words):
            make_plan(source("opendc"), paths, tmp_path / "scratch", strict=True)
    for folder, words in ((half, "fragments say nothing without tasks"), (old, "meta.parquet: not a file of opendc")):
        done = cli("ingest", "opendc", folder, "--lake", tmp_path / "none")
        assert (done.returncode, words in done.stderr) == (3, True), done.stderr


def test_long_documents_of_another_shape_do_not_block_a_folder(tmp_path: Path, cli: Run) -> None:
    raw = tmp_path / "raw"
    shutil.copytree(SAMPLES / "mlenergy-v3", raw)
    alone = make_plan(source("mlenergy-v3"), [SAMPLES / "mlenergy-v3"], tmp_path / "scratch")
    first = next(file for file in alone.files if file.kind.format == "json")
    sound = json.loads(first.path.read_text())
    folder = (raw / first.path.relative_to(SAMPLES / "mlenergy-v3")).parent
    filler = ["x" * 1000] * 400
    wrong = {
        "list.json": json.dumps(filler),
        "other.json": json.dumps({"name": "leaderboard", "notes": filler}, indent=1),
        "names.json": json.dumps({**sound, "configurations": [{"notes": text} for text in filler]}, indent=1),
        "cut.json": json.dumps({**sound, "notes": filler}, indent=1)[:-9],
        "deep.json": "[" * 300_000,
    }
    for name, text in wrong.items():
        assert len(_write(folder / name, text).read_bytes()) > 1 << 18
    # A document of the right shape is taken at any length.
    _write(folder / "sound.json", json.dumps({**sound, "notes": filler}))
    done = cli("ingest", "mlenergy-v3", raw, "--lake", tmp_path / "lake")
    assert done.returncode == 0, done.stderr
    for name in wrong:
        assert f"{name}: not a file of mlenergy-v3: " in done.stderr or f"{name}: not a JSON document" in done.stderr, name
    plan = make_plan(source("mlenergy-v3"), [raw], tmp_path / "scratch")
    names = [file.name for file in plan.files]
    assert {Path(name).name for name, _ in plan.skipped} == set(wrong)
    assert len(names) == len(alone.files) + 1
    assert any(name.endswith("sound.json") for name in names)
    with pytest.raises(DataError, match="not a"):
        make_plan(source("mlenergy-v3"), [raw], tmp_path / "scratch", strict=True)


def test_a_document_without_what_its_records_carry_is_left_alone(tmp_path: Path) -> None:
    shutil.copytree(SAMPLES / "lambda-perf", tmp_path / "raw")
    path = next(file for file in sorted((tmp_path / "raw").rglob("*.json")) if "metadata" in json.loads(file.read_text()))
    document = json.loads(path.read_text())
    del document["metadata"]
    for name, filler in (("short", []), ("long", ["x" * 1000] * 400)):
        copy = _write(tmp_path / "raw" / name / path.relative_to(tmp_path / "raw"), json.dumps({**document, "notes": filler}))
        assert (copy.stat().st_size > 1 << 18) == bool(filler)
    plan = make_plan(source("lambda-perf"), [tmp_path / "raw"], tmp_path / "scratch")
    assert len(plan.files) == len(make_plan(source("lambda-perf"), [SAMPLES / "lambda-perf"], tmp_path / "scratch").files)
    assert [reason.partition(" it has ")[2] for _, reason in plan.skipped] == ["no 'metadata' for its records"] * 2


def test_one_folder_with_the_data_of_several_sources(tmp_path: Path) -> None:
    root = tmp_path / "AzurePublicDataset" / "data"
    _write(root / "AzureLLMInferenceTrace_conv.csv", "TIMESTAMP,ContextTokens,GeneratedTokens\n2023-11-16 18:15:46.680,374,44\n")
    _write(root / "AzureLLMInferenceTrace_code.csv", "TIMESTAMP,ContextTokens,GeneratedTokens\n2023-11-16 18:17:03.970,4808,10\n")
    _write(root / "azurevmnoise.csv", "a,b\n1,2\n")
    _write(root / "empty.csv", "")
    _write(root / "pointer.csv", "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 5\n")
    (root / "old.rar").write_bytes(b"Rar!\x1a\x07\x01\x00broken")
    (root / "broken.zip").write_bytes(b"PK\x03\x04broken")
    plan = make_plan(source("azure-llm-2023"), [root], tmp_path / "scratch")
    assert sorted(str(file.trace) for file in plan.files) == ["code", "conv"]
    reasons = dict(plan.skipped)
    assert {"azurevmnoise.csv", "empty.csv", "pointer.csv", "broken.zip", "old.rar"} == set(reasons)
    assert reasons["empty.csv"] == "the file is empty"
    assert "Git LFS pointer" in reasons["pointer.csv"]
    with pytest.raises(DataError):
        make_plan(source("azure-llm-2023"), [root], tmp_path / "scratch", strict=True)


def test_documents_of_another_shape_do_not_block_a_leaderboard(tmp_path: Path) -> None:
    shutil.copytree(SAMPLES / "mlenergy-v3", tmp_path / "raw")
    _write(tmp_path / "raw" / "package.json", json.dumps({"name": "leaderboard", "version": "1"}))
    _write(tmp_path / "raw" / "broken.json", "{")
    alone = make_plan(source("mlenergy-v3"), [SAMPLES / "mlenergy-v3"], tmp_path / "scratch")
    plan = make_plan(source("mlenergy-v3"), [tmp_path / "raw"], tmp_path / "scratch")
    assert [file.name for file in plan.files] == [file.name for file in alone.files]
    assert {"package.json", "broken.json"} <= {name for name, _ in plan.skipped}


def test_what_fits_nothing_is_the_error(tmp_path: Path) -> None:
    _write(tmp_path / "raw" / "a.csv", "x,y\n1,2\n")
    _write(tmp_path / "raw" / "b.csv", "")
    with pytest.raises(DataError, match=r"a\.csv: not a file of burstgpt: column 'Timestamp'"):
        ingest(source("burstgpt"), [tmp_path / "raw"], tmp_path / "lake", macros=[], settings=Settings())
    assert not list((tmp_path / "lake").rglob("*.parquet"))
