"""The remaining queries against plain Python over the raw text of the samples."""

import csv
import json
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from tracekit.api import Lake

SAMPLES = Path(__file__).parents[2] / "data" / "samples"


def _rows(name: str) -> list[dict[str, str]]:
    with (SAMPLES / name).open(newline="") as file:
        return list(csv.DictReader(file))


def test_tokens(demo_lake: Path) -> None:
    raw = _rows("burstgpt/sample_1.csv")
    inputs = np.array([int(row["Request tokens"]) for row in raw])
    outputs = np.array([int(row["Response tokens"]) for row in raw])
    row = Lake(demo_lake).query("llm/tokens", dataset="burstgpt", trace="sample_1").row(0, named=True)
    assert (row["requests"], row["failed"]) == (len(raw), (outputs == 0).sum())
    assert row["input_mean"] == pytest.approx(inputs.mean())
    assert row["output_p90"] == pytest.approx(np.quantile(outputs, 0.9))
    assert row["pearson"] == pytest.approx(np.corrcoef(inputs, outputs)[0, 1])
    kept = Lake(demo_lake).query("llm/tokens", dataset="burstgpt", trace="sample_1", ok_only=True).row(0, named=True)
    assert kept["requests"] == len(raw)
    assert kept["input_mean"] == pytest.approx(inputs[outputs > 0].mean())


@pytest.mark.parametrize("by", ["none", "runtime", "trigger", "cpu_cores"])
def test_cold_start_breakdown(demo_lake: Path, by: str) -> None:
    raw = [row for day in ("00", "01", "30") for row in _rows(f"huawei-cold-start-2025/cold_start/R2/day_{day}.csv")]
    listed = {row["funcID"]: row for row in _rows("huawei-cold-start-2025/runtime_triggerType/df_funcID_runtime_triggerType.csv")}
    columns = {
        "pod_allocation": "podAllocationCost",
        "deploy_code": "deployCodeCost",
        "deploy_dependency": "deployDependencyCost",
        "scheduling": "schedulingCost",
    }

    def group(row: dict[str, str]) -> str | None:
        pool = "-".join(row["podID"].split("-")[:3])
        function = listed[f"{row['funcName']}---{row['userID']}---{pool}"]
        cores = str(int(pool.split("-")[1]) / 1000)
        return {
            "none": None,
            "runtime": function["runtime"],
            "trigger": function["triggerType-invocationType"],
            "cpu_cores": cores,
        }[by]

    found = Lake(demo_lake).query("serverless/cold_start_breakdown", dataset="huawei-cold-start-2025", trace="R2", by=by)
    # On the sample every R2 row is in the function table.
    assert set(found["grp"].to_list()) == {group(row) for row in raw}
    for row in found.iter_rows(named=True):
        mine = [r for r in raw if group(r) == row["grp"]]
        total = np.array([float(r["totalCost_cold_start"]) for r in mine])
        if row["component"] == "residual":
            part = total - sum(np.array([float(r[c]) for r in mine]) for c in columns.values())
            assert row["residual_max_s"] < 1e-9
        else:
            part = np.array([float(r[columns[row["component"]]]) for r in mine])
        assert row["cold_starts"] == len(mine)
        assert row["total_p50_s"] == pytest.approx(np.median(total))
        assert row["mean_s"] == pytest.approx(part.mean(), abs=1e-12)
        assert row["share_of_time"] == pytest.approx(part.sum() / total.sum(), abs=1e-12)
        assert row["mean_share"] == pytest.approx((part / total).mean(), abs=1e-12)


def test_functions_outside_the_table_are_said(demo_lake: Path) -> None:
    found = Lake(demo_lake).query("serverless/cold_start_breakdown", trace="R1", by="runtime")
    assert set(found["grp"].to_list()) == {"(not in function table)"}


def test_invocations_key_functions_by_app(demo_lake: Path) -> None:
    raw = _rows("azure-functions-2021/AzureFunctionsInvocationTraceForTwoWeeksJan2021.txt")
    counts = Counter((row["app"], row["func"]) for row in raw)
    row = Lake(demo_lake).query("serverless/invocations", dataset="azure-functions-2021").row(0, named=True)
    assert row["functions"] == len(counts) > len({row["func"] for row in raw})
    assert row["apps"] == len({row["app"] for row in raw})
    assert row["top1_share"] == pytest.approx(max(counts.values()) / len(raw))
    assert row["duration_p99_s"] == pytest.approx(np.quantile([float(r["duration"]) for r in raw], 0.99))


