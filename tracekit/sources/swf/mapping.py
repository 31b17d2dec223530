"""Standard Workload Format → cluster_job, placement, machine. -1 is unknown in every field.

A job that was checkpointed or swapped out has a line of its own, with its own status, that covers all of it, and a line for every
partial execution (status 2 to 4): these are pieces of it, in placement, and no jobs.
"""

import polars as pl

from tracekit.schema.units import MB_PER_KIB

# Kilobytes of 1,024 bytes → MB.
_STATUS = {1: "completed", 0: "failed", 5: "cancelled"}
# What became of a partial execution: to be continued, the last of a job that completed, of one that failed.
_PIECES = {2: "preempted", 3: "completed", 4: "failed"}


def _known(name: str) -> pl.Expr:
    # Logs written by other tools hold -0.0 for no wait: adding zero makes it one.
    return pl.when(pl.col(name) != -1).then(pl.col(name) + 0.0)


def _words(name: str) -> pl.Expr:
    return pl.when(~pl.col(name).is_in(["-1", "-1.0"])).then(pl.col(name))


def _instant(seconds: pl.Expr) -> pl.Expr:
    return (seconds * 1e6).round().cast(pl.Int64)


def _status() -> pl.Expr:
    return pl.col("status").cast(pl.Int64)


def _memory() -> pl.Expr:
    return _known("memory_requested") * pl.coalesce(_known("procs_requested"), _known("procs")) * MB_PER_KIB


def _computer() -> pl.Expr:
    return pl.coalesce("Computer", pl.lit("the machine of the log"))


def cluster_job(raw: pl.LazyFrame) -> pl.LazyFrame:
    """Maps jobs.

    Processors are those allocated, else those asked for; memory_requested is per processor. cpu_time is the mean over the processors, so
    that over the run time it is how busy they were.
    """
    submit, wait, run = _known("submit"), _known("wait"), _known("run")
    cpus = pl.coalesce(_known("procs"), _known("procs_requested"))
    status = _status()
    return raw.filter(~status.is_in(_PIECES)).select(
        "source_row",
        job_id="job",
        user_id=_words("user"),
        queue=_words("queue"),
        app_id=_words("executable"),
        submitted_us=_instant(submit),
        started_us=_instant(submit + wait),
        ended_us=_instant(submit + wait + run),
        run_s=run,
        wait_s=wait,
        cpus=cpus,
        memory_mb=_memory(),
        cpu_ratio_mean=pl.when(run > 0).then(_known("cpu_time") / run),
        status=status.replace_strict(_STATUS, default="unknown", return_dtype=pl.String),
        source_status=pl.when(status != -1).then(status.cast(pl.String)),
    )


def placement(raw: pl.LazyFrame) -> pl.LazyFrame:
    """Maps the partial executions of jobs, each from its own start to its own end."""
    start = _known("submit") + _known("wait")
    return raw.filter(_status().is_in(_PIECES)).select(
        "source_row",
        job_id="job",
        machine_id=_computer(),
        started_us=_instant(start),
        ended_us=_instant(start + _known("run")),
        cpus=pl.coalesce(_known("procs"), _known("procs_requested")),
        memory_mb=_memory(),
        status=_status().replace_strict(_PIECES, return_dtype=pl.String),
        source_status=_status().cast(pl.String),
    )


def machine(raw: pl.LazyFrame) -> pl.LazyFrame:
    """Maps what the header says of the machine, once: with the first job of the log."""
    return raw.filter((pl.col("source_row") == 1) & pl.col("MaxProcs").is_not_null()).select(
        "source_row",
        machine_id=_computer(),
        cpus=pl.col("MaxProcs").cast(pl.Float64),
        gpus=pl.lit(0.0),
    )
