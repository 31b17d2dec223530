"""Alibaba GPU cluster 2023 (openb) → cluster_job, machine."""

import polars as pl

from tracekit.schema.units import MB_PER_MIB

# MiB → MB: memory in the lake is in units of 10^6 bytes.
_STATUS = {"Succeeded": "completed", "Failed": "failed", "Running": "running", "Pending": "pending"}


def _instant(name: str) -> pl.Expr:
    return (pl.col(name) * 1e6).round().cast(pl.Int64)


def _size() -> dict[str, pl.Expr]:
    return {
        "cpus": (pl.col("cpu_milli") * 0.001).round(3),
        "gpus": pl.when(pl.col("num_gpu") > 1)
        .then(pl.col("num_gpu"))
        .otherwise((pl.col("num_gpu") * pl.col("gpu_milli") * 0.001).round(3)),
        "memory_mb": pl.col("memory_mib") * MB_PER_MIB,
    }


def cluster_job(raw: pl.LazyFrame) -> pl.LazyFrame:
    """Maps pods.

    gpu_milli is per GPU and means a fraction only where one GPU is asked for. Every pod has a deletion time, also those that
    the snapshot saw Running or Pending; a pod that never started has no scheduled time. Memory is converted from MiB to MB.
    """
    return raw.select(
        "source_row",
        job_id="name",
        submitted_us=_instant("creation_time"),
        started_us=_instant("scheduled_time"),
        ended_us=_instant("deletion_time"),
        nodes=pl.lit(1),
        **_size(),
        gpu_model="gpu_spec",
        priority="qos",
        status=pl.col("pod_phase").replace_strict(_STATUS, default="unknown", return_dtype=pl.String),
        source_status="pod_phase",
    )


def request(raw: pl.LazyFrame) -> pl.LazyFrame:
    """Maps pods of the lists that hold requests alone: when they came, ran and ended, and how, is not published there."""
    return raw.select("source_row", job_id="name", nodes=pl.lit(1), **_size(), status=pl.lit("unknown"))


def machine(raw: pl.LazyFrame) -> pl.LazyFrame:
    """Maps nodes; memory is converted from MiB to MB."""
    return raw.select(
        "source_row",
        machine_id="sn",
        cpus=(pl.col("cpu_milli") * 0.001).round(3),
        memory_mb=pl.col("memory_mib") * MB_PER_MIB,
        gpus="gpu",
        gpu_model="model",
    )
