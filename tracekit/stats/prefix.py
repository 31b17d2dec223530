"""Prefix reuse under an infinite cache and under LRU caches of any sizes, all from one pass of stack distances."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from tracekit.errors import UsageError

Ints = NDArray[np.int64]
_KEYS = ["dataset", "trace"]
_SCHEMA = pa.schema(
    [
        ("dataset", pa.string()),
        ("trace", pa.string()),
        ("capacity_blocks", pa.int64()),
        ("requests", pa.int64()),
        ("blocks", pa.int64()),
        ("hit_blocks", pa.int64()),
        ("block_hit_ratio", pa.float64()),
        ("token_hit_ratio", pa.float64()),
        ("request_hit_ratio", pa.float64()),
    ]
)


def _previous(blocks: Ints) -> NDArray[np.int32]:
    """Returns for every touch the index of the touch before it of the same block, or -1."""
    order = np.argsort(blocks, kind="stable").astype(np.int32)
    previous = np.full(len(blocks), -1, np.int32)
    ordered = blocks[order]
    same = ordered[1:] == ordered[:-1]
    previous[order[1:][same]] = order[:-1][same]
    return previous


def _before(previous: NDArray[np.int32], starts: NDArray[np.int32]) -> NDArray[np.int32]:
    """Returns the last touch before the touch's own request: a block named twice by one request is looked up once."""
    last = previous.copy()
    while len(within := np.flatnonzero(last >= starts)):
        last[within] = previous[last[within]]
    return last


def _count_above(values: NDArray[np.int32], ends: NDArray[np.int32], bounds: NDArray[np.int32]) -> NDArray[np.int32]:
    """Counts, for each query, the items of values[:end] that are above bound.

    A wavelet matrix, walked bit by bit from the highest: the items are split by the bit, stably, and every query follows its bound's
    bit; where that is 0, the items with a 1 are above it. One level is held at a time, so memory is linear and time n log n.

    Args:
        values: Items, at least 0.
        ends: Where each query's prefix ends.
        bounds: Each query's bound, at least 0.

    Returns:
        The counts, in the order of the queries.
    """
    counts = np.zeros(len(ends), np.int32)
    low, high = np.zeros(len(ends), np.int32), ends.copy()
    for bit in reversed(range(int(max(values.max(initial=0), bounds.max(initial=0))).bit_length())):
        ones = (values >> bit & 1).astype(bool)
        ranks = np.concatenate([[0], np.cumsum(ones, dtype=np.int32)]).astype(np.int32)
        zeros = np.int32(len(values) - ranks[-1])
        low_ones, high_ones = ranks[low], ranks[high]
        is_one = (bounds >> bit & 1).astype(bool)
        counts += np.where(is_one, 0, high_ones - low_ones).astype(np.int32)
        low = np.where(is_one, zeros + low_ones, low - low_ones).astype(np.int32)
        high = np.where(is_one, zeros + high_ones, high - high_ones).astype(np.int32)
        values = np.concatenate([values[~ones], values[ones]])
    return counts


def stack_positions(blocks: Ints, lengths: Ints) -> Ints:
    """Returns where each touched block stood in the LRU stack before its request.

    The position of a block is one plus the number of distinct blocks touched since its own last touch (Mattson et al. 1970, IBM
    Systems Journal 9(2), stack algorithms): an LRU cache of c blocks holds it if the position is at most c. Distinct blocks since
    touch p are all touches since p less those whose own predecessor is later than p.

    Args:
        blocks: Block ids of all requests, one after another, in order of arrival.
        lengths: Blocks of each request.

    Returns:
        Positions from 1, and 0 for a block that was never touched before its request.
    """
    starts = np.repeat(np.concatenate([[0], np.cumsum(lengths)[:-1]]), lengths).astype(np.int32)
    previous = _previous(blocks)
    last = _before(previous, starts)
    seen = np.flatnonzero(last >= 0)
    # Shifted by one, so that "never touched" is 0 and no value is negative.
    repeated = _count_above(previous + 1, starts[seen], last[seen] + 1)
    positions = np.zeros(len(blocks), np.int64)
    positions[seen] = starts[seen].astype(np.int64) - last[seen] - repeated
    return positions


