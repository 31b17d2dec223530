"""Files of one name in different folders are different recordings; a name that is taken is never a reason to delete."""

from __future__ import annotations

import io
import itertools
import json
import subprocess
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tracekit.api import Lake
from tracekit.errors import DataError, UsageError
from tracekit.ingest.names import shortest_names
from tracekit.ingest.plan import make_plan
from tracekit.ingest.run import ingest
from tracekit.ingest.why import find_origin
from tracekit.lake.manifest import read_manifests
from tracekit.sources.load import source
from tracekit.sources.mapping_file import parse_mapping

Run = Callable[..., "subprocess.CompletedProcess[str]"]
SMI = "timestamp, index, power.draw [W]\n"


def _smi(watts: int, day: int = 1) -> str:
    return SMI + "".join(f"2026/01/0{day} 10:00:0{second}.000, 0, {watts}.00 W\n" for second in (0, 1))


def _swf(job: int, run: int) -> str:
    return f"; UnixStartTime: 1700000000\n{job} 0 0 {run} 4 -1 -1 4 {run} -1 1 1 1 1 1 -1 -1 -1\n"


def _write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def _traces(dataset: str, paths: list[Path], tmp_path: Path, **more: Any) -> dict[str, str | None]:
    plan = make_plan(source(dataset), paths, tmp_path / "scratch", **more)
    return {file.name: file.trace for file in plan.files}


def test_folders_tell_logs_of_one_name_apart(tmp_path: Path, cli: Run) -> None:
    for run, watts, day in (("run1", 110, 1), ("run2", 310, 5)):
        _write(tmp_path / run / "power.csv", _smi(watts, day))
    done = cli("ingest", "nvidia-smi", tmp_path / "run1", tmp_path / "run2", "--lake", tmp_path / "lake")
    assert done.returncode == 0, done.stderr
    rows = Lake(tmp_path / "lake").query("power/energy").select("trace", "trapezoid_j").rows()
    # Watts over one second.
    assert sorted(rows) == [("run1-power", 110.0), ("run2-power", 310.0)]


CASES = {
    "nvidia-smi": ("power.csv", _smi),
    "swf": ("log.swf", lambda number: _swf(1, number)),
    "codecarbon": (
        "emissions.csv",
        lambda number: (
            "timestamp,project_name,run_id,duration,emissions,cpu_power,gpu_power,ram_power,cpu_energy,gpu_energy,ram_energy,energy_consumed\n"
            f"2026-01-01T00:00:00,p,r{number},{number},0.1,10,20,3,1,1,1,{number}\n"
        ),
    ),
    "burstgpt": (
        "BurstGPT_1.csv",
        lambda number: f"Timestamp,Model,Request tokens,Response tokens,Total tokens,Log Type\n5,GPT-4,{number},1,{number + 1},API log\n",
    ),
    "azure-llm-2023": (
        "AzureLLMInferenceTrace_conv.csv",
        lambda n: f"TIMESTAMP,ContextTokens,GeneratedTokens\n2023-11-16 18:15:46.680,{n},1\n",
    ),
    "mooncake": (
        "conversation_trace.jsonl",
        lambda number: json.dumps({"timestamp": 0, "input_length": number, "output_length": 1, "hash_ids": [0]}) + "\n",
    ),
}
NAMES = {"azure-llm-2023": "conv", "mooncake": "conversation"}


@pytest.mark.parametrize(("dataset", "given"), list(itertools.product(CASES, ["folders", "files", "one folder", "archives"])))
def test_every_way_to_give_two_files_of_one_name(dataset: str, given: str, tmp_path: Path) -> None:
    name, text = CASES[dataset]
    paths = [_write(tmp_path / "all" / run / name, text(number)) for run, number in (("a", 110), ("b", 310))]
    if given == "archives":
        for path in list(paths):
            with zipfile.ZipFile(tmp_path / f"{path.parent.name}.zip", "w") as archive:
                archive.write(path, name)
        chosen = [tmp_path / "a.zip", tmp_path / "b.zip"]
    else:
        chosen = {"folders": [path.parent for path in paths], "files": paths, "one folder": [tmp_path / "all"]}[given]
    stem = NAMES.get(dataset, name.split(".")[0])
    found = _traces(dataset, chosen, tmp_path)
    assert sorted(found.values()) == [f"a-{stem}", f"b-{stem}"]
    assert all(trace.startswith(key.replace(".zip!", "/").partition("/")[0]) for key, trace in found.items())


