"""The figures of notes and papers, on real files; other files of the same datasets only have to ingest without a reject."""

from __future__ import annotations

from pathlib import Path

import pytest

from tracekit.api import Lake
from tracekit.lake.manifest import read_manifests
from tracekit.query.claims import AGREES, DIFFERS, check_claims
from tracekit.sources.load import sources


def test_every_file_ingests_without_a_reject(real_lake: Lake, real_traces: Path) -> None:
    manifests = read_manifests(real_lake.layout)
    assert {m.dataset for m in manifests} == {name for name in sources() if (real_traces / name).is_dir()}
    rejected = {(m.dataset, m.trace, name): c.rejected for m in manifests for name, c in m.tables.items() if c.rejected}
    assert rejected == {}


def test_claims_hold(real_lake: Lake) -> None:
    with real_lake.connect() as connection:
        verdicts = check_claims(connection, sources().values(), read_manifests(real_lake.layout))
    assert [v.claim.id for v in verdicts if v.verdict == DIFFERS] == []
    assert sum(v.verdict == AGREES for v in verdicts) >= 8


CONV = {"dataset": "azure-llm-2023", "trace": "conv"}
AZURE = {"dataset": "azure-functions-2021"}
OPENB = {"dataset": "alibaba-gpu-2023", "trace": "default"}
CKPT = {"dataset": "gpu-training-power", "trace": "ckpt1000"}

FIGURES = [
    ("arrival/interarrival", CONV, {}, {"events": 19_366, "rate_per_s": 5.5304, "span_s": 3501.722, "iat_cv": 1.09417}),
    ("arrival/interarrival", CONV, {}, {"burstiness": 0.044968, "memory": 0.062332}),
    ("arrival/dispersion", CONV, {"window_s": 1.0}, {"idc": 1.38514}),
    ("arrival/dispersion", CONV, {"window_s": 60.0}, {"idc": 16.1283}),
    ("arrival/fit", CONV, {"family": "gamma"}, {"shape": 0.87097, "scale_s": 0.20762, "ks_d": 0.0169}),
    ("arrival/fit", CONV, {"family": "weibull"}, {"ks_d": 0.0166}),
    ("llm/tokens", CONV, {}, {"input_p50": 1020, "input_p99": 4142, "output_p50": 129, "output_p99": 601, "pearson": -0.11235}),
    ("llm/tokens", {"dataset": "burstgpt", "trace": "burstgpt_slice"}, {}, {"failed": 17, "input_mean": 520.4725}),
    ("arrival/interarrival", {"dataset": "burstgpt", "trace": "burstgpt_slice"}, {}, {"iat_cv": 4.5612}),
    ("arrival/interarrival", {"dataset": "burstgpt", "trace": "burstgpt3_slice"}, {}, {"iat_cv": 2.8671}),
    ("serverless/invocations", AZURE, {}, {"functions": 49, "apps": 21, "duration_p50_s": 0.25, "duration_mean_s": 24.8324}),
    ("serverless/invocations", AZURE, {}, {"duration_p99_s": 351.393}),
    ("cluster/job_status", OPENB, {"status": "running"}, {"jobs": 5193, "gpu_hours_share": 0.9023}),
    ("cluster/job_status", OPENB, {"status": "failed"}, {"jobs": 1870, "gpu_hours_share": 0.0182}),
    ("cluster/job_status", OPENB, {"status": "completed"}, {"jobs": 192, "gpu_hours_share": 0.0796}),
    ("cluster/job_status", OPENB, {"status": "pending"}, {"jobs": 897, "gpu_hours_share": 0.0, "jobs_without_run": 897}),
    ("cluster/queue_delay", OPENB, {}, {"jobs": 7255, "wait_p50_s": 2, "wait_p95_s": 241, "wait_p99_s": 889.64, "wait_max_s": 14330}),
    ("power/headroom", CKPT, {}, {"mean_ratio": 0.633, "p99_ratio": 0.825, "peak_ratio": 0.8408, "peak_to_mean": 1.328}),
    ("power/headroom", CKPT, {}, {"max_drop_2s_ratio": 0.6440, "max_rise_2s_ratio": 0.5635, "provisioned_w": 5600}),
    ("energy/grid", {"dataset": "energy-mix", "trace": "codecarbon"}, {"region": "ALL"}, {"carbon_g_per_kwh": 480.617}),
]


@pytest.mark.parametrize(("query", "params", "row", "expected"), FIGURES)
def test_figure(query: str, params: dict[str, str], row: dict[str, object], expected: dict[str, float], real_lake: Lake) -> None:
    found = [r for r in real_lake.run(query, params).records() if all(r[name] == value for name, value in row.items())]
    assert len(found) == 1
    for name, value in expected.items():
        # As many digits as the figure is published with.
        digits = len(str(value).partition(".")[2]) if isinstance(value, float) else 0
        assert found[0][name] == pytest.approx(value, abs=0.6 * 10**-digits), name


@pytest.mark.parametrize(
    ("by", "keepalive", "cold"),
    [
        ("function", 60, {"arrival": 537, "idle": 464, "single": 541}),
        ("function", 600, {"arrival": 97, "idle": 81, "single": 145}),
        ("app", 60, {"arrival": 307, "idle": 231, "single": 464}),
    ],
)
def test_keepalive(by: str, keepalive: int, cold: dict[str, int], real_lake: Lake) -> None:
    rows = real_lake.run("serverless/keepalive", {**AZURE, "by": by, "keepalive_s": [keepalive]}).records()
    assert {row["rule"]: row["cold_starts"] for row in rows} == cold


def test_cold_start_components_add_up(real_lake: Lake) -> None:
    rows = real_lake.run("serverless/cold_start_breakdown", {"dataset": "huawei-cold-start-2025", "by": "runtime"}).records()
    assert rows
    assert all(row["residual_max_s"] < 1e-9 for row in rows)
    assert {row["grp"] for row in rows} == {"(not in function table)"}


def test_countries(real_lake: Lake) -> None:
    assert len(real_lake.run("energy/grid", {"dataset": "energy-mix", "trace": "codecarbon"}).rows) == 213 + 1
