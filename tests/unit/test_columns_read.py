"""What is asked of the engines about raw columns: a test of the test of mappings."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
import pytest
from columns_read import columns_of_mapping, columns_of_select

if TYPE_CHECKING:
    from tracekit.sources.model import Mapping

SCHEMA: dict[str, pl.DataType] = {"source_row": pl.Int64(), "used": pl.Float64(), "flag": pl.Boolean(), "idle": pl.String()}


@pytest.mark.parametrize(
    ("mapping", "read"),
    [
        (lambda raw: raw.select("source_row", value="used"), {"source_row", "used"}),
        (lambda raw: raw.filter("flag").select("source_row"), {"source_row", "flag"}),
        (lambda raw: raw.with_columns(x=pl.col("idle")).select("source_row"), {"source_row"}),
        (lambda raw: pl.concat([raw.select("source_row"), raw.select(source_row=pl.col("used").cast(pl.Int64))]), {"source_row", "used"}),
        (lambda raw: raw.select("source_row", **{"value": pl.col("us" + "ed")}), {"source_row", "used"}),
        (lambda raw: raw.select(pl.col("^(source_row|us.*)$")), {"source_row", "used"}),
        (lambda raw: raw, set(SCHEMA)),
    ],
    ids=["selected", "filtered by", "dropped again", "in a second piece", "by a name put together", "by a pattern", "all"],
)
def test_columns_of_a_mapping_are_those_that_it_needs(mapping: Mapping, read: set[str]) -> None:
    assert columns_of_mapping(mapping, SCHEMA) == read


@pytest.mark.parametrize(
    ("select", "wanted", "read"),
    [
        ("SELECT a FROM events", None, {"events": {"a"}}),
        ("SELECT a FROM events WHERE c = 'x'", None, {"events": {"a", "c"}}),
        ("SELECT a, b FROM events", {"a"}, {"events": {"a"}}),
        ("SELECT max_by(a, b) AS a FROM events GROUP BY c", None, {"events": {"a", "b", "c"}}),
        ("SELECT e.a FROM events AS e LEFT JOIN (SELECT c, min(d) AS d FROM types GROUP BY c) AS t ON t.c = e.c", {"a"}, {"events": {"a"}}),
        (
            "SELECT e.a, t.d FROM events AS e LEFT JOIN (SELECT c, min(d) AS d FROM types GROUP BY c) AS t ON t.c = e.c",
            None,
            {"events": {"a", "c"}, "types": {"c", "d"}},
        ),
    ],
    ids=["selected", "filtered by", "dropped again", "aggregated", "joined for nothing", "joined"],
)
def test_columns_of_a_select_are_those_that_it_scans(select: str, wanted: set[str] | None, read: dict[str, set[str]]) -> None:
    views = {"events": {"a": "BIGINT", "b": "BIGINT", "c": "VARCHAR"}, "types": {"c": "VARCHAR", "d": "DOUBLE"}}
    assert columns_of_select(select, views, wanted) == read
