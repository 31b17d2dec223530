"""A value that is unknown never stops a page: it is drawn without, and said; a figure that fails never stops the others."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner

from tracekit.api import Lake
from tracekit.charts import altair_chart
from tracekit.charts.build import drawing
from tracekit.cli import cli
from tracekit.query import library
from tracekit.query.model import Finding
from tracekit.query.override import overridden
from tracekit.query.run import Result, run
from tracekit.query.text import placeholders
from tracekit.report import build, figure
from tracekit.report.directive import FigureBlock
from tracekit.report.figure import Figure, show_result
from tracekit.report.page import load_pages

_ROWS = 4
_FIGURES = [block for page in load_pages([]) for block in page.figures]


@pytest.fixture(scope="module")
def connection(demo_lake: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """One connection for every query."""
    with Lake(demo_lake).connect() as opened:
        yield opened


def _used(result: Result, block: FigureBlock) -> list[str]:
    """Returns the columns that a figure draws, tells or labels with."""
    finding = block.finding or result.query.finding
    names = [
        *overridden(result.query, block.chart, block.query).columns().values(),
        *(placeholders(finding.text) if finding else []),
        *([result.query.n.column] if result.query.n else []),
        "dataset",
        "trace",
        "stream",
        "grain",
    ]
    return [name for name in dict.fromkeys(names) if name in result.columns]


def _without(result: Result, name: str, every: int) -> Result:
    """Returns a result whose column is unknown in each row (1) or in each second one (2)."""
    place = result.columns.index(name)
    rows = [(*row[:place], None if i % every == 0 else row[place], *row[place + 1 :]) for i, row in enumerate(result.rows)]
    return replace(result, rows=rows)


def _check(made: Figure, name: str) -> None:
    assert made.failure is None, f"without {name}: {made.failure}"
    assert "None" not in made.finding
    assert "nan" not in made.finding
    assert made.rows


@pytest.mark.parametrize("name", library.load())
def test_no_column_of_a_query_has_to_be_known(name: str, connection: duckdb.DuckDBPyConnection) -> None:
    whole = run(connection, library.get(name), {})
    few = replace(whole, rows=whole.rows[:_ROWS])
    block = FigureBlock(query=name)
    for column in _used(few, block):
        for every in (1, 2):
            _check(show_result(connection, _without(few, column, every), block, 1, set()), column)


@pytest.mark.parametrize("number", range(len(_FIGURES)))
def test_no_column_of_a_page_has_to_be_known(number: int, connection: duckdb.DuckDBPyConnection) -> None:
    block = _FIGURES[number]
    if not block.chart and block.finding is None:
        return
    whole = run(connection, library.get(block.query), block.params)
    few = replace(whole, rows=whole.rows[:_ROWS])
    for column in _used(few, block):
        _check(show_result(connection, _without(few, column, 2), block, 1, set()), column)


def _result(name: str, **columns: list[object]) -> Result:
    kinds = ["DOUBLE" if any(isinstance(v, float) for v in values) else "VARCHAR" for values in columns.values()]
    return Result(library.get(name), {}, list(columns), kinds, list(zip(*columns.values(), strict=True)))


def test_an_unknown_label_is_drawn_as_none_and_said(connection: duckdb.DuckDBPyConnection) -> None:
    query = library.get("energy/per_token")
    rows = {"dataset": ["d"] * 3, "trace": ["t"] * 3, "grp": ["a", None, "b"], "boundary": [None] * 3, "runs": [1] * 3}
    result = _result("energy/per_token", **rows, min_j=[1.0, 2.0, None], p50_j=[1.5, 2.5, 3.5])
    assert query.chart is not None
    made = show_result(connection, result, FigureBlock(query="energy/per_token"), 1, set())
    assert made.chart is not None
    values = made.chart["data"]["values"]
    assert [(v["grp"], v["boundary"], v["min_j"]) for v in values] == [
        ("t: a", "(none)", 1.0),
        ("t: (none)", "(none)", 2.0),
        ("t: b", "(none)", None),
    ]
    assert "grp is unknown in 1 of 3 rows, drawn as (none)" in made.unknown
    assert "one of min_j and p50_j unknown or not above zero in 1 rows, drawn by the other alone" in made.unknown
    assert "boundary is unknown in 3 of 3 rows, drawn as (none)" in made.description


def test_a_row_without_its_quantity_is_not_drawn_and_said() -> None:
    rows = {"dataset": ["d"] * 3, "trace": ["a", "b", "c"], "stream": ["job"] * 3, "window_s": [1.0] * 3, "idc": [None, 0.0, 2.0]}
    what = drawing(_result("arrival/dispersion", **rows), {"kind": "bar", "x": "idc", "y": "trace", "log": ["x"], "color": "stream"})
    assert what is not None
    assert [record["trace"] for record in what.records] == ["d/c (job)"]
    assert what.unknown == ("idc unknown or not above zero in 2 of 3 rows, which are not drawn",)


def test_numbers_and_unknown_as_colours_are_one_scale_of_names() -> None:
    rows = {"dataset": ["d"] * 2, "trace": ["t"] * 2, "stream": ["job"] * 2, "window_s": [1.0, None], "idc": [1.0, 2.0]}
    chart = altair_chart(_result("arrival/dispersion", **rows), {"kind": "bar", "x": "idc", "y": "stream", "color": "window_s"})
    assert chart is not None
    assert chart.to_dict()["encoding"]["color"]["sort"] == ["1.0", "(none)"]


def test_sorting_by_a_column_with_unknown_words_puts_them_last() -> None:
    rows = {"dataset": ["d"] * 3, "trace": ["t"] * 3, "stream": [None, "a", "b"], "window_s": [1.0] * 3, "idc": [1.0, 2.0, 3.0]}
    for sort, idcs in (("stream", [2.0, 3.0, 1.0]), ("-stream", [3.0, 2.0, 1.0])):
        what = drawing(_result("arrival/dispersion", **rows), {"kind": "bar", "x": "idc", "y": "stream", "sort": sort})
        assert what is not None
        assert [record["idc"] for record in what.records] == idcs


def test_what_a_finding_cannot_tell_is_said(connection: duckdb.DuckDBPyConnection) -> None:
    result = _result("arrival/dispersion", dataset=["d"], trace=["t"], stream=["job"], window_s=[1.0], idc=[None])
    finding = Finding("window_s", "{trace}: {idc:.1f}.")
    block = FigureBlock(query="arrival/dispersion", chart={"kind": "table"}, finding=finding)
    made = show_result(connection, result, block, 1, set())
    assert (made.finding, made.failure) == ("", None)
    assert made.unknown == "no row has every value that the finding states (idc)"


def test_a_figure_that_fails_shows_its_error_and_the_others_stand(demo_lake: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*args: object) -> Result:
        query = args[1]
        if getattr(query, "name", "") == "power/headroom":
            raise ValueError("a reading is <odd>")
        return run(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(figure, "run", broken)
    monkeypatch.setattr(build, "check_claims", lambda *_: 1 / 0)
    out = tmp_path / "r.html"
    done = CliRunner().invoke(cli, ["report", "power", "claims", "-o", str(out), "--lake", str(demo_lake)])
    assert (done.exit_code, done.stdout.strip()) == (0, str(out))
    failed = [line for line in done.stderr.splitlines() if line.startswith("failed: ")]
    of_headroom = [block for block in _page("power") if block.query == "power/headroom"]
    assert len([line for line in failed if "ValueError: a reading is <odd>" in line]) == len(of_headroom) > 0
    assert "claims: ZeroDivisionError" in failed[-1]
    text = out.read_text()
    assert "This figure failed: ValueError: a reading is &lt;odd&gt;." in text
    assert "This part of the page failed: ZeroDivisionError: division by zero." in text
    assert text.count('<figure id="figure-') == len(_page("power"))


def test_a_page_about_what_the_lake_does_not_have_says_so_and_does_not_fail(connection: duckdb.DuckDBPyConnection) -> None:
    made = figure.make_figure(connection, FigureBlock(query="energy/water_by_month", params={"region": "Kenia"}), 1, set())
    assert made.failure is None
    assert made.rows == []
    assert str(made.reason).startswith("energy/water_by_month: region='Kenia' is not in this lake")


def _page(name: str) -> list[FigureBlock]:
    [page] = load_pages([name])
    return page.figures
