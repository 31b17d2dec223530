"""Azure packing trace 2020 → cluster_job."""

import polars as pl

from tracekit.schema.units import US_PER_DAY

_PRIORITY = {"0": "high", "1": "low", "0.0": "high", "1.0": "low"}


def cluster_job(raw: pl.LazyFrame) -> pl.LazyFrame:
    """Maps requests: a machine starts when it is asked for; one of before the trace is no arrival, and its submission is unknown.

    Fractions of a machine stand in cpus_norm and memory_norm.
    """

    def instant(name: str) -> pl.Expr:
        return (pl.col(name) * US_PER_DAY).round().cast(pl.Int64)

    ended, was_there = pl.col("endtime").is_not_null(), pl.col("starttime") < 0
    return raw.select(
        "source_row",
        job_id="vmId",
        user_id="tenantId",
        submitted_us=pl.when(~was_there).then(instant("starttime")),
        started_us=instant("starttime"),
        ended_us=instant("endtime"),
        is_left_censored=was_there,
        is_right_censored=~ended,
        nodes=pl.lit(1),
        cpus_norm="core",
        memory_norm="memory",
        job_type="vmTypeId",
        priority=pl.col("priority").replace_strict(_PRIORITY, default=pl.col("priority"), return_dtype=pl.String),
        status=pl.when(ended).then(pl.lit("completed")).otherwise(pl.lit("running")),
        source_status=pl.when(ended).then(pl.lit("ended")).otherwise(pl.lit("alive")),
    )
