"""Mappings of the energy sources against plain Python over the raw text."""

from __future__ import annotations

import calendar
import datetime as dt
from collections import defaultdict
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from raw_records import SAMPLES, json_records, mapped, plain_rows

AFRICA, MIX = "african-wue", "energy-mix"
MONTHS = plain_rows(SAMPLES / AFRICA / "country_month_cleaned.csv")
DAY_S = 86_400
ISO3 = {"Kenya": "KEN", "Ghana": "GHA", "Algeria": "DZA", "Ethiopia": "ETH", "Gabon": "GAB", "Chad": "TCD"}


def _start_us(year: int, month: int) -> int:
    return (dt.datetime(year, month, 1) - dt.datetime(1970, 1, 1)) // dt.timedelta(microseconds=1)


def _check_intensities(row: dict[str, object], r: dict[str, str]) -> None:
    assert row["climate"] == r["climate_region"]
    assert row["wue_approach_l_per_kwh"] == float(r["WUE_FixedApproachDirect(L/KWh)"])
    assert row["wue_cold_water_l_per_kwh"] == float(r["WUE_FixedColdWaterDirect(L/KWh)"])
    assert row["ewif_l_per_kwh"] == float(r["WUE_Indirect(L/KWh)"])
    # Called a percentage, but a fraction.
    assert row["leakage_ratio"] == float(r["Leakages (%)"]) < 1
    # PUE is not in the files.
    assert "pue" not in row


def test_african_months() -> None:
    for row, r in zip(mapped(AFRICA, "country-month", MONTHS, "water_intensity"), MONTHS, strict=True):
        year, month = int(r["year"]), int(r["month"])
        assert row["started_us"] == _start_us(year, month)
        assert row["width_s"] == calendar.monthrange(year, month)[1] * DAY_S
        assert (row["region"], row["region_id"], row["country_iso3"]) == (r["country"], ISO3[r["country"]], ISO3[r["country"]])
        # The wet bulb is in Fahrenheit, the dry one in Celsius, and a wet bulb is never above the dry one.
        assert row["wet_bulb_c"] == pytest.approx((float(r["wetbulb_temperature"]) - 32) / 1.8)
        assert row["wet_bulb_c"] <= float(r["temperature"]) < float(r["wetbulb_temperature"])
        _check_intensities(row, r)


def test_african_years() -> None:
    raw = plain_rows(SAMPLES / AFRICA / "country_year_cleaned.csv")
    for row, r in zip(mapped(AFRICA, "country-year", raw, "water_intensity"), raw, strict=True):
        assert row["started_us"] == _start_us(int(r["year"]), 1)
        assert row["width_s"] == (365 + calendar.isleap(int(r["year"]))) * DAY_S
        _check_intensities(row, r)


def test_african_climates_have_no_time() -> None:
    raw = plain_rows(SAMPLES / AFRICA / "climate_summary.csv")
    for row, r in zip(mapped(AFRICA, "climate", raw, "water_intensity"), raw, strict=True):
        assert row["region"] == row["region_id"] == r["climate_region"]
        assert not {"started_us", "width_s", "wet_bulb_c"} & set(row)
        _check_intensities(row, r)


@given(st.integers(1971, 2100))
def test_african_months_make_up_their_year(year: int) -> None:
    raw = [{**MONTHS[0], "year": str(year), "month": str(month)} for month in range(1, 13)]
    rows = mapped(AFRICA, "country-month", raw, "water_intensity")
    [whole] = mapped(AFRICA, "country-year", raw[:1], "water_intensity")
    assert sum(row["width_s"] for row in rows) == whole["width_s"]
    assert rows[0]["started_us"] == whole["started_us"]
    assert all(a["started_us"] + a["width_s"] * 10**6 == b["started_us"] for a, b in pairwise(rows))


@pytest.mark.parametrize(("fahrenheit", "celsius"), [("32", 0), ("212", 100), ("-40", -40), ("", None)])
def test_african_fixed_points(fahrenheit: str, celsius: float | None) -> None:
    [row] = mapped(AFRICA, "country-month", [{**MONTHS[0], "wetbulb_temperature": fahrenheit}], "water_intensity")
    assert row["wet_bulb_c"] == celsius


def test_african_country_that_has_no_code_here_keeps_its_name() -> None:
    # "Congo" is two countries: no code is better than the wrong one.
    [row] = mapped(AFRICA, "country-month", [{**MONTHS[0], "country": "Congo"}], "water_intensity")
    assert (row["country_iso3"], row["region_id"], row["region"]) == (None, "Congo", "Congo")


