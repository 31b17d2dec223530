"""Mappings of nested, headerless and many-file LLM sources against plain Python over the raw text."""

from __future__ import annotations

import ast
import datetime as dt
import json
import math
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kept import kept_rejects
from raw_records import SAMPLES, json_lines, json_records, kind_of, mapped, plain_rows, positional_rows

from tracekit.api import Lake

EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


def _micros(text: str) -> int:
    """Microseconds since 1970 of an ISO instant; UTC where it names no zone."""
    at = dt.datetime.fromisoformat(text)
    return (at.replace(tzinfo=at.tzinfo or dt.UTC) - EPOCH) // dt.timedelta(microseconds=1)


@pytest.mark.parametrize("name", ["conversation_trace", "toolagent_trace"])
def test_mooncake(name: str) -> None:
    raw = json_lines(SAMPLES / "mooncake" / f"{name}.jsonl")
    rows = mapped("mooncake", "requests", raw, "llm_request")
    for row, r in zip(rows, raw, strict=True):
        assert row["arrived_us"] == r["timestamp"] * 1000
        assert (row["input_tokens"], row["output_tokens"], row["prefix_blocks"]) == (r["input_length"], r["output_length"], r["hash_ids"])
        assert row["block_tokens"] == 512
        assert len(row["prefix_blocks"]) == math.ceil(row["input_tokens"] / 512)


@pytest.mark.parametrize("trace", ["code", "conv"])
def test_azure_2024(trace: str) -> None:
    raw = plain_rows(SAMPLES / "azure-llm-2024" / f"AzureLLMInferenceTrace_{trace}_1week.csv")
    rows = mapped("azure-llm-2024", "requests", raw, "llm_request")
    assert [row["arrived_us"] for row in rows] == [_micros(r["TIMESTAMP"]) for r in raw]
    # The sample shows what fails elsewhere: fractions that are there, and that are not.
    assert {"." in r["TIMESTAMP"] for r in raw} == {True, False}
    assert [row["input_tokens"] for row in rows] == [int(r["ContextTokens"]) for r in raw]


@given(st.datetimes(dt.datetime(1990, 1, 1), dt.datetime(2060, 1, 1)), st.booleans())
def test_azure_2024_keeps_every_microsecond(at: dt.datetime, is_whole: bool) -> None:
    at = at.replace(microsecond=0) if is_whole else at
    raw = {"TIMESTAMP": f"{at}+00:00", "ContextTokens": "1", "GeneratedTokens": "1"}
    [row] = mapped("azure-llm-2024", "requests", [raw], "llm_request")
    assert row["arrived_us"] == _micros(f"{at}+00:00")


@pytest.mark.parametrize("text", ["2024-05-12 00:00:00.001163", "2024-05-12 02:00:00+02:00", "2024-05-12", "x+00:00"])
def test_azure_2024_takes_no_other_clock(text: str) -> None:
    raw = [{"TIMESTAMP": text, "ContextTokens": "1", "GeneratedTokens": "1"}]
    assert mapped("azure-llm-2024", "requests", raw, "llm_request")[0]["arrived_us"] is None


def test_azure_lmm() -> None:
    import csv
    import gzip

    text = gzip.decompress((SAMPLES / "azure-lmm-2025" / "AzureLMMInferenceTrace_multimodal.csv.gz").read_bytes()).decode()
    raw = list(csv.DictReader(text.splitlines()))
    rows = mapped("azure-lmm-2025", "requests", raw, "llm_request")
    assert [row["arrived_us"] for row in rows] == [_micros(r["TIMESTAMP"]) for r in raw]
    assert [(row["images"], row["input_tokens"], row["output_tokens"]) for row in rows] == [
        (int(r["NumImages"]), int(r["ContextTokens"]), int(r["GeneratedTokens"])) for r in raw
    ]


def _sessions() -> list[dict[str, object]]:
    return [r for path in sorted((SAMPLES / "azure-copilot-2026").rglob("*.jsonl.gz")) for r in json_lines(path)]