def test_zeus_monitor_and_a_mapping_are_named_likewise(tmp_path: Path) -> None:
    known = parse_mapping(
        'dataset = "mine"\ntable = "llm_request"\n[columns]\narrived_us = { column = "at", unit = "s" }\ninput_tokens = "tokens"\n',
        tmp_path / "mine.toml",
    )
    for run, step in (("runA", 1), ("runB", 2)):
        _write(tmp_path / run / "requests.csv", "at,tokens\n" + "".join(f"{i * step},{i}\n" for i in range(3)))
    ingest(known, [tmp_path / run / "requests.csv" for run in ("runA", "runB")], tmp_path / "lake", macros=[])
    rows = Lake(tmp_path / "lake").query("arrival/interarrival").select("trace", "events", "rate_per_s").rows()
    # Three requests over two and over four seconds.
    assert sorted(rows) == [("runA-requests", 3, 1.5), ("runB-requests", 3, 0.75)]


def test_names_are_as_long_as_they_have_to_be(tmp_path: Path) -> None:
    for place, watts in (("x/run/power", 1), ("y/run/power", 2), ("z/power", 3), ("z/other", 4)):
        _write(tmp_path / f"{place}.csv", _smi(watts))
    found = _traces("nvidia-smi", [tmp_path], tmp_path)
    assert sorted(found.values()) == ["other", "x-run-power", "y-run-power", "z-power"]
    assert {name.rpartition("/")[2] for name in found} == {"other.csv", "power.csv"}


def test_a_made_name_is_never_one_that_a_file_bears(tmp_path: Path) -> None:
    for place, watts in (("run1/power", 1), ("run2/power", 2), ("run1-power", 3)):
        _write(tmp_path / f"{place}.csv", _smi(watts))
    found = _traces("nvidia-smi", [tmp_path], tmp_path)
    assert len(set(found.values())) == 3
    assert found["run1-power.csv"] == "run1-power"


def test_names_that_only_look_alike_when_joined_are_told_apart() -> None:
    names = shortest_names([("r", "a-b", "c"), ("r", "a", "b-c"), ("r", "d", "c"), ("r", "x", "b-c")], set())
    assert len({name for name, _ in names.values()}) == 4
    assert shortest_names([("r", "a", "b")], {"b"}) == {("r", "a", "b"): ("a-b", 2)}
    with pytest.raises(UsageError, match="would both be trace 'a-b'"):
        shortest_names([("a", "b"), ("c", "b")], {"a-b", "b"})


def test_extensions_tell_files_of_one_folder_apart(tmp_path: Path) -> None:
    for name, watts in (("gpu.1.csv", 1), ("gpu.2.csv", 2)):
        _write(tmp_path / "a" / name, _smi(watts))
    assert sorted(_traces("nvidia-smi", [tmp_path / "a"], tmp_path).values()) == ["gpu.1", "gpu.2"]
    (tmp_path / "a" / "gpu.2.csv").unlink()
    assert list(_traces("nvidia-smi", [tmp_path / "a"], tmp_path).values()) == ["gpu"]


def test_parts_of_one_recording_stay_together(tmp_path: Path) -> None:
    line = "5,,{},0,m,0,u,0,0,0.1,0.1,,\n"
    for part in (0, 1):
        _write(tmp_path / f"p{part}" / "task_events" / f"part-0000{part}-of-00500.csv", line.format(part))
    assert set(_traces("google-2011", [tmp_path], tmp_path).values()) == {"cell-2011"}


def test_an_archive_is_a_folder_of_its_members(tmp_path: Path) -> None:
    for name, member in (("surf.zip", "20110303/vm1"), ("500.zip", "invocations.csv")):
        with zipfile.ZipFile(tmp_path / name, "w") as archive:
            head = "HashOwner,HashApp,HashFunction,Trigger,1\no,a,f,http,3\n" if member.startswith("inv") else "5\n"
            archive.writestr(member, head)
    assert list(_traces("planetlab", [tmp_path / "surf.zip"], tmp_path).values()) == ["20110303"]
    assert list(_traces("azure-functions-2019", [tmp_path / "500.zip"], tmp_path).values()) == ["500"]


