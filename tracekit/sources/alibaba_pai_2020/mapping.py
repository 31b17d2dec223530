"""Alibaba PAI 2020 → cluster_job, placement, machine, resource_sample."""

import polars as pl

from tracekit.schema.units import MB_PER_GB

_STATUS = {"Terminated": "completed", "Failed": "failed", "Running": "running", "Waiting": "pending"}


def _instant(name: str) -> pl.Expr:
    return (pl.col(name) * 1e6).round().cast(pl.Int64)


def _status() -> pl.Expr:
    return pl.col("status").replace_strict(_STATUS, default="unknown", return_dtype=pl.String)


def cluster_job(raw: pl.LazyFrame) -> pl.LazyFrame:
    """Maps jobs: a job's start_time is its submission, the first start of a task its start.

    plan_ columns are summed over instances (inst_num), from percent of a core and of a GPU (plan_cpu, plan_gpu) and gigabytes (plan_mem).
    A task that belongs to no job makes one without a submission.
    """
    return raw.select(
        "source_row",
        job_id="job_name",
        user_id="user_id",
        app_id="group_id",
        submitted_us=_instant("submitted"),
        started_us=_instant("first_start"),
        ended_us=_instant("ended"),
        nodes=pl.col("instances").round().cast(pl.Int64),
        cpus=pl.col("cpu_percent") * 0.01,
        gpus=pl.col("gpu_percent") * 0.01,
        memory_mb=pl.col("memory_gb") * MB_PER_GB,
        gpu_model="gpu_type",
        job_type="workload",
        status=_status(),
        source_status="status",
    )


def placement(raw: pl.LazyFrame) -> pl.LazyFrame:
    """Maps instances."""
    return raw.select(
        "source_row",
        job_id="job_name",
        machine_id="machine",
        started_us=_instant("start_time"),
        ended_us=_instant("end_time"),
        status=_status(),
        source_status="status",
    )


def machine(raw: pl.LazyFrame) -> pl.LazyFrame:
    """Maps machines; cap_mem is in gigabytes."""
    return raw.select(
        "source_row",
        machine_id="machine",
        cpus="cap_cpu",
        memory_mb=pl.col("cap_mem") * MB_PER_GB,
        gpus="cap_gpu",
        gpu_model="gpu_type",
    )


def sensor(raw: pl.LazyFrame) -> pl.LazyFrame:
    """Maps what instances used on average while they ran, from percent of a core and of a GPU, and gigabytes."""
    return raw.select(
        "source_row",
        entity_id="worker_name",
        entity_kind=pl.lit("instance"),
        parent_id="machine",
        sampled_us=_instant("start_time"),
        width_s=pl.when(pl.col("end_time") >= pl.col("start_time")).then(pl.col("end_time") - pl.col("start_time")),
        cpu_cores=pl.col("cpu_usage") * 0.01,
        memory_mb=pl.col("avg_mem") * MB_PER_GB,
        gpu_ratio=pl.col("gpu_wrk_util") * 0.01,
        gpu_memory_mb=pl.col("avg_gpu_wrk_mem") * MB_PER_GB,
    )


def machine_metric(raw: pl.LazyFrame) -> pl.LazyFrame:
    """Maps what machines did while an instance ran on them; machine_gpu is likely a sum over GPUs, and may exceed 100 %."""
    return raw.select(
        "source_row",
        entity_id="machine",
        entity_kind=pl.lit("machine"),
        sampled_us=_instant("start_time"),
        width_s=pl.when(pl.col("end_time") >= pl.col("start_time")).then(pl.col("end_time") - pl.col("start_time")),
        cpu_ratio=pl.col("machine_cpu") * 0.01,
        gpu_ratio=pl.col("machine_gpu") * 0.01,
    )
