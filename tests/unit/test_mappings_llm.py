"""Mappings of the LLM sources against plain Python over the raw text."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st
from raw_records import SAMPLES, mapped, plain_rows

EPOCH = dt.datetime(1970, 1, 1)


def _micros(text: str) -> int:
    """Microseconds since 1970 of an instant printed with seven digits, the last of which is cut off."""
    assert text[-1] == "0"
    return (dt.datetime.strptime(text[:-1], "%Y-%m-%d %H:%M:%S.%f") - EPOCH) // dt.timedelta(microseconds=1)


@pytest.mark.parametrize("trace", ["conv", "code"])
def test_azure_llm(trace: str) -> None:
    raw = plain_rows(SAMPLES / "azure-llm-2023" / f"AzureLLMInferenceTrace_{trace}.csv")
    rows = mapped("azure-llm-2023", "requests", raw, "llm_request")
    assert [row["source_row"] for row in rows] == list(range(1, len(raw) + 1))
    assert [row["arrived_us"] for row in rows] == [_micros(r["TIMESTAMP"]) for r in raw]
    assert [row["input_tokens"] for row in rows] == [int(r["ContextTokens"]) for r in raw]
    assert [row["output_tokens"] for row in rows] == [int(r["GeneratedTokens"]) for r in raw]


@given(st.datetimes(dt.datetime(1990, 1, 1), dt.datetime(2060, 1, 1)))
def test_azure_llm_keeps_every_microsecond(at: dt.datetime) -> None:
    raw = {"TIMESTAMP": f"{at:%Y-%m-%d %H:%M:%S}.{at.microsecond:06d}0", "ContextTokens": "1", "GeneratedTokens": "1"}
    [row] = mapped("azure-llm-2023", "requests", [raw], "llm_request")
    assert row["arrived_us"] == (at - EPOCH) // dt.timedelta(microseconds=1)


@pytest.mark.parametrize("text", ["yesterday", "2023-13-16 18:15:46.6805900", "16/11/2023 18:15", "1700158546.68"])
def test_azure_llm_takes_no_wrong_instant(text: str) -> None:
    raw = [{"TIMESTAMP": text, "ContextTokens": "1", "GeneratedTokens": "1"}]
    assert mapped("azure-llm-2023", "requests", raw, "llm_request")[0]["arrived_us"] is None


@pytest.mark.parametrize("name", ["sample_1.csv", "sample_3.csv"])
def test_burstgpt(name: str) -> None:
    raw = plain_rows(SAMPLES / "burstgpt" / name)
    rows = mapped("burstgpt", "requests", raw, "llm_request")
    for row, r in zip(rows, raw, strict=True):
        seconds, _, fraction = r["Timestamp"].partition(".")
        assert int(fraction or 0) == 0
        assert row["arrived_us"] == int(seconds) * 1_000_000
        assert row["is_ok"] is (r["Response tokens"] != "0")
        assert row["model"] == r["Model"]
        assert row["service"] == r["Log Type"]
        assert (row["input_tokens"], row["output_tokens"]) == (int(r["Request tokens"]), int(r["Response tokens"]))
        assert row["session_id"] == (r.get("Session ID") or None)
        # Whole seconds to the last token: never a time to the first.
        assert row["e2e_s"] == (float(r["Elapsed time"]) if "Elapsed time" in r else None)
        assert "ttft_s" not in row
    assert any(row["is_ok"] is False for row in rows)


@pytest.mark.parametrize(("tokens", "is_ok"), [("0", False), ("1", True)])
def test_burstgpt_fails_only_without_any_token(tokens: str, is_ok: bool) -> None:
    raw = {**plain_rows(SAMPLES / "burstgpt" / "sample_1.csv")[0], "Response tokens": tokens}
    assert mapped("burstgpt", "requests", [raw], "llm_request")[0]["is_ok"] is is_ok


@given(st.integers(0, 40_000_000))
def test_burstgpt_seconds_are_exact(second: int) -> None:
    row = {
        "Timestamp": f"{second}.0",
        "Model": "GPT-4",
        "Request tokens": "1",
        "Response tokens": "1",
        "Total tokens": "2",
        "Log Type": "x",
    }
    assert mapped("burstgpt", "requests", [row], "llm_request")[0]["arrived_us"] == second * 1_000_000