def test_codecarbon() -> None:
    raw = json_records(SAMPLES / MIX / "global_energy_mix.json", "*")
    by_country = defaultdict(dict)
    for row in mapped(MIX, "codecarbon", raw, "grid_mix"):
        by_country[row["region_id"]][row["fuel"]] = row
    assert list(by_country) == [r["_key"] for r in raw]
    for number, r in enumerate(raw, 1):
        mix = by_country[r["_key"]]
        total = mix.pop("total")
        assert total["carbon_g_per_kwh"] == r["carbon_intensity"]
        assert total["generation_mwh"] == pytest.approx(r["total_TWh"] * 10**6)
        assert total["share_ratio"] == 1
        assert {row["source_row"] for row in mix.values()} == {number}
        assert all(row["carbon_g_per_kwh"] is None for row in mix.values())
        # Biofuel counts once, although the release lists it under other renewables as well.
        assert sum(row["generation_mwh"] for row in mix.values()) == pytest.approx(r["total_TWh"] * 10**6)
        assert sum(row["share_ratio"] for row in mix.values()) == pytest.approx(1)
        assert mix["biofuel"]["generation_mwh"] == pytest.approx(r["biofuel_TWh"] * 10**6)
        assert mix["hydro"]["share_ratio"] == pytest.approx(r["hydroelectricity_TWh"] / r["total_TWh"])
        assert total["started_us"] == _start_us(r["year"], 1)
        assert total["width_s"] == (365 + calendar.isleap(r["year"])) * DAY_S


def test_codecarbon_country_without_generation_has_no_shares() -> None:
    record = json_records(SAMPLES / MIX / "global_energy_mix.json", "*")[0]
    empty = {name: 0.0 if name.endswith("_TWh") else value for name, value in record.items()}
    rows = mapped(MIX, "codecarbon", [empty], "grid_mix")
    assert {row["share_ratio"] for row in rows} == {None}
    # A published zero stays a zero.
    assert {row["generation_mwh"] for row in rows} == {0.0}


def test_ecologits() -> None:
    raw = json_records(SAMPLES / MIX / "electricity_mixes.json", "electricity_mixes")
    grid, water = (mapped(MIX, "ecologits", raw, table) for table in ("grid_mix", "water_intensity"))
    for g, w, r in zip(grid, water, raw, strict=True):
        assert g["fuel"] == "total"
        assert g["carbon_g_per_kwh"] == w["carbon_g_per_kwh"] == pytest.approx(r["gwp"] * 1000)
        # What the package calls WUE is the water of the electricity, never water at the site.
        assert w["ewif_l_per_kwh"] == r["wue"]
        assert not {"wue_approach_l_per_kwh", "wue_cold_water_l_per_kwh"} & set(w)
        assert g["country_iso3"] == w["country_iso3"] == (None if r["name"] == "WOR" else r["name"])
    assert raw[-1]["name"] == "WOR"


@pytest.mark.parametrize(("kind", "name"), [("country-month", "country_month_cleaned"), ("country-year", "country_year_cleaned")])
def test_african_shares_give_the_published_water_of_electricity(kind: str, name: str) -> None:
    raw = plain_rows(SAMPLES / AFRICA / f"{name}.csv")
    rows = mapped(AFRICA, kind, raw, "grid_mix")
    assert len(rows) == 10 * len(raw)
    # Litres per kWh of the first generation of the data.
    litres = {"coal": 2.008, "gas": 1.41, "oil": 1.41, "solar": 3.788, "wind": 0.001, "hydro": 5.337428}
    for number, r in enumerate(raw, 1):
        shares = {row["fuel"]: row["share_ratio"] for row in rows if row["source_row"] == number}
        assert sum(shares.values()) == pytest.approx(1)
        assert sum(share * litres.get(fuel, 0) for fuel, share in shares.items()) == pytest.approx(
            float(r["WUE_Indirect(L/KWh)"]), abs=1e-6
        )
    assert "generation_mwh" not in rows[0]


def test_african_file_without_fuels_makes_no_mix() -> None:
    raw = [
        {name: cell for name, cell in row.items() if "TWh" not in name}
        for row in plain_rows(SAMPLES / AFRICA / "country_month_cleaned.csv")
    ]
    assert mapped(AFRICA, "country-month", raw, "grid_mix") == []
