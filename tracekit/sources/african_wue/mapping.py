"""African water dataset v1, aggregates → water_intensity.

Wet-bulb temperature is in degrees Fahrenheit in a file whose dry-bulb temperature is in Celsius; `Leakages (%)` is a fraction;
the columns called TWh are not terawatt-hours and are not read. PUE is not in the files: it stays unknown.
"""

import polars as pl

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


def _intensities() -> dict[str, pl.Expr]:
    return {
        "climate": pl.col("climate_region"),
        "wue_approach_l_per_kwh": pl.col("WUE_FixedApproachDirect(L/KWh)"),
        "wue_cold_water_l_per_kwh": pl.col("WUE_FixedColdWaterDirect(L/KWh)"),
        "ewif_l_per_kwh": pl.col("WUE_Indirect(L/KWh)"),
        "leakage_ratio": pl.col("Leakages (%)"),
    }


def _by_country(raw: pl.LazyFrame, start: pl.Expr, length: str) -> pl.LazyFrame:
    iso3 = pl.col("country").replace_strict(_ISO3, default=None, return_dtype=pl.String)
    return raw.select(
        "source_row",
        region_id=pl.coalesce(iso3, "country"),
        region="country",
        country_iso3=iso3,
        started_us=start.dt.epoch("us"),
        width_s=(start.dt.offset_by(length) - start).dt.total_seconds().cast(pl.Float64),
        wet_bulb_c=(pl.col("wetbulb_temperature") - 32) * 5 / 9,
        **_intensities(),
    )


def country_month(raw: pl.LazyFrame) -> pl.LazyFrame:
    """Maps means by country and month."""
    return _by_country(raw, pl.datetime("year", "month", 1, time_unit="us"), "1mo")


def country_year(raw: pl.LazyFrame) -> pl.LazyFrame:
    """Maps means by country and calendar year."""
    return _by_country(raw, pl.datetime("year", 1, 1, time_unit="us"), "1y")


def climate(raw: pl.LazyFrame) -> pl.LazyFrame:
    """Maps means by climate region; they have no time."""
    return raw.select("source_row", region_id="climate_region", region="climate_region", **_intensities())
