"""pacslab's Lambda runs → function_invocation."""

import polars as pl


def _instant(name: str) -> pl.Expr:
    return (pl.col(name) * 1e6).round().cast(pl.Int64)


def function_invocation(raw: pl.LazyFrame) -> pl.LazyFrame:
    """Maps invocations of the one function of a run.

    Instants are the client's (s); the duration is what Lambda reports (ms), without the cold start. exist_id names the instance: it
    is drawn when an instance starts, new_id with every invocation.
    """
    return raw.select(
        "source_row",
        started_us=_instant("client_start_time"),
        ended_us=_instant("client_end_time"),
        request_id="new_id",
        function_id=pl.lit("function"),
        pod_id="exist_id",
        duration_s=pl.col("aws_duration") * 1e-3,
        client_s="client_elapsed_time",
        is_cold="is_cold",
        memory_used_mb="aws_max_mem",
    )
