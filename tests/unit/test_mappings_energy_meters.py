"""Mappings of metered energy, water of places and grids against plain Python over the raw text."""

from __future__ import annotations

import datetime as dt

import pytest
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


def test_african_hours() -> None:
    raw = plain_rows(SAMPLES / "african-wue" / "Africa_countries_WUE_sample.csv")
    for row, r in zip(mapped("african-wue", "hourly", raw, "water_intensity"), raw, strict=True):
        assert row["started_us"] == _us(dt.datetime.fromisoformat(r["timestamp"]))
        # A city is a region; its name alone may stand in two countries.
        iso3 = {"Cameroon": "CMR", "Kenya": "KEN", "Algeria": "DZA"}[r["country"]]
        assert (row["region"], row["region_id"], row["country_iso3"]) == (f"{r['city']}, {r['country']}", f"{iso3}/{r['city']}", iso3)
        assert row["wet_bulb_c"] == pytest.approx((float(r["wetbulb_temperature"]) - 32) / 1.8)
        assert row["wue_cold_water_l_per_kwh"] == float(r["WUE_FixedColdWaterDirect(L/KWh)"])
        assert (row["ewif_l_per_kwh"], row["leakage_ratio"]) == (3.2, 0.3972)


def test_african_summary_of_the_third_version() -> None:
    raw = plain_rows(SAMPLES / "african-wue" / "Country_Summary.csv")
    rows = {row["region"]: row for row in mapped("african-wue", "v3-summary", raw, "water_intensity")}
    # Published figures of v3: the polynomial at the annual mean wet bulb.
    assert rows["Nigeria"]["wue_cold_water_l_per_kwh"] == pytest.approx(1.385339, abs=1e-5)
    assert rows["Ethiopia"]["wue_cold_water_l_per_kwh"] == pytest.approx(1.196372, abs=1e-4)
    assert rows["Republic of the Congo"]["country_iso3"] == "COG"
    assert not {"started_us", "ewif_l_per_kwh"} & set(rows["Nigeria"])
    for r in raw:
        assert rows[r["Country"]]["wue_cold_water_l_per_kwh"] == pytest.approx(float(r["WUE"]), abs=1e-6)


def test_reported_water() -> None:
    raw = plain_rows(SAMPLES / "aws-wue-2024" / "aws_wue_sample.csv")
    for row, r in zip(mapped("aws-wue-2024", "regions", raw, "water_intensity"), raw, strict=True):
        # Neither a model of a cooling tower nor the electricity's water.
        assert row["wue_reported_l_per_kwh"] == float(r["wue_l_per_kwh"])
        assert not {"wue_cold_water_l_per_kwh", "ewif_l_per_kwh"} & set(row)
        assert (row["started_us"], row["width_s"]) == (_us(dt.datetime(2024, 1, 1)), 366 * 86_400)


def test_carbon_of_a_country() -> None:
    raw = [{"timestamp": "2022-01-01 00:15:00.000", "carbon_intensity": 29.5}]
    [row] = mapped("opendc-carbon", "carbon", raw, "grid_mix", country="NL")
    assert row["started_us"] == _us(dt.datetime(2022, 1, 1, 0, 15))
    assert (row["region_id"], row["country_iso3"], row["fuel"], row["carbon_g_per_kwh"], row["year"]) == ("NL", "NLD", "total", 29.5, 2022)


def test_matrix_products() -> None:
    power, time = (plain_rows(SAMPLES / "gpperf" / name) for name in ("power_usage_results_all.csv", "execution_times_all.csv"))
    watts = {row["run_id"]: row["mean_power_w"] for row in mapped("gpperf", "power", power, "energy_run")}
    seconds = {row["run_id"]: row["duration_s"] for row in mapped("gpperf", "time", time, "energy_run")}
    assert set(seconds) < set(watts)
    for r in time:
        assert seconds[f"{r['M']}x{r['N']}x{r['K']}/{r['Tile Size']}"] == pytest.approx(float(r["Execution Time"]) / 1000)
    assert any(r["Execution Time"].endswith(" ") for r in time)
    assert watts["512x512x512/1"] == float(power[0]["Average Power Usage (W)"])


def test_scores_on_phones() -> None:
    raw = [{k: "" if v == "None" else v for k, v in r.items()} for r in plain_rows(SAMPLES / "melt" / "results.csv")]
    for row, r in zip(mapped("melt", "results", raw, "model_accuracy"), raw, strict=True):
        assert (row["model"], row["benchmark"], row["framework"]) == (r["model"], r["dataset"], r["framework"])
        assert row["precision"] == (r["quantization"] or "unquantised")
        assert row["accuracy_ratio"] == float(r["accuracy"]) < 1
        assert row["stderr_ratio"] == (float(r["std_err"]) if r["std_err"] else None)
