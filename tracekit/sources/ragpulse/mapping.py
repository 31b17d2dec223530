"""RAGPulse → llm_request."""

import polars as pl

# The order in which the prompt is built, so that a shared beginning is a shared prefix.
_PARTS = ("sys_prompt", "passages_ids", "history", "web_search", "user_input")
_CHUNKS = pl.Struct(dict.fromkeys(_PARTS, pl.List(pl.Int64)))


def llm_request(raw: pl.LazyFrame) -> pl.LazyFrame:
    """Maps requests. Chunks have lengths of their own, so block_tokens is unknown and reuse is counted in chunks."""
    chunks = pl.col("hash_ids").str.json_decode(_CHUNKS)
    parts = [chunks.struct.field(part).fill_null([]) for part in _PARTS]
    return raw.select(
        "source_row",
        arrived_us=(pl.col("timestamp").cast(pl.Float64, strict=False) * 1e6).round().cast(pl.Int64),
        session_id="session_id",
        input_tokens="input_length",
        output_tokens="output_length",
        prefix_blocks=pl.concat_list(parts),
    )
