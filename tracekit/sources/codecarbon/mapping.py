"""codecarbon emissions.csv → energy_run.

Rows of one run_id are running totals: the last one is the run. In a file of tasks, whose header begins with task_name, they are the
tasks' own: parts that add up to the run.
"""

import polars as pl

from tracekit.schema.units import G_PER_KG, J_PER_KWH


def emissions(raw: pl.LazyFrame) -> pl.LazyFrame:
    """Maps rows as they were written."""
    joules = pl.col("energy_consumed") * J_PER_KWH
    devices = pl.col("gpu_count").cast(pl.Int64)
    return raw.select(
        "source_row",
        run_id="run_id",
        task=pl.coalesce("task_name", "project_name"),
        is_part=pl.when(pl.col("task_name").is_not_null()).then(pl.lit(value=True)),
        device=pl.when(devices > 0).then("gpu_model").otherwise("cpu_model"),
        devices=devices,
        variant=pl.concat_str(pl.lit("codecarbon"), "codecarbon_version", "tracking_mode", separator=" ", ignore_nulls=True),
        duration_s="duration",
        mean_power_w=pl.when(pl.col("duration") > 0).then(joules / pl.col("duration")),
        energy_j=joules,
        gpu_energy_j=pl.col("gpu_energy") * J_PER_KWH,
        cpu_energy_j=pl.col("cpu_energy") * J_PER_KWH,
        ram_energy_j=pl.col("ram_energy") * J_PER_KWH,
        water_l="water_consumed",
        carbon_g=pl.col("emissions") * G_PER_KG,
        # A PUE of 1 is the default: nothing beyond the server is counted then.
        boundary=pl.when(pl.col("pue") > 1).then(pl.lit("facility")).otherwise(pl.lit("server")),
    )