def test_the_same_part_twice_is_two_recordings(tmp_path: Path) -> None:
    for place, machine in (("x", "vm1"), ("y", "vm1"), ("y", "vm2")):
        _write(tmp_path / place / "20110303" / machine, f"{len(place + machine)}\n{ord(place)}\n")
    found = _traces("planetlab", [tmp_path], tmp_path)
    assert found == {
        "x/20110303/vm1": "x-20110303",
        "y/20110303/vm1": "y-20110303",
        "y/20110303/vm2": "y-20110303",
    }


def test_a_folder_is_named_from_inside_of_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _write(tmp_path / "500" / "invocations.csv", "HashOwner,HashApp,HashFunction,Trigger,1\no,a,f,http,3\n")
    monkeypatch.chdir(tmp_path / "500")
    assert list(_traces("azure-functions-2019", [Path("invocations.csv")], tmp_path).values()) == ["500"]
    assert list(_traces("azure-functions-2019", [Path()], tmp_path).values()) == ["500"]


def test_other_content_of_a_name_is_refused_without_a_word_of_deleting(tmp_path: Path, cli: Run) -> None:
    name, text = CASES["codecarbon"]
    for project, number in (("projA", 1), ("projB", 2)):
        _write(tmp_path / project / name, text(number))
    assert cli("ingest", "codecarbon", tmp_path / "projA" / "emissions.csv", "--lake", tmp_path / "lake").returncode == 0
    other = ("ingest", "codecarbon", tmp_path / "projB" / "emissions.csv", "--lake", tmp_path / "lake")
    done = cli(*other)
    assert done.returncode == 2
    assert "--trace NAME" in done.stderr
    assert "--trace projB-emissions" in done.stderr
    assert "projA" in done.stderr
    assert "--replace" not in done.stderr
    done = cli(*other, "--trace", "projB-emissions")
    assert done.returncode == 0, done.stderr
    rows = Lake(tmp_path / "lake").sql("SELECT trace, duration_s FROM energy_run").rows()
    assert sorted(rows) == [("emissions", 1.0), ("projB-emissions", 2.0)]
    again = cli(*other, "--trace", "projB-emissions")
    assert "unchanged: projB-emissions" in again.stderr


def test_the_same_file_changed_is_replaced_on_request(tmp_path: Path) -> None:
    path = _write(tmp_path / "power.csv", _smi(100))
    ingest(source("nvidia-smi"), [path], tmp_path / "lake", macros=[])
    path.write_text(_smi(200))
    with pytest.raises(UsageError, match=r"(?s)an earlier state of this input.*--replace to replace it, or with --trace NAME"):
        ingest(source("nvidia-smi"), [path], tmp_path / "lake", macros=[])
    ingest(source("nvidia-smi"), [path], tmp_path / "lake", macros=[], replace=True)
    assert Lake(tmp_path / "lake").sql("SELECT DISTINCT power_w FROM power_sample").rows() == [(200.0,)]


def test_more_parts_of_a_recording_replace_it_and_other_parts_do_not(tmp_path: Path) -> None:
    line = "5,,{},0,m,0,u,0,0,0.1,0.1,,\n"
    parts = [_write(tmp_path / "task_events" / f"part-0000{part}-of-00500.csv", line.format(part)) for part in (0, 1, 2)]
    ingest(source("google-2011"), parts[:2], tmp_path / "lake", macros=[])
    with pytest.raises(UsageError, match="--replace"):
        ingest(source("google-2011"), parts, tmp_path / "lake", macros=[])
    with pytest.raises(UsageError, match="--trace NAME") as refused:
        ingest(source("google-2011"), parts[2:], tmp_path / "lake", macros=[])
    assert "--replace" not in str(refused.value)


