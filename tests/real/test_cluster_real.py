"""Cluster and power figures of the notes and papers, on real files."""

from __future__ import annotations

import pytest

from tracekit.api import Lake

OPENB = {"dataset": "alibaba-gpu-2023", "trace": "default"}
POWER = {"dataset": "gpu-training-power"}
DLRM = {"dataset": "alibaba-dlrm-2025"}
SURF = {"dataset": "opendc", "trace": "surf-week"}
HAIKU = {"dataset": "agentcgroup", "trace": "all_images_haiku"}

FIGURES = [
    ("cluster/fragmentation", OPENB, {}, {"machines": 1523, "gpus": 6212, "task_types": 91, "fgd_ratio_empty": 0.13893}),
    ("cluster/first_fit", OPENB, {}, {"jobs": 8152, "placed": 7777, "gpus_asked": 6086.8, "allocated_ratio": 0.92705}),
    ("cluster/first_fit", OPENB, {}, {"idle_gpus": 137, "fgd_ratio": 0.0704, "fgd_ratio_of_free": 0.965244}),
    ("cluster/occupancy", OPENB, {"resource": "gpus"}, {"peak_running": 65.6, "mean_running": 14.36, "peak_ratio": 0.0106}),
    ("cluster/arrivals", OPENB, {}, {"jobs": 8152, "iat_cv": 21.04}),
    ("cluster/durations", OPENB, {"quantile": 0.5}, {"jobs": 7255, "run_s": 616}),
    ("cluster/durations", OPENB, {"quantile": 0.99}, {"run_s": 114_347.8}),
    ("cluster/queue_delay", DLRM, {}, {"jobs": 16_591, "wait_p50_s": 0, "wait_p95_s": 136.5, "wait_p99_s": 1651.5, "zero_ratio": 0.655}),
    ("arrival/interarrival", DLRM, {}, {"iat_cv": 2.38}),
    ("cluster/job_hours", {**SURF, "by": "none"}, {}, {"jobs": 6295, "core_hours": 309_797, "run_p50_s": 90}),
    ("cluster/durations", SURF, {"quantile": 0.99}, {"run_s": 187_820}),
    ("cluster/utilisation", SURF, {}, {"entities": 6295, "cpu_ratio_time_mean": 0.6507}),
    ("power/energy", {"dataset": "nvidia-smi"}, {}, {"samples": 27, "mean_w": 327.064, "trapezoid_j": 2163.670}),
    ("agent/memory", HAIKU, {}, {"tasks": 22, "valid": 17, "peak_to_mean_p50": 1.34, "peak_to_mean_max": 1.96}),
    ("agent/latency", HAIKU, {"part": "tools"}, {"tasks": 17, "os_ratio": 0.703}),
    ("power/headroom", POWER, {"trace": "ckpt10"}, {"mean_ratio": 0.2375, "peak_ratio": 0.8060}),
    ("power/oversubscription", POWER, {"trace": "ckpt1000", "extra_ratio": 0.3}, {"over_t1_ratio": 0.745, "over_t2_ratio": 0.741}),
    ("power/oversubscription", POWER, {"trace": "ckpt1000", "extra_ratio": 0.3}, {"over_budget_ratio": 0.704}),
    ("power/swings", POWER, {"trace": "ckpt1000", "duration_s": 2.0}, {"rise_max_ratio": 0.5635, "drop_max_ratio": 0.6440}),
    ("power/swings", POWER, {"trace": "power-trace_2gpu_2025-12-05-02-37-06", "duration_s": 40.0}, {"rise_max_ratio": 0.593}),
]


@pytest.mark.parametrize(("query", "params", "row", "expected"), FIGURES)
def test_figure(query: str, params: dict[str, str], row: dict[str, object], expected: dict[str, float], real_lake: Lake) -> None:
    found = [r for r in real_lake.run(query, params).records() if all(r[name] == value for name, value in row.items())]
    assert len(found) == 1
    for name, value in expected.items():
        # As many digits as the figure is published with.
        digits = len(str(value).partition(".")[2]) if isinstance(value, float) else 0
        assert found[0][name] == pytest.approx(value, abs=0.6 * 10**-digits), name


def test_openb_is_not_a_utilisation_trace(real_lake: Lake) -> None:
    rows = real_lake.run("cluster/occupancy", OPENB).records()
    assert {row["resource"]: row["verdict"] for row in rows} == {
        "gpus": "not a utilisation trace",
        "cpus": "not a utilisation trace",
        "jobs": "a count, not held against a capacity",
    }
