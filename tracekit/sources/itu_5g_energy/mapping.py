"""ITU 5G base-station energy → power_sample: cells with their load, sites with their reading."""

import polars as pl

from tracekit.schema.units import US_PER_H

_MODES = ("ESMode1", "ESMode2", "ESMode3", "ESMode4", "ESMode5", "ESMode6")


def _hour() -> dict[str, pl.Expr]:
    # M/D/YYYY H:MM without padding; an hour is stamped with its end.
    stamp = pl.col("Time").str.to_datetime("%m/%d/%Y %H:%M", time_unit="us", strict=False)
    return {"sampled_us": stamp.dt.epoch("us") - US_PER_H, "width_s": pl.lit(3600.0)}


def cells(raw: pl.LazyFrame) -> pl.LazyFrame:
    """Maps cells: the modes that were on for a part of the hour, joined by a plus sign, are its mode; none is unknown."""
    on = pl.concat_str([pl.when(pl.col(name) > 0).then(pl.lit(name)) for name in _MODES], separator="+", ignore_nulls=True)
    return raw.select(
        "source_row",
        **_hour(),
        entity_id=pl.format("{}/{}", "BS", "CellName"),
        entity_kind=pl.lit("cell"),
        parent_id="BS",
        load_ratio="load",
        mode=pl.when(on != "").then(on),
        # No mode can have been on together with the others for longer than the one that was on for the shortest time.
        mode_ratio=pl.min_horizontal(pl.when(pl.col(name) > 0).then(pl.col(name)) for name in _MODES),
    )


def sites(raw: pl.LazyFrame) -> pl.LazyFrame:
    """Maps base stations: the reading is scaled, neither watts nor kilowatt-hours."""
    return raw.select("source_row", **_hour(), entity_id="BS", entity_kind=pl.lit("site"), energy_index="Energy")
