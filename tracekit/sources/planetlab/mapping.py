"""PlanetLab → resource_sample: `_number` is the line, and a line is five minutes."""

import polars as pl

_STEP_US = 300 * 1_000_000


def _ratio(percent: pl.Expr) -> pl.Expr:
    # Polars multiplies by 1/100 where it divides by a literal, in long columns only: the last digit would depend on the piece.
    return percent / (percent * 0 + 100)


def resource_sample(raw: pl.LazyFrame) -> pl.LazyFrame:
    """Maps lines: whole percents become ratios."""
    return raw.select(
        "source_row",
        entity_id="vm",
        entity_kind=pl.lit("vm"),
        sampled_us=(pl.col("_number") - 1) * _STEP_US,
        width_s=pl.lit(300.0),
        cpu_ratio=_ratio(pl.col("percent")),
    )
