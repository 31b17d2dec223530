"""The energy issue's figures on real files, computed from the lake's rows by numpy."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from tracekit.api import Lake
from tracekit.ingest.run import ingest
from tracekit.lake import catalog
from tracekit.lake.layout import Layout
from tracekit.query.macro import macro_statements
from tracekit.sources.load import source

FOLDERS = {
    "aws-wue-2024": "aws-wue-2024",
    "codecarbon": "codecarbon",
    "gpperf": "gpperf",
    "itu-5g-energy": "itu-5g-energy",
    "melt": "melt",
    "mlenergy-v2": "mlenergy-v2",
    "mlenergy-v3": "mlenergy-v3",
    "opendc-carbon": "opendc/carbon",
    "tokenpowerbench": "tokenpowerbench",
    "us-water": "us-water",
    "water-factors": "macknick",
    "zeus-nsdi23": "zeus-nsdi23",
}


@pytest.fixture(scope="module")
def lake(real_traces: Path, tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """A lake of the energy sources' real files."""
    root = tmp_path_factory.mktemp("energy") / "lake"
    for dataset, folder in FOLDERS.items():
        if not (real_traces / folder).is_dir():
            pytest.skip(f"no real files of {dataset} here")
        ingest(source(dataset), [real_traces / folder], root, macros=None)
    catalog.rebuild(Layout(root), macro_statements())
    return Lake(root)


def _rows(lake: Lake, table: str, dataset: str, trace: str | None = None) -> pl.DataFrame:
    rows = lake.table(table).filter(pl.col("dataset") == dataset).collect()
    return rows if trace is None else rows.filter(pl.col("trace") == trace)


def test_leaderboard(lake: Lake) -> None:
    rows = _rows(lake, "energy_run", "mlenergy-v3")
    assert rows.height == 1858
    joules = rows["energy_per_token_j"].drop_nulls().to_numpy()
    assert len(joules) == 838
    assert [joules.mean(), *np.quantile(joules, [0.1, 0.5, 0.99]), joules.min()] == pytest.approx(
        [1.665789, 0.116645, 0.597524, 12.959701, 0.028447], abs=1e-6
    )
    medians = {"gpqa": 0.375912, "lm-arena-chat": 0.471803, "image-chat": 0.680670, "video-chat": 1.174601, "sourcegraph-fim": 1.303053}
    by_task = rows.filter(pl.col("energy_per_token_j").is_not_null()).group_by("task").agg(pl.median("energy_per_token_j"))
    assert dict(by_task.iter_rows()) == pytest.approx(medians, abs=1e-6)
    outputs = rows.filter(pl.col("energy_per_token_j").is_null()).group_by("task").agg(pl.median("energy_per_request_j"))
    assert dict(outputs.iter_rows()) == pytest.approx({"text-to-image": 3443.6, "text-to-video": 346_251.5}, rel=1e-4)
    assert rows["run_id"].is_unique().all()
    assert set(rows["boundary"]) == {"gpu"}


def test_second_generation_and_legacy(lake: Lake) -> None:
    rows = _rows(lake, "energy_run", "mlenergy-v2")
    chat = rows.filter(pl.col("task") == "llm_text_generation/chat", pl.col("device") == "A100-SXM4-40GB")
    assert (chat.height, chat["energy_per_request_j"].median()) == (86, pytest.approx(123.31, abs=0.005))
    score = dict(
        _rows(lake, "model_accuracy", "mlenergy-v2").filter(pl.col("benchmark") == "arc").select("model", "accuracy_ratio").iter_rows()
    )
    legacy = rows.filter(pl.col("device") == "A100", pl.col("task") == "chat")
    per_watt = {model: score[model] / watts for model, watts in legacy.select("model", "mean_power_w").iter_rows()}
    assert per_watt["lmsys/fastchat-t5-3b-v1.0"] == pytest.approx(0.004121, abs=5e-7)
    assert per_watt["lmsys/vicuna-7B"] == pytest.approx(0.003597, abs=5e-7)


def test_us_polynomials_and_intensities(lake: Lake) -> None:
    rows = _rows(lake, "water_intensity", "us-water")
    fahrenheit = rows["wet_bulb_c"].to_numpy() * 1.8 + 32
    approach = -0.0001896 * fahrenheit**2 + 0.03095 * fahrenheit + 0.4442
    cold = 0.0005112 * fahrenheit**2 - 0.04982 * fahrenheit + 2.387
    for name, computed, cut_off, unknown in (
        ("wue_approach_l_per_kwh", approach, 30.0, 36),
        ("wue_cold_water_l_per_kwh", cold, 45.0, 480),
    ):
        found = rows[name].to_numpy()
        # Unknown exactly below the cut-off, the polynomial exactly above it.
        assert (np.isnan(found) == (fahrenheit < cut_off)).all()
        assert int(np.isnan(found).sum()) == unknown
        assert np.nanmax(np.abs(found - computed)) < 1e-12
    mix = _rows(lake, "grid_mix", "us-water").pivot("fuel", index="started_us", values="generation_mwh").sort("started_us")
    fuels = ["coal", "hydro", "gas", "nuclear", "other", "oil", "solar", "wind"]
    shares = mix.select(fuels).to_numpy() / mix["total"].to_numpy()[:, None]
    intensities = np.linalg.lstsq(shares, rows.sort("started_us")["ewif_l_per_kwh"].to_numpy(), rcond=None)[0]
    known = [1.817, 22.675, 0.795, 2.309, 0.757, 1.363, 0.0, 0.0]
    # Petroleum runs too seldom in Texas to be seen.
    assert {f: v for f, v in zip(fuels, intensities, strict=True) if f != "oil"} == pytest.approx(
        {f: v for f, v in zip(fuels, known, strict=True) if f != "oil"}, abs=1e-6
    )


