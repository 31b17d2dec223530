"""Intelligence-per-watt profiles → energy_run: a row per query and model.

The metrics stand under the model's name, which is a key of `model_metrics`; problems, answers and responses are not read.
"""

from __future__ import annotations

import json
from typing import Any

import polars as pl

_FIELDS: dict[str, tuple[str, ...]] = {
    "joules": ("energy_metrics", "per_query_joules"),
    "watts": ("power_metrics", "gpu", "per_query_watts", "avg"),
    "token_ms": ("latency_metrics", "per_token_ms"),
    "seconds": ("latency_metrics", "total_query_seconds"),
    "tokens_per_s": ("latency_metrics", "throughput_tokens_per_sec"),
    "input": ("token_metrics", "input"),
    "output": ("token_metrics", "output"),
}
_MODEL = pl.Struct({"model": pl.String(), "is_correct": pl.Boolean(), **dict.fromkeys(_FIELDS, pl.Float64())})


def _number(metrics: Any, path: tuple[str, ...]) -> float | None:
    for step in path:
        metrics = metrics.get(step) if isinstance(metrics, dict) else None
    # -1 is the harness's word for a reading that it could not get.
    return float(metrics) if isinstance(metrics, int | float) and metrics >= 0 else None


def _models(text: str) -> list[dict[str, Any]]:
    found = json.loads(text)
    return [
        {"model": model, "is_correct": metrics.get("lm_correctness"), **{name: _number(metrics, path) for name, path in _FIELDS.items()}}
        for model, metrics in (found or {}).items()
        # A dataset's key of another model is there without a value.
        if isinstance(metrics, dict)
    ]


def profile(raw: pl.LazyFrame) -> pl.LazyFrame:
    """Maps queries; the energy of one runs from the end of the one before."""
    has_hardware = "hardware" in raw.collect_schema().names()
    hardware = pl.col("hardware") if has_hardware else pl.lit(None, pl.String)
    metric = pl.col("m").struct.field
    output = metric("output").cast(pl.Int64)
    return (
        raw.select("source_row", "subject", hardware.alias("hardware"), m=pl.col("model_metrics").map_elements(_models, pl.List(_MODEL)))
        .filter(pl.col("m").list.len() > 0)
        .explode("m")
        .select(
            "source_row",
            run_id=pl.format("{}/{}", "source_row", metric("model")),
            task="subject",
            model=metric("model"),
            device="hardware",
            requests=pl.lit(1, pl.Int64),
            input_tokens=metric("input").cast(pl.Int64),
            output_tokens=output,
            duration_s=metric("seconds"),
            mean_power_w=metric("watts"),
            energy_j=metric("joules"),
            gpu_energy_j=metric("joules"),
            energy_per_token_j=pl.when(output > 0).then(metric("joules") / output),
            energy_per_request_j=metric("joules"),
            output_tokens_per_s=metric("tokens_per_s"),
            latency_s=metric("seconds"),
            tpot_mean_s=metric("token_ms") * 1e-3,
            accuracy_ratio=metric("is_correct").cast(pl.Float64),
            boundary=pl.lit("gpu"),
        )
    )
