"""MELT results → model_accuracy."""

import polars as pl


def results(raw: pl.LazyFrame) -> pl.LazyFrame:
    """Maps scores; a quantization of None is a model as released."""
    return raw.select(
        "source_row",
        "model",
        "framework",
        benchmark="dataset",
        precision=pl.col("quantization").fill_null("unquantised"),
        # One cell ends in a space.
        accuracy_ratio=pl.col("accuracy").str.strip_chars().cast(pl.Float64),
        stderr_ratio="std_err",
    )
