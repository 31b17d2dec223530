"""African water dataset → water_intensity: v1 by hour, month, year and climate, and the summary of v3, which never mix; grid_mix.

Wet-bulb temperature is in degrees Fahrenheit in a file whose dry-bulb temperature is in Celsius; `Leakages (%)` is a fraction;
the columns called TWh are TWh times a factor of the country, so that the fuels' shares of their sum are read and no generation is
(the hourly file, which repeats a country's shares at every hour of every city, is not read for them; Total energy, Total renewables, Total
fossil fuels and Low carbon are sums). PUE is not in the files: v3 has that of its paper, v1 none.
"""

import polars as pl

from tracekit.schema.units import C_PER_F

# Multiplied by, for a division rounds differently in blocks of different lengths.
_FUELS = {
    "coal": "Coal consumption - TWh",
    "gas": "Gas consumption - TWh",
    "oil": "Oil consumption - TWh",
    "nuclear": "Nuclear consumption - TWh",
    "hydro": "Hydro consumption - TWh",
    "solar": "Solar consumption - TWh",
    "wind": "Wind consumption - TWh",
    "biofuel": "Biofuels consumption - TWh",
    "other_renewable": "Other renewables (including geothermal and biomass) - TWh",
    "other": "Other - TWh",
}
_ISO3 = {
    "Algeria": "DZA", "Angola": "AGO", "Benin": "BEN", "Botswana": "BWA", "Burkina Faso": "BFA", "Burundi": "BDI", "Cameroon": "CMR",
    "Cape Verde": "CPV", "Central African Republic": "CAF", "Chad": "TCD", "Comoros": "COM", "Djibouti": "DJI", "Egypt": "EGY",
    "Equatorial Guinea": "GNQ", "Eritrea": "ERI", "Eswatini": "SWZ", "Ethiopia": "ETH", "Gabon": "GAB", "Gambia": "GMB", "Ghana": "GHA",
    "Guinea": "GIN", "Guinea-Bissau": "GNB", "Kenya": "KEN", "Lesotho": "LSO", "Liberia": "LBR", "Libya": "LBY", "Madagascar": "MDG",
    "Malawi": "MWI", "Mali": "MLI", "Mauritania": "MRT", "Mauritius": "MUS", "Morocco": "MAR", "Mozambique": "MOZ", "Namibia": "NAM",
    "Niger": "NER", "Nigeria": "NGA", "Rwanda": "RWA", "Senegal": "SEN", "Seychelles": "SYC", "Sierra Leone": "SLE", "Somalia": "SOM",
    "South Africa": "ZAF", "South Sudan": "SSD", "Sudan": "SDN", "Tanzania": "TZA", "Togo": "TGO", "Tunisia": "TUN", "Uganda": "UGA",
    "Zambia": "ZMB", "Zimbabwe": "ZWE",
}  # fmt: skip

# Names that v3 may use besides; a bare "Congo" stays without a code, for there are two.
_ISO3_V3 = {
    "Republic of the Congo": "COG",
    "Congo, Rep.": "COG",
    "Democratic Republic of the Congo": "COD",
    "DR Congo": "COD",
    "Cabo Verde": "CPV",
}

# Table 3 of the paper's third version, which states it for eleven countries; v1 leaves it to whoever reads.
_PUE_V3 = {
    "DZA": 2.3, "EGY": 2.3, "LBY": 2.3, "MAR": 2.3, "TUN": 2.3, "NAM": 2.1, "COG": 2.0, "GAB": 1.9, "RWA": 1.7, "ETH": 1.5, "ZAF": 1.4
}  # fmt: skip

_MONTH, _YEAR = pl.datetime("year", "month", 1, time_unit="us"), pl.datetime("year", 1, 1, time_unit="us")


def _intensities() -> dict[str, pl.Expr]:
    return {
        "climate": pl.col("climate_region"),
        "wue_approach_l_per_kwh": pl.col("WUE_FixedApproachDirect(L/KWh)"),
        "wue_cold_water_l_per_kwh": pl.col("WUE_FixedColdWaterDirect(L/KWh)"),
        "ewif_l_per_kwh": pl.col("WUE_Indirect(L/KWh)"),
        "leakage_ratio": pl.col("Leakages (%)"),
    }


