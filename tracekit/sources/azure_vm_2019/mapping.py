"""Azure virtual machines 2019 → cluster_job, resource_sample."""

import polars as pl

from tracekit.schema.units import MB_PER_GIB, US_PER_S
from tracekit.sources.exact import ratio_of

# The last instant of the trace: who lives then has no end.
_LAST_S = 2_591_700


def _size(name: str) -> pl.Expr:
    """Returns a size: the upper bound of a bucket; an open one has no size."""
    # An open bucket (">24") has no size; what is neither blank nor a bucket costs its record.
    cell = pl.col(name).str.strip_chars()
    return pl.when((cell != "") & ~cell.str.starts_with(">")).then(cell).cast(pl.Float64)


def cluster_job(raw: pl.LazyFrame) -> pl.LazyFrame:
    """Maps virtual machines: one that lives to the last instant is running; the published category is repaired where it is misspelt.

    One that is there at instant 0 was created at or before it: that is no arrival, and its submission is unknown.
    """
    was_there, is_there = pl.col("created") <= 0, pl.col("deleted") >= _LAST_S
    return raw.select(
        "source_row",
        job_id="vmid",
        user_id="subscriptionid",
        app_id="deploymentid",
        submitted_us=pl.when(~was_there).then((pl.col("created") * US_PER_S).cast(pl.Int64)),
        started_us=(pl.col("created") * US_PER_S).cast(pl.Int64),
        ended_us=(pl.col("deleted") * US_PER_S).cast(pl.Int64),
        is_left_censored=was_there,
        is_right_censored=is_there,
        cpus=_size("cores"),
        memory_mb=_size("memory") * MB_PER_GIB,
        job_type=pl.col("category").replace({"Unkown": "Unknown"}),
        cpu_ratio_mean=ratio_of(pl.col("avgcpu")),
        cpu_ratio_p95=ratio_of(pl.col("p95maxcpu")),
        cpu_ratio_max=ratio_of(pl.col("maxcpu")),
        status=pl.when(is_there).then(pl.lit("running")).otherwise(pl.lit("completed")),
    )


def resource_sample(raw: pl.LazyFrame) -> pl.LazyFrame:
    """Maps readings: an interval of five minutes from its stamp on."""
    return raw.select(
        "source_row",
        entity_id="vmid",
        entity_kind=pl.lit("vm"),
        sampled_us=(pl.col("timestamp") * US_PER_S).cast(pl.Int64),
        width_s=pl.lit(300.0),
        cpu_ratio=ratio_of(pl.col("avgcpu")),
        cpu_ratio_min=ratio_of(pl.col("mincpu")),
        cpu_ratio_max=ratio_of(pl.col("maxcpu")),
    )
