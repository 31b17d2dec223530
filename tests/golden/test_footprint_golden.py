"""Footprints of hand-made requests against plain arithmetic, and against the figures of the papers."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest
from handmade import make_traces, req

from tracekit.api import Lake
from tracekit.errors import UsageError

EPOCH = dt.datetime(1970, 1, 1)
KWH = 3.6e6
LLAMA = "meta-llama/Llama-3.1-8B-Instruct"
# arXiv:2412.03716: a report of 5,000 tokens takes 52.25 Wh.
REPORT = {"energy_per_token_j": 52.25 * 3600 / 5000}
US = {"wue_l_per_kwh": 0.36, "pue": 1.4, "ewif_l_per_kwh": 4.52}
OUTPUTS = [100, 250, None, 50]
# Configurations of one model, measured twice on each of two devices.
LLAMA_J = [0.5, 0.2, 0.3, 0.04670]
# Calls of two sessions (input, cached, output): every one reads what was written before; one has no count.
SESSIONS = {
    "a": [(100, None, 20), (150, 30, 40), (220, None, 10)],
    "b": [(50, None, 30), (110, 0, 30)],
    "c": [(10, None, None), (20, None, 5)],
}


def _run(model: str, joules: float | None, **more: object) -> dict[str, object]:
    own = {"run_id": f"{model}-{joules}", "model": model, "task": "chat", "device": "H100", "energy_per_token_j": joules, "boundary": "gpu"}
    return own | more


def _month(country: str, iso3: str, month: int, wue: float | None, ewif: float, **more: object) -> dict[str, object]:
    start = dt.datetime(2023, month, 1) - EPOCH
    row = {"region_id": iso3, "region": country, "country_iso3": iso3, "started_us": start // dt.timedelta(microseconds=1)}
    return row | {"wue_cold_water_l_per_kwh": wue, "ewif_l_per_kwh": ewif} | more


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """Two places with unequal months, one of them without a PUE; a mix under two factor tables; four measured runs."""
    runs = [
        _run(LLAMA, 0.5, batch_size=8, devices=1),
        _run(LLAMA, 0.2, batch_size=64, devices=1),
        _run(LLAMA, 0.3, batch_size=64, devices=1, device="B200"),
        _run(LLAMA, 0.04670, batch_size=2048, devices=1, device="B200"),
        _run("big", 4.0, task="chat"),
        _run("middle", 1.0),
        _run("nothing", None),
        _run("org/Seer-VL-8B", 0.7),
        _run("org/looker", 0.9, task="image-chat"),
        _run("org/looker", 1.1, task="image-chat"),
        _run("org/watcher", 0.8, task="video-chat"),
    ]
    # The same model measured elsewhere, by fewer configurations and with another boundary: never pooled.
    others = [_run(LLAMA, 9.0, boundary="server"), _run("most/frugal", 0.01, task=None)]
    sessions = [
        req(i * 10**6, read, out, session_id=name, cached_tokens=cached, turn=turn)
        for name, calls in SESSIONS.items()
        for turn, (i, (read, cached, out)) in enumerate(enumerate(calls), 1)
    ]
    water = [
        _month("Aland", "AAA", 1, 1.0, 5.0, pue=1.2, leakage_ratio=0.25),
        _month("Aland", "AAA", 1, 2.0, 5.0, pue=1.2, leakage_ratio=0.25),
        _month("Aland", "AAA", 2, 4.0, 3.0, pue=1.2, leakage_ratio=0.25),
        _month("Boland", "BBB", 1, 1.2, 2.0),
        _month("Dry", "CCC", 1, None, 1.0),
    ]
    bare = [_month("DDD", "DDD", 1, None, 1.0)]
    mix = [
        {"region_id": "AAA", "region": "Aland", "country_iso3": "AAA", "fuel": fuel, "share_ratio": share, "carbon_g_per_kwh": carbon}
        for fuel, share, carbon in [("coal", 0.25, None), ("hydro", 0.75, None), ("total", 1.0, 200.0)]
    ]
    mix += [
        {"region_id": iso3, "region": name, "country_iso3": iso3, "fuel": "total", "share_ratio": 1.0, "carbon_g_per_kwh": carbon}
        for name, iso3, carbon in [("Cloudland", "DDD", 50.0), ("Mixland", "EEE", 70.0)]
    ]
    values = [("one", "coal", 2.0), ("one", "hydro", 6.0), ("two", "coal", 1.8), ("two", "hydro", 22.0), ("few", "coal", 9.0)]
    factors = [{"factor_set": name, "version": "1", "fuel": fuel, "ewif_l_per_kwh": value} for name, fuel, value in values]
    tables = {
        "llm_request": {("asks", "t"): [req(i * 10**6, 10, out) for i, out in enumerate(OUTPUTS)], ("asks", "u"): [req(0, 1, 5000)]}
        | {("asks", "images"): [req(0, 1, 100, images=0), req(1, 1, 100, images=2)], ("asks", "talks"): sessions},
        "energy_run": {("meter", "v"): runs, ("wall", "w"): others},
        "water_intensity": {("wet", "m"): water, ("bare", "c"): bare, ("bare", "d"): bare},
        "grid_mix": {("mixes", "g"): mix},
        "factor": {("tables", "f"): factors},
    }
    return make_traces(tmp_path_factory.mktemp("footprint") / "lake", tables, EPOCH)


def _one(lake: Lake, **params: object) -> dict[str, object]:
    rows = lake.run("footprint/llm_water", {"trace": "t", **params}).records()
    assert len(rows) == 1
    return rows[0]


def test_energy_water_and_carbon_of_a_place(lake: Lake) -> None:
    row = _one(lake, region="aaa", place="wet/m", model="llama-3.1-8b-instruct")
    tokens = sum(out or 0 for out in OUTPUTS)
    kwh = tokens * float(np.median(LLAMA_J)) / KWH
    # Means of months, not of rows.
    wue, ewif = (1.5 + 4.0) / 2, (5.0 + 3.0) / 2
    assert (row["requests"], row["output_tokens"], row["region"], row["place"]) == (4, tokens, "Aland", "wet/m")
    assert row["energy_kwh"] == pytest.approx(kwh)
    assert row["onsite_l"] == pytest.approx(kwh * wue * 1.25)
    assert row["offsite_l"] == pytest.approx(kwh * 1.2 * ewif)
    assert row["water_l"] == pytest.approx(row["onsite_l"] + row["offsite_l"])
    assert row["water_per_request_ml"] == pytest.approx(row["water_l"] * 1000 / 4)
    assert row["carbon_g"] == pytest.approx(kwh * 1.2 * 200)
    # The place's own 4.0, table one's 5.0, table two's 16.95; table few covers a quarter of the mix and is left out.
    low, high = tokens * min(LLAMA_J) / KWH, tokens * max(LLAMA_J) / KWH
    assert row["low_l"] == pytest.approx(low * (wue * 1.25 + 1.2 * 4.0))
    assert row["high_l"] == pytest.approx(high * (wue * 1.25 + 1.2 * (0.25 * 1.8 + 0.75 * 22)))
    assert row["boundary"] == "gpu"
    assert row["energy_basis"] == (
        f"{LLAMA} on 1 × B200 and H100, batch size 8 to 2048, chat, the median of 4 runs from 0.0467 to 0.5 J per token in meter/v"
    )
    assert "1 requests without a count" in str(row["assumptions"])
    assert "range over 2 factor tables and the measured runs" in str(row["assumptions"])


def test_without_a_pue_the_sum_stays_unknown(lake: Lake) -> None:
    row = _one(lake, region="Boland", model=LLAMA)
    assert row["pue"] is None
    assert row["offsite_l"] is row["water_l"] is row["carbon_g"] is row["low_l"] is None
    assert row["onsite_l"] == pytest.approx(row["energy_kwh"] * 1.2)
    assert "PUE unknown" in str(row["assumptions"])


def test_stated_values_win_over_tables(lake: Lake) -> None:
    stated = {"pue": 1.5, "wue_l_per_kwh": 0.5, "ewif_l_per_kwh": 3.0, "leakage_ratio": 0.1, "carbon_g_per_kwh": 100.0}
    row = _one(lake, region="Aland", energy_per_token_j=2.0, boundary="gpu", it_factor=1.6, **stated)
    kwh = row["output_tokens"] * 2.0 * 1.6 / KWH
    assert row["energy_kwh"] == pytest.approx(kwh)
    assert row["water_l"] == pytest.approx(kwh * (0.5 * 1.1 + 1.5 * 3.0))
    assert row["low_l"] == row["high_l"] == pytest.approx(row["water_l"])
    assert row["carbon_g"] == pytest.approx(kwh * 1.5 * 100)
    assert row["boundary"] == "server"
    assert str(row["energy_basis"]).startswith("stated")
    # One stated value leaves the others to the table.
    row = _one(lake, region="Aland", energy_per_token_j=2.0, pue=2.0)
    assert row["water_l"] == pytest.approx(row["energy_kwh"] * (2.75 * 1.25 + 2.0 * 4.0))


def test_facility_energy_has_the_pue_inside(lake: Lake) -> None:
    inside, outside = (_one(lake, region="Aland", energy_per_token_j=2.0, boundary=b) for b in ("facility", "server"))
    assert inside["energy_kwh"] == outside["energy_kwh"]
    assert inside["water_l"] == pytest.approx(outside["water_l"] / 1.2)
    assert _one(lake, region="Boland", energy_per_token_j=2.0, boundary="facility")["onsite_l"] is None


@pytest.mark.parametrize(
    ("asked", "joules"),
    [({}, LLAMA_J), ({"device": "h100"}, [0.5, 0.2]), ({"batch_size": 64}, [0.2, 0.3]), ({"batch_size": 8, "device": "H100"}, [0.5])],
)
def test_the_median_of_the_configurations_is_taken(asked: dict[str, object], joules: list[float], lake: Lake) -> None:
    row = _one(lake, place="wet/m", region="Aland", model=LLAMA, **asked)
    assert row["energy_per_token_j"] == pytest.approx(np.median(joules))
    litres = row["water_l"] / np.median(joules)
    assert row["low_l"] == pytest.approx(litres * min(joules))
    assert row["high_l"] / row["low_l"] == pytest.approx(
        max(joules) / min(joules) * (2.75 * 1.25 + 1.2 * 16.95) / (2.75 * 1.25 + 1.2 * 4.0)
    )
    assert ("the only run" in str(row["energy_basis"])) == (len(joules) == 1)


def test_without_a_model_the_middle_one_of_the_modality_is_taken(lake: Lake) -> None:
    # Of text: most/frugal .01, Llama .25 here and 9 elsewhere, middle 1, big 4.
    assert _one(lake, place="wet/m", region="Aland")["energy_per_token_j"] == 1.0
    assert str(_one(lake, place="wet/m", region="Aland")["energy_basis"]).startswith(
        "no model named: the middle one of 5 measured, middle on H100"
    )
    # Of images: the model by its name .7, the other by its task 1.0.
    image = _one(lake, place="wet/m", region="Aland", trace="images")
    assert (image["energy_per_token_j"], "org/Seer-VL-8B" in str(image["energy_basis"])) == (0.7, True)
    assert _one(lake, place="wet/m", region="Aland", trace="images", model="org/looker")["energy_per_token_j"] == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("trace", "model", "kind"),
    [
        ("t", "org/Seer-VL-8B", "text"),
        ("t", "looker", "text"),
        ("t", "watcher", "text"),
        ("images", LLAMA, "image"),
        ("images", "watcher", "image"),
    ],
)
def test_a_model_of_another_modality_prices_nothing(trace: str, model: str, kind: str, lake: Lake) -> None:
    row = _one(lake, place="wet/m", region="Aland", trace=trace, model=model)
    assert row["energy_kwh"] is row["water_l"] is row["low_l"] is None
    assert row["energy_basis"] == f"no measured {kind} run fits {model}"
    for name in ("footprint/over_time", "footprint/agents"):
        more = {"calls_per_task": 2} if name.endswith("agents") else {}
        rows = lake.run(name, {"trace": trace, "model": model, **more}).records()
        assert {r["energy_basis"] for r in rows} == {f"no measured {kind} run fits {model}"}
    rows = lake.run("footprint/model_switch", {"trace": trace, "small_model": model, "thresholds_tokens": [10]}).records()
    assert [(r["small_model"], r["saved_kwh"]) for r in rows] == [(None, None)]


@pytest.mark.parametrize(
    ("name", "given", "words"),
    [
        (
            "footprint/llm_water",
            {"model": "lama-3.1-8b-instruct"},
            "model='lama-3.1-8b-instruct' is not in this lake. Did you mean 'Llama-3.1-8B-Instruct'?",
        ),
        ("footprint/llm_water", {"region": "Alant"}, "region='Alant' is not in this lake. Did you mean 'Aland'?"),
        ("footprint/llm_water", {"device": "H10"}, "Did you mean 'H100'?"),
        ("footprint/llm_water", {"task": "chatt"}, "Did you mean 'chat'?"),
        ("footprint/over_time", {"region": "AAB"}, "Did you mean 'AAA'?"),
        ("footprint/agents", {"model": "mid"}, "Did you mean 'middle'?"),
        ("footprint/answer", {"region": "Bolant"}, "Did you mean 'Boland'?"),
        ("footprint/answer", {"region": "Boland", "dataset": "mixes"}, "region='Boland' is not in mixes"),
        ("footprint/place", {"region": "Drie"}, "it has: AAA, Aland, BBB, Boland, CCC, Cloudland, DDD, Dry"),
        ("footprint/energy_model", {"model": "middel"}, "Did you mean 'middle'?"),
        ("footprint/model_switch", {"large_model": "bigg"}, "Did you mean 'big'?"),
        ("footprint/model_switch", {"small_model": "bigg"}, "Did you mean 'big'?"),
    ],
)
def test_a_name_that_the_lake_does_not_have_is_refused(name: str, given: dict[str, object], words: str, lake: Lake) -> None:
    with pytest.raises(UsageError) as refused:
        lake.run(name, given)
    assert words in str(refused.value)
    assert refused.value.exit_code == 2


def test_a_name_that_is_a_mere_label_is_not_looked_up(lake: Lake) -> None:
    row = _one(lake, region="Atlantis", model="mine", energy_per_token_j=2.0, **US)
    assert (row["region"], row["energy_per_token_j"]) == ("Atlantis", 2.0)


def test_names_and_codes_find_the_same_places(lake: Lake) -> None:
    def found(region: str) -> list[tuple[object, object, object]]:
        return [
            (r["place"], r["region"], r["carbon_g_per_kwh"])
            for r in lake.run("footprint/llm_water", {"trace": "t", "region": region}).records()
        ]

    # One source gives the code for a name, the other the name: either word finds both.
    assert found("Aland") == found("aaa") == [("wet/m", "Aland", 200.0)]
    assert found("Cloudland") == found("DDD") == [("bare/c", "DDD", 50.0), ("bare/d", "DDD", 50.0)]
    names = {(r["dataset"], r["region"], r["name"]) for r in lake.run("footprint/region").records()}
    assert {("bare", "DDD", "DDD"), ("bare", "DDD", "Cloudland"), ("mixes", "Cloudland", "DDD")} <= names


def test_a_country_with_a_mix_alone_is_shown_with_what_is_known(lake: Lake) -> None:
    row = _one(lake, region="Mixland", pue=1.5, model=LLAMA)
    assert (row["place"], row["water_l"]) == ("mixes/g", None)
    assert row["carbon_g"] == pytest.approx(row["energy_kwh"] * 1.5 * 70)


def test_rows_of_one_country_are_told_apart_in_the_first_columns(lake: Lake) -> None:
    for name in ("footprint/llm_water", "footprint/over_time", "footprint/agents"):
        more = {"calls_per_task": 2} if name.endswith("agents") else {}
        result = lake.run(name, {"trace": "t", "region": "Cloudland", **more})
        assert result.columns[:4] == ["dataset", "trace", "region", "place"]
        assert len({row[:4] for row in result.rows}) == 2


def test_places_and_traces_are_never_pooled(lake: Lake) -> None:
    rows = [r for r in lake.run("footprint/llm_water", {"pue": 1.4}).records() if r["trace"] in ("t", "u")]
    assert [(r["trace"], r["region"]) for r in rows] == [(t, p) for t in ("t", "u") for p in ("Aland", "Boland")]
    assert [r["region"] for r in lake.run("footprint/llm_water", {"trace": "t", "pue": 1.4, "wue_l_per_kwh": 1.0}).records()] == [
        "DDD",
        "DDD",
        "Aland",
        "Boland",
        "Dry",
    ]


def test_a_factor_table_can_give_the_water_of_electricity(lake: Lake) -> None:
    rows = lake.run("footprint/llm_water", {"trace": "t", "factor_set": "two", "wue_l_per_kwh": 1.0, "pue": 1.1, "model": "big"}).records()
    # The country of the mix, once from the water table's place and once from the mix itself.
    assert [(r["place"], r["region"]) for r in rows] == [("mixes/g", "Aland"), ("wet/m", "Aland")]
    [alone] = lake.run("footprint/llm_water", {"trace": "t", "factor_set": "two", "wue_l_per_kwh": 1.0, "place": "wet/m"}).records()
    assert (alone["place"], alone["region"]) == ("wet/m", "Aland")
    assert [r["ewif_l_per_kwh"] for r in rows] == pytest.approx([0.25 * 1.8 + 0.75 * 22] * 2)


def test_us_reference_of_the_smallest_measured_chat_model(lake: Lake) -> None:
    row = _one(lake, model=LLAMA, batch_size=2048, **US)
    assert row["region"] == "stated"
    assert row["water_per_ktok_ml"] == pytest.approx(0.08675, abs=1e-5)


@pytest.mark.parametrize(
    ("params", "litres"),
    [
        # arXiv:2412.03716: global reference and headline, from the inputs printed there.
        ({"wue_l_per_kwh": 1.07, "pue": 1.42, "ewif_l_per_kwh": 4.807}, 0.4126),
        ({"wue_l_per_kwh": 1.45, "leakage_ratio": 0.40, "pue": 2.0, "ewif_l_per_kwh": (12.6338 - 1.45 * 1.4) / 2}, 0.660),
    ],
)
def test_report_of_the_african_paper(params: dict[str, float], litres: float, lake: Lake) -> None:
    row = _one(lake, **{**params, **REPORT, "trace": "u"})
    assert row["energy_kwh"] == pytest.approx(0.05225)
    assert row["water_l"] == pytest.approx(litres, abs=6e-4 if litres > 0.5 else 5e-5)


def test_factor_tables_disagree(lake: Lake) -> None:
    by_set = {r["factor_set"]: r for r in lake.run("energy/ewif_by_factor_set").records()}
    assert by_set["one 1"]["ewif_l_per_kwh"] == pytest.approx(5.0)
    assert by_set["two 1"]["ewif_l_per_kwh"] == pytest.approx(16.95)
    assert (by_set["few 1"]["ewif_l_per_kwh"], by_set["few 1"]["covered_ratio"]) == (None, 0.25)
    [row] = lake.run("energy/ewif_range").records()
    assert (row["low_set"], row["high_set"], row["factor_sets"]) == ("one 1", "two 1", 2)
    assert row["ratio"] == pytest.approx(16.95 / 5)


def test_over_time_adds_up_to_the_total(lake: Lake) -> None:
    rows = lake.run("footprint/over_time", {"trace": "t", "window_s": 2.0, "region": "Aland", "model": LLAMA}).records()
    total = _one(lake, region="Aland", model=LLAMA)
    assert [r["requests"] for r in rows] == [2, 2]
    assert [r["at_h"] for r in rows] == pytest.approx([0, 2 / 3600])
    for name in ("energy_kwh", "onsite_l", "offsite_l", "water_l", "carbon_g"):
        assert sum(r[name] for r in rows) == pytest.approx(total[name])
    alone = lake.run("footprint/over_time", {"trace": "t", "model": LLAMA}).records()
    assert [(r["requests"], r["region"], r["water_l"]) for r in alone] == [(4, None, None)]


def test_model_switching(lake: Lake) -> None:
    asked = {"field": "output", "thresholds_tokens": [60, 100], "large_model": "big", "small_model": LLAMA}
    rows = lake.run("footprint/model_switch", {"trace": "t", **asked}).records()
    outputs = [out for out in OUTPUTS if out is not None]
    for row in rows:
        small = sum(out for out in outputs if out <= row["threshold_tokens"])
        large = sum(outputs) - small
        assert row["small_token_share"] == pytest.approx(small / sum(outputs))
        joules = float(np.median(LLAMA_J))
        assert row["saved_kwh"] == pytest.approx(small * (4.0 - joules) / KWH)
        assert row["saved_ratio"] == pytest.approx(1 - (small * joules + large * 4.0) / (sum(outputs) * 4.0))
    [row] = lake.run("footprint/model_switch", {"trace": "t", "thresholds_tokens": [10], "large_j": 4.0, "small_j": 1.0}).records()
    assert (row["small_share"], row["saved_ratio"]) == (1, 0.75)
    [row] = lake.run("footprint/model_switch", {"trace": "t", "thresholds_tokens": [10]}).records()
    assert (row["large_model"], row["small_model"]) == ("middle", "most/frugal")


def test_agents(lake: Lake) -> None:
    rows = lake.run("footprint/agents", {"calls_per_task": 12, "tokens_per_call": 300, "energy_per_token_j": 2.0, **US}).records()
    assert [r["trace"] for r in rows] == ["images", "t", "talks", "u"]
    wh = 12 * 300 * 2.0 / 3600
    assert rows[1]["energy_per_task_wh"] == pytest.approx(wh)
    assert rows[1]["water_per_task_ml"] == pytest.approx(wh * (0.36 + 1.4 * 4.52))
    # Every call reads the prompt of 10 tokens and all answers so far: far more than twelve single calls.
    assert rows[1]["to_one_call"] == pytest.approx(sum(10 + 300 * call + 300 for call in range(12)) / (10 + 300))
    # Neither stated nor sessions in the trace: nothing to say.
    assert [r["trace"] for r in lake.run("footprint/agents").records()] == ["talks"]


@pytest.mark.parametrize("weight", [1.0, 0.25, 0.0])
def test_a_task_costs_the_context_that_it_reads_again(weight: float, lake: Lake) -> None:
    [row] = lake.run("footprint/agents", {"trace": "talks", "input_weight": weight, "energy_per_token_j": 2.0}).records()
    assert (row["tasks"], row["calls_per_task"]) == (3, pytest.approx(7 / 3))
    # Session c has a call without a count; what the cache held is not read again.
    costs = {name: [weight * (read - (cached or 0)) + (out or 0) for read, cached, out in SESSIONS[name]] for name in "ab"}
    assert row["to_one_call"] == pytest.approx(sum(map(sum, costs.values())) / sum(calls[0] for calls in costs.values()))
    [row] = lake.run(
        "footprint/agents", {"trace": "talks", "input_weight": weight, "energy_per_token_j": 2.0, "calls_per_task": 4}
    ).records()
    answer = np.mean([out for calls in SESSIONS.values() for _, _, out in calls if out is not None])
    prompt = np.mean([SESSIONS[name][0][0] for name in "ab"])
    cost = sum(weight * (prompt + call * answer) + answer for call in range(4))
    assert row["to_one_call"] == pytest.approx(cost / (weight * prompt + answer))


def test_answer_against_the_world(lake: Lake) -> None:
    rows = {r["region"]: r for r in lake.run("footprint/answer", {"dataset": "wet", "energy_wh": 10.0}).records()}
    assert rows["Aland"]["water_ml"] == pytest.approx(10 * (2.75 * 1.25 + 1.2 * 4.0))
    assert rows["Aland"]["to_reference"] == pytest.approx((2.75 * 1.25 + 1.2 * 4.0) / 7.89594)
    assert rows["Boland"]["water_ml"] is None
    world = {"wue_l_per_kwh": 1.07, "pue": 1.42, "ewif_l_per_kwh": 4.807}
    [row] = lake.run("footprint/answer", world).records()
    assert (row["to_reference"], row["water_l"]) == (pytest.approx(1), pytest.approx(0.4126, abs=5e-5))
