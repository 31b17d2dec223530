"""Figures of the job logs on their real files."""

from __future__ import annotations

import numpy as np
import pyarrow.parquet as pq
import pytest

from tracekit.api import Lake

DLRM, SURF = {"dataset": "alibaba-dlrm-2025"}, {"dataset": "opendc", "trace": "surf-week"}
FIGURES = [
    ("cluster/queue_delay", DLRM, {"wait_p50_s": 0, "wait_p95_s": 136.5, "wait_p99_s": 1651.5, "zero_ratio": 0.655}),
    ("cluster/arrivals", DLRM, {"iat_cv": 2.38}),
    ("cluster/job_status", DLRM, {"jobs": 23_871}),
    ("cluster/job_status", SURF, {"jobs": 6_295}),
    ("cluster/job_hours", SURF, {"core_hours": 309_797}),
    ("cluster/utilisation", SURF, {"cpu_ratio_time_mean": 0.6507}),
    ("cluster/durations", {**SURF, "quantiles": [0.5]}, {"run_s": 90}),
    ("cluster/durations", {**SURF, "quantiles": [0.99]}, {"run_s": 187_820}),
]


@pytest.mark.parametrize(("query", "params", "expected"), FIGURES)
def test_figure(query: str, params: dict[str, object], expected: dict[str, float], real_lake: Lake) -> None:
    [row] = real_lake.run(query, params).records()
    for name, value in expected.items():
        # As many digits as the figure is published with.
        digits = len(str(value).partition(".")[2]) if isinstance(value, float) else 0
        assert row[name] == pytest.approx(value, abs=0.6 * 10**-digits), name


def test_surf_week_by_numpy(real_traces: object, real_lake: Lake) -> None:
    folder = f"{real_traces}/opendc/surf-week"
    tasks, pieces = (pq.read_table(f"{folder}/{name}.parquet").to_pydict() for name in ("tasks", "fragments"))
    capacity = dict(zip(tasks["id"], tasks["cpu_capacity"], strict=True))
    width = np.array(pieces["duration"], float)
    ratio = np.array(pieces["cpu_usage"]) / np.array([capacity[key] for key in pieces["id"]])
    [row] = real_lake.run("cluster/utilisation", SURF).records()
    assert row["cpu_ratio_time_mean"] == pytest.approx((ratio * width).sum() / width.sum(), rel=1e-12)
    assert (row["samples"], row["entities"]) == (len(width), len(capacity))


def test_spot_nodes(real_lake: Lake) -> None:
    found = real_lake.sql("SELECT gpu_model, sum(gpus) FROM machine WHERE dataset = 'alibaba-spot-2026' GROUP BY ALL").rows()
    assert dict(found)["A10"] == 2494
    assert sum(gpus for _, gpus in found) == 10_412


def test_swf_of_the_archive(real_lake: Lake) -> None:
    rows = real_lake.sql("SELECT job_id, status, cpus, wait_s FROM cluster_job WHERE dataset = 'swf' ORDER BY source_row").rows()
    assert rows[0] == ("1", "completed", 306.0, 588_530.0)
    assert [row[1] for row in rows] == ["completed", "completed", "failed", "completed", "completed"]
