"""VMR2L → machine, placement."""

import polars as pl

_NUMA = pl.Struct({"node": pl.Int64, "total_cpu": pl.Float64, "memory_huge_total_mb": pl.Float64})
_HOST = pl.Struct({"node_id": pl.String, "rack_id": pl.String, "status": pl.String, "numa": pl.List(_NUMA)})
_SHARE = pl.Struct({"node": pl.Int64, "cpu": pl.Float64, "mem_mb": pl.Float64})
_INSTANCE = pl.Struct({"instance_id": pl.String, "instance_type": pl.String, "host_id": pl.String, "numa": pl.List(_SHARE)})


def machine(raw: pl.LazyFrame) -> pl.LazyFrame:
    """Maps machines: the sum over their NUMA nodes.

    A machine that is not ACTIVE takes no part in rates: its pool says so; else the pool is its rack.
    """
    return (
        raw.select("source_row", host=pl.col("host_info").str.json_decode(pl.List(_HOST)))
        .explode("host", empty_as_null=False)
        .unnest("host")
        .select(
            "source_row",
            machine_id="node_id",
            cpus=pl.col("numa").list.eval(pl.element().struct.field("total_cpu")).list.sum(),
            memory_mb=pl.col("numa").list.eval(pl.element().struct.field("memory_huge_total_mb")).list.sum(),
            numa_nodes=pl.col("numa").list.len().cast(pl.Int64),
            pool=pl.when(pl.col("status") == "ACTIVE").then("rack_id").otherwise(pl.lit("inactive")),
        )
    )


def placement(raw: pl.LazyFrame) -> pl.LazyFrame:
    """Maps virtual machines: a row per NUMA node that one takes; large ones take both."""
    return (
        raw.select("source_row", vm=pl.col("vm_instance").str.json_decode(pl.List(_INSTANCE)))
        .explode("vm", empty_as_null=False)
        .unnest("vm")
        .explode("numa", empty_as_null=False)
        .unnest("numa")
        .select(
            "source_row",
            job_id="instance_id",
            attempt=pl.lit(1, pl.Int64),
            machine_id="host_id",
            numa_node="node",
            cpus="cpu",
            memory_mb="mem_mb",
            status=pl.lit("running"),
            source_status="instance_type",
        )
    )
