"""Mooncake → llm_request."""

import polars as pl

_BLOCK_TOKENS = 512


def llm_request(raw: pl.LazyFrame) -> pl.LazyFrame:
    """Maps requests; a prompt's last block is partial, so it holds fewer tokens than block_tokens."""
    return raw.select(
        "source_row",
        arrived_us=(pl.col("timestamp") * 1e3).round().cast(pl.Int64),
        # The released files have no sessions; tools that write this shape do.
        session_id=pl.col("session_id").str.json_decode(pl.String),
        service=pl.lit("Kimi"),
        input_tokens="input_length",
        output_tokens="output_length",
        prefix_blocks="hash_ids",
        block_tokens=pl.lit(_BLOCK_TOKENS, pl.Int64),
    )
