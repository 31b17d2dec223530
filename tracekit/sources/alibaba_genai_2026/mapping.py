"""Alibaba GenAI 2026 → llm_request, resource_sample, metric_sample."""

import polars as pl

from tracekit.schema.units import MS_PER_S
from tracekit.sources.exact import divided, ratio_of


def llm_request(raw: pl.LazyFrame) -> pl.LazyFrame:
    """Maps requests.

    prompt_length counts characters. exec_time_seconds is the execution alone, so it is exec_s and not e2e_s. PENDING and PROCESSING
    leave the outcome open.
    """
    status = pl.col("predict_status")
    return raw.select(
        "source_row",
        arrived_us=pl.col("gmt_create").str.to_datetime("%Y-%m-%d %H:%M:%S", time_unit="us", strict=False).dt.epoch("us"),
        client_id="groupId",
        model="checkpoint_model_version_id",
        service="predict_type",
        input_chars=pl.col("prompt_length").cast(pl.Int64),
        images_out=pl.col("num_images_per_prompt").cast(pl.Int64),
        is_ok=pl.when(status == "SUCCEED").then(pl.lit(value=True)).when(status == "FAILED").then(pl.lit(value=False)),
        exec_s="exec_time_seconds",
    )


def _sample() -> dict[str, pl.Expr]:
    return {
        "entity_id": pl.col("container_ip"),
        "entity_kind": pl.lit("container"),
        "sampled_us": (pl.col("timestamp_anon") * 1e6).round().cast(pl.Int64),
    }


def gpu_duty(raw: pl.LazyFrame) -> pl.LazyFrame:
    """Maps duty cycles, percent to a fraction."""
    return raw.select("source_row", **_sample(), gpu_ratio=ratio_of(pl.col("value")))


def memory_util(raw: pl.LazyFrame) -> pl.LazyFrame:
    """Maps memory use, which is a fraction already."""
    return raw.select("source_row", **_sample(), memory_ratio="value")


def milliseconds(raw: pl.LazyFrame) -> pl.LazyFrame:
    """Maps times in milliseconds to seconds."""
    return raw.select("source_row", **_sample(), metric="metric", value=divided(pl.col("value"), MS_PER_S), unit=pl.lit("s"))


def as_published(raw: pl.LazyFrame) -> pl.LazyFrame:
    """Maps readings whose unit is not stated: a queue's size is a count, everything else keeps the unit that it was published in."""
    unit = pl.when(pl.col("metric") == "queue_size").then(pl.lit("1")).otherwise(pl.lit("as published"))
    return raw.select("source_row", **_sample(), metric="metric", value="value", unit=unit)
