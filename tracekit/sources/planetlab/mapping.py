"""PlanetLab → resource_sample."""

import polars as pl

from tracekit.sources.exact import ratio_of

_WIDTH_S = 300


def resource_sample(raw: pl.LazyFrame) -> pl.LazyFrame:
    """Maps lines: the number of the line in its file (_number) is the time, percent the mean CPU use of five minutes."""
    return raw.select(
        "source_row",
        entity_id="entity",
        entity_kind=pl.lit("vm"),
        sampled_us=(pl.col("_number") - 1) * (_WIDTH_S * 1_000_000),
        width_s=pl.lit(float(_WIDTH_S)),
        cpu_ratio=ratio_of(pl.col("percent")),
    )
