"""Mappings of metered energy, water of places and grids against plain Python over the raw text."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import polars as pl
import pytest
from raw_records import SAMPLES, mapped, plain_rows

from tracekit.api import Lake
from tracekit.lake.layout import Layout
from tracekit.lake.manifest import read_manifests

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
        assert row["mode_ratio"] == min((float(r[f"ESMode{i}"]) for i in range(1, 7) if float(r[f"ESMode{i}"]) > 0), default=None)
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
    # Table 3 of the paper gives eleven countries a PUE.
    assert {name: row["pue"] for name, row in rows.items()} == {
        "Nigeria": None,
        "Ethiopia": 1.5,
        "Republic of the Congo": 2.0,
        "Rwanda": 1.7,
    }
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


def test_matrix_products_pair_power_and_time(demo_lake: Path) -> None:
    power, time = (plain_rows(SAMPLES / "gpperf" / name) for name in ("power_usage_results_all.csv", "execution_times_all.csv"))
    watts = {f"{r['M']}x{r['N']}x{r['K']}/{r['Tile Size']}": float(r["Average Power Usage (W)"]) for r in power}
    seconds = {f"{r['M']}x{r['N']}x{r['K']}/{r['Tile Size']}": float(r["Execution Time"]) / 1000 for r in time}
    assert any(r["Execution Time"].endswith(" ") for r in time)
    assert set(seconds) < set(watts)
    rows = (
        Lake(demo_lake).sql("SELECT run_id, mean_power_w, duration_s, energy_j FROM energy_run WHERE dataset = 'gpperf'").rows(named=True)
    )
    assert len(rows) == len(watts)
    for row in rows:
        run = row["run_id"]
        assert row["mean_power_w"] == watts[run]
        assert row["duration_s"] == (pytest.approx(seconds[run]) if run in seconds else None)
        assert row["energy_j"] == (pytest.approx(watts[run] * seconds[run]) if run in seconds else None)
    [manifest] = read_manifests(Layout(demo_lake), "gpperf")
    assert manifest.errata["gpperf-unpaired"] == len(set(watts) - set(seconds))
    count = manifest.tables["energy_run"]
    assert (count.records, count.converted, count.rejected) == (len(power) + len(time), len(power) + len(time), 0)


def test_scores_on_phones() -> None:
    raw = [{k: "" if v == "None" else v for k, v in r.items()} for r in plain_rows(SAMPLES / "melt" / "results.csv")]
    for row, r in zip(mapped("melt", "results", raw, "model_accuracy"), raw, strict=True):
        assert (row["model"], row["benchmark"], row["framework"]) == (r["model"], r["dataset"], r["framework"])
        assert row["precision"] == (r["quantization"] or "unquantised")
        assert row["accuracy_ratio"] == float(r["accuracy"]) < 1
        assert row["stderr_ratio"] == (float(r["std_err"]) if r["std_err"] else None)


def test_open_model_leaderboard() -> None:
    raw = plain_rows(SAMPLES / "llm-perf" / "perf-df-awq-1xA10.csv")
    rows = mapped("llm-perf", "perf", raw, "energy_run", quantisation="awq", hardware="1xA10")
    for row, r in zip(rows, raw, strict=True):
        assert (row["device"], row["devices"], row["precision"], row["boundary"]) == ("A10", 1, "awq", "server")
        if not r["report.decode.efficiency.value"]:
            assert row["energy_per_token_j"] is row["mean_power_w"] is None
            continue
        # Tokens per kWh, of which more is better.
        assert row["energy_per_token_j"] == pytest.approx(3.6e6 / float(r["report.decode.efficiency.value"]))
        assert row["mean_power_w"] == pytest.approx(row["energy_per_token_j"] * float(r["report.decode.throughput.value"]))
    [plain] = mapped("llm-perf", "perf", raw[:1], "energy_run", quantisation="unquantized", hardware="32vCPU-C7i")
    assert (plain["precision"], plain["device"], plain["devices"]) == (raw[0]["config.backend.torch_dtype"], "32vCPU-C7i", None)


def test_monitor_windows() -> None:
    raw = plain_rows(SAMPLES / "zeus-monitor" / "zeus-sample.csv")
    for row, r in zip(mapped("zeus-monitor", "windows", raw, "energy_run"), raw, strict=True):
        joules = float(r["gpu0_energy"]) + float(r["gpu1_energy"])
        assert (row["energy_j"], row["devices"], row["task"], row["boundary"]) == (joules, 2, r["window_name"], "gpu")
        assert row["mean_power_w"] == pytest.approx(joules / float(r["elapsed_time"]))
    [none] = mapped("zeus-monitor", "windows", [raw[0] | {"gpu0_energy": "", "gpu1_energy": ""}], "energy_run")
    assert (none["energy_j"], none["devices"]) == (None, 0)


def test_household_channels() -> None:
    folder = SAMPLES / "nilm" / "redd" / "low_freq" / "house_1"
    for channel, is_mains in ((1, True), (2, True), (3, False)):
        lines = [line.split(" ") for line in (folder / f"channel_{channel}.dat").read_text().splitlines()]
        raw = [{"unix": unix, "reading": reading} for unix, reading in lines]
        for row, r in zip(mapped("nilm", "redd", raw, "power_sample", channel=str(channel)), raw, strict=True):
            value = float(r["reading"])
            # The mains are apparent power.
            assert (row["power_w"], row["apparent_va"]) == ((None, value) if is_mains else (value, None))
            assert row["sampled_us"] == int(r["unix"]) * 10**6
            assert (row["entity_id"], row["entity_kind"]) == (f"channel_{channel}", "mains" if is_mains else "appliance")
    raw = [{"unix": "946894800.4", "active": "170.5", "apparent": "196.1", "volts": "240"}]
    [row] = mapped("nilm", "uk-dale-mains", raw, "power_sample")
    assert (row["sampled_us"], row["power_w"], row["apparent_va"], row["entity_kind"]) == (946_894_800_400_000, 170.5, 196.1, "mains_1s")
    kinds = [
        mapped("nilm", "uk-dale", [{"unix": "5", "reading": "1"}], "power_sample", channel=c)[0]["entity_kind"] for c in ("1", "2", "11")
    ]
    assert kinds == ["mains", "appliance", "appliance"]


def test_households_of_ten_meters() -> None:
    raw = plain_rows(SAMPLES / "nilm" / "CLEAN_House3.csv")
    rows = mapped("nilm", "refit", raw, "power_sample")
    names = ["Aggregate", *(f"Appliance{i}" for i in range(1, 10))]
    for number, r in enumerate(raw):
        ten = rows[number * 10 : number * 10 + 10]
        assert {row["entity_id"]: row["power_w"] for row in ten} == {name: float(r[name]) for name in names}
        assert [row["entity_kind"] for row in ten] == ["mains"] + ["appliance"] * 9
        assert {row["mode"] for row in ten} == {"issue" if r["Issues"] == "1" else None}
        assert {row["sampled_us"] for row in ten} == {int(r["Unix"]) * 10**6}


def test_queries_of_a_profile() -> None:
    path = next((SAMPLES / "intelligence-per-watt").glob("runs/*GPU*/*.arrow"))
    raw = pl.read_ipc_stream(path).to_dicts()
    rows = {row["source_row"]: row for row in mapped("intelligence-per-watt", "profile", raw, "energy_run", hardware="SampleGPU")}
    for number, r in enumerate(raw, 1):
        [(model, metrics)] = r["model_metrics"].items()
        if metrics is None:
            assert number not in rows
            continue
        row = rows[number]
        joules, output = metrics["energy_metrics"]["per_query_joules"], metrics["token_metrics"]["output"]
        assert (row["model"], row["device"], row["requests"], row["output_tokens"]) == (model, "SampleGPU", 1, output)
        assert row["accuracy_ratio"] == float(metrics["lm_correctness"])
        # A sensor that gave nothing gave nothing, not minus one.
        assert row["energy_j"] == (None if joules < 0 else joules)
        assert row["energy_per_token_j"] == (None if joules < 0 else pytest.approx(joules / output))
        assert (row["mean_power_w"] is None) == (joules < 0)
        assert row["latency_s"] == metrics["latency_metrics"]["total_query_seconds"]
    assert len(rows) == 19