def hit_depths(blocks: Ints, lengths: Ints) -> Ints:
    """Returns for every block the smallest LRU cache in which it and all before it in its request are hits; -1: in none.

    Args:
        blocks: Block ids of all requests, one after another, in order of arrival.
        lengths: Blocks of each request, at least one.
    """
    positions = stack_positions(blocks, lengths)
    never = len(blocks) + 1
    positions[positions == 0] = never
    # A running maximum that starts anew with every request: each request's values lie above all those of the one before.
    base = np.repeat(np.arange(len(lengths)) * (never + 1), lengths)
    deepest = np.maximum.accumulate(positions + base) - base
    deepest[deepest == never] = -1
    return deepest


def _ratio(part: float, whole: float) -> float | None:
    return part / whole if whole > 0 else None


def _rows(requests: pa.Table, capacities: Sequence[int | None]) -> Iterator[dict[str, object]]:
    """Yields a row per capacity for one trace; None is the infinite cache."""
    lists = requests["prefix_blocks"].combine_chunks()
    lengths = pc.list_value_length(lists).to_numpy(zero_copy_only=False).astype(np.int64)
    depths = hit_depths(lists.flatten().to_numpy(zero_copy_only=False), lengths)
    owner = np.repeat(np.arange(len(lengths), dtype=np.int32), lengths)
    tokens = requests["input_tokens"].to_numpy().astype(np.float64)
    size = requests["block_tokens"].to_numpy().astype(np.float64)
    counted = ~np.isnan(tokens) & ~np.isnan(size)
    has_prompt = counted & (tokens > 0)
    for capacity in capacities:
        is_hit = depths > 0 if capacity is None else (depths > 0) & (depths <= capacity)
        hits = np.bincount(owner[is_hit], minlength=len(lengths))
        hit_tokens = np.minimum(hits * size, tokens)
        shares = hit_tokens[has_prompt] / tokens[has_prompt]
        yield {
            "capacity_blocks": capacity,
            "requests": len(lengths),
            "blocks": len(depths),
            "hit_blocks": int(hits.sum()),
            "block_hit_ratio": _ratio(float(hits.sum()), float(len(depths))),
            "token_hit_ratio": _ratio(float(hit_tokens[counted].sum()), float(tokens[counted].sum())),
            "request_hit_ratio": float(shares.mean()) if len(shares) else None,
        }


def prefix_reuse(requests: pa.Table, capacities_blocks: list[int]) -> pa.Table:
    """Computes prefix reuse per (dataset, trace).

    Args:
        requests: dataset, trace, input_tokens, block_tokens, prefix_blocks (never empty), in order of arrival within a trace.
        capacities_blocks: Sizes of LRU caches, in blocks; the infinite cache is always computed.

    Returns:
        A row per capacity, ascending, the infinite one (capacity NULL) last. Token ratios are NULL where blocks have no fixed size.

    Raises:
        UsageError: A capacity is below one block.
    """
    if wrong := [capacity for capacity in capacities_blocks if capacity < 1]:
        raise UsageError(
            f"capacities_blocks: a cache of {wrong[0]} blocks holds nothing",
            "write capacities_blocks=[1000, 10000]",
            "write -p capacities_blocks='[1000, 10000]'",
        )
    capacities = [*sorted(set(capacities_blocks)), None]
    rows: list[dict[str, object]] = []
    for key in requests.select(_KEYS).group_by(_KEYS).aggregate([]).sort_by([(name, "ascending") for name in _KEYS]).to_pylist():
        chosen = requests.filter(pc.and_(pc.equal(requests["dataset"], key["dataset"]), pc.equal(requests["trace"], key["trace"])))
        rows += [{**key, **row} for row in _rows(chosen, capacities)]
    return pa.Table.from_pylist(rows, schema=_SCHEMA)
