"""nvidia-smi logs without a GPU index → power_sample.

A tick is G consecutive records, G being the machine's GPUs: the records of a tick come in the order of the GPUs, and its first
stamp is the instant of all. Ingest cuts blocks at multiples of 16 records, so that a tick is never torn.
"""

import polars as pl

# What nvidia-smi prints where a sensor gives no reading.
_NO_READING = ("[N/A]", "[Not Supported]")


def _power_sample(raw: pl.LazyFrame, gpus: int, provisioned_w: float) -> pl.LazyFrame:
    place = (pl.col("source_row") - 1) % gpus
    tick = (pl.col("source_row") - 1) // gpus
    stamp = pl.col("timestamp").str.strip_chars().str.to_datetime("%Y/%m/%d %H:%M:%S%.f", time_unit="us", strict=False)
    cell = pl.col("power.draw [W]").str.strip_chars()
    watts = cell.str.strip_suffix("W").str.strip_chars().cast(pl.Float64, strict=False)
    # A sample needs an instant: a record whose own stamp or reading is unreadable gets none and is set aside, alone.
    is_readable = stamp.is_not_null() & (watts.is_not_null() | cell.is_in(_NO_READING))
    return raw.select(
        "source_row",
        sampled_us=pl.when(is_readable).then(stamp.dt.epoch("us").drop_nulls().first().over(tick)),
        entity_id=pl.format("gpu{}", place),
        entity_kind=pl.lit("gpu"),
        # One machine per file, which no file names.
        parent_id=pl.lit("node0"),
        power_w=watts,
        provisioned_w=pl.lit(provisioned_w),
    )


def h100(raw: pl.LazyFrame) -> pl.LazyFrame:
    """Maps the machine with eight H100 SXM of 700 W."""
    return _power_sample(raw, 8, 700.0)


def titanx(raw: pl.LazyFrame) -> pl.LazyFrame:
    """Maps the machine with two Titan X of 250 W."""
    return _power_sample(raw, 2, 250.0)
