"""Helios → cluster_job, metric_sample."""

import polars as pl

_STATUS = {"COMPLETED": "completed", "CANCELLED": "cancelled", "FAILED": "failed", "NODE_FAIL": "failed", "TIMEOUT": "timeout"}
_STATUS |= {"RUNNING": "running", "PENDING": "pending"}


def _instant(name: str) -> pl.Expr:
    return pl.col(name).str.to_datetime("%Y-%m-%d %H:%M:%S", time_unit="us").dt.epoch("us")


def cluster_job(raw: pl.LazyFrame) -> pl.LazyFrame:
    """Maps jobs; the virtual cluster (vc) is the queue, duration and queue are kept as published."""
    return raw.select(
        "source_row",
        job_id="job_id",
        user_id="user",
        queue="vc",
        submitted_us=_instant("submit_time"),
        started_us=_instant("start_time"),
        ended_us=_instant("end_time"),
        run_s="duration",
        wait_s=pl.col("queue"),
        nodes=pl.col("node_num").cast(pl.Int64),
        cpus="cpu_num",
        gpus="gpu_num",
        status=pl.col("state").replace_strict(_STATUS, default="unknown", return_dtype=pl.String),
        source_status="state",
    )


def metric_sample(raw: pl.LazyFrame) -> pl.LazyFrame:
    """Maps the GPUs of the virtual clusters at the start of each date; the column total is that of the whole cluster."""
    return raw.select(
        "source_row",
        entity_id="_column",
        entity_kind=pl.when(pl.col("_column") == "total").then(pl.lit("cluster")).otherwise(pl.lit("virtual_cluster")),
        sampled_us=(pl.col("date") + " 00:00:00").str.to_datetime("%Y-%m-%d %H:%M:%S", time_unit="us").dt.epoch("us"),
        metric=pl.lit("gpus_present"),
        value="_cell",
        unit=pl.lit("GPUs"),
    )
