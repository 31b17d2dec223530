"""Alibaba 2018 → machine, resource_sample, placement, cluster_job (paired from tasks)."""

import polars as pl

_STATUS = {
    "Terminated": "completed",
    "Failed": "failed",
    "Cancelled": "cancelled",
    "Running": "running",
    "Waiting": "pending",
    "Ready": "pending",
}
_INVALID = 100


def _instant(name: str) -> pl.Expr:
    return (pl.col(name) * 1e6).round().cast(pl.Int64)


def _after_start(name: str) -> pl.Expr:
    # 0 is at or before the start of the trace: no instant.
    return pl.when(pl.col(name) > 0).then(_instant(name))


def _was_there(start: str, status: str) -> pl.Expr:
    """Whether a piece started at or before the start of the trace; one that waits has a start of 0 as well."""
    return (pl.col(start) <= 0) & ~pl.col(status).is_in(["Waiting", "Ready"])


def _ratio(name: str) -> pl.Expr:
    # -1 and 101 are the release's words for a reading that failed.
    return pl.when(pl.col(name).is_between(0, _INVALID)).then(pl.col(name) * 0.01)


def _status(name: str) -> pl.Expr:
    return pl.col(name).replace_strict(_STATUS, default="unknown", return_dtype=pl.String)


def machine(raw: pl.LazyFrame) -> pl.LazyFrame:
    """Maps states of machines, a row each: mem_size is a fraction of the largest, in percent; the pool is failure_domain_2, a rack."""
    return raw.select(
        "source_row",
        machine_id="machine_id",
        cpus="cpu_num",
        memory_norm=pl.col("mem_size") * 0.01,
        pool="failure_domain_2",
        started_us=_instant("time_stamp"),
    )


def machine_usage(raw: pl.LazyFrame) -> pl.LazyFrame:
    """Maps use of machines."""
    return raw.select(
        "source_row",
        entity_id="machine_id",
        entity_kind=pl.lit("machine"),
        sampled_us=_instant("time_stamp"),
        cpu_ratio=_ratio("cpu_util_percent"),
        memory_ratio=_ratio("mem_util_percent"),
    )


def container_usage(raw: pl.LazyFrame) -> pl.LazyFrame:
    """Maps use of containers, a fraction of their request."""
    return raw.select(
        "source_row",
        entity_id="container_id",
        entity_kind=pl.lit("container"),
        parent_id="machine_id",
        sampled_us=_instant("time_stamp"),
        cpu_ratio=_ratio("cpu_util_percent"),
        memory_ratio=_ratio("mem_util_percent"),
    )


def container(raw: pl.LazyFrame) -> pl.LazyFrame:
    """Maps states of containers: cpu_request is in percent of a core."""
    words = {"started": "running", "allocated": "pending", "stopped": "completed", "unknown": "unknown"}
    return raw.select(
        "source_row",
        job_id="container_id",
        machine_id="machine_id",
        started_us=_instant("time_stamp"),
        is_left_censored=pl.col("time_stamp") <= 0,
        cpus=pl.col("cpu_request") * 0.01,
        status=pl.col("status").replace_strict(words, default="unknown", return_dtype=pl.String),
        source_status="status",
    )


def instance(raw: pl.LazyFrame) -> pl.LazyFrame:
    """Maps instances of batch tasks; seq_no tells which attempt it is."""
    return raw.select(
        "source_row",
        job_id="job_name",
        attempt="seq_no",
        machine_id="machine_id",
        started_us=_after_start("start_time"),
        ended_us=_after_start("end_time"),
        is_left_censored=_was_there("start_time", "status"),
        is_right_censored=pl.col("status") == "Running",
        status=_status("status"),
        source_status="status",
    )


def cluster_job(raw: pl.LazyFrame) -> pl.LazyFrame:
    """Maps jobs: the sum over their tasks (instance_num, plan_cpu in percent of a core, plan_mem in percent of the largest machine).

    When a job was submitted is not published. Tasks wait for each other: a job's start is its first task's.
    """
    return raw.select(
        "source_row",
        job_id="job_name",
        started_us=_instant("started"),
        ended_us=_instant("ended"),
        is_left_censored=pl.col("was_there"),
        is_right_censored=pl.col("status") == "Running",
        nodes=pl.col("instances").round().cast(pl.Int64),
        cpus=pl.col("cpu_percent") * 0.01,
        memory_norm=pl.col("memory") * 0.01,
        status=_status("status"),
        source_status="status",
    )
