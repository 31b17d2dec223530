"""SeBS results → function_invocation."""

import polars as pl

_OUTPUT = pl.Struct({"begin": pl.String, "end": pl.String, "is_cold": pl.Boolean})
_STATS = pl.Struct({"cold_start": pl.Boolean, "failure": pl.Boolean, "memory_used": pl.Float64})
_TIMES = pl.Struct({"benchmark": pl.Float64, "client": pl.Float64, "initialization": pl.Float64})
_PROVIDER = pl.Struct({"initialization": pl.Float64, "execution": pl.Float64})


def function_invocation(raw: pl.LazyFrame) -> pl.LazyFrame:
    """Maps invocations; times are microseconds. Of the output only its instants are decoded, never what the function returned.

    benchmark is the execution as the function measures it, client what the caller waits, initialization the runtime's start; 0 is
    not measured.
    """
    output, stats = pl.col("output").str.json_decode(_OUTPUT).struct, pl.col("stats").str.json_decode(_STATS).struct
    times, provider = pl.col("times").str.json_decode(_TIMES).struct, pl.col("provider_times").str.json_decode(_PROVIDER).struct
    init = pl.coalesce(*(pl.when(e.field("initialization") > 0).then(e.field("initialization")) for e in (provider, times)))

    def instant(name: str) -> pl.Expr:
        return (output.field(name).cast(pl.Float64, strict=False) * 1e6).round().cast(pl.Int64)

    return raw.select(
        "source_row",
        started_us=instant("begin"),
        ended_us=instant("end"),
        request_id="_key",
        function_id="_parent",
        duration_s=times.field("benchmark") * 1e-6,
        client_s=times.field("client") * 1e-6,
        init_s=init * 1e-6,
        is_cold=pl.coalesce(stats.field("cold_start"), output.field("is_cold")),
        is_ok=~stats.field("failure"),
        memory_used_mb=stats.field("memory_used"),
    )