def test_members_of_other_archives_are_other_input(tmp_path: Path) -> None:
    for folder, watts in (("a", 1), ("b", 2)):
        (tmp_path / folder).mkdir()
        with zipfile.ZipFile(tmp_path / folder / "logs.zip", "w") as archive:
            archive.writestr("power.csv", _smi(watts))
    ingest(source("nvidia-smi"), [tmp_path / "a" / "logs.zip"], tmp_path / "lake", macros=[])
    with pytest.raises(UsageError, match="--trace logs-power") as refused:
        ingest(source("nvidia-smi"), [tmp_path / "b" / "logs.zip"], tmp_path / "lake", macros=[])
    assert "--replace" not in str(refused.value)


def test_what_holds_for_every_trace_has_no_name(tmp_path: Path) -> None:
    for folder, cores in (("a", 96), ("b", 64)):
        _write(tmp_path / folder / "openb_node_list_all_node.csv", f"sn,cpu_milli,memory_mib,gpu,model\nn0,{cores}000,1024,0,\n")
    ingest(source("alibaba-gpu-2023"), [tmp_path / "a"], tmp_path / "lake", macros=[])
    with pytest.raises(UsageError, match="--lake DIR") as refused:
        ingest(source("alibaba-gpu-2023"), [tmp_path / "b"], tmp_path / "lake", macros=[])
    assert "--replace" not in str(refused.value)


def test_a_trace_that_was_named_with_others_is_known_alone(tmp_path: Path) -> None:
    paths = [_write(tmp_path / run / "power.csv", _smi(watts)) for run, watts in (("run1", 1), ("run2", 2))]
    ingest(source("nvidia-smi"), paths, tmp_path / "lake", macros=[])
    outcome = ingest(source("nvidia-smi"), paths[:1], tmp_path / "lake", macros=[])
    assert (outcome.unchanged, outcome.written) == (["run1-power"], [])
    assert {m.trace for m in read_manifests(Lake(tmp_path / "lake").layout)} == {"run1-power", "run2-power"}


def test_one_name_for_several_traces_is_refused(tmp_path: Path) -> None:
    for run, watts in (("run1", 1), ("run2", 2)):
        _write(tmp_path / run / "power.csv", _smi(watts))
    with pytest.raises(UsageError, match="2 traces: run1-power, run2-power"):
        make_plan(source("nvidia-smi"), [tmp_path], tmp_path / "scratch", trace="all")
    with pytest.raises(UsageError, match="is no name"):
        make_plan(source("nvidia-smi"), [tmp_path / "run1"], tmp_path / "scratch", trace=" ")


def test_why_finds_the_log_of_each_folder(tmp_path: Path) -> None:
    for run, watts in (("run1", 1), ("run2", 2)):
        _write(tmp_path / run / "power.csv", _smi(watts))
    ingest(source("nvidia-smi"), [tmp_path / "run1", tmp_path / "run2"], tmp_path / "lake", macros=[])
    origin = find_origin(Lake(tmp_path / "lake").layout, "nvidia-smi", "run2-power", 2)
    assert (Path(origin.file).parent.name, origin.text.split(", ")[-1]) == ("run2", "2.00 W")


def _tar(path: Path, members: list[tuple[str, str]]) -> Path:
    with tarfile.open(path, "w") as archive:
        for name, text in members:
            info = tarfile.TarInfo(name)
            info.size = len(text)
            archive.addfile(info, io.BytesIO(text.encode()))
    return path


def _zip(path: Path, members: list[tuple[str, str]]) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in members:
            archive.writestr(name, text)
    return path


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("pack", [_tar, _zip])
def test_two_members_of_one_name_are_not_lost(pack: Callable[..., Path], tmp_path: Path) -> None:
    path = pack(tmp_path / "logs.archive", [("power.csv", _smi(1)), ("power.csv", _smi(2))])
    with pytest.raises(DataError, match=r"logs\.archive: two members are called 'power\.csv'"):
        ingest(source("nvidia-smi"), [path], tmp_path / "lake", macros=[])
    good = pack(tmp_path / "good.archive", [("a/power.csv", _smi(1)), ("b/power.csv", _smi(2))])
    ingest(source("nvidia-smi"), [good], tmp_path / "lake", macros=[])
    rows = Lake(tmp_path / "lake").table("power_sample").group_by("trace").agg(pl.col("power_w").first()).collect().rows()
    assert sorted(rows) == [("a-power", 1.0), ("b-power", 2.0)]