def test_macknick(lake: Lake) -> None:
    rows = _rows(lake, "factor", "water-factors")
    assert rows.height == 104
    plain = rows.filter(pl.col("factor_set") == "macknick", pl.col("technology").is_null(), pl.col("ewif_l_per_kwh").is_not_null())
    found = dict(plain.select("fuel", pl.col("ewif_l_per_kwh").round(3)).iter_rows())
    expected = {"coal": 1.802, "gas": 1.086, "nuclear": 1.957, "hydro": 17.0, "solar": 0.004, "wind": 0.0}
    assert found == expected | {"biomass": 1.147, "geothermal": 0.95}


def test_token_power(lake: Lake) -> None:
    rows = _rows(lake, "energy_run", "tokenpowerbench")
    joules = rows["energy_per_token_j"]
    assert rows.height == 185
    assert [joules.median(), joules.mean(), joules.max()] == pytest.approx([0.037177, 0.073241, 2.314247], abs=1e-6)
    by_model = dict(rows.group_by("model").agg(pl.median("energy_per_token_j")).iter_rows())
    assert [by_model["Llama-3.1-8B"], by_model["Llama-3.2-3B"]] == pytest.approx([0.090367, 0.026703], abs=1e-6)
    # The published energy of a response is wrong in every row; the processors were measured in nine.
    assert rows["energy_per_request_j"].null_count() == 185
    assert rows["cpu_energy_j"].null_count() == 176


def test_zeus(lake: Lake) -> None:
    rows = _rows(lake, "energy_run", "zeus-nsdi23", "power").filter(pl.col("model") == "resnet50")
    best = rows.sort("energy_j").group_by("device", maintain_order=True).first().select("device", "energy_j", "batch_size", "power_limit_w")
    found = {device: (round(joules), batch, limit) for device, joules, batch, limit in best.iter_rows()}
    assert found["V100"] == (599_874, 256, 150)
    assert (found["A40"], found["P100"]) == ((715_541, 128, 200), (807_921, 128, 125))
    assert found["RTX6000"] == (846_714, 64, 125)
    train = _rows(lake, "energy_run", "zeus-nsdi23", "train")
    assert (train.height, train["epochs"].null_count()) == (3759, 849)


def test_codecarbon_running_totals(lake: Lake) -> None:
    rows = _rows(lake, "energy_run", "codecarbon")
    assert rows["trace"].n_unique() == 3
    run = rows.filter(pl.col("trace").str.contains("cumulative")).sort("duration_s")
    assert run["run_id"].n_unique() == 1
    assert run["energy_j"].is_sorted()
    # The sum counts the beginning again with every flush.
    assert run["energy_j"].sum() / run["energy_j"][-1] == pytest.approx(2.2302, abs=5e-5)
    assert set(rows["boundary"]) == {"server"}


def test_base_stations(lake: Lake) -> None:
    rows = _rows(lake, "power_sample", "itu-5g-energy")
    sites, cells = (rows.filter(pl.col("entity_kind") == kind) for kind in ("site", "cell"))
    assert (sites.height, cells.height, sites["entity_id"].n_unique(), cells["parent_id"].n_unique()) == (92_629, 125_575, 923, 1020)
    energy = sites["energy_index"]
    assert [energy.mean(), energy.std(ddof=0), energy.max()] == pytest.approx([28.138997, 13.934645, 100], abs=1e-4)
    assert cells["load_ratio"].mean() == pytest.approx(0.239009, abs=1e-6)
    single = cells.filter(pl.col("entity_id").n_unique().over("parent_id") == 1)
    both = single.join(sites, left_on=["parent_id", "sampled_us"], right_on=["entity_id", "sampled_us"])
    load, reading = both["load_ratio"].to_numpy(), both["energy_index_right"].to_numpy()
    assert np.corrcoef(load, reading)[0, 1] == pytest.approx(0.772936, abs=1e-6)
    assert np.polyfit(load, reading, 1) == pytest.approx([30.7857, 15.9806], abs=1e-4)


def test_matrix_products(lake: Lake) -> None:
    rows = _rows(lake, "energy_run", "gpperf")
    power, time = (rows.filter(pl.col(name).is_not_null()) for name in ("mean_power_w", "duration_s"))
    assert power["mean_power_w"].median() == pytest.approx(46.518)
    pairs = power.join(time, on="run_id")
    assert (power.height, time.height, pairs.height) == (195, 141, 141)
    m, n, k = (pairs["run_id"].str.extract(r"^(\d+)x(\d+)x(\d+)/", i).cast(pl.Int64).to_numpy() for i in (1, 2, 3))
    per_watt = 2 * m * n * k / pairs["duration_s_right"].to_numpy() / 1e9 / pairs["mean_power_w"].to_numpy()
    assert [np.median(per_watt), per_watt.max()] == pytest.approx([6.992, 30.984], abs=0.001)


def test_scores_reported_water_and_carbon(lake: Lake) -> None:
    scores = _rows(lake, "model_accuracy", "melt")
    assert (scores.height, scores["accuracy_ratio"].null_count(), scores["accuracy_ratio"].max() < 1) == (267, 1, True)
    water = dict(_rows(lake, "water_intensity", "aws-wue-2024").select("region_id", "wue_reported_l_per_kwh").iter_rows())
    assert (len(water), water["us-east-1"], water["ap-southeast-3"], water["GLOBAL"]) == (24, 0.12, 2.75, 0.15)
    carbon = _rows(lake, "grid_mix", "opendc-carbon").group_by("trace").agg(pl.len(), pl.first("country_iso3"))
    assert {trace: (count, iso3) for trace, count, iso3 in carbon.iter_rows()} == {"BE": (8736, "BEL"), "NL": (34_944, "NLD")}
