"""Google 2019 → placement, cluster_job, machine (paired from events), metric_sample."""

import polars as pl

# Event → status; exports of the table print the number or the word.
_WORDS = ("SUBMIT", "QUEUE", "ENABLE", "SCHEDULE", "EVICT", "FAIL", "FINISH", "KILL", "LOST", "UPDATE_PENDING", "UPDATE_RUNNING")
_STATUS = dict(
    zip(
        _WORDS,
        ("pending", "pending", "pending", "running", "preempted", "failed", "completed", "cancelled", "failed", "pending", "running"),
        strict=True,
    )
)
_NUMBERS = {str(number): word for number, word in enumerate(_WORDS)}
_KINDS = {"0": "job", "JOB": "job", "1": "alloc_set", "ALLOC_SET": "alloc_set"}
_AFTER = 2**63 - 1


def _instant(name: str) -> pl.Expr:
    # What happened before (0) or after the trace has no instant.
    return pl.when(~pl.col(name).is_in([0, _AFTER])).then(name)


def _censored(*instants: str) -> dict[str, pl.Expr]:
    """Whether something was there before the trace, and whether it outlived it: it has an event of before, and no end within."""
    return {
        "is_left_censored": pl.min_horizontal(*instants) < 1,
        "is_right_censored": pl.col("ended").is_null() | (pl.col("ended") >= _AFTER),
    }


def _status() -> dict[str, pl.Expr]:
    word = pl.col("last_event").replace_strict(_NUMBERS, default=pl.col("last_event"), return_dtype=pl.String)
    return {"status": word.replace_strict(_STATUS, default="unknown", return_dtype=pl.String), "source_status": word}


def placement(raw: pl.LazyFrame) -> pl.LazyFrame:
    """Maps attempts at an instance; one that was never scheduled has no start and no machine."""
    return raw.select(
        "source_row",
        job_id=pl.concat_str("collection", "instance", separator="/"),
        attempt=pl.col("attempt").cast(pl.Int64),
        machine_id=pl.col("machine").cast(pl.String),
        started_us=_instant("started"),
        ended_us=_instant("ended"),
        **_censored("started", "ended"),
        **_status(),
    )


def _tier() -> pl.Expr:
    priority = pl.col("priority")
    names = pl.when(priority >= 120).then(pl.lit("production")).when(priority >= 116).then(pl.lit("mid"))
    return names.when(priority >= 100).then(pl.lit("best-effort batch")).when(priority >= 0).then(pl.lit("free"))


def cluster_job(raw: pl.LazyFrame) -> pl.LazyFrame:
    """Maps collections: jobs and sets of allocations, told apart by job_type; the queue is the tier of the priority.

    Requests are sums over instances in units of the largest machine.
    """
    return raw.select(
        "source_row",
        job_id=pl.col("collection").cast(pl.String),
        user_id="user_id",
        queue=_tier(),
        app_id="collection_name",
        submitted_us=_instant("submitted"),
        started_us=_instant("started"),
        ended_us=_instant("ended"),
        **_censored("submitted", "started", "ended"),
        attempts="attempts",
        nodes="instances",
        cpus_norm="cpus",
        memory_norm="memory",
        job_type=pl.col("collection_type").replace_strict(_KINDS, default=pl.col("collection_type"), return_dtype=pl.String),
        priority=pl.col("priority").cast(pl.String),
        **_status(),
    )


def machine(raw: pl.LazyFrame) -> pl.LazyFrame:
    """Maps stays of machines; capacity is in units of the largest machine. The pool is the platform (platform_id)."""
    return raw.select(
        "source_row",
        machine_id=pl.col("machine").cast(pl.String),
        cpus_norm="cpus",
        memory_norm="memory",
        pool="platform_id",
        started_us="started",
        ended_us=_instant("ended"),
        **_censored("started", "ended"),
    )


# Values of instance_usage → metric.
_USAGE = {
    "average_usage.cpus": "cpu_mean",
    "average_usage.memory": "memory_mean",
    "maximum_usage.cpus": "cpu_max",
    "maximum_usage.memory": "memory_max",
}


def instance_usage(raw: pl.LazyFrame) -> pl.LazyFrame:
    """Maps what instances used, on average and at most: normalised, so no cores and no megabytes."""
    pieces = [
        raw.select(
            "source_row",
            entity_id=pl.concat_str("collection_id", pl.col("instance_index").fill_null(0), separator="/"),
            entity_kind=pl.lit("instance"),
            sampled_us="start_time",
            metric=pl.lit(metric),
            value=name,
            unit=pl.lit("largest machine"),
        ).filter(pl.col("value").is_not_null())
        for name, metric in _USAGE.items()
    ]
    return pl.concat(pieces).sort("source_row", maintain_order=True)
