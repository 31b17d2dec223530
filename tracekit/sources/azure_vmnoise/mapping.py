"""Azure VMNoise → benchmark_result."""

import polars as pl

_TIMES = ("ms", "msec", "us", "usec", "ns", "s", "sec", "Seconds", "Milliseconds", "Microseconds")


def benchmark_result(raw: pl.LazyFrame) -> pl.LazyFrame:
    """Maps runs. Machines are numbered anew for every lifespan, region and size.

    An underscore in a path stands for what a path cannot hold.
    """
    return raw.select(
        "source_row",
        suite=pl.col("suite").str.replace_all("_", " "),
        test=pl.col("test").str.replace_all("_", " "),
        variant="lifespan",
        machine_id=pl.concat_str("lifespan", "region", "sku", "VM_id", separator="/"),
        region="region",
        sku="sku",
        measured_us=pl.col("starttime").str.to_datetime("%Y-%m-%d %H:%M:%S%.f", time_unit="us", strict=False).dt.epoch("us"),
        duration_s="runtime",
        value="value",
        unit=pl.col("unit").str.replace("_", "/", literal=True),
        is_higher_better=~pl.col("unit").is_in(_TIMES),
    )
