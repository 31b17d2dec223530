"""Azure Functions 2021 → function_invocation."""

import polars as pl


def function_invocation(raw: pl.LazyFrame) -> pl.LazyFrame:
    """Maps invocations.

    The end is published, the start is end − duration: rounded to the microsecond once, from the two published numbers, so
    that a gap of exactly 60 s stays one. The duration leaves the cold start out.
    """
    end = pl.col("end_timestamp")
    return raw.select(
        "source_row",
        started_us=((end - pl.col("duration")) * 1e6).round().cast(pl.Int64),
        ended_us=(end * 1e6).round().cast(pl.Int64),
        function_id="func",
        app_id="app",
        duration_s="duration",
    )
