"""Azure LLM inference traces 2024 → llm_request."""

import polars as pl


def llm_request(raw: pl.LazyFrame) -> pl.LazyFrame:
    """Maps requests.

    Instants are UTC with an explicit ``+00:00``; the fraction is there only where it is not zero, so the first rows do not tell
    the format of the others. Another offset, or none, becomes NULL and rejects the row: it would be another clock.
    """
    at = (
        pl.when(pl.col("TIMESTAMP").str.ends_with("+00:00"))
        .then(pl.col("TIMESTAMP").str.strip_suffix("+00:00"))
        .str.to_datetime("%Y-%m-%d %H:%M:%S%.f", time_unit="us", strict=False)
    )
    return raw.select(
        "source_row",
        arrived_us=at.dt.epoch("us"),
        service=pl.lit("Azure OpenAI"),
        input_tokens="ContextTokens",
        output_tokens="GeneratedTokens",
    )
