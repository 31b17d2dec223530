"""BurstGPT → llm_request."""

import polars as pl


def llm_request(raw: pl.LazyFrame) -> pl.LazyFrame:
    """Maps requests.

    Elapsed time is submission to last token in whole seconds, so it is e2e_s and never the time to first token. A failed
    request is published with zero response tokens (and, in the released files, zero request tokens as well).
    """
    return raw.select(
        "source_row",
        arrived_us=(pl.col("Timestamp") * 1e6).round().cast(pl.Int64),
        session_id="Session ID",
        model="Model",
        service="Log Type",
        input_tokens="Request tokens",
        output_tokens="Response tokens",
        is_ok=pl.col("Response tokens") > 0,
        e2e_s="Elapsed time",
    )