def test_copilot_calls_and_tools() -> None:
    raw = _sessions()
    calls, tools = [], []
    for number, session in enumerate(raw, 1):
        for turn, t in enumerate(session["turns"], 1):
            calls += [(number, turn, t["turn_id"], c) for c in t["llm_calls"]]
            tools += [(number, b, f) for b in t["tool_batches"] for f in b["function_calls"]]
    rows = mapped("azure-copilot-2026", "sessions", raw, "llm_request")
    assert len(rows) == len(calls)
    for row, (number, turn, turn_id, c) in zip(rows, calls, strict=True):
        assert (row["source_row"], row["turn"], row["parent_id"]) == (number, turn, turn_id)
        assert row["arrived_us"] == _micros(c["timestamp"])
        assert (row["input_tokens"], row["cached_tokens"]) == (c["tokens"]["prompt"], c["tokens"]["cached"])
        assert row["is_ok"] is (c["status_code"] == 200)
        assert row["e2e_s"] == pytest.approx(c["duration_ms"] / 1000)
    found = mapped("azure-copilot-2026", "sessions", raw, "tool_call")
    assert len(found) == len(tools)
    for row, (number, b, f) in zip(found, tools, strict=True):
        assert (row["source_row"], row["tool"], row["request_id"]) == (number, f["name"], b["request_id"])
        assert row["ended_us"] - row["started_us"] == round(f["duration_ms"] * 1000)
        assert row["is_ok"] is (f["status"] == 1)
    tasks = mapped("azure-copilot-2026", "sessions", raw, "agent_task")
    assert [row["task_id"] for row in tasks] == [s["session_id"] for s in raw]
    for row in tasks:
        ends = [r["arrived_us"] + round(r["e2e_s"] * 1e6) for r in rows if r["source_row"] == row["source_row"]]
        ends += [
            _micros(b["timestamp"]) + round(b["duration_ms"] * 1000) for t in raw[row["source_row"] - 1]["turns"] for b in t["tool_batches"]
        ]
        assert row["ended_us"] == (max(ends) if ends else None)
    # A session that did nothing is a task without an instant, not a task that is not there.
    assert any(row["started_us"] is None for row in tasks)


@pytest.mark.parametrize(
    ("stamp", "us"), [("1748736000.5", 1_748_736_000_500_000), ("1748736000123", 1_748_736_000_123_000), ("soon", None)]
)
def test_copilot_instants_as_numbers(stamp: str, us: int | None) -> None:
    session = {"session_id": "s", "turns": [{"turn_id": "t", "llm_calls": [{"timestamp": stamp}], "tool_batches": []}]}
    [row] = mapped("azure-copilot-2026", "sessions", [session], "llm_request")
    assert row["arrived_us"] == us


def test_bailian() -> None:
    raw = json_lines(SAMPLES / "qwen-bailian" / "qwen_traceA_blksz_16.jsonl")
    rows = mapped("qwen-bailian", "requests", raw, "llm_request")
    for row, r in zip(rows, raw, strict=True):
        assert row["arrived_us"] == round(r["timestamp"] * 1e6)
        assert row["request_id"] == str(r["chat_id"])
        assert row["parent_id"] == (None if r["parent_chat_id"] == -1 else str(r["parent_chat_id"]))
        assert (row["turn"], row["service"], row["block_tokens"]) == (r["turn"], r["type"], 16)
        assert row["prefix_blocks"] == r["hash_ids"]
    assert {row["parent_id"] is None for row in rows} == {True, False}


def test_servegen_windows() -> None:
    folder = SAMPLES / "servegen" / "language" / "m-small"
    raw = positional_rows(folder / "chunk-2-trace.csv", kind_of("servegen", "windows"))
    rows = mapped("servegen", "windows", raw, "llm_client_window", client_id="2")
    for row, r in zip(rows, raw, strict=True):
        assert (row["client_id"], row["started_us"], row["width_s"]) == ("2", int(r["window_start_s"]) * 1_000_000, 600.0)
        assert (row["rate_per_s"], row["iat_cv"]) == (float(r["rate"]), float(r["cv"]))
        assert row["iat_family"] == (r["pattern"].lower() or None)
    assert any(row["iat_family"] is None for row in rows)


def test_servegen_histograms() -> None:
    raw = json_records(SAMPLES / "servegen" / "language" / "m-small" / "chunk-7-dataset.json", "*")
    rows = mapped("servegen", "histograms", raw, "llm_client_tokens", client_id="7")
    wanted = [
        (int(r["_key"]) * 1_000_000, field, float(bin_), share)
        for r in raw
        for field, text in r.items()
        if field != "_key"
        for bin_, share in ast.literal_eval(text).items()
    ]
    assert [(row["started_us"], row["field"], row["tokens"], row["probability"]) for row in rows] == wanted
    # An idle window gives no row.
    assert len({row["source_row"] for row in rows}) < len(raw)


def test_servegen_text_is_never_run(ingest_file: Callable[..., Lake], tmp_path: Path) -> None:
    trap = tmp_path / "trap"
    windows = {
        "0": {"input_tokens": "{10: 0.5, 20: 0.5}"},
        "21600": {"input_tokens": f"__import__('pathlib').Path({str(trap)!r}).touch()"},
        "43200": {"input_tokens": "[1, 2]"},
    }
    lake = ingest_file("servegen", "m-x/chunk-0-dataset.json", json.dumps(windows))
    assert not trap.exists()
    assert lake.table("llm_client_tokens").collect()["tokens"].to_list() == [10, 20]
    lines = kept_rejects(lake, "servegen", "m-x").splitlines()
    assert [json.loads(line)["record"] for line in lines] == [2, 3]
    assert "is not a dictionary of bins" in json.loads(lines[1])["reason"]