def _place(start: pl.Expr, length: str) -> dict[str, pl.Expr]:
    iso3 = pl.col("country").replace_strict(_ISO3, default=None, return_dtype=pl.String)
    return {
        "region_id": pl.coalesce(iso3, "country"),
        "region": pl.col("country"),
        "country_iso3": iso3,
        "started_us": start.dt.epoch("us"),
        "width_s": (start.dt.offset_by(length) - start).dt.total_seconds().cast(pl.Float64),
    }


def _by_country(raw: pl.LazyFrame, start: pl.Expr, length: str) -> pl.LazyFrame:
    wet_bulb_c = (pl.col("wetbulb_temperature") - 32) * C_PER_F
    return raw.select("source_row", **_place(start, length), wet_bulb_c=wet_bulb_c, **_intensities())


def _mix(raw: pl.LazyFrame, start: pl.Expr, length: str) -> pl.LazyFrame:
    """Maps shares of fuels, a row per fuel that the file has: primary energy where a country's consumption is known, else electricity."""
    total = pl.sum_horizontal(*_FUELS.values())
    shares = pl.concat_list(pl.struct(fuel=pl.lit(fuel), share=pl.col(column) / total) for fuel, column in _FUELS.items())
    found = pl.col("mix").struct
    return (
        raw.with_columns(mix=shares)
        .explode("mix")
        .select("source_row", **_place(start, length), year="year", fuel=found.field("fuel"), share_ratio=found.field("share"))
        .filter(pl.col("share_ratio").is_finite())
    )


def country_month(raw: pl.LazyFrame) -> pl.LazyFrame:
    """Maps means by country and month."""
    return _by_country(raw, _MONTH, "1mo")


def country_year(raw: pl.LazyFrame) -> pl.LazyFrame:
    """Maps means by country and calendar year."""
    return _by_country(raw, _YEAR, "1y")


def month_mix(raw: pl.LazyFrame) -> pl.LazyFrame:
    """Maps the mix of a country's electricity in a month."""
    return _mix(raw, _MONTH, "1mo")


def year_mix(raw: pl.LazyFrame) -> pl.LazyFrame:
    """Maps the mix of a country's electricity in a calendar year."""
    return _mix(raw, _YEAR, "1y")


def climate(raw: pl.LazyFrame) -> pl.LazyFrame:
    """Maps means by climate region; they have no time."""
    return raw.select("source_row", region_id="climate_region", region="climate_region", **_intensities())


def hourly(raw: pl.LazyFrame) -> pl.LazyFrame:
    """Maps v1's hours: a region is a city. The file's own row number repeats and is not read."""
    iso3 = pl.col("country").replace_strict(_ISO3, default=None, return_dtype=pl.String)
    return raw.select(
        "source_row",
        region_id=pl.format("{}/{}", pl.coalesce(iso3, "country"), "city"),
        region=pl.format("{}, {}", "city", "country"),
        country_iso3=iso3,
        started_us=pl.col("timestamp").str.to_datetime("%Y-%m-%d %H:%M:%S", time_unit="us", strict=False).dt.epoch("us"),
        width_s=pl.lit(3600.0),
        wet_bulb_c=(pl.col("wetbulb_temperature") - 32) * C_PER_F,
        **_intensities(),
    )


def v3_summary(raw: pl.LazyFrame) -> pl.LazyFrame:
    """Maps v3's countries: `WB (degC)` is an annual mean, and the published onsite figure is the polynomial at it.

    The column of that figure has no name that is relied upon: the figure is computed, by equations 1 and 2 of the paper.
    """
    name = pl.col("Country").str.strip_chars()
    iso3 = name.replace_strict(_ISO3 | _ISO3_V3, default=None, return_dtype=pl.String)
    celsius = pl.col("WB (degC)")
    fahrenheit = celsius * 1.8 + 32
    approach = -0.0001896 * fahrenheit**2 + 0.03095 * fahrenheit + 0.4442
    cold_water = 0.0005112 * fahrenheit**2 - 0.04982 * fahrenheit + 2.387
    return raw.select(
        "source_row",
        region_id=pl.coalesce(iso3, name),
        region=name,
        country_iso3=iso3,
        wet_bulb_c=celsius,
        pue=iso3.replace_strict(_PUE_V3, default=None, return_dtype=pl.Float64),
        wue_approach_l_per_kwh=pl.max_horizontal(approach, pl.lit(0.0)),
        wue_cold_water_l_per_kwh=pl.max_horizontal(cold_water, pl.lit(0.0)),
    )
