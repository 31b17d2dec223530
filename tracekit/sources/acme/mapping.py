"""Acme → cluster_job."""

import polars as pl

from tracekit.schema.units import MB_PER_GB

_STATUS = {"COMPLETED": "completed", "CANCELLED": "cancelled", "FAILED": "failed", "NODE_FAIL": "failed", "TIMEOUT": "timeout"}
_STATUS |= {"RUNNING": "running", "PENDING": "pending"}


def _instant(name: str) -> pl.Expr:
    return pl.col(name).str.to_datetime("%Y-%m-%d %H:%M:%S%:z", time_unit="us", time_zone="UTC").dt.epoch("us")


def cluster_job(raw: pl.LazyFrame) -> pl.LazyFrame:
    """Maps jobs.

    run_s and wait_s are duration and queue as published; Kalos' duration holds the queue as well (see the errata), so that queries take the
    running time from the instants. Memory is that of a pod times the nodes.
    """
    return raw.select(
        "source_row",
        job_id="job_id",
        user_id="user",
        submitted_us=_instant("submit_time"),
        started_us=_instant("start_time"),
        ended_us=_instant("end_time"),
        run_s="duration",
        wait_s="queue",
        nodes=pl.col("node_num").cast(pl.Int64),
        cpus="cpu_num",
        gpus="gpu_num",
        memory_mb=pl.col("mem_per_pod_GB") * pl.col("node_num") * MB_PER_GB,
        job_type="type",
        status=pl.col("state").replace_strict(_STATUS, default="unknown", return_dtype=pl.String),
        source_status="state",
    )
