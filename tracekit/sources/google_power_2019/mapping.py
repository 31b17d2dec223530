"""Google power data 2019 → power_sample (measured), metric_sample (the estimated part of production)."""

import polars as pl


def _domain() -> pl.Expr:
    return pl.concat_str("cell", "pdu", separator="/")


def power_sample(raw: pl.LazyFrame) -> pl.LazyFrame:
    """Maps measured power; a reading that is flagged bad keeps its flag in `mode`, and an erratum takes its value out."""
    return raw.select(
        "source_row",
        entity_id=_domain(),
        entity_kind=pl.lit("power_domain"),
        parent_id="cell",
        sampled_us="time",
        width_s=pl.lit(300.0),
        power_ratio="measured_power_util",
        mode=pl.when("bad_measurement_data").then(pl.lit("bad_measurement")),
    )


def metric_sample(raw: pl.LazyFrame) -> pl.LazyFrame:
    """Maps the power of production workloads, an estimate; a value that is flagged bad (bad_production_power_data) is named so."""
    bad = pl.col("bad_production_power_data").fill_null(value=False)
    return raw.select(
        "source_row",
        entity_id=_domain(),
        entity_kind=pl.lit("power_domain"),
        sampled_us="time",
        metric=pl.when(bad).then(pl.lit("production_power_util_bad")).otherwise(pl.lit("production_power_util")),
        value="production_power_util",
        unit=pl.lit("ratio"),
    )
