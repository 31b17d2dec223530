"""OpenDC workload traces → cluster_job, resource_sample."""

import polars as pl


def _instant(name: str) -> pl.Expr:
    # Of 64 bits the product would wrap in silence; beyond them the record is set aside.
    return (pl.col(name).cast(pl.Int128) * 1000).cast(pl.Int64)


def cluster_job(raw: pl.LazyFrame) -> pl.LazyFrame:
    """Maps tasks. mem_capacity is in MB in the published traces; starts and outcomes are not published."""
    return raw.select(
        "source_row",
        job_id=pl.col("id").cast(pl.String),
        submitted_us=_instant("submission_time"),
        run_s=pl.col("duration") * 0.001,
        nodes=pl.lit(1),
        cpus="cpu_count",
        gpus=pl.col("gpu_count").fill_null(0),
        memory_mb="mem_capacity",
        status=pl.lit("unknown"),
    )


def resource_sample(paired: pl.LazyFrame) -> pl.LazyFrame:
    """Maps fragments: cpu_usage in MHz of the task's cpu_capacity (all its cores), from started_ms for the fragment's duration."""
    ratio = pl.when(pl.col("cpu_capacity") > 0).then(pl.col("cpu_usage") / pl.col("cpu_capacity"))
    return paired.select(
        "source_row",
        entity_id=pl.col("id").cast(pl.String),
        entity_kind=pl.lit("task"),
        sampled_us=_instant("started_ms"),
        width_s=pl.col("duration") * 0.001,
        cpu_cores=ratio * pl.col("cpu_count"),
        cpu_cores_provisioned=pl.col("cpu_count").cast(pl.Float64),
        cpu_ratio=ratio,
    )
