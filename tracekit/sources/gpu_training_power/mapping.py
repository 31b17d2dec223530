"""nvidia-smi logs without a GPU index → power_sample.

A tick is G consecutive records, G being the machine's GPUs: the records of a tick come in the order of the GPUs, and its first
stamp is the instant of all. Ingest cuts blocks at multiples of 16 records, so that a tick is never torn.
"""

import polars as pl


def _power_sample(raw: pl.LazyFrame, gpus: int, provisioned_w: float) -> pl.LazyFrame:
    place = (pl.col("source_row") - 1) % gpus
    tick = (pl.col("source_row") - 1) // gpus
    stamp = pl.col("timestamp").str.strip_chars().str.to_datetime("%Y/%m/%d %H:%M:%S%.f", time_unit="us", strict=False)
    watts = pl.col("power.draw [W]").str.strip_chars().str.strip_suffix("W").str.strip_chars()
    return raw.select(
        "source_row",
        sampled_us=stamp.dt.epoch("us").first().over(tick),
        entity_id=pl.format("gpu{}", place),
        entity_kind=pl.lit("gpu"),
        power_w=watts.cast(pl.Float64, strict=False),
        provisioned_w=pl.lit(provisioned_w),
    )


def h100(raw: pl.LazyFrame) -> pl.LazyFrame:
    """Maps the machine with eight H100 SXM of 700 W."""
    return _power_sample(raw, 8, 700.0)


def titanx(raw: pl.LazyFrame) -> pl.LazyFrame:
    """Maps the machine with two Titan X of 250 W."""
    return _power_sample(raw, 2, 250.0)
