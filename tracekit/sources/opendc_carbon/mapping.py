"""OpenDC carbon traces → grid_mix: the carbon intensity of a country's whole generation, without its mix."""

import polars as pl

_ISO3 = {
    "AT": "AUT", "BE": "BEL", "BG": "BGR", "CH": "CHE", "CZ": "CZE", "DE": "DEU", "DK": "DNK", "EE": "EST", "ES": "ESP", "FI": "FIN",
    "FR": "FRA", "GB": "GBR", "GR": "GRC", "HR": "HRV", "HU": "HUN", "IE": "IRL", "IT": "ITA", "LT": "LTU", "LU": "LUX", "LV": "LVA",
    "NL": "NLD", "NO": "NOR", "PL": "POL", "PT": "PRT", "RO": "ROU", "RS": "SRB", "SE": "SWE", "SI": "SVN", "SK": "SVK", "US": "USA",
}  # fmt: skip


def carbon(raw: pl.LazyFrame) -> pl.LazyFrame:
    """Maps samples; how long one holds, an hour or a quarter of one, the file does not say."""
    stamp = pl.col("timestamp").str.to_datetime("%Y-%m-%d %H:%M:%S%.f", time_unit="us", strict=False)
    return raw.select(
        "source_row",
        region_id="country",
        region="country",
        country_iso3=pl.col("country").replace_strict(_ISO3, default=None, return_dtype=pl.String),
        started_us=stamp.dt.epoch("us"),
        year=stamp.dt.year().cast(pl.Int64),
        fuel=pl.lit("total"),
        carbon_g_per_kwh="carbon_intensity",
    )
