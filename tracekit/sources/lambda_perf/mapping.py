"""lambda-perf → cold_start (a row per measured init), function_rate (the day's averages)."""

import polars as pl

_DAY_S = 86_400.0
# The averages of a record: metric, factor into its unit, and its two names.
_AVERAGES = (
    ("duration_s", 1e-3, "ad", "averageDuration"),
    ("memory_used_mb", 1.0, "mu", "averageMemoryUsed"),
    ("init_s", 1e-3, "acd", "averageColdStartDuration"),
)


def _columns() -> dict[str, pl.Expr]:
    function = pl.coalesce("r", "runtime")
    # The first files name the runtime only within the function's name.
    plain = function.str.replace("^lambda-perf-", "")
    return {
        "at": pl.col("generatedAt").str.to_datetime("%Y-%m-%dT%H:%M:%S%.fZ", strict=False, time_unit="us").cast(pl.Int64),
        "function_id": function,
        "runtime": pl.coalesce("d", "displayName", plain),
    }


def cold_start(raw: pl.LazyFrame) -> pl.LazyFrame:
    """Maps init durations from milliseconds: a part of what a caller waits, not the whole, so that total_s is unknown."""
    known = _columns()
    return (
        raw.select(
            "source_row",
            occurred_us=known["at"],
            function_id=known["function_id"],
            runtime=known["runtime"],
            memory_mb=pl.coalesce("m", "memorySize"),
            init_s=pl.coalesce("i", "initDurations").str.json_decode(pl.List(pl.Float64)),
        )
        .explode("init_s", empty_as_null=False)
        # A record without measurements makes no cold starts.
        .filter(pl.col("init_s").is_not_null())
        .with_columns(init_s=pl.col("init_s") * 1e-3)
    )


def function_rate(raw: pl.LazyFrame) -> pl.LazyFrame:
    """Maps the published averages of a day; acd is the mean of the init durations."""
    known = _columns()
    pieces = [
        raw.select(
            "source_row",
            started_us=known["at"],
            width_s=pl.lit(_DAY_S),
            function_id=known["function_id"],
            metric=pl.lit(metric),
            stat=pl.lit("mean"),
            value=pl.coalesce(*names) * factor,
        ).filter(pl.col("value").is_not_null())
        for metric, factor, *names in _AVERAGES
    ]
    return pl.concat(pieces).sort("source_row", maintain_order=True)
