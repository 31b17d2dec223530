"""Melts wide records: a series per column becomes a row per known cell, a bounded number of cells at a time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl

# What a mapping sees of a cell: the name of its column, and its value.
COLUMN = "_column"
CELL = "_cell"
_CELLS = 1 << 20
_BARE = "__bare"


def melt(frame: pl.DataFrame, columns: list[str]) -> Iterator[pl.DataFrame]:
    """Yields the cells of wide records as rows.

    Args:
        frame: Records, with the wide columns.
        columns: The wide columns.

    Yields:
        The other columns of the record, with ``_column`` and ``_cell``, ordered by record and column. An empty cell makes no row, but a
        record of empty cells alone keeps one, so that it is counted. A record is never split over two frames.
    """
    import polars as pl

    step = max(_CELLS // max(len(columns), 1), 1)
    index = [name for name in frame.columns if name not in set(columns)]
    order = "__order"
    for start in range(0, max(frame.height, 1), step):
        piece = frame[start : start + step].with_row_index(order).with_columns(pl.all_horizontal(pl.col(columns).is_null()).alias(_BARE))
        long = piece.unpivot(on=columns, index=[order, _BARE, *index], variable_name=COLUMN, value_name=CELL)
        kept = long.filter(pl.col(CELL).is_not_null() | (pl.col(_BARE) & (pl.col(COLUMN) == columns[0])))
        yield kept.sort(order, maintain_order=True).drop(order, _BARE)
