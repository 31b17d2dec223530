"""BurstGPT's six columns, as vLLM reads them: by position."""

from __future__ import annotations

from tracekit.export.fields import generated, prompt, total
from tracekit.export.model import INVENTED, TRACE, Facts, Field, Format

_LOG_TYPES = "('Conversation log', 'API log')"


def _fields(facts: Facts) -> list[Field]:
    whole = "CASE WHEN clock_us % 1000000 = 0 THEN (clock_us // 1000000)::VARCHAR ELSE (clock_us / 1e6::DOUBLE)::VARCHAR END"
    return [
        Field("Timestamp", whole, ("arrived_us",), "us since the trace's zero → s since the trace's zero"),
        Field("Model", "'GPT-4'", how="always GPT-4, whatever the model: vLLM reads no other rows", origin=INVENTED),
        prompt("Request tokens"),
        generated("Response tokens"),
        total("Total tokens"),
        Field(
            "Log Type",
            f"CASE WHEN service IN {_LOG_TYPES} THEN service ELSE 'API log' END",
            ("service",),
            invented_where=f"service IS NULL OR service NOT IN {_LOG_TYPES}",
            invented_how="API log",
        ),
    ]


FORMAT = Format(
    text="CSV, the six columns of BurstGPT_1, Model = GPT-4",
    suffix=".csv",
    reader="vLLM bench serve --dataset-name burstgpt",
    citation="https://github.com/HPMLL/BurstGPT; https://github.com/vllm-project/vllm/pull/13063",
    fields=_fields,
    zero=TRACE,
    settings=lambda facts: {"vLLM bench serve": "--dataset-name burstgpt"},
    notes=(
        "vLLM takes a random sample of the rows and does not use Timestamp: give it the rate with --request-rate",
        "vLLM leaves out rows with zero response tokens",
    ),
)
