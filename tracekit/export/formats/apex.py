"""APEX's JSON lines."""

from __future__ import annotations

import random

from tracekit.export.fields import generated, nanoseconds, prompt, total
from tracekit.export.model import INVENTED, Facts, Field, Format

_WORDS = 512
_POOL = 2048
# Three letters and a space: a slice of the pool by characters is a slice by words.
_WIDTH = 4


def _pool(seed: int) -> str:
    """Returns words of three letters; every body is a slice of them, so that a large trace needs no text per row."""
    draw = random.Random(seed)  # noqa: S311 - not a secret
    letters = "abcdefghijklmnopqrstuvwxyz"
    return "".join("".join(draw.choices(letters, k=_WIDTH - 1)) + " " for _ in range(_POOL + _WORDS))


def _fields(facts: Facts) -> list[Field]:
    start = f"1 + {_WIDTH} * ((row * 797) % {_POOL})"
    length = f"{_WIDTH} * least(input_tokens, {_WORDS})"
    return [
        Field(
            "RequestID",
            "coalesce(request_id, 'request-' || row)",
            ("request_id",),
            invented_where="request_id IS NULL",
            invented_how="request- and the row's number from 0",
        ),
        prompt("ContextTokens"),
        generated("GeneratedTokens"),
        total("TotalTokens"),
        Field(
            "SynthesizedBody",
            f"rtrim(substr('{_pool(facts.seed)}', {start}, {length}))",
            how=f"min(input_tokens, {_WORDS}) made-up words of three letters; the lake holds no prompts",
            origin=INVENTED,
            uses_seed=True,
        ),
        nanoseconds("StartTimeOffset"),
    ]


FORMAT = Format(
    text="JSONL, StartTimeOffset in ns, a made-up body",
    suffix=".jsonl",
    reader="APEX, LLM serving simulator",
    citation="https://github.com/microsoft/apex_plus/blob/main/apex_plus/simulator/trace.py",
    fields=_fields,
    notes=("APEX reads only files that end in .jsonl or .csv and takes others for empty",),
    is_experimental=True,
)
