"""GuideLLM's trace replay."""

from __future__ import annotations

from tracekit.export.fields import block_size, generated, hash_ids, prompt, seconds
from tracekit.export.model import Facts, Field, Format


def _fields(facts: Facts) -> list[Field]:
    fields = [seconds("timestamp"), prompt("input_length"), generated("output_length")]
    if facts.block_tokens is not None:
        size = block_size(facts)
        column = Field("hash_id_block_size", str(size), ("block_tokens",), invented_where="block_tokens IS NULL", invented_how=str(size))
        fields += [hash_ids(facts), column]
    return fields


def _settings(facts: Facts) -> dict[str, str]:
    if facts.block_tokens is None:
        return {"GuideLLM": "--data kind=trace_synthetic,path=FILE --profile kind=replay"}
    return {"GuideLLM": f"--data kind=mooncake,path=FILE,hash_id_block_size={facts.block_tokens} --profile kind=replay"}


FORMAT = Format(
    text="JSONL, timestamp in seconds, hash_ids where the trace has them",
    suffix=".jsonl",
    reader="GuideLLM --data kind=trace_synthetic or kind=mooncake, --profile kind=replay",
    citation="https://github.com/vllm-project/guidellm/blob/main/docs/guides/trace_replay.md",
    fields=_fields,
    uses_blocks=True,
    settings=_settings,
    notes=(
        "GuideLLM takes the block size from its data arguments, not from the rows, and refuses a row whose number of ids does not fit it",
    ),
    is_experimental=True,
)
