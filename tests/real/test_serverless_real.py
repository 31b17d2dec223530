"""Figures of the serverless sources on their real files, recomputed from the raw text."""

from __future__ import annotations

import csv
import itertools
import json
import statistics
from pathlib import Path

import pytest

from tracekit.api import Lake


def test_azure_2019_invocations(real_lake: Lake, real_traces: Path) -> None:
    with (real_traces / "azure-functions-2019" / "500_invocations.csv").open() as file:
        totals = sorted((sum(int(cell) for cell in row[4:]) for row in list(csv.reader(file))[1:]), reverse=True)
    text = "SELECT sum(value)::BIGINT FROM function_rate WHERE dataset = 'azure-functions-2019' GROUP BY function_id ORDER BY 1 DESC"
    ours = [row[0] for row in real_lake.sql(text).rows()]
    assert sum(ours) == sum(totals) == 3_037_902
    assert ours == [n for n in totals if n]
    assert sum(ours[:5]) / sum(ours) == pytest.approx(0.8355, abs=5e-5)
    assert sum(ours[:50]) / sum(ours) == pytest.approx(0.9837, abs=5e-5)


def test_lambda_perf_means_are_those_published(real_lake: Lake, real_traces: Path) -> None:
    records = sum(len(json.loads(p.read_text())["runtimeData"]) for p in (real_traces / "lambda-perf").glob("*.json"))
    text = (
        "SELECT count(*), max(abs(c.mean_s - r.value)) FROM (SELECT source_row, avg(init_s) AS mean_s FROM cold_start "
        "WHERE dataset = 'lambda-perf' GROUP BY source_row) AS c JOIN function_rate AS r USING (source_row) "
        "WHERE r.dataset = 'lambda-perf' AND r.metric = 'init_s'"
    )
    found, furthest = real_lake.sql(text).rows()[0]
    assert found == records
    assert furthest <= 0.0005e-3 + 1e-9


def test_lambda_cold_starts_follow_the_gap(real_lake: Lake, real_traces: Path) -> None:
    edges = (0, 60, 300, 600, 900)
    seen, cold = [0] * 5, [0] * 5
    for path in (real_traces / "pacslab-lambda").glob("*.csv"):
        with path.open() as file:
            rows = sorted((float(row["client_start_time"]), row["is_cold"] == "True") for row in csv.DictReader(file))
        for (before, _), (at, is_cold) in itertools.pairwise(rows):
            group = max(i for i, edge in enumerate(edges) if at - before > edge or i == 0)
            seen[group] += 1
            cold[group] += is_cold
    text = (
        "SELECT gap, count(*), count_if(is_cold) FROM (SELECT is_cold, list_max([i FOR e, i IN [0, 60, 300, 600, 900] IF i = 1 OR "
        "started_us - before_us > e * 1e6]) AS gap FROM (SELECT is_cold, started_us, lag(started_us) OVER (PARTITION BY trace "
        "ORDER BY started_us, source_row) AS before_us FROM function_invocation WHERE dataset = 'pacslab-lambda') "
        "WHERE before_us IS NOT NULL) GROUP BY gap ORDER BY gap"
    )
    assert [tuple(row)[1:] for row in real_lake.sql(text).rows()] == list(zip(seen, cold, strict=True))
    ratios = [c / n for c, n in zip(cold, seen, strict=True)]
    assert max(ratios[:2]) < 0.02
    assert ratios[3] == pytest.approx(0.8, abs=0.03)
    assert ratios[4] == 1.0


def test_huawei_2023_keeps_zeros_and_leaves_out_empty_cells(real_lake: Lake, real_traces: Path) -> None:
    known, total = 0, 0.0
    for path in (real_traces / "huawei-functions-2023").rglob("requests_minute/*.csv"):
        with path.open() as file:
            cells = [float(cell) for row in list(csv.reader(file))[1:] for cell in row[2:] if cell]
        known, total = known + len(cells), total + sum(cells)
    text = "SELECT count(*), sum(value) FROM function_rate WHERE dataset = 'huawei-functions-2023' AND metric = 'invocations'"
    assert real_lake.sql(text).rows()[0] == (known, pytest.approx(total, rel=1e-12))


def test_huawei_components_add_up(real_lake: Lake) -> None:
    text = (
        "SELECT max(abs(total_s - pod_allocation_s - deploy_code_s - deploy_dependency_s - scheduling_s)) FROM cold_start "
        "WHERE dataset = 'huawei-cold-start-2025'"
    )
    assert real_lake.sql(text).item() < 1e-12


def test_benchmark_documents_leave_their_config_behind(real_lake: Lake, real_traces: Path) -> None:
    (path,) = (real_traces / "sebs").glob("*.json")
    found = json.loads(path.read_text())["_invocations"]
    raw = {request: record for requests in found.values() for request, record in requests.items()}
    rows = real_lake.sql("SELECT request_id, client_s, duration_s FROM function_invocation WHERE dataset = 'sebs'").rows()
    assert {row[0] for row in rows} == set(raw)
    mean = statistics.fmean(record["times"]["client"] for record in raw.values())
    assert statistics.fmean(row[1] for row in rows) == pytest.approx(mean / 1e6)


def test_code_engine_configurations(real_lake: Lake) -> None:
    text = (
        "SELECT metric, median FROM (SELECT app_id, metric, median(value) AS median FROM function_rate "
        "WHERE dataset = 'ibm-code-engine-2026' AND metric IN ('min_scale', 'concurrency') GROUP BY app_id, metric)"
    )
    medians: dict[str, list[float]] = {"min_scale": [], "concurrency": []}
    for metric, value in real_lake.sql(text).rows():
        medians[metric].append(value)
    assert real_lake.sql("SELECT count(*) FROM function_profile WHERE dataset = 'ibm-code-engine-2026'").item() == 1780
    shares = [
        sum(v == wanted for v in medians[name]) / 1780 for name, wanted in (("min_scale", 0), ("concurrency", 100), ("concurrency", 1))
    ]
    assert shares == [pytest.approx(0.411, abs=6e-4), pytest.approx(0.933, abs=6e-4), pytest.approx(0.0017, abs=5e-5)]
    assert sum(v >= 1 for v in medians["min_scale"]) / 1780 == pytest.approx(0.588, abs=6e-4)
    text = (
        "SELECT count(*) FROM (SELECT app_id FROM function_rate WHERE dataset = 'ibm-code-engine-2026' AND metric = 'min_scale' "
        "GROUP BY app_id HAVING count(DISTINCT value) > 1)"
    )
    assert real_lake.sql(text).item() == 130
