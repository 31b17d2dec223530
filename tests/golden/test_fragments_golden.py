"""Every fragment against a table that was worked out by hand."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from handmade import make_traces

from tracekit.api import Lake
from tracekit.query import library
from tracekit.query.run import run

S = 1_000_000
DAY = 86_400
STREAM = "llm_request"


def _days(day: int) -> int:
    return day * DAY * S


ARRIVALS = [(5, 10, 5), (6, 10, 5), (6, 20, 5), (7.5, None, 5), (9, 10, 7), (14, 20, 7), (15, 30, None)]
PARTS = {"pod_allocation_s": 0.5, "deploy_code_s": 0.25, "deploy_dependency_s": 0.0, "scheduling_s": 0.25, "init_s": 1.0}
RUN = {"run_id": "run", "model": "A", "device": "H", "task": "chat", "batch_size": 1, "boundary": "gpu"}
COUNT = {"metric": "invocations", "stat": "sum", "app_id": "a", "user_id": "w", "width_s": 3600.0}
REGION = {"region": "R", "region_id": "r", "country_iso3": "AAA", "width_s": float(DAY)}
CELL = {"entity_kind": "cell", "parent_id": "B", "width_s": 60.0}

TABLES: dict[str, dict[tuple[str, str], list[dict[str, Any]]]] = {
    "llm_request": {
        ("d", "l"): [{"arrived_us": round(s * S), "input_tokens": i, "output_tokens": o} for s, i, o in ARRIVALS],
        # Two arrivals have no extent that says anything.
        ("d", "two"): [{"arrived_us": 0}, {"arrived_us": S}],
    },
    "function_invocation": {
        ("d", "f"): [
            {
                "app_id": "a",
                "function_id": "x",
                "user_id": "u",
                "started_us": 0,
                "duration_s": 1.0,
                "memory_used_mb": 64.0,
                "cpu_cores": 1.0,
            },
            {"app_id": "a", "function_id": "x", "user_id": "u", "started_us": 10 * S, "duration_s": 3.0, "memory_mb": 128.0},
            {"app_id": "a", "function_id": "y", "user_id": "v", "started_us": 4 * S},
        ]
    },
    "function_rate": {
        ("d", "c"): [
            {**COUNT, "function_id": "x", "started_us": 0, "value": 2.0, "width_s": 60.0},
            {**COUNT, "function_id": "x", "started_us": 0, "value": 5.0},
            {**COUNT, "function_id": "x", "started_us": 3600 * S, "value": 0.0},
            {**COUNT, "function_id": "z", "started_us": 3600 * S, "value": 7.0, "trigger": "http"},
            {**COUNT, "function_id": "x", "started_us": 0, "value": 9.0, "metric": "pods", "width_s": 7200.0},
        ]
    },
    "function_profile": {
        ("d", "s"): [
            {"function_id": "x", "runtime": "Go", "cpu_cores": 0.3, "memory_mb": 128.0, "duration_mean_s": 2.0, "memory_mean_mb": 50.0},
            {"function_id": "y", "cpu_cores": 1.0, "memory_mb": 128.0},
            {"function_id": "k"},
        ]
    },
    "cold_start": {
        ("d", "s"): [
            {"function_id": "x", "pod_id": "p", "occurred_us": S, "total_s": 2.0, **PARTS},
            {"function_id": "q", "runtime": "Java", "occurred_us": 3 * S, "init_s": 0.5},
        ],
        ("d", "n"): [{"function_id": "x", "occurred_us": S, "init_s": 3.0}],
    },
    "power_sample": {
        ("d", "w"): [
            {"entity_id": "m", "entity_kind": "gpu", "sampled_us": s * S, "power_w": w}
            for s, w in [(0, 100.0), (10, 200.0), (20, 100.0), (200, 100.0)]
        ],
        ("d", "cells"): [
            {**CELL, "entity_id": "B1", "sampled_us": 0, "load_ratio": 0.4},
            {**CELL, "entity_id": "B2", "sampled_us": 0, "load_ratio": 0.4, "mode": "sleep", "mode_ratio": 0.5},
            {**CELL, "entity_id": "B1", "sampled_us": 60 * S, "load_ratio": 0.6},
            {"entity_id": "B", "entity_kind": "site", "sampled_us": 0, "energy_index": 30.0, "width_s": 60.0},
        ],
    },
    "energy_run": {
        ("d", "r"): [
            {**RUN, "energy_per_token_j": 1.0, "energy_per_request_j": 10.0},
            {**RUN, "energy_per_token_j": 3.0},
            {**RUN, "model": "B", "batch_size": 2, "energy_per_token_j": 2.0},
            {**RUN, "task": "code"},
        ]
    },
    "cluster_job": {
        ("d", "j"): [{"job_id": str(i), "gpu_model": model, "status": "completed"} for i, model in enumerate(["V", "V", "T", None])]
    },
    "machine": {
        ("d", "j"): [
            {"machine_id": "1", "gpus": 8.0, "cpus": 64.0, "gpu_model": "V"},
            {"machine_id": "2", "gpus": 8.0, "cpus": 64.0, "gpu_model": "V"},
            {"machine_id": "3", "gpus": 4.0, "gpu_model": "T"},
        ]
    },
    "water_intensity": {
        ("d", "h"): [
            {
                **REGION,
                "started_us": _days(4),
                "wue_cold_water_l_per_kwh": 1.0,
                "wue_approach_l_per_kwh": 7.0,
                "ewif_l_per_kwh": 2.0,
                "pue": 1.5,
            },
            {
                **REGION,
                "started_us": _days(19),
                "wue_cold_water_l_per_kwh": 3.0,
                "leakage_ratio": 0.25,
                "carbon_g_per_kwh": 9.0,
                "wet_bulb_c": 4.0,
            },
            {**REGION, "started_us": _days(31), "wue_reported_l_per_kwh": 5.0},
            {**REGION, "started_us": 0, "width_s": 366.0 * DAY, "wue_cold_water_l_per_kwh": 100.0},
        ]
    },
}

STATED = {"energy_per_token_j": 2.0, "boundary": "facility", "it_factor": 1.5, "wue_l_per_kwh": 1.0, "ewif_l_per_kwh": 2.0, "pue": 1.25}
BASIS = "WUE stated; EWIF stated; leakage unknown, taken as none; PUE stated; carbon unknown"
PLACE = (True, "stated/stated", "stated", None, 1.0, 2.0, None, 1.25, None, 2.0, 2.0, 0, BASIS)
JANUARY, FEBRUARY = dt.datetime(2020, 1, 1), dt.datetime(2020, 2, 1)

# Fragment, parameters, the table: every column after the dataset.
CASES: list[tuple[str, dict[str, Any], list[tuple[Any, ...]]]] = [
    ("arrival/_extent", {"stream": STREAM}, [("l", STREAM, 5 * S, 10 * S, 7)]),
    (
        "arrival/_scales",
        {"stream": STREAM, "windows_s": [2, 20, 2]},
        [("l", STREAM, 2.0, 5, 2 * S, 5 * S, 7), ("l", STREAM, 20.0, 0, 20 * S, 5 * S, 7)],
    ),
    (
        "arrival/_window_counts",
        {"stream": STREAM, "windows_s": [2, 20]},
        # Of the length of which there is no full window that is all there is to say.
        [("l", STREAM, 2.0, 5, 2 * S, 7, i, n) for i, n in [(0, 3), (1, 1), (2, 1), (4, 1)]]
        + [("l", STREAM, 20.0, 0, 20 * S, 7, None, None)],
    ),
    ("arrival/_series", {"stream": STREAM, "window_s": 2}, [("l", STREAM, 5, None, i, n) for i, n in [(0, 3), (1, 1), (2, 1), (4, 1)]]),
    (
        "arrival/_segments",
        {"stream": STREAM},
        [("l", STREAM, i, n) for i, n in [(0, 1), (10, 2), (25, 1), (40, 1), (90, 1), (99, 1)]],
    ),
    # Gaps of one second and of zero: mean and deviation are half a second.
    (
        "arrival/_window_gaps",
        {"stream": STREAM, "window_s": 2, "min_gaps": 1},
        [("l", STREAM, 2.0, 5, 2 * S, 5 * S, 0, 3, 2, S, S / 2, 1.0)],
    ),
    (
        "arrival/_window_gaps",
        {"stream": STREAM, "window_s": 2, "min_gaps": 3},
        [("l", STREAM, 2.0, 5, 2 * S, 5 * S, None, None, None, None, None, None)],
    ),
    (
        "llm/_length_counts",
        {"trace": "l"},
        [("l", "input", 10, 3), ("l", "input", 20, 2), ("l", "input", 30, 1), ("l", "output", 5, 4), ("l", "output", 7, 2)],
    ),
    ("llm/_length_counts", {"field": "output"}, [("l", "output", 5, 4), ("l", "output", 7, 2)]),
    (
        "serverless/_counts",
        {},
        [
            ("c", "a", "x", "w", None, 0, 3600.0, 5.0, 2),
            ("c", "a", "x", "w", None, 3600 * S, 3600.0, 0.0, 3),
            ("c", "a", "z", "w", "http", 3600 * S, 3600.0, 7.0, 4),
        ],
    ),
    (
        "serverless/_functions",
        {},
        [
            ("c", "count", "a", "x", 5.0, None, None, None),
            ("c", "count", "a", "z", 7.0, "http", None, None),
            ("f", "event", "a", "x", 2.0, None, 1.0, 128.0),
            ("f", "event", "a", "y", 1.0, None, None, None),
        ],
    ),
    (
        "serverless/_usage",
        {"by": "user"},
        [("c", "count", "w", 12.0, 0, 7200 * S), ("f", "event", "u", 2.0, 0, 10 * S), ("f", "event", "v", 1.0, 4 * S, 4 * S)],
    ),
    (
        "serverless/_usage",
        {"by": "function", "trace": "c"},
        [("c", "count", "a/x", 5.0, 0, 7200 * S), ("c", "count", "a/z", 7.0, 3600 * S, 7200 * S)],
    ),
    (
        "serverless/_sizes",
        {"field": "all"},
        [("f", "duration", v) for v in (1.0, 3.0, None)]
        + [("f", "memory", v) for v in (64.0, None, None)]
        + [("s", "function_duration", v) for v in (2.0, None, None)]
        + [("s", "function_memory", v) for v in (50.0, None, None)],
    ),
    ("serverless/_sizes", {"field": "function_memory"}, [("s", "function_memory", v) for v in (50.0, None, None)]),
    ("serverless/_measured", {}, [("n", False), ("s", True)]),
    ("serverless/_profile", {"by": "size"}, [("s", "k", None), ("s", "x", "small"), ("s", "y", "large")]),
    ("serverless/_profile", {"by": "runtime"}, [("s", "k", None), ("s", "x", "Go"), ("s", "y", None)]),
    (
        "serverless/_cold_starts",
        {"by": "runtime"},
        [
            ("n", "x", None, None, S, 1, None, None, None, None, None, 3.0),
            ("s", "x", None, "p", S, 1, 2.0, 0.5, 0.25, 0.0, 0.25, 1.0),
            ("s", "q", "Java", None, 3 * S, 2, None, None, None, None, None, 0.5),
        ],
    ),
    (
        "serverless/_cold_groups",
        {"by": "runtime"},
        [("n", "x", None, "(not in function table)", 1), ("s", "x", None, "Go", 2), ("s", "q", "Java", "Java", 3)],
    ),
    ("serverless/_cold_groups", {"by": "none"}, [("n", None, None, None, 1), ("s", None, None, None, 2)]),
    # Steps of 10, 10 and 180 s: the last is longer than ten of the median, 10 s.
    ("power/_meters", {"trace": "w"}, [("w", "gpu", "m", 4, 200 * S, 125.0, 200.0, 10.0, 3000.0, 3000.0, 20.0, 1, 180.0)]),
    (
        "power/_meters",
        {"trace": "w", "max_gap_s": 200},
        [("w", "gpu", "m", 4, 200 * S, 125.0, 200.0, 10.0, 21000.0, 21000.0, 200.0, 0, 0.0)],
    ),
    (
        "energy/_site_readings",
        {"trace": "cells"},
        [("cells", "B", 0, 0.4, 0.4, "sleep", 0.5, 2, 2, 30.0, 60.0), ("cells", "B", 60 * S, 0.6, 0.6, None, None, 1, 2, None, None)],
    ),
    ("energy/_spread", {}, [("r", "chat", 3, 1.0, 2.0, 2.0, 2.98, 3.0, "gpu", 2, 2)]),
    ("energy/_spread", {"per": "request", "by": "none"}, [("r", "all", 1, 10.0, 10.0, 10.0, 10.0, 10.0, "gpu", 1, 1)]),
    (
        "energy/_water_months",
        {"longest_s": 32 * DAY},
        [
            ("h", "R", JANUARY, 2.0, 2.0, 4.0, 0.25, 1.5, 9.0, "r", "AAA"),
            ("h", "R", FEBRUARY, 5.0, None, None, None, None, None, "r", "AAA"),
        ],
    ),
    (
        "energy/_water_months",
        {"onsite": "approach"},
        [
            ("h", "R", JANUARY, 7.0, 2.0, 4.0, 0.25, 1.5, 9.0, "r", "AAA"),
            ("h", "R", FEBRUARY, 5.0, None, None, None, None, None, "r", "AAA"),
        ],
    ),
    ("energy/_water_months", {"region": "nowhere"}, []),
    (
        "cluster/_capacities",
        {"by": "gpu_model"},
        [("j", "T", "cpus", None), ("j", "T", "gpus", 4.0), ("j", "V", "cpus", 128.0), ("j", "V", "gpus", 16.0)],
    ),
    ("cluster/_capacities", {}, [("j", "all", "cpus", 128.0), ("j", "all", "gpus", 20.0)]),
    # A facility's energy has the PUE inside; with a factor for the rest of the server it is half as much again.
    (
        "footprint/_prices",
        STATED,
        [("stated", modality, *PLACE, 3.0, 3.0, 3.0, 1.25, "facility", "stated, not measured") for modality in ("image", "text")],
    ),
    # No place is named: there is energy alone, and of text alone.
    (
        "footprint/_prices",
        {"model": "A", "it_factor": 2.0},
        [
            (None, "image", False, *[None] * 12, None, None, None, 1.0, None, "no measured image run fits A"),
            (
                None,
                "text",
                False,
                *[None] * 12,
                4.0,
                2.0,
                6.0,
                1.0,
                "server",
                "A on H, batch size 1, chat, the median of 2 runs from 1 to 3 J per token in d/r",
            ),
        ],
    ),
]


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    return make_traces(tmp_path_factory.mktemp("fragments"), TABLES, dt.datetime(2020, 1, 1))


def _in_order(row: tuple[Any, ...]) -> list[tuple[bool, str]]:
    return [(value is None, f"{value:020.6f}" if isinstance(value, int | float) else str(value)) for value in row]


@pytest.mark.parametrize(("name", "params", "expected"), CASES, ids=[f"{name}-{i}" for i, (name, _, _) in enumerate(CASES)])
def test_gives_the_table_worked_out_by_hand(name: str, params: dict[str, Any], expected: list[tuple[Any, ...]], lake: Lake) -> None:
    with lake.connect() as connection:
        result = run(connection, library.fragments()[name], params)
    assert result.columns[:2] == ["dataset", "trace"]
    found = sorted((row[1:] for row in result.rows), key=_in_order)
    assert len(found) == len(expected)
    for one, other in zip(found, sorted(expected, key=_in_order), strict=True):
        assert one == tuple(pytest.approx(value) if isinstance(value, float) else value for value in other)


def test_every_fragment_has_a_table() -> None:
    assert {name for name, _, _ in CASES} == set(library.fragments())


@pytest.mark.parametrize("name", library.fragments())
def test_fragment_heeds_dataset_and_trace(name: str, lake: Lake) -> None:
    """What a query asks for reaches the rows: another dataset, or another trace, has none of them."""
    params = next(params for other, params, _ in CASES if other == name)
    with lake.connect() as connection:
        rows = [run(connection, library.fragments()[name], params | given).rows for given in ({"dataset": "e"}, {"trace": "none"})]
    if name == "footprint/_prices":
        # Prices that are stated hold everywhere.
        assert [len(found) for found in rows] == [2, 2]
    else:
        assert rows == [[], []]
