"""Alibaba spot GPU 2026 → cluster_job, machine."""

import polars as pl


def cluster_job(raw: pl.LazyFrame) -> pl.LazyFrame:
    """Maps jobs: totals are requests per worker times worker_num.

    Only the submission and the duration are published: starts, ends and outcomes are unknown. Workers may share a node, so that the
    number of nodes is unknown, too. job_type is HP (high priority) or Spot.
    """
    return raw.select(
        "source_row",
        job_id="job_name",
        user_id="organization",
        submitted_us=(pl.col("submit_time") * 1e6).round().cast(pl.Int64),
        run_s="duration",
        cpus=pl.col("cpu_request") * pl.col("worker_num"),
        gpus=pl.col("gpu_request") * pl.col("worker_num"),
        gpu_model="gpu_model",
        job_type="job_type",
        priority="job_type",
        status=pl.lit("unknown"),
    )


def machine(raw: pl.LazyFrame) -> pl.LazyFrame:
    """Maps nodes."""
    return raw.select("source_row", machine_id="node_name", cpus="cpu_num", gpus="gpu_capacity_num", gpu_model="gpu_model")
