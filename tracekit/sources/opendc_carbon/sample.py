"""Writes the synthetic carbon traces of two invented countries: a solar dip at noon, a windy week."""

import datetime as dt
from pathlib import Path

import numpy as np
import polars as pl

START = dt.datetime(2022, 1, 1)


def write(folder: Path) -> None:
    """Writes the raw-shaped files into a folder."""
    rng = np.random.default_rng(20221231)
    # XA and XB are set aside by ISO 3166 for private use.
    for country, level, solar in (("XA", 120.0, 60.0), ("XB", 420.0, 30.0)):
        hours = np.arange(24 * 14)
        noon = np.clip(np.sin((hours % 24 - 6) / 12 * np.pi), 0, 1)
        values = np.round(level - solar * noon + rng.normal(0, 5, len(hours)), 6)
        stamps = [START + dt.timedelta(hours=int(hour)) for hour in hours]
        frame = pl.DataFrame({"timestamp": pl.Series(stamps, dtype=pl.Datetime("ms")), "carbon_intensity": values})
        frame.write_parquet(folder / f"2022-01-01_2022-01-14_{country}.parquet", compression="zstd")
