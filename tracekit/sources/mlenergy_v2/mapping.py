"""ML.ENERGY leaderboard, second generation and legacy → energy_run, model_accuracy.

The task comes from the file's folders (of legacy files, task and device from the name). The energy of an output token is that of a
request over its mean output length, and a legacy run's mean power that of a response over its latency, one response at a time.
"""

import polars as pl

_BENCHMARKS = ("arc", "hellaswag", "truthfulqa")


def _run(label: pl.Expr, model: str) -> dict[str, pl.Expr]:
    return {"run_id": pl.format("{}/{}", label, "source_row"), "task": pl.col("task"), "model": pl.col(model), "boundary": pl.lit("gpu")}


_DEVICE = pl.col("GPU").str.strip_prefix("NVIDIA ")


def text(raw: pl.LazyFrame) -> pl.LazyFrame:
    """Maps language models under load."""
    return raw.select(
        "source_row",
        **_run(pl.col("task"), "Model"),
        device=_DEVICE,
        devices=pl.col("TP") * pl.col("PP"),
        parallelism=pl.format("TP{}", "TP") + pl.when(pl.col("PP") > 1).then(pl.format(" PP{}", "PP")).otherwise(pl.lit("")),
        batch_size="Max BS (reqs)",
        batch_size_mean="Avg BS (reqs)",
        energy_per_token_j=pl.col("Energy/req (J)") / pl.col("Avg Output Tokens"),
        energy_per_request_j="Energy/req (J)",
        output_tokens_per_s="Token tput (tok/s)",
        tpot_mean_s="Avg TPOT (s)",
    )


def diffusion(raw: pl.LazyFrame) -> pl.LazyFrame:
    """Maps diffusion models: a request is an image or a video."""
    steps = pl.format("{} steps", "Denoising steps")
    return raw.select(
        "source_row",
        **_run(pl.col("task"), "Model"),
        device=_DEVICE,
        batch_size="Batch size",
        variant=pl.when(pl.col("Frames").is_null()).then(steps).otherwise(pl.format("{} frames, {}", "Frames", steps)),
        energy_per_request_j=pl.coalesce("Energy/image (J)", "Energy/video (J)"),
        outputs_per_s=pl.col("Batch size") / pl.col("Batch latency (s)"),
        latency_s="Batch latency (s)",
    )


def legacy(raw: pl.LazyFrame) -> pl.LazyFrame:
    """Maps the first generation."""
    return raw.select(
        "source_row",
        **_run(pl.format("{}/{}", "device", "task"), "model"),
        device="device",
        mean_power_w=pl.col("energy") / pl.col("latency"),
        energy_per_token_j=pl.col("energy") / pl.col("response_length"),
        energy_per_request_j="energy",
        output_tokens_per_s="throughput",
        latency_s="latency",
    )


def score(raw: pl.LazyFrame) -> pl.LazyFrame:
    """Maps accuracy: a row per benchmark, arc, hellaswag and truthfulqa; percent becomes a fraction."""
    scores = pl.concat_list(pl.struct(benchmark=pl.lit(name), percent=pl.col(name)) for name in _BENCHMARKS)
    found = pl.col("score").struct
    return (
        raw.with_columns(score=scores)
        .explode("score")
        .select("source_row", "model", benchmark=found.field("benchmark"), accuracy_ratio=found.field("percent") * 0.01)
    )
