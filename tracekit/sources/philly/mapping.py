"""Philly → cluster_job, placement, resource_sample, machine."""

import polars as pl

from tracekit.schema.units import US_PER_H

_STATUS = {"Pass": "completed", "Failed": "failed", "Killed": "cancelled"}
_PIECE = pl.Struct({"ip": pl.String, "gpus": pl.List(pl.String)})
_ATTEMPT = pl.Struct({"start_time": pl.String, "end_time": pl.String, "detail": pl.List(_PIECE)})
# Hours that a zone's name in the text lies behind UTC.
_BEHIND = {"PDT": 7, "PST": 8}


def _instant(text: pl.Expr) -> pl.Expr:
    """Microseconds since 1970 of Pacific time without a zone; of an hour that stands twice the earlier is taken."""
    known = pl.when(~text.is_in(["", "None"])).then(text)
    return known.str.to_datetime("%Y-%m-%d %H:%M:%S", time_unit="us", time_zone="America/Los_Angeles", ambiguous="earliest").dt.epoch("us")


def _attempts() -> pl.Expr:
    return pl.col("attempts").str.json_decode(pl.List(_ATTEMPT))


def _gpus(detail: pl.Expr) -> pl.Expr:
    return detail.list.eval(pl.element().struct.field("gpus").list.len()).list.sum().cast(pl.Float64)


def cluster_job(raw: pl.LazyFrame) -> pl.LazyFrame:
    """Maps jobs: from the start of the first attempt to the end of the last, with the GPUs of the first.

    A job without attempts never started: it has neither GPUs nor machines.
    """
    first, last = _attempts().list.first().struct, _attempts().list.last().struct
    return raw.select(
        "source_row",
        job_id="jobid",
        user_id="user",
        queue="vc",
        submitted_us=_instant(pl.col("submitted_time")),
        started_us=_instant(first.field("start_time")),
        ended_us=_instant(last.field("end_time")),
        attempts=_attempts().list.len().cast(pl.Int64).fill_null(0),
        nodes=first.field("detail").list.len().cast(pl.Int64),
        gpus=_gpus(first.field("detail")),
        status=pl.col("status").replace_strict(_STATUS, default="unknown", return_dtype=pl.String),
        source_status="status",
    )


def placement(raw: pl.LazyFrame) -> pl.LazyFrame:
    """Maps the machines of every attempt, attempts counted from 1; the outcome is the job's, and an attempt's is not published."""
    attempts = raw.select("source_row", "jobid", attempt=_attempts()).with_columns(
        number=pl.int_ranges(1, pl.col("attempt").list.len().fill_null(0).cast(pl.Int64) + 1)
    )
    pieces = attempts.filter(pl.col("attempt").list.len() > 0).explode("attempt", "number")
    pieces = pieces.with_columns(detail=pl.col("attempt").struct.field("detail"))
    return (
        pieces.filter(pl.col("detail").list.len() > 0)
        .explode("detail")
        .select(
            "source_row",
            job_id="jobid",
            attempt="number",
            machine_id=pl.col("detail").struct.field("ip"),
            started_us=_instant(pl.col("attempt").struct.field("start_time")),
            ended_us=_instant(pl.col("attempt").struct.field("end_time")),
            gpus=pl.col("detail").struct.field("gpus").list.len().cast(pl.Float64),
        )
    )


def gpu_sample(raw: pl.LazyFrame) -> pl.LazyFrame:
    """Maps GPU use in percent, a row for each of gpu0 gpu1 gpu2 gpu3 gpu4 gpu5 gpu6 gpu7 that is known; the time says PDT or PST."""
    local = pl.col("time").str.slice(0, 19).str.to_datetime("%Y-%m-%d %H:%M:%S", time_unit="us").dt.epoch("us")
    behind = pl.col("time").str.slice(20).replace_strict(_BEHIND, return_dtype=pl.Int64)
    columns = [pl.struct(gpu_index=pl.lit(i, pl.Int64), value=pl.col(f"gpu{i}")) for i in range(8)]
    cells = raw.with_columns(at=local + behind * US_PER_H, cell=pl.concat_list(columns)).explode("cell").unnest("cell")
    return cells.filter(pl.col("value").is_not_null()).select(
        "source_row",
        entity_id="machineId",
        entity_kind=pl.lit("gpu"),
        sampled_us="at",
        width_s=pl.lit(60.0),
        gpu_index="gpu_index",
        gpu_ratio=pl.col("value") * 0.01,
    )


def machine(raw: pl.LazyFrame) -> pl.LazyFrame:
    """Maps machines; the memory of a GPU (24GB, 12GB) stands for its model, which is not published."""
    return raw.select("source_row", machine_id="machineId", gpus="gpus", gpu_model="gpu_memory")
