"""Splits the sorted rows of a SELECT by their keys, for statistics that work on one trace at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

_TYPES = {"name": pa.string(), "bool": pa.bool_(), "count": pa.int64(), "number": pa.float64()}


def _codes(column: pa.ChunkedArray) -> NDArray[np.int64]:
    codes: NDArray[np.int64] = column.combine_chunks().dictionary_encode(null_encoding="encode").indices.to_numpy().astype(np.int64)
    return codes


def groups(rows: pa.Table, names: Sequence[str]) -> Iterator[tuple[dict[str, Any], pa.Table]]:
    """Yields each run of rows with equal keys.

    Args:
        rows: Ordered by the keys, so that a group is one slice and nothing is copied.
        names: Key columns; NULL is a key like any other.

    Yields:
        The group's keys by name, and its rows.
    """
    if not rows.num_rows:
        return
    changes = np.zeros(rows.num_rows - 1, dtype=bool)
    for name in names:
        changes |= np.diff(_codes(rows[name])) != 0
    edges = [0, *(np.flatnonzero(changes) + 1).tolist(), rows.num_rows]
    for start, end in pairwise(edges):
        chosen = rows.slice(start, end - start)
        yield {name: chosen[name][0].as_py() for name in names}, chosen


def to_table(records: list[dict[str, Any]], kinds: dict[str, str]) -> pa.Table:
    """Returns records as a typed table, also where there are none.

    Args:
        records: Rows; a value that is missing is NULL.
        kinds: Column → name, bool, count or number.
    """
    return pa.Table.from_pylist(records, schema=pa.schema([(name, _TYPES[kind]) for name, kind in kinds.items()]))
