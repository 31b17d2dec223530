"""Azure LLM inference traces 2024 → llm_request."""

import polars as pl


def llm_request(raw: pl.LazyFrame) -> pl.LazyFrame:
    """Maps requests.

    Instants are UTC with an explicit ``+00:00``; the fraction is there only where it is not zero, so the first rows do not tell
    the format of the others. Another offset, or none, becomes NULL and rejects the row: it would be another clock. Whole seconds and
    fraction are read apart, which is five times as fast as a format with an optional fraction.
    """
    stamp = pl.col("TIMESTAMP")
    second = pl.when(stamp.str.ends_with("+00:00")).then(stamp.str.slice(0, 19)).str.to_datetime("%Y-%m-%d %H:%M:%S", strict=False)
    fraction = stamp.str.slice(19).str.strip_suffix("+00:00")
    digits = pl.when(fraction.str.contains(r"^\.\d{1,6}$")).then(fraction.str.slice(1).str.pad_end(6, "0"))
    micros = pl.when(fraction == "").then(0).otherwise(digits.cast(pl.Int64, strict=False))
    return raw.select(
        "source_row",
        arrived_us=second.dt.epoch("us") + micros,
        service=pl.lit("Azure OpenAI"),
        input_tokens="ContextTokens",
        output_tokens="GeneratedTokens",
    )
