"""Fields that several formats share."""

from __future__ import annotations

from tracekit.errors import DataError
from tracekit.export.model import DERIVED, INVENTED, Facts, Field

# Block size of the ids that are invented: Mooncake's, and the default of most readers.
BLOCK_TOKENS = 512
_MOST = 1 << 62


def seconds(name: str) -> Field:
    """Returns an instant in seconds since the first exported row; a double holds every microsecond of 285 years."""
    return Field(name, "offset_us / 1e6::DOUBLE", ("arrived_us",), "us since the trace's zero → s since the first exported row")


def milliseconds(name: str) -> Field:
    """Returns an instant in whole milliseconds since the first exported row, rounded to the nearest, halves up."""
    how = "us since the trace's zero → ms since the first exported row, rounded to the nearest"
    return Field(name, "(offset_us + 500) // 1000", ("arrived_us",), how, step_us=1000)


def nanoseconds(name: str) -> Field:
    """Returns an instant in nanoseconds since the first exported row."""
    return Field(name, "offset_us * 1000", ("arrived_us",), "us since the trace's zero → ns since the first exported row")


def prompt(name: str, minimum: int | None = None) -> Field:
    """Returns the prompt's tokens."""
    return Field(name, "input_tokens", ("input_tokens",), minimum=minimum)


def generated(name: str, minimum: int | None = None) -> Field:
    """Returns the generated tokens."""
    return Field(name, "output_tokens", ("output_tokens",), minimum=minimum)


def total(name: str) -> Field:
    """Returns prompt plus generated tokens."""
    return Field(name, "input_tokens + output_tokens", how="input_tokens + output_tokens", origin=DERIVED)


def constant(name: str, value: int) -> Field:
    """Returns a field that is the same in every row."""
    return Field(name, str(value), how=f"always {value}", origin=INVENTED)


def block_size(facts: Facts) -> int:
    """Returns the tokens per block of the ids that are written."""
    return facts.block_tokens or BLOCK_TOKENS


def hash_ids(facts: Facts) -> Field:
    """Returns the block ids: the trace's own, or ids that no two blocks share, so that no prefix reuse is made up.

    The trace's own can be kept where its blocks have one fixed size; chunks of varying length are no blocks.
    """
    size = block_size(facts)
    columns, change = ("prefix_blocks", "block_tokens"), f"the trace's block ids, {size} tokens to a block"
    keeps = facts.block_tokens is not None
    if keeps and not facts.bare:
        return Field("hash_ids", "prefix_blocks", columns, change)
    if facts.last_block >= _MOST:
        raise DataError(f"block ids go up to {facts.last_block}: there is no room above for the {facts.bare:,} rows without any")
    needed = f"((input_tokens + {size - 1}) // {size})"
    if keeps:
        needed = f"(CASE WHEN prefix_blocks IS NULL THEN {needed} ELSE 0 END)"
    # A running sum streams: each row's ids start where those of the row above ended.
    end = f"({facts.last_block + 1} + sum({needed}) OVER (ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW))::BIGINT"
    unique = f"range({end} - {needed}, {end})"
    how = f"ceil(input_tokens / {size}) ids, numbered from {facts.last_block + 1}, none of them shared: no prefix is reused"
    if not keeps:
        return Field("hash_ids", unique, how=how, origin=INVENTED)
    missing = "prefix_blocks IS NULL"
    return Field("hash_ids", f"coalesce(prefix_blocks, {unique})", columns, change, invented_where=missing, invented_how=how)
