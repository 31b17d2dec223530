"""Huawei serverless cold starts 2025 → cold_start, function_invocation, function_profile, function_rate.

The release is in seconds, cores and megabytes, although the paper's table of columns says microseconds, millicores and bytes.
"""

import polars as pl

_COUNTS = {"requests": "invocations", "num_pods": "pods", "num_cold_starts": "cold_starts"}
# What a matrix is of → metric of the lake, in its unit; the release is in seconds, cores, megabytes and bytes already.
_STATISTICS = {
    "totalCost": "total_s",
    "totalCost_cold_start": "cold_start_s",
    "totalCost_frontend": "client_s",
    "workerCost": "worker_s",
    "runtimeCost": "runtime_s",
    "frontendCost": "frontend_s",
    "busCost": "queue_s",
    "readBodyCost": "read_body_s",
    "writeRspCost": "write_response_s",
    "podAllocationCost": "pod_allocation_s",
    "deployCodeCost": "deploy_code_s",
    "deployDependencyCost": "deploy_dependency_s",
    "schedulingCost": "scheduling_s",
    "cpu_usage": "cpu_cores",
    "memory_usage": "memory_mb",
    "requestBodySize": "request_bytes",
}


def _pool(pod: pl.Expr) -> pl.Expr:
    """poolNN-cpuMillicores-memMB: the first three dash parts of a pod id, or of a function table's pool name."""
    return pod.str.extract(r"^([^-]+-\d+-\d+)", 1)


def _function() -> pl.Expr:
    return pl.concat_str("funcName", "userID", _pool(pl.col("podID")), separator="---")


def _cores(pool: pl.Expr) -> pl.Expr:
    return pool.str.split("-").list.get(1, null_on_oob=True).cast(pl.Float64) * 1e-3


def _memory(pool: pl.Expr) -> pl.Expr:
    return pool.str.split("-").list.get(2, null_on_oob=True).cast(pl.Float64)


def _instant(name: str) -> pl.Expr:
    return (pl.col(name) * 1e6).round().cast(pl.Int64)


def cold_start(raw: pl.LazyFrame) -> pl.LazyFrame:
    """Maps cold starts; the components add up to the total.

    Runtime and trigger are known for region R2 alone, in the function table: queries join it by function_id.
    """
    pool = _pool(pl.col("podID"))
    return raw.select(
        "source_row",
        occurred_us=_instant("time"),
        function_id=_function(),
        user_id="userID",
        pod_id="podID",
        pool=pool,
        request_id="requestID",
        cpu_cores=_cores(pool),
        memory_mb=_memory(pool),
        total_s="totalCost_cold_start",
        pod_allocation_s="podAllocationCost",
        deploy_code_s="deployCodeCost",
        deploy_dependency_s="deployDependencyCost",
        scheduling_s="schedulingCost",
    )


def function_invocation(raw: pl.LazyFrame) -> pl.LazyFrame:
    """Maps requests.

    totalCost_worker is the execution (workerCost + runtimeCost to a microsecond), totalCost_frontend what the caller waits;
    cpu_usage and memory_usage are averages of the pod over the request. The release does not say whether time_worker is a start
    or an end; it is kept as the start.
    """
    pool = _pool(pl.col("podID"))
    return raw.select(
        "source_row",
        started_us=_instant("time_worker"),
        ended_us=((pl.col("time_worker") + pl.col("totalCost_worker")) * 1e6).round().cast(pl.Int64),
        request_id="requestID",
        function_id=_function(),
        user_id="userID",
        pod_id="podID",
        duration_s="totalCost_worker",
        client_s="totalCost_frontend",
        queue_s="busCost",
        runtime_s="runtimeCost",
        cpu_cores=_cores(pool),
        memory_mb=_memory(pool),
        cpu_used_cores="cpu_usage",
        memory_used_mb="memory_usage",
        request_bytes=pl.col("requestBodySize").cast(pl.Int64),
    )


def function_profile(raw: pl.LazyFrame) -> pl.LazyFrame:
    """Maps the function table; cpu_request is in millicores, the memory stands in the pool's name.

    A function is synchronous where all its triggers end in -S, asynchronous where all end in -A, else unknown.
    """
    parts = pl.col("funcID").str.split("---")
    triggers = pl.col("triggerType-invocationType").str.split(" ")
    ends = triggers.list.eval(pl.element().str.extract(r"-([SA])$", 1))
    known = ends.list.drop_nulls().list.len() == triggers.list.len()
    return raw.select(
        "source_row",
        function_id="funcID",
        user_id=parts.list.get(1, null_on_oob=True),
        runtime="runtime",
        trigger="triggerType-invocationType",
        is_sync=pl.when(known & (ends.list.n_unique() == 1)).then(ends.list.first() == "S"),
        cpu_cores=pl.col("cpu_request") * 1e-3,
        memory_mb=_memory(_pool(parts.list.get(2, null_on_oob=True))),
    )


def _series(raw: pl.LazyFrame, metric: pl.Expr, stat: pl.Expr) -> pl.LazyFrame:
    parts = pl.col("_column").str.split("---")
    return raw.select(
        "source_row",
        started_us=_instant("time"),
        width_s=pl.lit(60.0),
        function_id="_column",
        user_id=parts.list.get(1, null_on_oob=True),
        metric=metric,
        stat=stat,
        value="_cell",
    )


def counts(raw: pl.LazyFrame) -> pl.LazyFrame:
    """Maps minutes with requests, pods or cold starts; columns are the function table's ids. A zero, as an empty cell, makes no row."""
    metric = pl.col("metric").replace_strict(_COUNTS, return_dtype=pl.String)
    return _series(raw.filter(pl.col("_cell") != 0), metric, pl.lit("sum"))


def statistics(raw: pl.LazyFrame) -> pl.LazyFrame:
    """Maps statistics per minute: quantile_050 is p50, avg is mean, std is sd."""
    stat = pl.col("stat").str.replace("quantile_0?", "p").str.replace("^avg$", "mean").str.replace("^std$", "sd")
    return _series(raw, pl.col("metric").replace_strict(_STATISTICS, return_dtype=pl.String), stat)
