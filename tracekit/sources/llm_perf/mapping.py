"""LLM-Perf leaderboard → energy_run: tokens per kWh of the decoding become joules per token, the prompt's energy left out."""

import polars as pl

from tracekit.schema.units import J_PER_KWH


def _positive(column: str) -> pl.Expr:
    return pl.when(pl.col(column) > 0).then(pl.col(column))


def perf(raw: pl.LazyFrame) -> pl.LazyFrame:
    """Maps runs."""
    per_token = J_PER_KWH / _positive("report.decode.efficiency.value")
    throughput = pl.col("report.decode.throughput.value")
    device = pl.col("hardware").str.replace(r"^\d+x", "")
    bits = pl.col("config.backend.torch_dtype")
    is_plain = pl.col("quantisation") == "unquantized"
    return raw.select(
        "source_row",
        run_id=pl.format("{}/{}/{}", "hardware", "quantisation", "source_row"),
        task=pl.lit("decode"),
        model="config.backend.model",
        framework="config.backend.name",
        device=device,
        devices=pl.col("hardware").str.extract(r"^(\d+)x").cast(pl.Int64),
        precision=pl.when(is_plain).then(bits).otherwise("quantisation"),
        variant=pl.concat_str("config.name", "config.backend.attn_implementation", separator=", ", ignore_nulls=True),
        batch_size=pl.col("config.scenario.input_shapes.batch_size").cast(pl.Int64),
        energy_per_token_j=per_token,
        mean_power_w=per_token * throughput,
        output_tokens_per_s=throughput,
        latency_s="report.decode.latency.p50",
        itl_p50_s="report.per_token.latency.p50",
        boundary=pl.lit("server"),
    )
