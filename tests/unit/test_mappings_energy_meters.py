"""Mappings of metered energy, water of places and grids against plain Python over the raw text."""

from __future__ import annotations

import datetime as dt

from raw_records import SAMPLES, mapped, plain_rows

EPOCH = dt.datetime(1970, 1, 1)
ITU = "itu-5g-energy"


def _us(at: dt.datetime) -> int:
    return (at - EPOCH) // dt.timedelta(microseconds=1)


def _hour(text: str) -> dt.datetime:
    date, time = text.split(" ")
    month, day, year = map(int, date.split("/"))
    return dt.datetime(year, month, day, int(time.split(":")[0]))


def test_base_station_cells() -> None:
    raw = plain_rows(SAMPLES / ITU / "CLdata.csv")
    rows = mapped(ITU, "cells", raw, "power_sample")
    modes = set()
    for row, r in zip(rows, raw, strict=True):
        # A stamp ends its hour: 1:00 is the hour from midnight.
        assert row["sampled_us"] == _us(_hour(r["Time"])) - 3_600_000_000
        assert (row["entity_id"], row["entity_kind"], row["parent_id"]) == (f"{r['BS']}/{r['CellName']}", "cell", r["BS"])
        assert (row["load_ratio"], row["width_s"]) == (float(r["load"]), 3600)
        on = "+".join(f"ESMode{i}" for i in range(1, 7) if float(r[f"ESMode{i}"]) > 0)
        assert row["mode"] == (on or None)
        modes.add(row["mode"])
    assert modes == {None, "ESMode1", "ESMode1+ESMode6"}
    assert rows[0]["sampled_us"] == _us(dt.datetime(2023, 1, 1))


def test_base_station_sites() -> None:
    raw = plain_rows(SAMPLES / ITU / "ECdata.csv")
    for row, r in zip(mapped(ITU, "sites", raw, "power_sample"), raw, strict=True):
        # Scaled: never watts.
        assert (row["energy_index"], row["entity_kind"], row["entity_id"]) == (float(r["Energy"]), "site", r["BS"])
        assert "power_w" not in row
        assert row["sampled_us"] == _us(_hour(r["Time"])) - 3_600_000_000
