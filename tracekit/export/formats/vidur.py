"""Vidur's trace replay."""

from __future__ import annotations

from tracekit.export.fields import generated, prompt, seconds
from tracekit.export.model import Facts, Field, Format


def _fields(facts: Facts) -> list[Field]:
    return [seconds("arrived_at"), prompt("num_prefill_tokens", 1), generated("num_decode_tokens", 1)]


FORMAT = Format(
    text="CSV, arrived_at in seconds, tokens of at least 1",
    suffix=".csv",
    reader="Vidur, trace replay request generator",
    citation="https://github.com/microsoft/vidur/blob/main/data/processed_traces/splitwise_conv.csv",
    fields=_fields,
    settings=lambda facts: {"Vidur": "--request_generator_config_type trace_replay"},
    notes=("Vidur itself cuts prompts so that prompt plus output stay within its max_tokens",),
)
