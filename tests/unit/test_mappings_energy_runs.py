"""Mappings of measured runs and factors against plain Python over the raw text."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from raw_records import SAMPLES, json_records, mapped, plain_rows

from tracekit.lake.layout import Layout
from tracekit.lake.manifest import read_manifests
from tracekit.sources.load import source

V2, V3, WATER, FACTORS = "mlenergy-v2", "mlenergy-v3", "us-water", "water-factors"
GALLON = 3.785411784


def _v3(task: str) -> list[dict[str, object]]:
    return json_records(SAMPLES / V3 / f"{task}.json", "configurations")


def test_leaderboard_language_models() -> None:
    raw = _v3("lm-arena-chat")
    for number, (row, r) in enumerate(zip(mapped(V3, "llm", raw, "energy_run", task="lm-arena-chat"), raw, strict=True), 1):
        assert (row["run_id"], row["task"], row["model"]) == (f"lm-arena-chat/{number}", "lm-arena-chat", r["model_id"])
        assert (row["device"], row["devices"], row["precision"]) == (r["gpu_model"], r["num_gpus"], r["weight_precision"])
        assert (row["batch_size"], row["batch_size_mean"]) == (r["max_num_seqs"], r["avg_batch_size"])
        assert (row["params_b"], row["active_params_b"]) == (r["total_params_billions"], r["activated_params_billions"])
        assert (row["energy_per_token_j"], row["energy_per_request_j"]) == (r["energy_per_token_joules"], r["energy_per_request_joules"])
        # Power is of all GPUs: tokens per second times joules per token.
        assert row["mean_power_w"] == pytest.approx(row["output_tokens_per_s"] * row["energy_per_token_j"])
        assert row["energy_per_request_j"] == pytest.approx(row["energy_per_token_j"] * r["avg_output_len"])
        assert [row[f"itl_p{q}_s"] for q in (50, 90, 99)] == pytest.approx(
            [r[k] / 1000 for k in ("median_itl_ms", "p90_itl_ms", "p99_itl_ms")]
        )
        expert = f" EP{r['expert_parallel']}" if r["expert_parallel"] > 1 else ""
        assert (row["parallelism"], row["boundary"]) == (f"TP{r['tensor_parallel']}{expert}", "gpu")


@pytest.mark.parametrize("kind", ["image", "video"])
def test_leaderboard_diffusion(kind: str) -> None:
    task = f"text-to-{kind}"
    raw = _v3(task)
    for row, r in zip(mapped(V3, task, raw, "energy_run", task=task), raw, strict=True):
        # An image or a video is a request; it has no tokens.
        assert row["energy_per_request_j"] == r[f"energy_per_{kind}_joules"]
        assert "energy_per_token_j" not in row
        assert (row["outputs_per_s"], row["latency_s"]) == (r[f"throughput_{kind}s_per_sec"], r["batch_latency_s"])
        frames = f"{r['num_frames']} frames, " if kind == "video" else ""
        assert row["variant"] == f"{r[f'{kind}_width']}x{r[f'{kind}_height']}, {frames}{r['inference_steps']} steps"
        assert row["parallelism"] == (f"UP{r['ulysses_degree']}" if r["ulysses_degree"] > 1 else None)


def test_second_generation_documents() -> None:
    paths = sorted((SAMPLES / V2).glob("*llm_text_generation/**/*.json"))
    assert {path.parents[2].name for path in paths} == {"A100-SXM4-40GB", "H100 80GB HBM3"}
    for path in paths:
        r = json.loads(path.read_text())
        task = path.relative_to(SAMPLES / V2).parts[0] + "/chat"
        [row] = mapped(V2, "text", [r], "energy_run", task=task)
        assert (row["task"], row["model"], row["device"]) == (task, f"{path.parts[-3]}/{path.parts[-2]}", path.parts[-4])
        # The name of the file says the same as the document.
        split = f"tp{r['TP']}+pp{r['PP']}"
        assert path.stem == f"bs{row['batch_size']}+{split}"
        assert row["devices"] == r["TP"] * r["PP"]
        assert row["parallelism"] == split.upper().replace("+", " ").removesuffix(" PP1")
        assert row["energy_per_token_j"] == r["Energy/req (J)"] / r["Avg Output Tokens"]
        assert (row["energy_per_request_j"], row["tpot_mean_s"]) == (r["Energy/req (J)"], r["Avg TPOT (s)"])


def test_second_generation_diffusion() -> None:
    for path in sorted((SAMPLES / V2).glob("diffusion/**/*.json")):
        r = json.loads(path.read_text())
        [row] = mapped(V2, "diffusion", [r], "energy_run", task="diffusion/x")
        assert row["energy_per_request_j"] == r.get("Energy/image (J)", r.get("Energy/video (J)"))
        assert row["variant"] == (f"{r['Frames']} frames, 25 steps" if "Frames" in r else "25 steps")
        assert row["outputs_per_s"] == r["Batch size"] / r["Batch latency (s)"]


def test_legacy_runs_and_scores() -> None:
    legacy = SAMPLES / V2 / "legacy"
    raw = plain_rows(legacy / "A100_chat_benchmark.csv")
    for row, r in zip(mapped(V2, "legacy", raw, "energy_run", device="A100", task="chat"), raw, strict=True):
        joules, seconds, tokens = (float(r[name]) for name in ("energy", "latency", "response_length"))
        assert (row["model"], row["device"], row["task"], row["boundary"]) == (r["model"], "A100", "chat", "gpu")
        assert (row["mean_power_w"], row["energy_per_token_j"]) == (joules / seconds, joules / tokens)
        assert (row["energy_per_request_j"], row["latency_s"], row["output_tokens_per_s"]) == (joules, seconds, float(r["throughput"]))
    scores = plain_rows(legacy / "score.csv")
    wanted = [(n, r["model"], name, float(r[name])) for n, r in enumerate(scores, 1) for name in ("arc", "hellaswag", "truthfulqa")]
    for row, (number, model, name, percent) in zip(mapped(V2, "score", scores, "model_accuracy"), wanted, strict=True):
        assert (row["source_row"], row["model"], row["benchmark"]) == (number, model, name)
        assert row["accuracy_ratio"] == pytest.approx(percent / 100)


def test_us_water() -> None:
    raw = plain_rows(SAMPLES / WATER / "water_dataset_sample.csv")
    rows = mapped(WATER, "city-hour", raw, "water_intensity")
    mixes = mapped(WATER, "city-hour", raw, "grid_mix")
    fuels = {"coal": "COAL", "gas": "NATURALGAS", "oil": "PETROLEUM", "nuclear": "NUCLEAR", "hydro": "HYDRO", "solar": "SOLAR"}
    fuels |= {"wind": "WIND", "other": "OTHER"}
    for number, (row, r) in enumerate(zip(rows, raw, strict=True)):
        assert row["wet_bulb_c"] == pytest.approx((float(r["WETBULBTEMPERATUREF"]) - 32) / 1.8)
        assert (row["region"], row["region_id"], row["country_iso3"]) == (r["CITY"], r["ZIP"].rjust(5, "0"), "USA")
        assert row["ewif_l_per_kwh"] == float(r["OFFSITEWUE"])
        assert (row["wue_approach_l_per_kwh"], row["wue_cold_water_l_per_kwh"]) == (
            float(r["ONSITEWUEFIXEDAPPROACH"]),
            float(r["ONSITEWUEFIXEDCOLDWATER"]),
        )
        mix = {m["fuel"]: m for m in mixes[number * 9 : number * 9 + 9]}
        total = sum(float(r[name]) for name in fuels.values())
        assert {fuel: mix[fuel]["generation_mwh"] for fuel in fuels} == {fuel: float(r[name]) for fuel, name in fuels.items()}
        assert mix["total"]["generation_mwh"] == pytest.approx(total)
        assert {fuel: mix[fuel]["share_ratio"] for fuel in fuels} == pytest.approx({f: float(r[n]) / total for f, n in fuels.items()})
        assert {m["started_us"] for m in mix.values()} == {row["started_us"]}
        assert {m["year"] for m in mix.values()} == {2019}


def test_us_water_without_generation_has_no_shares() -> None:
    record = dict.fromkeys(("COAL", "HYDRO", "NATURALGAS", "NUCLEAR", "OTHER", "PETROLEUM", "SOLAR", "WIND"), "0")
    raw = [plain_rows(SAMPLES / WATER / "water_dataset_sample.csv")[0] | record]
    assert {row["share_ratio"] for row in mapped(WATER, "city-hour", raw, "grid_mix")} == {None}


def test_factors_stand_as_they_are_printed() -> None:
    raw = plain_rows(SAMPLES / FACTORS / "factors.csv")
    rows = mapped(FACTORS, "factors", raw, "factor")
    assert [(row["factor_set"], row["version"], row["fuel"]) for row in rows] == [(r["factor_set"], r["version"], r["fuel"]) for r in raw]
    hydro = {(r["factor_set"], r["version"]): r["ewif_l_per_kwh"] for r in rows if r["fuel"] == "hydro" and r["ewif_l_per_kwh"] is not None}
    # The largest disagreement of all, side by side.
    assert sorted(hydro.values()) == [0, 5.32, 5.337428, pytest.approx(4491 * GALLON / 1000, abs=1e-6), 22, 22.675]
    assert len({(r["factor_set"], r["version"], r["scope"], r["fuel"], r["technology"]) for r in rows}) == len(rows)


def test_composite_keys() -> None:
    raw = json_records(SAMPLES / FACTORS / "intensities.json", "*.*")
    rows = {r["_key"]: row for r, row in zip(raw, mapped(FACTORS, "intensities", raw, "factor"), strict=True)}
    expected = {
        "coal-default": ("macknick", "2012", "coal", None),
        "coal-pc-subc-tower": ("macknick", "2012", "coal", "pc-subc-tower"),
        "csp-trough-dry": ("macknick", "2012", "solar", "csp-trough-dry"),
        "hydro": ("macknick", "2012", "hydro", None),
        "solar-pv": ("macknick", "2012", "solar", None),
        "coal-pc-unece-2020": ("unece", "2020", "coal", "pc"),
        "solar-pv-utility-ipcc-2014": ("ipcc", "2014", "solar", "utility"),
        "csp-ipcc-2014": ("ipcc", "2014", "solar", "csp"),
        "nuclear-unece-2020": ("unece", "2020", "nuclear", None),
    }
    assert {key: tuple(rows[key][name] for name in ("factor_set", "version", "fuel", "technology")) for key in expected} == expected
    for r in raw:
        row = rows[r["_key"]]
        water, carbon = row["ewif_l_per_kwh"], row["carbon_g_per_kwh"]
        assert (water is None) != (carbon is None)
        assert carbon == r["_value"] if water is None else water == pytest.approx(r["_value"] * GALLON / 1000)


def test_token_power_runs() -> None:
    paths = sorted((SAMPLES / "tokenpowerbench").glob("*.json"))
    found = [(path, r) for path in paths for r in json_records(path, "*.*")]
    assert len(paths) == len(found) == 5
    assert sum(not json_records(path, "*.*") for path in paths) == 1
    for path, r in found:
        [row] = mapped("tokenpowerbench", "results", [r], "energy_run", run=path.stem)
        assert row["model"] == ("acme/Large-8B" if "acme" in path.name else r["_key"])
        assert row["devices"] == sum(name.startswith("gpu") and name.endswith("_power_watts") for name in r)
        assert row["run_id"] == f"{path.stem}/{r['batch_size']}"
        # The GPUs' energy whatever else was measured.
        assert row["energy_j"] == row["gpu_energy_j"] == r["gpu_energy"]
        assert row["energy_per_token_j"] == r["gpu_energy_per_token"] == pytest.approx(r["gpu_energy"] / r["total_output_tokens"])
        # As published here; the erratum makes it unknown.
        assert row["energy_per_request_j"] == r["gpu_energy_per_response"] != r["gpu_energy"] / r["responses"]
        assert row["output_tokens_per_s"] == pytest.approx(r["total_output_tokens"] / r["duration"])
        assert (row["framework"], row["boundary"]) == (r["engine"], "gpu")


def test_zeus() -> None:
    raw = plain_rows(SAMPLES / "zeus-nsdi23" / "summary_power_v100.csv")
    for row, r in zip(mapped("zeus-nsdi23", "power", raw, "energy_run", device="v100"), raw, strict=True):
        assert (row["task"], row["model"], row["device"], row["boundary"]) == (r["dataset"], r["network"], "V100", "gpu")
        assert (row["batch_size"], row["power_limit_w"], row["epochs"]) == (int(r["batch_size"]), float(r["power_limit"]), 1)
        assert row["energy_j"] == pytest.approx(float(r["time_per_epoch"]) * float(r["average_power"]))
    raw = [r | {"target_epoch": r["target_epoch"].replace("nan", "")} for r in plain_rows(SAMPLES / "zeus-nsdi23" / "summary_train.csv")]
    rows = mapped("zeus-nsdi23", "train", raw, "energy_run")
    for row, r in zip(rows, raw, strict=True):
        assert row["epochs"] == (int(r["target_epoch"]) if r["target_epoch"] else None)
        # A word error rate of 60 and an F1 of 84 are no accuracies.
        assert row["accuracy_ratio"] == (float(r["target_metric"]) if r["dataset"] == "cifar100" else None)
        assert r["learning_rate"] in row["variant"]
    assert {row["epochs"] for row in rows} > {None}


@pytest.mark.parametrize("version", ["2.5.0", "3.2.3", "3.3.0"])
def test_codecarbon_rows(version: str) -> None:
    raw = plain_rows(SAMPLES / "codecarbon" / f"emissions_{version}.csv")
    for row, r in zip(mapped("codecarbon", "emissions", raw, "energy_run"), raw, strict=True):
        assert row["energy_j"] == pytest.approx(float(r["energy_consumed"]) * 3.6e6)
        parts = [row[f"{part}_energy_j"] for part in ("cpu", "gpu", "ram")]
        assert sum(parts) == pytest.approx(row["energy_j"])
        # The PUE is inside the energy and not inside the powers.
        watts = sum(float(r[f"{part}_power"]) for part in ("cpu", "gpu", "ram"))
        assert row["mean_power_w"] == pytest.approx(watts * float(r["pue"]))
        assert row["carbon_g"] == pytest.approx(float(r["emissions"]) * 1000)
        assert row["water_l"] == (float(r["water_consumed"]) if "water_consumed" in r else None)
        assert row["boundary"] == ("facility" if float(r["pue"]) > 1 else "server")
        assert (row["device"], row["devices"]) == ("1 x Sample GPU", 1)
        assert version in row["variant"]
    [bare] = mapped("codecarbon", "emissions", [raw[0] | {"gpu_count": "", "gpu_model": ""}], "energy_run")
    assert bare["device"] == "Sample CPU"
    assert (bare["task"], bare["is_part"]) == (raw[0]["project_name"], None)
    [task] = mapped("codecarbon", "emissions", [raw[0] | {"task_name": "train"}], "energy_run")
    assert (task["task"], task["is_part"], task["run_id"]) == ("train", True, raw[0]["run_id"])


def test_factors_that_ship_are_taken_without_a_path(cli: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path) -> None:
    done = cli("ingest", "water-factors", "--lake", tmp_path / "lake")
    assert done.returncode == 0, done.stderr
    [manifest] = read_manifests(Layout(tmp_path / "lake"), "water-factors")
    # Published figures, not a synthetic sample.
    assert (manifest.is_synthetic, manifest.tables["factor"].rejected) == (False, 0)
    assert manifest.tables["factor"].rows == len(plain_rows(source("water-factors").shipped[0]))
    refused = cli("ingest", "burstgpt", "--lake", tmp_path / "lake")
    assert (refused.returncode, "no PATH given" in refused.stderr) == (2, True)
