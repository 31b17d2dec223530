"""Electricity mixes → grid_mix, water_intensity."""

import polars as pl

from tracekit.schema.units import G_PER_KG, MWH_PER_TWH

# codecarbon's other_renewable_TWh contains biofuel, which it also lists: the column without it is taken, so that nothing counts twice.
_FUELS = {
    "coal": "coal_TWh",
    "gas": "gas_TWh",
    "oil": "oil_TWh",
    "nuclear": "nuclear_TWh",
    "hydro": "hydroelectricity_TWh",
    "solar": "solar_TWh",
    "wind": "wind_TWh",
    "biofuel": "biofuel_TWh",
    "other_renewable": "other_renewable_exc_biofuel_TWh",
    "total": "total_TWh",
}


def codecarbon(raw: pl.LazyFrame) -> pl.LazyFrame:
    """Maps countries: a row per fuel and one for the total, which carries the carbon intensity."""
    start = pl.datetime("year", 1, 1, time_unit="us")
    fuels = pl.concat_list(
        pl.struct(fuel=pl.lit(fuel), twh=pl.col(column), share=pl.col(column) / pl.col("total_TWh")) for fuel, column in _FUELS.items()
    )
    fuel, twh = pl.col("mix").struct.field("fuel"), pl.col("mix").struct.field("twh")
    return (
        raw.with_columns(mix=fuels)
        .explode("mix")
        .select(
            "source_row",
            region_id="_key",
            region="country_name",
            country_iso3="iso_code",
            started_us=start.dt.epoch("us"),
            width_s=(start.dt.offset_by("1y") - start).dt.total_seconds().cast(pl.Float64),
            year="year",
            fuel=fuel,
            share_ratio=pl.when(pl.col("total_TWh") > 0).then(pl.col("mix").struct.field("share")),
            generation_mwh=twh * MWH_PER_TWH,
            carbon_g_per_kwh=pl.when(fuel == "total").then("carbon_intensity"),
        )
    )


def _zone() -> dict[str, pl.Expr]:
    is_country = pl.col("name").str.contains("^[A-Z]{3}$") & ~pl.col("name").is_in(["WOR", "EEE"])
    return {"region_id": pl.col("name"), "region": pl.col("name"), "country_iso3": pl.when(is_country).then("name")}


def ecologits_grid(raw: pl.LazyFrame) -> pl.LazyFrame:
    """Maps carbon intensities; ecologits gives neither generation nor year."""
    return raw.select("source_row", **_zone(), fuel=pl.lit("total"), carbon_g_per_kwh=pl.col("gwp") * G_PER_KG)


def ecologits_water(raw: pl.LazyFrame) -> pl.LazyFrame:
    """Maps water: ecologits calls it wue, but multiplies it by PUE as the water of the electricity, so it is an EWIF.

    Where a zone has no figure of its own the world's stands in. It is kept, and counted by an erratum, because it is a published
    number that ecologits computes with: without it, 165 of 215 zones could not be recomputed.
    """
    return raw.select("source_row", **_zone(), ewif_l_per_kwh="wue", carbon_g_per_kwh=pl.col("gwp") * G_PER_KG)
