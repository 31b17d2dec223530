"""TokenPowerBench results → energy_run.

The GPUs' energy is the run's, whatever else was measured. The GPUs of the node that were sampled are counted.
"""

import polars as pl

_GPUS = 8


def results(raw: pl.LazyFrame) -> pl.LazyFrame:
    """Maps runs; the model, `_key`, is named as its folder in a Hugging Face cache where it begins with `models--`."""
    model = pl.col("_key").str.strip_prefix("models--")
    return raw.select(
        "source_row",
        run_id=pl.format("{}/{}", "run", "batch_size"),
        model=model.str.replace("--", "/", literal=True),
        framework="engine",
        devices=pl.sum_horizontal(pl.col(f"gpu{i}_power_watts").is_not_null().cast(pl.Int64) for i in range(_GPUS)),
        batch_size="batch_size",
        requests="responses",
        output_tokens="total_output_tokens",
        duration_s="duration",
        mean_power_w="gpu_avg_power",
        energy_j="gpu_energy",
        gpu_energy_j="gpu_energy",
        cpu_energy_j="cpu_energy",
        ram_energy_j="dram_energy",
        energy_per_token_j=pl.col("gpu_energy_per_token"),
        energy_per_request_j="gpu_energy_per_response",
        output_tokens_per_s=pl.col("total_output_tokens") / pl.col("duration"),
        boundary=pl.lit("gpu"),
    )
