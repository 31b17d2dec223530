"""Azure Functions 2019 → function_rate (invocations per minute), function_profile (durations, memory)."""

import polars as pl

_MINUTE_US = 60_000_000
_DAY_MINUTES = 1440


def invocations(raw: pl.LazyFrame) -> pl.LazyFrame:
    """Maps minutes with invocations.

    Columns are the minutes of the day from 1. A zero makes no row: the release does not tell an idle function from one that is not there.
    """
    # A day of the release comes from its file's name; subsets are of one day.
    day = pl.col("day").cast(pl.Int64) if "day" in raw.collect_schema() else pl.lit(1)
    minute = (day - 1) * _DAY_MINUTES + pl.col("_column").str.strip_suffix("_minute").cast(pl.Int64) - 1
    return raw.filter(pl.col("_cell") != 0).select(
        "source_row",
        started_us=minute * _MINUTE_US,
        width_s=pl.lit(60.0),
        function_id="HashFunction",
        app_id="HashApp",
        user_id="HashOwner",
        trigger="Trigger",
        metric=pl.lit("invocations"),
        stat=pl.lit("sum"),
        value="_cell",
    )


def durations(raw: pl.LazyFrame) -> pl.LazyFrame:
    """Maps execution times from milliseconds; cold starts are left out upstream.

    Percentiles are of averages over 30 s, weighted by count; Minimum and Maximum are of executions. Count comes from another log
    than the minutes.
    """
    return raw.select(
        "source_row",
        function_id="HashFunction",
        app_id="HashApp",
        user_id="HashOwner",
        duration_mean_s=pl.col("Average") * 1e-3,
        duration_min_s=pl.col("Minimum") * 1e-3,
        duration_p25_s=pl.col("percentile_Average_25") * 1e-3,
        duration_p50_s=pl.col("percentile_Average_50") * 1e-3,
        duration_p75_s=pl.col("percentile_Average_75") * 1e-3,
        duration_p99_s=pl.col("percentile_Average_99") * 1e-3,
        duration_max_s=pl.col("Maximum") * 1e-3,
        invocations=pl.col("Count").round().cast(pl.Int64),
    )


def memory(raw: pl.LazyFrame) -> pl.LazyFrame:
    """Maps the committed memory of apps, in MB: the function is unknown."""
    return raw.select(
        "source_row",
        app_id="HashApp",
        user_id="HashOwner",
        memory_mean_mb="AverageAllocatedMb",
        memory_max_mb="AverageAllocatedMb_pct100",
    )


def function_memory(raw: pl.LazyFrame) -> pl.LazyFrame:
    """Maps the memory of functions in subsets: their app's, divided by its functions."""
    return raw.select(
        "source_row",
        function_id="HashFunction",
        app_id="HashApp",
        user_id="HashOwner",
        memory_mean_mb="AverageAllocatedMb",
        memory_max_mb="AverageAllocatedMb_pct100",
    )
