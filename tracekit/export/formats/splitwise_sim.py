"""splitwise-sim's request trace."""

from __future__ import annotations

from tracekit.export.fields import constant, generated, prompt, seconds
from tracekit.export.model import INVENTED, Facts, Field, Format


def _fields(facts: Facts) -> list[Field]:
    return [
        Field("request_id", "row", how="numbered from 0 in order of arrival", origin=INVENTED),
        constant("request_type", 2),
        constant("application_id", 0),
        seconds("arrival_timestamp"),
        constant("batch_size", 1),
        prompt("prompt_size"),
        generated("token_size"),
    ]


FORMAT = Format(
    text="CSV, one LLM inference (request_type 2) per row, seconds",
    suffix=".csv",
    reader="splitwise-sim",
    citation="https://github.com/Mutinifni/splitwise-sim/blob/main/traces/test_trace.csv; Patel et al., ISCA 2024",
    fields=_fields,
)
