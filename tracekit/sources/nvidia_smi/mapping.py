"""nvidia-smi logs → power_sample, resource_sample, metric_sample.

Cells may carry their unit (`71.25 W`) or not; a header may carry it (`power.draw [W]`) or not. Two headers are two kinds of file
with one mapping: `power.limit [W]`, `utilization.gpu [%]`, `utilization.memory [%]`, `memory.used [MiB]`, `clocks.sm [MHz]` and
`clocks.mem [MHz]` are what they are without the unit. A GPU goes by its uuid, else its index, else it is the only one. `name` is a
GPU's model and stays outside. Files without an index and of several GPUs are the source gpu-training-power.
"""

import polars as pl

_US = 1_000_000
_MB_PER_MIB = 2**20 * 1e-6
_UNITS = {"power": " [W]", "percent": " [%]", "memory": " [MiB]", "clock": " [MHz]"}
_PLAIN = dict.fromkeys(_UNITS, "")


def _ratio(percent: pl.Expr) -> pl.Expr:
    # Polars multiplies by 1/100 where it divides by a literal, in long columns only: the last digit would depend on the piece.
    return percent / (percent * 0 + 100)


def _number(name: str) -> pl.Expr:
    return pl.col(name).str.extract(r"^\s*(-?[\d.]+)").cast(pl.Float64, strict=False)


def _common() -> dict[str, pl.Expr]:
    stamp = pl.col("timestamp").str.strip_chars().str.to_datetime("%Y/%m/%d %H:%M:%S%.f", time_unit="us", strict=False)
    gpu = pl.coalesce(pl.col("uuid").str.strip_chars(), pl.col("index").str.strip_chars(), pl.lit("gpu"))
    return {"entity_id": gpu, "entity_kind": pl.lit("gpu"), "sampled_us": stamp.dt.epoch("us")}


def _power(raw: pl.LazyFrame, unit: dict[str, str]) -> pl.LazyFrame:
    return raw.select(
        "source_row", **_common(), power_w=_number("power.draw" + unit["power"]), provisioned_w=_number("power.limit" + unit["power"])
    )


def _resource(raw: pl.LazyFrame, unit: dict[str, str]) -> pl.LazyFrame:
    return raw.select(
        "source_row",
        **_common(),
        gpu_index=pl.col("index").str.strip_chars().cast(pl.Int64, strict=False),
        gpu_ratio=_ratio(_number("utilization.gpu" + unit["percent"])),
        gpu_memory_mb=_number("memory.used" + unit["memory"]) * _MB_PER_MIB,
    )


def _metric(raw: pl.LazyFrame, unit: dict[str, str]) -> pl.LazyFrame:
    columns = (
        ("utilization.memory", unit["percent"], "%"),
        ("clocks.sm", unit["clock"], "MHz"),
        ("clocks.mem", unit["clock"], "MHz"),
        ("temperature.gpu", "", "C"),
    )
    readings = [pl.struct(metric=pl.lit(name), value=_number(name + suffix), unit=pl.lit(shown)) for name, suffix, shown in columns]
    return raw.select("source_row", **_common(), reading=pl.concat_list(readings)).explode("reading").unnest("reading")


def units_power(raw: pl.LazyFrame) -> pl.LazyFrame:
    """Maps power of files whose headers carry units."""
    return _power(raw, _UNITS)


def units_resource(raw: pl.LazyFrame) -> pl.LazyFrame:
    """Maps use of files whose headers carry units."""
    return _resource(raw, _UNITS)


def units_metric(raw: pl.LazyFrame) -> pl.LazyFrame:
    """Maps clocks and temperature of files whose headers carry units."""
    return _metric(raw, _UNITS)


def plain_power(raw: pl.LazyFrame) -> pl.LazyFrame:
    """Maps power of files whose headers are bare."""
    return _power(raw, _PLAIN)


def plain_resource(raw: pl.LazyFrame) -> pl.LazyFrame:
    """Maps use of files whose headers are bare."""
    return _resource(raw, _PLAIN)


def plain_metric(raw: pl.LazyFrame) -> pl.LazyFrame:
    """Maps clocks and temperature of files whose headers are bare."""
    return _metric(raw, _PLAIN)


def engine(raw: pl.LazyFrame) -> pl.LazyFrame:
    """Maps an engine's counters; `num_requests_running` and the rest keep their names, and seconds theirs too."""
    seconds = pl.col("_column").str.contains("_seconds")
    return raw.select(
        "source_row",
        entity_id=pl.lit("engine"),
        entity_kind=pl.lit("engine"),
        sampled_us=(pl.col("timestamp") * _US).round().cast(pl.Int64),
        metric="_column",
        value="_cell",
        unit=pl.when(seconds).then(pl.lit("s")).otherwise(pl.lit("1")),
    )
