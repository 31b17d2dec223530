"""Reported water usage effectiveness → water_intensity. It is measured at the sites, not a model of a cooling tower."""

import polars as pl


def regions(raw: pl.LazyFrame) -> pl.LazyFrame:
    """Maps regions; `wue_l_per_kwh` is onsite water alone."""
    start = pl.datetime("year", 1, 1, time_unit="us")
    return raw.select(
        "source_row",
        "region",
        "region_id",
        started_us=start.dt.epoch("us"),
        width_s=(start.dt.offset_by("1y") - start).dt.total_seconds().cast(pl.Float64),
        wue_reported_l_per_kwh="wue_l_per_kwh",
    )
