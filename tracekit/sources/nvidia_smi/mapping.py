"""nvidia-smi logs → power_sample, resource_sample, metric_sample.

Cells may carry their unit (`71.25 W`) or not; a header may carry it (`power.draw [W]`) or not. nvidia-smi has several names for some
readings, old and new: they are one metric, by its short name. A GPU goes by its uuid, else its index, its bus or its serial, else it
is the only one. Files of several GPUs without any of them are the source gpu-training-power.

A cell makes a reading: a column that the file does not have makes no rows, nor does an empty cell. `[N/A]` in a column of power is a
reading that is unknown, and the tick stays; a metric or a use without a number says nothing.
"""

import polars as pl

from tracekit.schema.units import MB_PER_MIB, US_PER_S
from tracekit.sources.exact import ratio_of

# In order of preference, cell by cell: what nvidia-smi calls power.draw is what its other fields narrow down.
_POWER = ("power.draw [W]", "power.draw", "power.draw.average [W]", "power.draw.average", "power.draw.instant [W]", "power.draw.instant")
# The limit that is in force, before the one that somebody asked for.
_LIMIT = ("enforced.power.limit [W]", "enforced.power.limit", "power.limit [W]", "power.limit")
_USE = ("utilization.gpu [%]", "utilization.gpu")
_MEMORY = ("memory.used [MiB]", "memory.used")
# Metric → its unit, and its columns in order of preference.
_METRICS = {
    "power.draw.average": ("W", ("power.draw.average [W]", "power.draw.average")),
    "power.draw.instant": ("W", ("power.draw.instant [W]", "power.draw.instant")),
    "utilization.memory": ("%", ("utilization.memory [%]", "utilization.memory")),
    "utilization.encoder": ("%", ("utilization.encoder [%]", "utilization.encoder")),
    "utilization.decoder": ("%", ("utilization.decoder [%]", "utilization.decoder")),
    "utilization.jpeg": ("%", ("utilization.jpeg [%]", "utilization.jpeg")),
    "utilization.ofa": ("%", ("utilization.ofa [%]", "utilization.ofa")),
    "memory.free": ("MiB", ("memory.free [MiB]", "memory.free")),
    "memory.total": ("MiB", ("memory.total [MiB]", "memory.total")),
    "clocks.sm": ("MHz", ("clocks.current.sm [MHz]", "clocks.current.sm", "clocks.sm [MHz]", "clocks.sm")),
    "clocks.mem": ("MHz", ("clocks.current.memory [MHz]", "clocks.current.memory", "clocks.mem [MHz]", "clocks.mem")),
    "clocks.gr": ("MHz", ("clocks.current.graphics [MHz]", "clocks.current.graphics", "clocks.gr [MHz]", "clocks.gr")),
    "clocks.video": ("MHz", ("clocks.current.video [MHz]", "clocks.current.video", "clocks.video [MHz]", "clocks.video")),
    "fan.speed": ("%", ("fan.speed [%]", "fan.speed")),
    "temperature.gpu": ("C", ("temperature.gpu",)),
    "temperature.memory": ("C", ("temperature.memory",)),
}
_IDENTITIES = ("uuid", "gpu_uuid", "index", "pci.bus_id", "gpu_bus_id", "serial", "gpu_serial")


def _text(name: str) -> pl.Expr:
    """Returns a cell's text; NULL where it is empty or says in words, bracketed, that there is no reading."""
    text = pl.col(name).str.strip_chars()
    return pl.when(~text.str.contains(r"^(\[.*\]|N/A|)$")).then(text)


def _number(names: tuple[str, ...]) -> pl.Expr:
    """Returns the first of some columns' numbers without their unit; a cell that is no number fails, and costs its record."""
    return pl.coalesce(_text(name).str.replace(r"\s*(W|%|MiB|MHz|C)$", "").cast(pl.Float64) for name in names)


def _has_cell(names: tuple[str, ...]) -> pl.Expr:
    return pl.any_horizontal(pl.col(name).str.strip_chars().str.len_bytes() > 0 for name in names)


def _common() -> dict[str, pl.Expr]:
    stamp = pl.col("timestamp").str.strip_chars().str.to_datetime("%Y/%m/%d %H:%M:%S%.f", time_unit="us", strict=False)
    gpu = pl.coalesce(*(_text(name) for name in _IDENTITIES), pl.lit("gpu"))
    return {"entity_id": gpu, "entity_kind": pl.lit("gpu"), "sampled_us": stamp.dt.epoch("us")}


def power(raw: pl.LazyFrame) -> pl.LazyFrame:
    """Maps power and its limit."""
    rows = raw.filter(_has_cell(_POWER))
    return rows.select("source_row", **_common(), power_w=_number(_POWER), provisioned_w=_number(_LIMIT))


def resource(raw: pl.LazyFrame) -> pl.LazyFrame:
    """Maps use and memory."""
    return raw.select(
        "source_row",
        **_common(),
        gpu_index=_text("index").cast(pl.Int64, strict=False),
        gpu_ratio=ratio_of(_number(_USE)),
        gpu_memory_mb=_number(_MEMORY) * MB_PER_MIB,
    ).filter(pl.any_horizontal(pl.col("gpu_ratio", "gpu_memory_mb").is_not_null()))


def metric(raw: pl.LazyFrame) -> pl.LazyFrame:
    """Maps clocks, temperatures and the rest, a row per number."""
    readings = [pl.struct(metric=pl.lit(name), value=_number(names), unit=pl.lit(unit)) for name, (unit, names) in _METRICS.items()]
    rows = raw.select("source_row", **_common(), reading=pl.concat_list(readings)).explode("reading").unnest("reading")
    return rows.filter(pl.col("value").is_not_null())


def engine(raw: pl.LazyFrame) -> pl.LazyFrame:
    """Maps an engine's counters, which keep their names."""
    seconds = pl.col("_column").str.contains("_seconds")
    return raw.select(
        "source_row",
        entity_id=pl.lit("engine"),
        entity_kind=pl.lit("engine"),
        sampled_us=(pl.col("timestamp") * US_PER_S).round().cast(pl.Int64),
        metric="_column",
        value="_cell",
        unit=pl.when(seconds).then(pl.lit("s")).otherwise(pl.lit("1")),
    )
