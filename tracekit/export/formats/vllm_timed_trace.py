"""vLLM's timed trace."""

from __future__ import annotations

from tracekit.export.fields import block_size, generated, hash_ids, prompt, seconds
from tracekit.export.model import Facts, Field, Format


def _fields(facts: Facts) -> list[Field]:
    return [seconds("timestamp"), prompt("input_length"), generated("output_length"), hash_ids(facts)]


def _settings(facts: Facts) -> dict[str, str]:
    return {
        "vLLM bench serve": "--dataset-name timed_trace --self-timed --no-oversample --timed-trace-sec-multiplier 1 "
        f"--timed-trace-chunk-hash-size {block_size(facts)}",
    }


FORMAT = Format(
    text="JSONL, timestamp in seconds, hash_ids",
    suffix=".jsonl",
    reader="vLLM bench serve --dataset-name timed_trace",
    citation="https://docs.vllm.ai/en/latest/cli/bench/serve/ (--timed-trace-*)",
    fields=_fields,
    uses_blocks=True,
    settings=_settings,
    notes=(
        "vLLM's default block is 16 tokens and a prompt ends where its ids do: without --timed-trace-chunk-hash-size it is short",
        "a row with zero input tokens has no ids and so an empty prompt",
        "give --num-prompts the number of rows",
    ),
)