def test_ragpulse() -> None:
    raw = json_lines(SAMPLES / "ragpulse" / "0_trace.jsonl")
    rows = mapped("ragpulse", "requests", raw, "llm_request")
    for row, r in zip(rows, raw, strict=True):
        h = r["hash_ids"]
        assert row["arrived_us"] == int(r["timestamp"]) * 1_000_000
        assert row["prefix_blocks"] == h["sys_prompt"] + h["passages_ids"] + h["history"] + h["web_search"] + h["user_input"]
        assert row["session_id"] == r["session_id"]
        assert "block_tokens" not in row


def test_tracelab() -> None:
    raw = json_lines(SAMPLES / "tracelab" / "round_trace.jsonl")
    rows = mapped("tracelab", "rounds", raw, "llm_request")
    for row, r in zip(rows, raw, strict=True):
        stamps = {kind: [_micros(e["timestamp"]) for e in r["timing_events"] if e["event_type"] in kind] for kind in (INPUT, OUTPUT)}
        assert row["arrived_us"] == max(stamps[INPUT])
        assert row["e2e_s"] == pytest.approx((max(stamps[OUTPUT]) - max(stamps[INPUT])) / 1e6)
        assert (row["cached_tokens"], row["cache_write_tokens"]) == (r["prefix_tokens"], r["claude_cache_creation_input_tokens"])
        assert (row["client_id"], row["turn"]) == (r.get("project"), r["round_index"])
    calls = [(number, tool) for number, r in enumerate(raw, 1) for tool in r["tools"]]
    found = mapped("tracelab", "rounds", raw, "tool_call")
    assert [(row["source_row"], row["call_id"]) for row in found] == [(number, tool["tool_call_id"]) for number, tool in calls]
    assert [row["is_ok"] for row in found] == [not tool["is_error"] for _, tool in calls]


INPUT, OUTPUT = ("user_message", "tool_result"), ("reasoning", "text", "tool_call")


def test_apex_keeps_no_text(demo_lake: Path, ingest_file: Callable[..., Lake]) -> None:
    raw = json_lines(SAMPLES / "apex" / "requests.jsonl")
    rows = mapped("apex", "requests", raw, "llm_request")
    assert [row["arrived_us"] for row in rows] == [r["StartTimeOffset"] // 1000 for r in raw]
    assert [row["request_id"] for row in rows] == [str(r["RequestID"]) for r in raw]
    secret = "what the user wrote"
    broken = {**raw[0], "ContextTokens": "many", "SynthesizedBody": secret}
    lake = ingest_file("apex", "a.jsonl", "\n".join(json.dumps(r) for r in [broken, {**raw[1], "SynthesizedBody": secret}, *raw[2:]]))
    held = [p for p in lake.layout.root.rglob("*") if p.is_file()]
    assert any("_rejects" in p.parts for p in held)
    assert [p for p in held if secret.encode() in p.read_bytes()] == []


def test_genai() -> None:
    raw = plain_rows(SAMPLES / "alibaba-genai-2026" / "lora_request_trace.csv")
    rows = mapped("alibaba-genai-2026", "requests", raw, "llm_request")
    for row, r in zip(rows, raw, strict=True):
        assert row["arrived_us"] == _micros(r["gmt_create"])
        assert row["is_ok"] is {"SUCCEED": True, "FAILED": False}.get(r["predict_status"])
        assert row["exec_s"] == (float(r["exec_time_seconds"]) if r["exec_time_seconds"] else None)
        assert row["input_chars"] == int(float(r["prompt_length"]))
    duty = plain_rows(SAMPLES / "alibaba-genai-2026" / "pod_gpu_duty_cycle_anon.csv")
    found = mapped("alibaba-genai-2026", "gpu_duty", duty, "resource_sample")
    assert [row["gpu_ratio"] for row in found] == pytest.approx([float(r["value"]) / 100 for r in duty])
    waits = plain_rows(SAMPLES / "alibaba-genai-2026" / "queue_rt_raw_anon.csv")
    found = mapped("alibaba-genai-2026", "queue_rt", waits, "metric_sample", metric="queue_rt")
    assert [(row["value"], row["unit"]) for row in found] == [(pytest.approx(float(r["value"]) / 1000), "s") for r in waits]
    assert [row["sampled_us"] for row in found] == [int(float(r["timestamp_anon"])) * 1_000_000 for r in waits]


def test_metric_files_are_told_by_their_names(demo_lake: Path) -> None:
    found = Lake(demo_lake).sql(
        "SELECT metric, unit, count(*) AS n FROM metric_sample WHERE dataset = 'alibaba-genai-2026' GROUP BY ALL ORDER BY metric"
    )
    assert [(r["metric"], r["unit"]) for r in found.iter_rows(named=True)] == [("queue_rt", "s"), ("queue_size", "1")]
    kinds = Lake(demo_lake).sql("SELECT DISTINCT calendar FROM recording WHERE dataset = 'alibaba-genai-2026' AND trace = 'metrics'")
    # The metrics' clock is anonymised: it has no calendar, whatever the requests' has.
    assert kinds["calendar"].to_list() == ["none"]
