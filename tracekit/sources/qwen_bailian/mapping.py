"""Qwen on Bailian → llm_request."""

import polars as pl

_BLOCK_TOKENS = 16
_ROOT = -1


def llm_request(raw: pl.LazyFrame) -> pl.LazyFrame:
    """Maps requests. A chat whose parent is -1 begins a conversation; every turn is a chat of its own, linked by parent_id."""
    return raw.select(
        "source_row",
        arrived_us=(pl.col("timestamp") * 1e6).round().cast(pl.Int64),
        request_id=pl.col("chat_id").cast(pl.String),
        parent_id=pl.when(pl.col("parent_chat_id") != _ROOT).then(pl.col("parent_chat_id").cast(pl.String)),
        turn="turn",
        service="type",
        input_tokens="input_length",
        output_tokens="output_length",
        prefix_blocks="hash_ids",
        block_tokens=pl.lit(_BLOCK_TOKENS, pl.Int64),
    )