def test_jobs(demo_lake: Path) -> None:
    raw = _rows("alibaba-gpu-2023/openb_pod_list_sample.csv")
    words = {"Succeeded": "completed", "Failed": "failed", "Running": "running", "Pending": "pending"}
    hours: Counter[str] = Counter()
    waits = []
    for row in raw:
        count = int(row["num_gpu"])
        gpus = count if count > 1 else count * int(row["gpu_milli"]) / 1000
        if row["scheduled_time"]:
            hours[words[row["pod_phase"]]] += gpus * (float(row["deletion_time"]) - float(row["scheduled_time"])) / 3600
            waits.append(float(row["scheduled_time"]) - float(row["creation_time"]))
    found = Lake(demo_lake).query("cluster/job_status", dataset="alibaba-gpu-2023")
    assert dict(found.select("status", "jobs").iter_rows()) == Counter(words[row["pod_phase"]] for row in raw)
    for row in found.iter_rows(named=True):
        assert row["gpu_hours"] == pytest.approx(hours[row["status"]])
        assert row["gpu_hours_share"] == pytest.approx(hours[row["status"]] / hours.total())
    delay = Lake(demo_lake).query("cluster/queue_delay", dataset="alibaba-gpu-2023").row(0, named=True)
    assert delay["jobs"] == len(waits)
    assert delay["wait_p95_s"] == pytest.approx(np.quantile(waits, 0.95))
    assert delay["zero_ratio"] == pytest.approx(np.mean(np.array(waits) == 0))


def test_grid(demo_lake: Path) -> None:
    raw = json.loads((SAMPLES / "energy-mix" / "global_energy_mix.json").read_text())
    found = {row["region"]: row for row in Lake(demo_lake).query("energy/grid", trace="codecarbon").iter_rows(named=True)}
    total = sum(entry["total_TWh"] for entry in raw.values())
    mean = sum(entry["total_TWh"] * entry["carbon_intensity"] for entry in raw.values()) / total
    assert found["ALL"]["generation_twh"] == pytest.approx(total)
    assert found["ALL"]["carbon_g_per_kwh"] == pytest.approx(mean)
    for entry in raw.values():
        share = entry["low_carbon_TWh"] / entry["total_TWh"]
        assert found[entry["country_name"]]["low_carbon_share"] == pytest.approx(share, abs=1e-6)


def test_water_is_averaged_by_month_first_and_needs_a_pue(demo_lake: Path) -> None:
    raw = [row for row in _rows("african-wue/country_month_cleaned.csv") if row["country"] == "Kenya"]
    lake = Lake(demo_lake)
    own = {r["region"]: r for r in lake.query("energy/water_intensity", trace="country-month").iter_rows(named=True)}
    assert own["Kenya"]["water_l_per_kwh"] is None
    given = {r["region"]: r for r in lake.query("energy/water_intensity", trace="country-month", pue=1.4).iter_rows(named=True)}
    onsite = np.mean([float(row["WUE_FixedColdWaterDirect(L/KWh)"]) for row in raw])
    leakage = np.mean([float(row["Leakages (%)"]) for row in raw])
    offsite = np.mean([float(row["WUE_Indirect(L/KWh)"]) for row in raw])
    assert given["Kenya"]["wue_l_per_kwh"] == pytest.approx(onsite)
    assert given["Kenya"]["water_l_per_kwh"] == pytest.approx(onsite * (1 + leakage) + 1.4 * offsite)
    approach = lake.query("energy/water_intensity", trace="country-month", onsite="approach")
    kenya = approach.filter(approach["region"] == "Kenya").row(0, named=True)
    assert kenya["wue_l_per_kwh"] == pytest.approx(np.mean([float(r["WUE_FixedApproachDirect(L/KWh)"]) for r in raw]))


def test_scorecard_counts_what_the_raw_file_holds(demo_lake: Path) -> None:
    raw = _rows("burstgpt/sample_3.csv")
    keys = [tuple(row.values()) for row in raw]
    row = Lake(demo_lake).query("quality/scorecard", dataset="burstgpt", trace="sample_3").row(0, named=True)
    assert row["rows"] == len(raw)
    assert row["duplicate_rows"] == len(keys) - len(set(keys))
    assert row["out_of_order"] == 0
    times = np.array([float(r["Timestamp"]) for r in raw])
    assert row["gap_max_s"] == pytest.approx(np.diff(times).max())
    assert row["null_ratio_max"] == pytest.approx(sum(not r["Session ID"] for r in raw) / len(raw))
