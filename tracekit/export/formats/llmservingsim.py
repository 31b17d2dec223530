"""LLMServingSim's JSON lines."""

from __future__ import annotations

from tracekit.export.fields import generated, nanoseconds, prompt
from tracekit.export.model import Facts, Field, Format


def _fields(facts: Facts) -> list[Field]:
    return [prompt("input_toks"), generated("output_toks"), nanoseconds("arrival_time_ns")]


FORMAT = Format(
    text="JSONL, arrival_time_ns, no token ids",
    suffix=".jsonl",
    reader="LLMServingSim",
    citation="https://github.com/casys-kaist/LLMServingSim (workloads/example_trace.jsonl)",
    fields=_fields,
    notes=("without input_tok_ids LLMServingSim simulates no prefix caching",),
)
