"""Published factors → factor."""

import polars as pl

_L_PER_KWH = 3.785411784 * 0.001
# Keys of intensities.json begin with one of these; what follows is the technology. `pc` and the like are not fuels.
_FUEL = r"^(coal|gas|nuclear|solar-pv|wind|hydro|csp|biopower|biomass|geothermal|ocean)(?:-(.*))?$"
_FUELS = {"solar-pv": "solar", "csp": "solar", "biopower": "biomass"}


def factors(raw: pl.LazyFrame) -> pl.LazyFrame:
    """Maps the table as it is."""
    return raw.select(
        "source_row",
        "factor_set",
        "version",
        "scope",
        "fuel",
        "technology",
        "ewif_l_per_kwh",
        "ewif_low_l_per_kwh",
        "ewif_high_l_per_kwh",
        "carbon_g_per_kwh",
    )


def intensities(raw: pl.LazyFrame) -> pl.LazyFrame:
    """Maps composite keys (`_key`) with their `_value`: a key that ends in a report and a year is carbon, any other is water."""
    report = pl.col("_key").str.extract(r"-(ipcc|unece)-\d{4}$")
    key = pl.col("_key").str.replace(r"-(ipcc|unece)-\d{4}$", "")
    name, technology = key.str.extract(_FUEL, 1), key.str.extract(_FUEL, 2)
    # Concentrating solar power is a technology of its own, never the default of solar power.
    technology = (
        pl.when(name == "csp").then(pl.concat_str(pl.lit("csp"), technology, separator="-", ignore_nulls=True)).otherwise(technology)
    )
    return raw.select(
        "source_row",
        factor_set=pl.coalesce(report, pl.lit("macknick")),
        version=pl.coalesce(pl.col("_key").str.extract(r"-(?:ipcc|unece)-(\d{4})$"), pl.lit("2012")),
        scope=pl.when(report.is_null()).then(pl.lit("USA")).otherwise(pl.lit("world")),
        fuel=name.replace(_FUELS),
        technology=pl.when(technology != "default").then(technology),
        ewif_l_per_kwh=pl.when(report.is_null()).then(pl.col("_value") * _L_PER_KWH),
        carbon_g_per_kwh=pl.when(report.is_not_null()).then("_value"),
    )
