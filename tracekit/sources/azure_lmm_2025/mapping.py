"""Azure multimodal inference trace 2025 → llm_request."""

import polars as pl


def llm_request(raw: pl.LazyFrame) -> pl.LazyFrame:
    """Maps requests. ContextTokens is the prompt's count as published; how images are counted in it is not said."""
    at = pl.col("TIMESTAMP").str.to_datetime("%Y-%m-%dT%H:%M:%S%.fZ", time_unit="us", strict=False)
    return raw.select(
        "source_row",
        arrived_us=at.dt.epoch("us"),
        service=pl.lit("Azure OpenAI"),
        input_tokens="ContextTokens",
        output_tokens="GeneratedTokens",
        images="NumImages",
    )
