"""Google 2011 → placement, cluster_job, machine (paired from events), metric_sample."""

import polars as pl

# Event of the release → status and the release's own word. UPDATE events end nothing.
_WORDS = {0: "SUBMIT", 1: "SCHEDULE", 2: "EVICT", 3: "FAIL", 4: "FINISH", 5: "KILL", 6: "LOST", 7: "UPDATE_PENDING", 8: "UPDATE_RUNNING"}
_STATUS = {
    **{0: "pending", 1: "running", 2: "preempted", 3: "failed", 4: "completed", 5: "cancelled", 6: "failed"},
    **{7: "pending", 8: "running"},
}
_BEFORE, _AFTER = 0, 2**63 - 1


def _instant(name: str) -> pl.Expr:
    # What happened before or after the trace has no instant.
    return pl.when(~pl.col(name).is_in([_BEFORE, _AFTER])).then(name)


def _censored(*instants: str) -> dict[str, pl.Expr]:
    """Whether something was there before the trace, and whether it outlived it: it has an event of before, and no end within."""
    return {
        "is_left_censored": pl.min_horizontal(*instants) <= _BEFORE,
        "is_right_censored": pl.col("ended").is_null() | (pl.col("ended") >= _AFTER),
    }


def _status() -> dict[str, pl.Expr]:
    event = pl.col("last_event").cast(pl.Int64)
    return {
        "status": event.replace_strict(_STATUS, default="unknown", return_dtype=pl.String),
        "source_status": event.replace_strict(_WORDS, default=None, return_dtype=pl.String),
    }


def placement(raw: pl.LazyFrame) -> pl.LazyFrame:
    """Maps attempts at a task; one that was never scheduled has no start and no machine."""
    return raw.select(
        "source_row",
        job_id=pl.concat_str("job_id", pl.col("task_index").cast(pl.String), separator="/"),
        attempt=pl.col("attempt").cast(pl.Int64),
        machine_id="machine_id",
        started_us=_instant("started"),
        ended_us=_instant("ended"),
        **_censored("started", "ended"),
        **_status(),
    )


def cluster_job(raw: pl.LazyFrame) -> pl.LazyFrame:
    """Maps jobs: requests are sums over tasks in units of the largest machine."""
    return raw.select(
        "source_row",
        job_id="job_id",
        user_id="user_id",
        queue="scheduling_class",
        submitted_us=_instant("submitted"),
        started_us=_instant("started"),
        ended_us=_instant("ended"),
        **_censored("submitted", "started", "ended"),
        attempts="attempts",
        nodes="tasks",
        cpus_norm="cpu_request",
        memory_norm="memory_request",
        priority="priority",
        **_status(),
    )


def machine(raw: pl.LazyFrame) -> pl.LazyFrame:
    """Maps stays of machines; capacities are in units of the largest machine. The pool is the platform."""
    return raw.select(
        "source_row",
        machine_id="machine_id",
        cpus_norm="cpus",
        memory_norm="memory",
        pool="platform_id",
        started_us="started",
        ended_us=_instant("ended"),
        **_censored("started", "ended"),
    )


# Metrics of task_usage, in units of the largest machine.
_USAGE = {
    "cpu_rate": "cpu_rate",
    "canonical_memory_usage": "memory_usage",
    "maximum_cpu_rate": "cpu_rate_max",
    "maximum_memory_usage": "memory_usage_max",
}


def task_usage(raw: pl.LazyFrame) -> pl.LazyFrame:
    """Maps what tasks used: normalised, so no cores and no megabytes."""
    pieces = [
        raw.select(
            "source_row",
            entity_id=pl.concat_str("job_id", pl.col("task_index").cast(pl.String), separator="/"),
            entity_kind=pl.lit("task"),
            sampled_us="start_time",
            metric=pl.lit(metric),
            value=name,
            unit=pl.lit("largest machine"),
        ).filter(pl.col("value").is_not_null())
        for name, metric in _USAGE.items()
    ]
    return pl.concat(pieces).sort("source_row", maintain_order=True)
