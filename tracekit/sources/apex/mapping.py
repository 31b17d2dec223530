"""APEX → llm_request."""

import polars as pl

from tracekit.schema.units import NS_PER_US


def llm_request(raw: pl.LazyFrame) -> pl.LazyFrame:
    """Maps requests. SynthesizedBody is text and stays outside."""
    return raw.select(
        "source_row",
        arrived_us=pl.col("StartTimeOffset") // NS_PER_US,
        request_id=pl.col("RequestID").str.strip_chars('"'),
        input_tokens="ContextTokens",
        output_tokens="GeneratedTokens",
    )
