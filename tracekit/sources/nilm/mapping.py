"""REDD, UK-DALE and REFIT → power_sample: the house is the trace, an entity is a meter, and mains and appliances are never summed."""

import polars as pl

from tracekit.schema.units import US_PER_S

_APPLIANCES = (
    "Appliance1", "Appliance2", "Appliance3", "Appliance4", "Appliance5", "Appliance6", "Appliance7", "Appliance8", "Appliance9"
)  # fmt: skip


def _meter(mains: list[str]) -> dict[str, pl.Expr]:
    is_mains = pl.col("channel").is_in(mains)
    return {
        "sampled_us": pl.col("unix") * US_PER_S,
        "entity_id": pl.format("channel_{}", "channel"),
        "entity_kind": pl.when(is_mains).then(pl.lit("mains")).otherwise(pl.lit("appliance")),
    }


def redd(raw: pl.LazyFrame) -> pl.LazyFrame:
    """Maps REDD: the reading of the mains is apparent power, in volt-amperes."""
    meter = _meter(["1", "2"])
    is_mains = meter["entity_kind"] == "mains"
    return raw.select(
        "source_row",
        **meter,
        power_w=pl.when(~is_mains).then("reading"),
        apparent_va=pl.when(is_mains).then("reading"),
    )


def uk_dale(raw: pl.LazyFrame) -> pl.LazyFrame:
    """Maps a UK-DALE channel."""
    return raw.select("source_row", **_meter(["1"]), power_w="reading")


def uk_dale_mains(raw: pl.LazyFrame) -> pl.LazyFrame:
    """Maps UK-DALE's exact mains, active and apparent; a meter of its own beside channel 1."""
    return raw.select(
        "source_row",
        sampled_us=(pl.col("unix") * US_PER_S).round().cast(pl.Int64),
        entity_id=pl.lit("mains"),
        entity_kind=pl.lit("mains_1s"),
        power_w="active",
        apparent_va="apparent",
    )


def refit(raw: pl.LazyFrame) -> pl.LazyFrame:
    """Maps REFIT: ten meters a row, the whole house (Aggregate) first."""
    columns = {"Aggregate": "mains"} | dict.fromkeys(_APPLIANCES, "appliance")
    meters = pl.concat_list(
        pl.struct(entity_id=pl.lit(name), entity_kind=pl.lit(kind), power_w=pl.col(name)) for name, kind in columns.items()
    )
    meter = pl.col("meter").struct
    return (
        raw.with_columns(meter=meters)
        .explode("meter")
        .select(
            "source_row",
            sampled_us=pl.col("Unix") * US_PER_S,
            entity_id=meter.field("entity_id"),
            entity_kind=meter.field("entity_kind"),
            power_w=meter.field("power_w"),
            mode=pl.when(pl.col("Issues") == 1).then(pl.lit("issue")),
        )
    )
