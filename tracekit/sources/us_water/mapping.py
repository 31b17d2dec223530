"""US water dataset → water_intensity, grid_mix.

The wet bulb is in degrees Fahrenheit and becomes Celsius. Generation, in MWh, is that of the city's eGRID region.
"""

import polars as pl

from tracekit.schema.units import C_PER_F

# Multiplied by, for a division rounds differently in blocks of different lengths.
_FUELS = {
    "coal": "COAL",
    "gas": "NATURALGAS",
    "oil": "PETROLEUM",
    "nuclear": "NUCLEAR",
    "hydro": "HYDRO",
    "solar": "SOLAR",
    "wind": "WIND",
    "other": "OTHER",
}


def _place() -> dict[str, pl.Expr]:
    stamp = pl.col("TIMESTAMP").str.to_datetime("%Y-%m-%d %H:%M:%S", time_unit="us", strict=False)
    return {
        # New England's codes begin with a zero, which a spreadsheet loses.
        "region_id": pl.col("ZIP").str.zfill(5),
        "region": pl.col("CITY"),
        "country_iso3": pl.lit("USA"),
        "started_us": stamp.dt.epoch("us"),
        "width_s": pl.lit(3600.0),
    }


def water(raw: pl.LazyFrame) -> pl.LazyFrame:
    """Maps water; a zero below a polynomial's cut-off is made unknown by an erratum."""
    return raw.select(
        "source_row",
        **_place(),
        wet_bulb_c=(pl.col("WETBULBTEMPERATUREF") - 32) * C_PER_F,
        wue_approach_l_per_kwh="ONSITEWUEFIXEDAPPROACH",
        wue_cold_water_l_per_kwh="ONSITEWUEFIXEDCOLDWATER",
        ewif_l_per_kwh="OFFSITEWUE",
    )


def mix(raw: pl.LazyFrame) -> pl.LazyFrame:
    """Maps generation: a row per fuel and one for their total, which the release does not give."""
    total = pl.sum_horizontal(*_FUELS.values(), ignore_nulls=False)
    columns = {fuel: pl.col(column) for fuel, column in _FUELS.items()} | {"total": total}
    fuels = pl.concat_list(pl.struct(fuel=pl.lit(fuel), mwh=column, share=column / total) for fuel, column in columns.items())
    found = pl.col("mix").struct
    return (
        raw.with_columns(mix=fuels)
        .explode("mix")
        .select(
            "source_row",
            **_place(),
            year=_place()["started_us"].cast(pl.Datetime("us")).dt.year().cast(pl.Int64),
            fuel=found.field("fuel"),
            share_ratio=pl.when(found.field("share").is_finite()).then(found.field("share")),
            generation_mwh=found.field("mwh"),
        )
    )
