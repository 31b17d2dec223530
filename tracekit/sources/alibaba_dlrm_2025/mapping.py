"""Alibaba GPU cluster 2025 (DLRM) → cluster_job."""

import polars as pl

from tracekit.schema.units import MB_PER_GIB

# GiB → MB.


def _instant(name: str) -> pl.Expr:
    return (pl.col(name) * 1e6).round().cast(pl.Int64)


def cluster_job(raw: pl.LazyFrame) -> pl.LazyFrame:
    """Maps instances.

    An instance that was there before the trace began has no creation time, one that outlived it no deletion time. No outcome is
    published: the status is unknown.
    """
    return raw.select(
        "source_row",
        job_id="instance_sn",
        app_id="app_name",
        submitted_us=_instant("creation_time"),
        started_us=_instant("scheduled_time"),
        ended_us=_instant("deletion_time"),
        is_left_censored=pl.col("creation_time").is_null(),
        is_right_censored=pl.col("deletion_time").is_null(),
        nodes=pl.lit(1),
        cpus="cpu_request",
        gpus="gpu_request",
        memory_mb=pl.col("memory_request") * MB_PER_GIB,
        job_type="role",
        status=pl.lit("unknown"),
    )
