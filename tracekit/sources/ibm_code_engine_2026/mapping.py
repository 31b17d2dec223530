"""IBM Code Engine 2026 → function_profile, function_rate (configuration per day), function_invocation."""

import polars as pl

from tracekit.schema.units import MB_PER_GB, US_PER_DAY

# Column of the release → metric of the lake and the factor into its unit.
_DAILY = {
    "AppContainerRequestCpu": ("cpu_cores", 1.0),
    "AppContainerRequestMemory": ("memory_mb", MB_PER_GB),
    "AppContainerConcurrency": ("concurrency", 1.0),
    "AppMinScale": ("min_scale", 1.0),
}


def _list(name: str, kind: pl.DataType) -> pl.Expr:
    return pl.col(name).str.json_decode(pl.List(kind))


def _usual(name: str) -> pl.Expr:
    # The middle of the days on which the application exists: 130 applications change their configuration.
    known = _list(name, pl.Float64()).list.drop_nulls().list.sort()
    return known.list.get((known.list.len().cast(pl.Int64) - 1) // 2, null_on_oob=True) * _DAILY[name][1]


def function_profile(raw: pl.LazyFrame) -> pl.LazyFrame:
    """Maps an application's configuration: the (lower) median over its days."""
    return raw.select(
        "source_row",
        function_id="AppHash",
        app_id="AppHash",
        user_id="NamespaceHash",
        cpu_cores=_usual("AppContainerRequestCpu"),
        memory_mb=_usual("AppContainerRequestMemory"),
        concurrency=_usual("AppContainerConcurrency").round().cast(pl.Int64),
        min_scale=_usual("AppMinScale").round().cast(pl.Int64),
    )


def function_rate(raw: pl.LazyFrame) -> pl.LazyFrame:
    """Maps the configuration of every day on which an application exists."""
    pieces = [
        raw.select(
            "source_row",
            function_id="AppHash",
            app_id="AppHash",
            user_id="NamespaceHash",
            metric=pl.lit(metric),
            stat=pl.lit("mean"),
            width_s=pl.lit(86_400.0),
            started_us=pl.int_ranges(0, _list(name, pl.Float64()).list.len().cast(pl.Int64)) * US_PER_DAY,
            value=_list(name, pl.Float64()),
        )
        .explode("started_us", "value", empty_as_null=False)
        .filter(pl.col("value").is_not_null())
        .with_columns(value=pl.col("value") * factor)
        for name, (metric, factor) in _DAILY.items()
    ]
    return pl.concat(pieces).sort("source_row", maintain_order=True)


def function_invocation(raw: pl.LazyFrame) -> pl.LazyFrame:
    """Maps invocations: instants in seconds, execution times in milliseconds.

    TotalExecTimes is what the platform and the application take together, cold starts included.
    """
    lists = ("started_us", "duration_s", "client_s", "pod_id")
    return (
        raw.select(
            "source_row",
            function_id="AppHash",
            app_id="AppHash",
            user_id="NamespaceHash",
            started_us=_list("InvocationTimes", pl.Float64()),
            duration_s=_list("AppExecTimes", pl.Float64()),
            client_s=_list("TotalExecTimes", pl.Float64()),
            pod_id=_list("PodHash", pl.String()),
        )
        .explode(*lists, empty_as_null=False)
        .with_columns(
            started_us=(pl.col("started_us") * 1e6).round().cast(pl.Int64),
            duration_s=pl.col("duration_s") * 1e-3,
            client_s=pl.col("client_s") * 1e-3,
        )
    )
