"""Figures of energy, water and footprint on the real files."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import tracekit
from tracekit.api import Lake
from tracekit.ingest.run import ingest
from tracekit.sources.load import source

LLAMA = "meta-llama/Llama-3.1-8B-Instruct"
CONV = {"dataset": "azure-llm-2023", "trace": "conv"}
V3 = {"dataset": "mlenergy-v3"}
# LBNL 2024: data centres of the United States.
US = {"wue_l_per_kwh": 0.36, "pue": 1.4, "ewif_l_per_kwh": 4.52, "carbon_g_per_kwh": 369.473}

FIGURES = [
    ("energy/per_token", {**V3, "by": "none"}, {}, {"runs": 838, "p50_j": 0.597524, "mean_j": 1.665789, "p99_j": 12.959701}),
    ("energy/per_token", V3, {"grp": "lm-arena-chat"}, {"runs": 328, "p50_j": 0.471803}),
    ("energy/per_token", {"dataset": "tokenpowerbench", "by": "none"}, {}, {"runs": 185, "p50_j": 0.037177, "max_j": 2.314247}),
    (
        "energy/intelligence_per_watt",
        {"dataset": "mlenergy-v2", "benchmark": "arc"},
        {"model": "lmsys/fastchat-t5-3b-v1.0", "device": "A100", "task": "chat"},
        {"accuracy_per_w": 0.004121, "mean_power_w": 87.17},
    ),
    (
        "energy/intelligence_per_watt",
        {"dataset": "mlenergy-v2", "benchmark": "arc"},
        {"model": "lmsys/vicuna-7B", "device": "A100", "task": "chat"},
        {"accuracy_per_w": 0.003597},
    ),
    (
        "energy/power_limit",
        {"dataset": "zeus-nsdi23", "model": "resnet50", "device": "V100"},
        {"is_least": True},
        {"joules": 599_874, "batch_size": 256, "power_limit_w": 150},
    ),
    ("energy/tracker_runs", {"dataset": "codecarbon"}, {"is_cumulative": True}, {"overcount": 2.2302}),
    ("energy/load_fit", {}, {"cells": 1}, {"corr": 0.772936, "intercept": 15.9806, "slope": 30.7857}),
    (
        "footprint/llm_water",
        {**CONV, **US, "model": LLAMA, "batch_size": 2048, "device": "B200"},
        {},
        {"water_per_ktok_ml": 0.08675, "requests": 19_366},
    ),
]


@pytest.mark.parametrize(("query", "params", "row", "expected"), FIGURES)
def test_figure(query: str, params: dict[str, object], row: dict[str, object], expected: dict[str, float], real_lake: Lake) -> None:
    found = [r for r in real_lake.run(query, params).records() if all(r[name] == value for name, value in row.items())]
    assert len(found) == 1
    for name, value in expected.items():
        # As many digits as the figure is published with.
        digits = len(str(value).partition(".")[2]) if isinstance(value, float) else 0
        assert found[0][name] == pytest.approx(value, abs=0.6 * 10**-digits), name


@pytest.mark.parametrize(
    ("model", "water_ml", "carbon_g"),
    [
        (LLAMA, 0.08675, 0.00671),
        ("meta-llama/Llama-3.1-70B-Instruct", 0.35052, 0.02711),
        ("meta-llama/Llama-3.1-405B-Instruct", 1.88572, 0.14585),
    ],
)
def test_thousand_tokens_of_chat(model: str, water_ml: float, carbon_g: float, real_lake: Lake, real_traces: Path) -> None:
    [row] = real_lake.run("footprint/llm_water", {**CONV, **US, "model": model, "task": "lm-arena-chat"}).records()
    runs = json.loads((real_traces / "mlenergy-v3" / "lm-arena-chat.json").read_text())["configurations"]
    joules = np.array([run["energy_per_token_joules"] for run in runs if run["model_id"] == model])
    per_kwh = 0.36 + 1.4 * 4.52
    assert row["water_per_ktok_ml"] == pytest.approx(np.median(joules) / 3.6 * per_kwh)
    assert row["high_l"] / row["output_tokens"] == pytest.approx(joules.max() / 3.6e6 * per_kwh)
    # The published figures are those of the best configuration.
    assert row["low_l"] / row["output_tokens"] * 1e6 == pytest.approx(water_ml, abs=6e-6)
    assert row["carbon_g"] / row["output_tokens"] * 1000 * joules.min() / np.median(joules) == pytest.approx(carbon_g, abs=6e-6)
    assert row["boundary"] == "gpu"
    assert f"the median of {len(joules)} runs" in row["energy_basis"]


@pytest.fixture(scope="module")
def factored(real_traces: Path, tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """A lake with the published factors, which ship with tracekit, beside the real files that they are applied to."""
    lake = tmp_path_factory.mktemp("factored") / "lake"
    ingest(source("water-factors"), [Path(tracekit.__file__).parent / "sources" / "water_factors" / "factors.csv"], lake, macros=[])
    chat = real_traces / "mlenergy-v3" / "lm-arena-chat.json"
    for name, path in [("energy-mix", None), ("african-wue", None), ("azure-llm-2023", None), ("mlenergy-v3", chat)]:
        ingest(source(name), [path or real_traces / name], lake, macros=[])
    return Lake(lake)


# arXiv:2412.03716, factors of its third version on codecarbon's mixes.
@pytest.mark.parametrize(
    ("country", "ewif"), [("DZA", 0.798), ("KEN", 1.406), ("ETH", 5.095), ("ZAF", 1.799), ("TUN", 0.775), ("COG", 1.912)]
)
def test_water_of_electricity_by_the_african_factors(country: str, ewif: float, factored: Lake) -> None:
    rows = factored.run("energy/ewif_by_factor_set", {"dataset": "energy-mix", "trace": "codecarbon", "factor_set": "africa v3"}).records()
    [row] = [r for r in rows if r["country_iso3"] == country]
    assert row["ewif_l_per_kwh"] == pytest.approx(ewif, abs=6e-4)


# The same paper's formula with onsite water of v1: litres of a 10-page report by Llama-3-70B.
@pytest.mark.parametrize(("country", "pue", "litres"), [("Algeria", 2.3, 0.187), ("Ethiopia", 1.5, 0.475), ("South Africa", 1.4, 0.210)])
def test_report_by_country(country: str, pue: float, litres: float, factored: Lake) -> None:
    asked = {"dataset": "african-wue", "trace": "country-month", "region": country, "pue": pue, "factor_set": "africa v3"}
    [row] = factored.run("footprint/answer", {**asked, "energy_wh": 52.25}).records()
    assert row["water_l"] == pytest.approx(litres, abs=6e-4)


def test_us_formulas_give_the_columns(real_lake: Lake) -> None:
    rows = real_lake.run("energy/wue_by_wet_bulb", {"dataset": "us-water"}).records()
    assert 0 < max(r["max_difference"] for r in rows if r["max_difference"] is not None) < 1e-12


def test_us_factors_are_recovered(real_lake: Lake) -> None:
    found = {r["fuel"]: r["ewif_l_per_kwh"] for r in real_lake.run("energy/ewif_recovered", {"dataset": "us-water"}).records()}
    fuels = {"coal": 1.817, "hydro": 22.675, "gas": 0.795, "nuclear": 2.309, "other": 0.757, "oil": 1.363, "solar": 0, "wind": 0}
    assert found == pytest.approx(fuels, abs=1e-8)


def test_where_an_hour_of_requests_would_cost_least(factored: Lake) -> None:
    stated = {"wue_l_per_kwh": 1.07, "pue": 1.42, "factor_set": "africa-global", "place": "energy-mix/codecarbon", "model": LLAMA}
    rows = factored.run("footprint/llm_water", {**CONV, **stated}).records()
    assert len(rows) >= 200
    assert all(r["low_l"] <= r["water_l"] <= r["high_l"] for r in rows)
    hydro = next(r for r in rows if r["country_iso3"] == "PRY")
    assert hydro["water_l"] == pytest.approx(hydro["energy_kwh"] * (1.07 + 1.42 * hydro["ewif_l_per_kwh"]))
    assert hydro["water_l"] == max(r["water_l"] for r in rows)


def test_african_mix_is_that_of_the_published_water(factored: Lake) -> None:
    litres = {"coal": 2.008, "gas": 1.41, "oil": 1.41, "solar": 3.788, "wind": 0.001, "hydro": 5.337428}
    found = factored.run("energy/ewif_recovered", {"dataset": "african-wue", "trace": "country-month"}).records()
    recovered = {row["fuel"]: row["ewif_l_per_kwh"] for row in found if row["fuel"] in litres}
    assert recovered == pytest.approx(litres, abs=1e-5)
    # The shares are no generation: no grid is listed, and places keep codecarbon's mixes.
    assert factored.run("energy/grid", {"dataset": "african-wue"}).records() == []
