"""Azure's LLM inference trace, as published in 2023."""

from __future__ import annotations

import datetime as dt

from tracekit.export.fields import generated, prompt
from tracekit.export.model import TRACE, Facts, Field, Format

_NO_ANCHOR = dt.datetime(2000, 1, 1)


def _fields(facts: Facts) -> list[Field]:
    zero = facts.anchor or _NO_ANCHOR
    # Azure prints 100 ns; the clock of the lake is 1 us, and the seventh digit is 0 in Azure's own files as well.
    text = f"strftime(TIMESTAMP '{zero.isoformat(sep=' ')}' + to_microseconds(clock_us), '%Y-%m-%d %H:%M:%S.%f') || '0'"
    how = "us since the trace's zero → calendar instant, seven fractional digits, no zone"
    if facts.anchor is None:
        how = f"offsets are the trace's; the date is not: the trace's zero is put at {zero.isoformat(sep=' ')}"
    instant = Field("TIMESTAMP", text, ("arrived_us",), how, invented_where=None if facts.anchor else "true", invented_how=how)
    return [instant, prompt("ContextTokens"), generated("GeneratedTokens")]


FORMAT = Format(
    text="CSV of Azure 2023: calendar TIMESTAMP with seven digits",
    suffix=".csv",
    reader="inference-perf (trace_replay, AzurePublicDataset), APEX",
    citation="https://github.com/Azure/AzurePublicDataset/blob/master/AzureLLMInferenceDataset2023.md",
    fields=_fields,
    zero=TRACE,
    settings=lambda facts: {"inference-perf": "load.type: trace_replay, format: AzurePublicDataset"},
    notes=(
        "APEX strips the last character of TIMESTAMP before it parses it: the seventh digit is needed",
        "lines end in LF; Azure's own files end theirs in CR LF",
    ),
)
