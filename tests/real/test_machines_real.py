"""Virtual machines, agents, benchmarks and nvidia-smi logs on real files: figures of the notes, and rows recounted from the files."""

from __future__ import annotations

import csv
import gzip
import json
from pathlib import Path
from statistics import fmean, median

import polars as pl
import pytest

from tracekit.api import Lake
from tracekit.ingest.plan import make_plan
from tracekit.sources.load import source


def test_planetlab_ratios_are_those_of_the_integers(real_lake: Lake, real_traces: Path) -> None:
    folder = real_traces / "planetlab" / "20110303"
    percents = sorted(int(line) for path in folder.iterdir() for line in path.read_text().split())
    [row] = real_lake.run("cluster/utilisation", {"dataset": "planetlab"}).records()
    assert (row["entities"], row["samples"]) == (len(list(folder.iterdir())), len(percents))
    assert row["cpu_ratio_mean"] == pytest.approx(sum(percents) / len(percents) / 100, rel=1e-12)
    assert row["cpu_ratio_p50"] == median(percents) / 100


def test_agent_memory_recounted(real_lake: Lake, real_traces: Path) -> None:
    scale = {"B": 1e-6, "kB": 1e-3, "KB": 1e-3, "MB": 1.0, "GB": 1e3}
    peaks: dict[str, list[float]] = {}
    for path in (real_traces / "agentcgroup").glob("*/*/attempt_*/resources.json"):
        samples = json.loads(path.read_text())["samples"]
        used = [s["mem_usage"].split(" / ")[0] for s in samples]
        memory = [float(u.rstrip("kKMGB")) * scale[u.lstrip("0123456789.")] for u in used]
        if samples[-1]["epoch"] - samples[0]["epoch"] >= 60 and len(samples) >= 10:
            peaks.setdefault(path.parts[-4], []).append(max(memory) / fmean(memory))
    rows = {row["trace"]: row for row in real_lake.run("agent/memory", {"dataset": "agentcgroup"}).records()}
    assert set(rows) == set(peaks)
    for trace, ratios in peaks.items():
        assert rows[trace]["valid"] == len(ratios)
        assert rows[trace]["peak_to_mean_p50"] == pytest.approx(median(ratios))
        assert rows[trace]["peak_to_mean_max"] == pytest.approx(max(ratios))
    # Medians near 1.4; the paper's 15.4 is of a separate set of tasks.
    assert rows["all_images_haiku"]["peak_to_mean_p50"] == pytest.approx(1.4, abs=0.1)
    assert max(row["peak_to_mean_max"] for row in rows.values()) < 11.5


def test_agent_tools_run_within_their_tasks(real_lake: Lake) -> None:
    outside = real_lake.sql("""
        SELECT count(*) AS n
        FROM tool_call AS c
        INNER JOIN agent_task AS t USING (dataset, trace, task_id, attempt)
        WHERE dataset = 'agentcgroup' AND (c.started_us < t.started_us - 1e6 OR c.ended_us > t.ended_us + 1e6)
    """).to_dicts()
    assert outside == [{"n": 0}]


def test_agent_outputs_and_paths_stay_outside(real_lake: Lake) -> None:
    for table in ("agent_task", "tool_call", "resource_sample"):
        frame = real_lake.sql(f"SELECT * FROM {table} WHERE dataset = 'agentcgroup'")
        text = frame.select(pl.col(pl.String)).unpivot()["value"].drop_nulls()
        assert not text.str.contains("/home/").any()


def test_nvidia_smi_log_recounted(real_lake: Lake, real_traces: Path) -> None:
    with (real_traces / "nvidia-smi" / "power.csv").open() as file:
        watts = [float(row["power.draw [W]"]) for row in csv.DictReader(file)]
    [row] = real_lake.run("power/energy", {"dataset": "nvidia-smi"}).records()
    assert (row["samples"], len(watts)) == (27, 27)
    assert row["mean_w"] == pytest.approx(fmean(watts))
    assert row["mean_w"] == pytest.approx(327.064, abs=5e-4)
    assert row["trapezoid_j"] == pytest.approx(2_163.670, abs=5e-4)
    assert row["rectangle_j"] == pytest.approx(2_136.671, abs=5e-4)


def test_vmnoise_and_azure_machines_recounted(real_lake: Lake, real_traces: Path) -> None:
    runs = sum(path.read_text().count("\n") - 1 for path in (real_traces / "azure-vmnoise").rglob("*.csv"))
    assert real_lake.sql("SELECT count(*) AS n FROM benchmark_result WHERE dataset = 'azure-vmnoise'").to_dicts() == [{"n": runs}]
    with gzip.open(real_traces / "azure-vm-2017" / "trace" / "vmtable" / "vmtable.csv.gz", "rt") as file:
        lives = [(float(r[4]) - float(r[3])) / 3600 for r in csv.reader(file)]
    [row] = real_lake.run("cluster/lifetimes", {"dataset": "azure-vm-2017"}).records()
    assert row["jobs"] == len(lives)
    assert row["hours"] == pytest.approx(sum(lives))


def test_every_training_power_log_is_taken(real_traces: Path, tmp_path: Path) -> None:
    folder = real_traces / "gpu-training-power"
    plan = make_plan(source("gpu-training-power"), [folder], tmp_path)
    assert {file.path.name for file in plan.files} == {path.name for path in folder.iterdir()}
    assert plan.unknown == []
