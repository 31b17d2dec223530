"""Azure LLM inference traces 2023 → llm_request."""

import polars as pl


def llm_request(raw: pl.LazyFrame) -> pl.LazyFrame:
    """Maps requests.

    Instants are printed with seven fractional digits, the last always 0: they are parsed as nanoseconds and kept as
    microseconds, which loses nothing. A text that is no such instant becomes NULL.
    """
    at = pl.col("TIMESTAMP").str.strip_chars().str.to_datetime("%Y-%m-%d %H:%M:%S%.f", time_unit="ns", strict=False)
    return raw.select(
        "source_row",
        arrived_us=at.dt.epoch("us"),
        service=pl.lit("Azure OpenAI"),
        input_tokens="ContextTokens",
        output_tokens="GeneratedTokens",
    )
