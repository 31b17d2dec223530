"""ML.ENERGY leaderboard, third generation → energy_run.

Energy and power are of all GPUs of a configuration, over the steady state.
"""

import polars as pl

from tracekit.schema.units import S_PER_MS


def _degree(letters: str, column: str) -> pl.Expr:
    return pl.when(pl.col(column) > 1).then(pl.format(letters + "{}", column))


def _run(task: pl.Expr, batch_size: str, parallelism: list[pl.Expr]) -> dict[str, pl.Expr]:
    split = pl.concat_str(parallelism, separator=" ", ignore_nulls=True)
    return {
        "run_id": pl.format("{}/{}", task, "source_row"),
        "task": task,
        "model": pl.col("model_id"),
        "params_b": pl.col("total_params_billions"),
        "active_params_b": pl.col("activated_params_billions"),
        "parallelism": pl.when(split != "").then(split),
        "device": pl.col("gpu_model"),
        "devices": pl.col("num_gpus"),
        "precision": pl.col("weight_precision"),
        "batch_size": pl.col(batch_size),
        "mean_power_w": pl.col("avg_power_watts"),
        "boundary": pl.lit("gpu"),
    }


def llm(raw: pl.LazyFrame) -> pl.LazyFrame:
    """Maps language models; the energy of the prompt is charged to the output tokens."""
    parallelism = [pl.format("TP{}", "tensor_parallel"), _degree("EP", "expert_parallel"), _degree("DP", "data_parallel")]
    return raw.select(
        "source_row",
        **_run(pl.col("task"), "max_num_seqs", parallelism),
        variant="architecture",
        batch_size_mean="avg_batch_size",
        energy_per_token_j=pl.col("energy_per_token_joules"),
        energy_per_request_j="energy_per_request_joules",
        output_tokens_per_s="output_throughput_tokens_per_sec",
        itl_p50_s=pl.col("median_itl_ms") * S_PER_MS,
        itl_p90_s=pl.col("p90_itl_ms") * S_PER_MS,
        itl_p99_s=pl.col("p99_itl_ms") * S_PER_MS,
    )


_DIFFUSION = [_degree("UP", "ulysses_degree"), _degree("RP", "ring_degree")]


def image(raw: pl.LazyFrame) -> pl.LazyFrame:
    """Maps images: a request is an image."""
    return raw.select(
        "source_row",
        **_run(pl.col("task"), "batch_size", _DIFFUSION),
        variant=pl.format("{}x{}, {} steps", "image_width", "image_height", "inference_steps"),
        energy_per_request_j="energy_per_image_joules",
        outputs_per_s="throughput_images_per_sec",
        latency_s="batch_latency_s",
    )


def video(raw: pl.LazyFrame) -> pl.LazyFrame:
    """Maps videos: a request is a video."""
    return raw.select(
        "source_row",
        **_run(pl.col("task"), "batch_size", _DIFFUSION),
        variant=pl.format("{}x{}, {} frames, {} steps", "video_width", "video_height", "num_frames", "inference_steps"),
        energy_per_request_j="energy_per_video_joules",
        outputs_per_s="throughput_videos_per_sec",
        latency_s="batch_latency_s",
    )
