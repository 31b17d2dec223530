"""Zeus monitor logs → energy_run.

The GPUs' columns are added up: gpu0_energy, gpu1_energy, gpu2_energy, gpu3_energy, gpu4_energy, gpu5_energy, gpu6_energy, gpu7_energy,
gpu8_energy, gpu9_energy, gpu10_energy, gpu11_energy, gpu12_energy, gpu13_energy, gpu14_energy, gpu15_energy.
"""

import polars as pl

_COLUMNS = [f"gpu{i}_energy" for i in range(16)]


def windows(raw: pl.LazyFrame) -> pl.LazyFrame:
    """Maps windows."""
    devices = pl.sum_horizontal(pl.col(name).is_not_null().cast(pl.Int64) for name in _COLUMNS)
    joules = pl.when(devices > 0).then(pl.sum_horizontal(_COLUMNS))
    return raw.select(
        "source_row",
        run_id=pl.format("{}@{}", "window_name", "start_time"),
        task="window_name",
        devices=devices,
        duration_s="elapsed_time",
        mean_power_w=pl.when(pl.col("elapsed_time") > 0).then(joules / pl.col("elapsed_time")),
        energy_j=joules,
        gpu_energy_j=joules,
        boundary=pl.lit("gpu"),
    )
