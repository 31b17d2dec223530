"""Mooncake's trace format."""

from __future__ import annotations

from tracekit.export.fields import block_size, generated, hash_ids, milliseconds, prompt
from tracekit.export.model import Facts, Field, Format


def _fields(facts: Facts) -> list[Field]:
    return [milliseconds("timestamp"), prompt("input_length"), generated("output_length"), hash_ids(facts)]


def _settings(facts: Facts) -> dict[str, str]:
    size = block_size(facts)
    return {
        "NVIDIA AIPerf": f"--custom-dataset-type mooncake_trace; aiperf analyze-trace --block-size {size}",
        "SGLang bench_serving": "--dataset-name mooncake --use-trace-timestamps",
        "block size": f"{size} tokens" if size == 512 else f"{size} tokens, where readers assume 512: set it wherever they let you",
    }


FORMAT = Format(
    text="JSONL, timestamp in whole ms, hash_ids",
    suffix=".jsonl",
    reader="Mooncake, SGLang bench_serving, NVIDIA AIPerf, NVIDIA Dynamo",
    citation="https://github.com/kvcache-ai/Mooncake/tree/main/FAST25-release; Qin et al., FAST 2025",
    fields=_fields,
    uses_blocks=True,
    settings=_settings,
    notes=("AIPerf leaves out rows whose token counts are zero",),
)
