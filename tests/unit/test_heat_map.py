"""The heat map: a cell per pair, its colour on one scale or on two sides of zero."""

from __future__ import annotations

import pytest

from tracekit.charts import altair_chart, describe
from tracekit.charts.build import drawing
from tracekit.query import library
from tracekit.query.run import Result


def _result(name: str, **columns: list[object]) -> Result:
    rows = list(zip(*columns.values(), strict=True))
    return Result(library.get(name), {}, list(columns), ["VARCHAR"] * len(columns), rows)


@pytest.mark.parametrize(("values", "scheme"), [([0.1, 0.9], "blues"), ([-0.5, 0.9], "blueorange")])
def test_sign_decides_the_scale(values: list[float], scheme: str) -> None:
    result = _result("serverless/cold_start_correlation", dataset=["d", "d"], trace=["a", "b"], component=["count"] * 2, spearman=values)
    spec = altair_chart(result).to_dict()
    assert spec["mark"]["type"] == "rect"
    assert spec["encoding"]["color"]["scale"]["scheme"] == scheme
    what = drawing(result)
    assert what is not None
    assert describe(what).startswith("Heat map")


def test_cells_without_a_value_are_left_out_and_traces_apart() -> None:
    keys: dict[str, list[object]] = {"dataset": ["d"] * 3, "trace": ["a", "b", "b"], "runtime": ["x"] * 3, "trigger": ["t"] * 3}
    result = _result("serverless/cold_start_matrix", **keys, total_p50_s=[1.0, 2.0, None])
    values = altair_chart(result).to_dict()["data"]["values"]
    assert [row["runtime"] for row in values] == ["a: x", "b: x"]
