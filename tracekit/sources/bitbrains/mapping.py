"""Bitbrains → resource_sample.

`CPU capacity provisioned [MHZ]` is of all cores; `CPU usage [MHZ]` is the same share as the percentage, which may pass 100.
"""

import polars as pl

from tracekit.schema.units import MB_PER_KIB, US_PER_S
from tracekit.sources.exact import ratio_of

_MBIT_PER_KIB = 1024 * 8 * 1e-6


def _number(name: str) -> pl.Expr:
    # The tab after the semicolon is part of the cell. What is neither blank nor a number is no reading, and its record is set aside.
    cell = pl.col(name).str.strip_chars()
    return pl.when(cell != "").then(cell).cast(pl.Float64)


def resource_sample(raw: pl.LazyFrame) -> pl.LazyFrame:
    """Maps five-minute means; a KB is 1,024 bytes, as the sizes of memory (2,097,152) show."""
    return raw.select(
        "source_row",
        entity_id="vm",
        entity_kind=pl.lit("vm"),
        sampled_us=(_number("Timestamp [ms]") * US_PER_S).cast(pl.Int64),
        width_s=pl.lit(300.0),
        cpu_cores=_number("CPU usage [MHZ]") / _number("CPU capacity provisioned [MHZ]") * _number("CPU cores"),
        cpu_cores_provisioned=_number("CPU cores"),
        cpu_ratio=ratio_of(_number("CPU usage [%]")),
        memory_mb=_number("Memory usage [KB]") * MB_PER_KIB,
        memory_mb_provisioned=_number("Memory capacity provisioned [KB]") * MB_PER_KIB,
        memory_ratio=pl.when(_number("Memory capacity provisioned [KB]") > 0).then(
            _number("Memory usage [KB]") / _number("Memory capacity provisioned [KB]")
        ),
        network_mbps=(_number("Network received throughput [KB/s]") + _number("Network transmitted throughput [KB/s]")) * _MBIT_PER_KIB,
        disk_mbps=(_number("Disk read throughput [KB/s]") + _number("Disk write throughput [KB/s]")) * _MBIT_PER_KIB,
    )
