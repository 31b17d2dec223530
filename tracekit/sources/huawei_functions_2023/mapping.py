"""Huawei functions 2023 → function_rate: requests, delays, use, limits and instances, per minute or second."""

import polars as pl

# Metric of the lake and statistic over the cell. The minute of a delay is the mean of its seconds.
_METRICS = {
    "function_delay": ("function_delay_s", "mean"),
    "platform_delay": ("platform_delay_s", "mean"),
    "cpu_usage": ("cpu_ratio", "mean"),
    "memory_usage": ("memory_ratio", "mean"),
    "cpu_limit": ("cpu_limit_cores", "mean"),
    "memory_limit": ("memory_limit_mb", "mean"),
    "instances": ("pods", "sum"),
}


def _series(raw: pl.LazyFrame, width_s: pl.Expr, metric: pl.Expr, stat: pl.Expr, value: pl.Expr) -> pl.LazyFrame:
    return raw.select(
        "source_row",
        started_us=(pl.col("time") * 1e6).round().cast(pl.Int64),
        width_s=width_s,
        function_id="_column",
        metric=metric,
        stat=stat,
        value=value,
    )


def requests(raw: pl.LazyFrame) -> pl.LazyFrame:
    """Maps requests per minute; a zero is kept, since the release tells it from an absent record."""
    return _series(raw, pl.lit(60.0), pl.lit("invocations"), pl.lit("sum"), pl.col("_cell"))


def requests_per_second(raw: pl.LazyFrame) -> pl.LazyFrame:
    """Maps requests per second: the same requests as per minute, which is why they are ingested on request."""
    return _series(raw, pl.lit(1.0), pl.lit("invocations"), pl.lit("sum"), pl.col("_cell"))


def _delay(raw: pl.LazyFrame, width_s: float) -> pl.LazyFrame:
    name = pl.col("metric").replace_strict({k: v[0] for k, v in _METRICS.items()}, return_dtype=pl.String)
    return _series(raw, pl.lit(width_s), name, pl.lit("mean"), pl.col("_cell") * 1e-3)


def delays(raw: pl.LazyFrame) -> pl.LazyFrame:
    """Maps mean delays per minute, whose unit the release does not state: milliseconds, as the invitro loader takes them."""
    return _delay(raw, 60.0)


def delays_per_second(raw: pl.LazyFrame) -> pl.LazyFrame:
    """Maps mean delays per second."""
    return _delay(raw, 1.0)


def resources(raw: pl.LazyFrame) -> pl.LazyFrame:
    """Maps use (a fraction of the limit, although the README says percentage), limits (cores, MB) and instances."""
    name, stat = (pl.col("metric").replace_strict({k: v[i] for k, v in _METRICS.items()}, return_dtype=pl.String) for i in (0, 1))
    return _series(raw, pl.lit(60.0), name, stat, pl.col("_cell"))
