"""Replay files of functions, read again by the standard library or by tracekit's own readers, and held against hand-made rows."""

from __future__ import annotations

import csv
import io
import json
import pickle
from pathlib import Path
from typing import Any

import pytest
from handmade import make_tables
from raw_records import SAMPLES

from tracekit.api import Lake
from tracekit.errors import NothingMatchedError
from tracekit.export.formats import formats
from tracekit.ingest.run import ingest
from tracekit.sources.load import source

MINUTE, MS = 60_000_000, 1_000
FUNCTION_FORMATS = sorted(name for name, form in formats().items() if "function_invocation" in form.tables)
CELLS = [
    {"function_id": f, "app_id": a, "user_id": "o", "trigger": t, "started_us": m * MINUTE, "value": float(n)}
    for m, a, f, t, n in (
        (2, "a", "f", "others", 3),
        (2, "a", "g", "timer", 1),
        (3, "b", "f", None, 2),
        (5, "a", "f", "http", 4),
        (5, "b", "f", None, 0),
    )
]
SERIES: list[dict[str, Any]] = [{"width_s": 60.0, "metric": "invocations", "stat": "sum", **cell} for cell in CELLS]
SERIES.append({**SERIES[-1], "metric": "pods", "value": 9.0})
PROFILE: list[dict[str, Any]] = [
    {"app_id": "a", "function_id": "f", "duration_mean_s": 0.0, "duration_p25_s": 0.1, "duration_max_s": 2.0, "invocations": 11},
    {"app_id": "a", "function_id": "f", "duration_mean_s": 9.0, "duration_max_s": 9.0},
    {"app_id": "a", "function_id": "g", "duration_mean_s": 0.25, "duration_p25_s": 0.2, "duration_max_s": 0.5},
    {"app_id": "a", "memory_mean_mb": 100.0, "memory_max_mb": 300.0},
]
CALLS: list[dict[str, Any]] = [
    {"app_id": None, "function_id": "x", "started_us": 1_000_000, "duration_s": 0.5, "memory_mb": 128.0},
    {"app_id": None, "function_id": "x", "started_us": 1_000_000, "duration_s": 0.25, "memory_mb": 128.0},
    {"app_id": None, "function_id": "x", "started_us": 1_000_001, "duration_s": 0.0, "memory_mb": 128.0},
    {"app_id": None, "function_id": "y", "started_us": 1_000_001, "ended_us": 3_000_001, "duration_s": None},
    {"app_id": None, "function_id": "x", "started_us": 121_000_000, "duration_s": 0.75, "memory_mb": 128.0},
    {"app_id": None, "function_id": None, "started_us": 121_000_000, "duration_s": 1.0},
]


@pytest.fixture
def rates(tmp_path: Path) -> Lake:
    return make_tables(tmp_path / "rates", {"function_rate": SERIES, "function_profile": PROFILE})


@pytest.fixture
def calls(tmp_path: Path) -> Lake:
    return make_tables(tmp_path / "calls", {"function_invocation": CALLS})


