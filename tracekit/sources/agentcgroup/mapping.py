"""AgentCgroup → agent_task, resource_sample, tool_call. The path names the set, the task and the attempt."""

import polars as pl

from tracekit.schema.units import US_PER_S
from tracekit.sources.exact import ratio_of

_UTC_MINUS_8_US = -8 * 3600 * US_PER_S
_QUARTER_US = 900 * US_PER_S
_BYTES = {"B": 1.0, "KB": 1e3, "kB": 1e3, "MB": 1e6, "GB": 1e9, "TB": 1e12, "KiB": 2.0**10, "MiB": 2.0**20, "GiB": 2.0**30}
_SAMPLES = pl.List(pl.Struct({"timestamp": pl.String, "epoch": pl.Float64}))


def _local(text: pl.Expr) -> pl.Expr:
    return text.str.to_datetime("%Y-%m-%dT%H:%M:%S%.f", time_unit="us", strict=False).dt.epoch("us")


def _utc(text: pl.Expr) -> pl.Expr:
    return text.str.to_datetime("%Y-%m-%dT%H:%M:%S%.fZ", time_unit="us", strict=False).dt.epoch("us")


def _number(cell: pl.Expr) -> pl.Expr:
    # Two dashes are what is printed of a container that is not running.
    return pl.when(~cell.is_in(["", "--"])).then(cell).cast(pl.Float64)


def _megabytes(text: pl.Expr) -> pl.Expr:
    """Megabytes of what a container engine prints: 186MB, 1.2GB, 0B; decimal units unless the text says otherwise."""
    unit = text.str.extract(r"([A-Za-z]+)\s*$").replace_strict(_BYTES, default=None, return_dtype=pl.Float64)
    return text.str.extract(r"^\s*([\d.]+)").cast(pl.Float64, strict=False) * unit * 1e-6


def agent_task(raw: pl.LazyFrame) -> pl.LazyFrame:
    """Maps attempts; setting up is pulling the image and mending its permissions, and no exit code is no verdict."""
    first = pl.col("resource_samples.samples").str.json_decode(_SAMPLES).list.first()
    away = _local(first.struct.field("timestamp")) - (first.struct.field("epoch") * US_PER_S).round().cast(pl.Int64)
    # The two clocks of a sample are read microseconds apart.
    offset = pl.coalesce((away / _QUARTER_US).round().cast(pl.Int64) * _QUARTER_US, pl.lit(_UTC_MINUS_8_US))
    return raw.with_columns(_offset=offset).select(
        "source_row",
        task_id="task",
        attempt=pl.col("attempt").cast(pl.Int64),
        is_last_attempt=pl.col("_is_latest") == "true",
        model="model",
        started_us=_local(pl.col("start_time")) - pl.col("_offset"),
        ended_us=_local(pl.col("end_time")) - pl.col("_offset"),
        agent_s="claude_time",
        setup_s=pl.col("pull_time") + pl.col("permission_fix_time"),
        total_s="total_time",
        is_ok=pl.col("claude_output.exit_code") == 0,
        memory_limit_mb=_megabytes(pl.col("memory_limit").str.strip_chars('"')),
    )


def resource_sample(raw: pl.LazyFrame) -> pl.LazyFrame:
    """Maps samples: what is used stands left of the slash; a percent of CPU is of one core."""
    return raw.select(
        "source_row",
        entity_id=pl.col("task") + "/" + pl.col("attempt"),
        entity_kind=pl.lit("container"),
        parent_id="task",
        sampled_us=(pl.col("epoch") * US_PER_S).round().cast(pl.Int64),
        cpu_cores=ratio_of(_number(pl.col("cpu_percent").str.strip_chars(" %"))),
        memory_mb=_megabytes(pl.col("mem_usage").str.split("/").list.first().str.strip_chars()),
    )


def tool_call(raw: pl.LazyFrame) -> pl.LazyFrame:
    """Maps calls; whether one failed is not said."""
    return raw.select(
        "source_row",
        task_id="task",
        attempt=pl.col("attempt").cast(pl.Int64),
        call_id="id",
        tool="tool",
        started_us=_utc(pl.col("timestamp")),
        ended_us=_utc(pl.col("end_timestamp")),
    )