def _table(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("to", FUNCTION_FORMATS)
def test_the_record_adds_up_and_repeats(to: str, rates: Lake, calls: Lake, tmp_path: Path) -> None:
    for lake, table, rows, lacking in ((rates, "function_rate", 5, 1), (calls, "function_invocation", 5, 1)):
        if table not in formats()[to].tables:
            continue
        first, again = (lake.export("handmade", to, tmp_path / f"{table}-{i}{formats()[to].suffix or ''}") for i in (1, 2))
        assert first["rows"]["written"] == rows
        assert sum(first["rows"].values()) - first["rows"]["trace"] == first["rows"]["trace"] == rows + lacking
        assert first["file"]["sha256"] == again["file"]["sha256"]
        assert first["format"]["is_experimental"] == formats()[to].is_experimental


def test_the_triple_of_invitro(rates: Lake, tmp_path: Path) -> None:
    made = rates.export("handmade", "invitro-2019", tmp_path / "x")
    found, durations, memory = (_table(tmp_path / "x" / f"{name}.csv") for name in ("invocations", "durations", "memory"))
    assert [[r["HashApp"], r["HashFunction"], r["Trigger"], r["3"], r["4"], r["5"], r["6"]] for r in found] == [
        ["a", "f", "others", "3", "0", "0", "4"],
        ["a", "g", "timer", "1", "0", "0", "0"],
        ["b", "f", "unknown", "0", "2", "0", "0"],
    ]
    keys = [(r["HashOwner"], r["HashApp"], r["HashFunction"]) for r in found]
    assert keys == [(r["HashOwner"], r["HashApp"], r["HashFunction"]) for r in durations] == [tuple(list(r.values())[:3]) for r in memory]
    assert [(float(r["Average"]), int(r["Count"]), float(r["Maximum"])) for r in durations] == [
        (1, 11, 2000),
        (250, 1, 500),
        (1000, 2, 1000),
    ]
    assert [(float(r["AverageAllocatedMb"]), float(r["AverageAllocatedMb_pct100"])) for r in memory] == [(50, 150), (50, 150), (170, 170)]
    assert {entry["field"]: entry["rows"] for entry in made["clamped"]} == {"Average": 2}
    invented = {entry["field"]: entry["rows"] for entry in made["invented"]}
    assert (invented["Average"], invented["AverageAllocatedMb"], invented["Trigger"]) == (2, 2, 2)


def test_durations_of_invocations_are_their_own(calls: Lake, tmp_path: Path) -> None:
    calls.export("handmade", "invitro-2019", tmp_path / "x")
    x, y = _table(tmp_path / "x" / "durations.csv")
    assert [float(x[name]) for name in ("Average", "Count", "Minimum", "Maximum", "percentile_Average_50")] == [375, 4, 0, 750, 375]
    assert float(y["Average"]) == 2000
    assert _table(tmp_path / "x" / "memory.csv")[0]["AverageAllocatedMb"] == "128.0"


def test_no_two_starts_in_one_microsecond(calls: Lake, tmp_path: Path) -> None:
    made = calls.export("handmade", "invitro-2021", tmp_path / "x.csv")
    starts: dict[str, list[int]] = {"x": [], "y": []}
    for row in _table(tmp_path / "x.csv"):
        starts[row["func"]].append(int((float(row["end_timestamp"]) - float(row["duration"])) * 1e6))
    assert all(len(set(found)) == len(found) for found in starts.values())
    assert max(abs(a - b) for a, b in zip(starts["x"], [1_000_000, 1_000_002, 1_000_004, 121_000_000], strict=True)) <= 1
    assert next(e for e in made["invented"] if e["field"] == "end_timestamp")["rows"] == 2


def test_faasrail(rates: Lake, tmp_path: Path) -> None:
    rates.export("handmade", "faasrail", tmp_path / "x.csv")
    rows = _table(tmp_path / "x.csv")
    assert list(rows[0]) == ["avg", "mapped_wreq", "1", "2", "3", "4"]
    assert [(json.loads(r["mapped_wreq"])["bench"], r["avg"], r["1"], r["2"], r["4"]) for r in rows] == [
        ("a-f", "1", "3", "0", "4"),
        ("b-f", "1000", "0", "2", "0"),
        ("a-g", "250", "1", "0", "0"),
    ]


def test_iluvatar_spreads_counts_over_their_minute(rates: Lake, tmp_path: Path) -> None:
    made = rates.export("handmade", "iluvatar", tmp_path / "x", rate_scale=2.0)
    trace = [(r["func_name"], int(r["invoke_time_ms"])) for r in _table(tmp_path / "x" / "trace.csv")]
    assert trace == sorted(trace, key=lambda row: row[1])
    # Three invocations of a minute of 30 s stand 10 s apart.
    assert [at for name, at in trace if name == "a-f"] == [5000, 15000, 25000, 93750, 101250, 108750, 116250]
    metadata = {
        r["func_name"]: [int(r[n]) for n in ("cold_dur_ms", "warm_dur_ms", "mem_mb")] for r in _table(tmp_path / "x" / "metadata.csv")
    }
    assert metadata == {"a-f": [2000, 100, 50], "a-g": [500, 200, 50], "b-f": [1000, 1000, 170]}
    assert next(e for e in made["invented"] if e["field"] == "invoke_time_ms")["rows"] == 4


class _LambdaData:
    kind: str
    run_time: int


class _Reader(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        assert (module, name) == ("LambdaData", "LambdaData")
        return _LambdaData


def test_faascache(rates: Lake, tmp_path: Path) -> None:
    rates.export("handmade", "faascache", tmp_path / "x.pckl")
    functions, trace = _Reader(io.BytesIO((tmp_path / "x.pckl").read_bytes())).load()
    assert functions == {"a-f": (50, 2000, 100), "a-g": (50, 500, 200), "b-f": (170, 1000, 1000)}
    assert [(d.kind, at) for d, at in trace][:4] == [("a-f", 10_000.0), ("a-f", 30_000.0), ("a-g", 30_000.0), ("a-f", 50_000.0)]
    assert len(trace) == 10
    assert {(d.kind, d.mem_size, d.run_time, d.warm_time) for d, _ in trace} == {(k, *v) for k, v in functions.items()}


def test_opendc_functions(rates: Lake, tmp_path: Path) -> None:
    rates.export("handmade", "opendc-faas", tmp_path / "x")
    files = sorted((tmp_path / "x").iterdir())
    assert [file.name for file in files] == ["000000_a-f.csv", "000001_a-g.csv", "000002_b-f.csv"]
    lines = files[0].read_text().splitlines()
    assert lines[0].startswith("Timestamp [ms],Invocations, Avg Exec time per Invocation,Provisioned CPU [Mhz]")
    assert lines[1:3] == ["60000,3,1,1000,150,1000,50,a-f", "120000,0,1,1000,150,1000,50,a-f"]
    assert len(lines) == 5


def test_faas_profiler(calls: Lake, tmp_path: Path) -> None:
    calls.export("handmade", "faas-profiler", tmp_path / "x.json")
    found = json.loads((tmp_path / "x.json").read_text())
    assert [entry["interarrivals_list"] for entry in found["instances"].values()] == [[0.0, 0.0, 1e-6, 119.999999], [1e-6]]
    assert found["test_duration_in_seconds"] == 121
    assert set(found["instances"]["instance_0"]) == {"application", "url", "host", "data", "interarrivals_list"}


def test_a_series_without_counts_is_named(tmp_path: Path) -> None:
    lake = make_tables(tmp_path / "lake", {"function_rate": SERIES[-1:]})
    with pytest.raises(NothingMatchedError, match="a count of invocations per minute"):
        lake.export("handmade", "invitro-2019", tmp_path / "x")


def test_the_triple_comes_back_through_our_reader(demo_lake: Path, tmp_path: Path) -> None:
    Lake(demo_lake).export("azure-functions-2019", "invitro-2019", tmp_path / "raw", trace="6")
    for path in (tmp_path / "raw").iterdir():
        path.rename(path.with_name(f"again_{path.name}"))
    ingest(source("azure-functions-2019"), [tmp_path / "raw"], tmp_path / "lake", macros=[])
    text = "SELECT user_id, app_id, function_id, trigger, started_us, value FROM function_rate WHERE {} ORDER BY ALL"
    known = "dataset = 'azure-functions-2019' AND trace = "
    theirs = Lake(demo_lake).sql(text.format(known + "'6'")).rows()
    assert Lake(tmp_path / "lake").sql(text.format(known + "'again'")).rows() == theirs
    assert len(theirs) > 10
    text = (
        "SELECT function_id, duration_mean_s, duration_max_s, invocations FROM function_profile WHERE invocations >= 0 AND {} ORDER BY ALL"
    )
    assert Lake(tmp_path / "lake").sql(text.format(known + "'again'")).rows() == Lake(demo_lake).sql(text.format(known + "'6'")).rows()


def test_invocations_come_back_through_our_reader(demo_lake: Path, tmp_path: Path) -> None:
    made = Lake(demo_lake).export("azure-functions-2021", "invitro-2021", tmp_path / "x.csv")
    ingest(source("azure-functions-2021"), [tmp_path / "x.csv"], tmp_path / "lake", macros=[])
    text = "SELECT app_id, function_id, started_us, duration_s FROM function_invocation WHERE dataset = 'azure-functions-2021' ORDER BY ALL"
    ours, theirs = Lake(tmp_path / "lake").sql(text).rows(), Lake(demo_lake).sql(text).rows()
    moved = sum(e["rows"] for e in made["invented"] if e["field"] == "end_timestamp")
    assert sum(a != b for a, b in zip(ours, theirs, strict=True)) <= moved
    assert (SAMPLES / "azure-functions-2021").is_dir()
