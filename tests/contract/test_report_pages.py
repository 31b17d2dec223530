"""Every page and every figure of the report, over the samples and over an almost empty lake."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner

from tracekit.api import Lake
from tracekit.charts import altair_chart, chart_kinds
from tracekit.cli import cli
from tracekit.errors import DeclarationError, UsageError
from tracekit.ingest.run import ingest
from tracekit.query import library
from tracekit.query.chart import Plot
from tracekit.query.model import Finding
from tracekit.query.run import Result
from tracekit.report.build import build_report
from tracekit.report.directive import FigureBlock
from tracekit.report.figure import Figure, make_figure, show_value, state_finding
from tracekit.report.page import load_pages, page_names, parse_page
from tracekit.sources.load import source

PAGES = {page.name: page for page in load_pages([])}
FIGURES = [(page.name, block) for page in PAGES.values() for block in page.figures]


@pytest.fixture(scope="module")
def connection(demo_lake: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """One connection for every figure: opening the catalog costs more than most queries."""
    with Lake(demo_lake).connect() as opened:
        yield opened


@pytest.fixture(scope="module")
def drawn(connection: duckdb.DuckDBPyConnection) -> Callable[[FigureBlock], Figure]:
    """Makes a figure of the pages, once."""
    made: dict[str, Figure] = {}

    def draw(block: FigureBlock) -> Figure:
        key = repr(block)
        if key not in made:
            made[key] = make_figure(connection, block, 1, {"burstgpt"})
        return made[key]

    return draw


def test_pages_are_those_promised() -> None:
    promised = ["overview", "llm", "serverless", "cluster", "power", "energy", "water", "footprint", "quality", "claims"]
    assert [name for name in page_names() if name in promised] == promised


@pytest.mark.parametrize(("page", "block"), FIGURES)
def test_figure_is_whole(page: str, block: FigureBlock, drawn: Callable[[FigureBlock], Figure]) -> None:
    figure = drawn(block)
    assert figure.reason is None
    assert figure.title.endswith("?")
    assert figure.finding.endswith(".")
    assert "unknown" not in figure.finding
    assert "None" not in figure.finding
    assert "nan" not in figure.finding
    assert re.match(r"n = [\d,]+|[\d,]+ rows", figure.n)
    assert figure.command.startswith("tracekit query ")
    assert figure.rows
    if figure.chart:
        assert figure.description
        assert figure.description == figure.chart["description"]
        assert "colors" not in json.dumps(figure.chart.get("config", {}))


@pytest.mark.parametrize("name", library.load())
def test_header_chart_draws_what_the_result_holds(name: str, demo_lake: Path) -> None:
    result = Lake(demo_lake).run(name)
    chart = altair_chart(result)
    if not isinstance(result.query.chart, Plot):
        assert chart is None
        return
    spec = chart.to_dict()
    texts = json.dumps(spec)
    assert result.query.chart.kind in chart_kinds()
    assert f'"{result.query.chart.x}"' in texts
    assert spec["width"] == "container"


@pytest.mark.parametrize("page", PAGES)
def test_commands_under_the_figures_run(page: str, demo_lake: Path, drawn: Callable[[FigureBlock], Figure]) -> None:
    for block in PAGES[page].figures:
        figure = drawn(block)
        words = shlex.split(figure.command)[1:]
        done = CliRunner().invoke(cli, [*words, "--lake", str(demo_lake), "--format", "jsonl"])
        assert done.exit_code == 0, done.output
        assert len(done.stdout.splitlines()) == len(figure.rows) + figure.hidden_rows


def test_report_says_why_a_figure_is_missing(tmp_path: Path) -> None:
    ingest(source("energy-mix"), [], tmp_path, macros=[], sample=True)
    text = build_report(Lake(tmp_path), ["llm", "water"])
    assert "No figure: nothing in this lake answers it: it reads llm_request. There are no rows of llm_request (tracekit ingest" in text
    assert "Sample country" in text


def test_report_is_the_same_twice(demo_lake: Path) -> None:
    assert build_report(Lake(demo_lake), ["power"]) == build_report(Lake(demo_lake), ["power"])


def test_text_of_the_data_is_escaped(tmp_path: Path) -> None:
    (tmp_path / "<script>alert(1)<script>.csv").write_text(
        "Timestamp,Model,Request tokens,Response tokens,Total tokens,Log Type\n1,m,1,2,3,x\n2,m,1,2,3,x\n5,m,1,2,3,x\n"
    )
    ingest(source("burstgpt"), list(tmp_path.glob("*.csv")), tmp_path / "lake", macros=[])
    text = build_report(Lake(tmp_path / "lake"), ["llm"])
    assert "<script>alert(1)" not in text.replace("\\u003c", "<").split('id="specs"')[0]


def test_unknown_page_gets_a_hint() -> None:
    with pytest.raises(UsageError, match="'power'"):
        load_pages(["powr"])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("no title", "starts with `# title`"),
        ('# t\n\n```figure\nquery = "llm/tokens"\nparms = 3\n```\n', "Did you mean 'params'"),
        ('# t\n\n```figure\nquery = "llm/tokens"\n[params]\nx = 3\n```\n', "no parameter 'x'"),
        ("# t\n\n```lake\nx = 3\n```\n", "takes no options"),
    ],
)
def test_wrong_page_is_refused(text: str, words: str, tmp_path: Path) -> None:
    (tmp_path / "page.md").write_text(text)
    with pytest.raises(DeclarationError, match=words):
        parse_page(tmp_path / "page.md")


@pytest.mark.parametrize(
    ("value", "shown"),
    [(None, "–"), (1234567, "1,234,567"), (0.0, "0"), (0.044968, "0.04497"), (1234.5678, "1,235"), (1e-7, "1.000e-07"), (True, "yes")],
)
def test_values_are_shown_with_four_digits(value: object, shown: str) -> None:
    assert show_value(value) == shown


def test_groups_of_different_traces_are_different_bars(demo_lake: Path) -> None:
    result = Lake(demo_lake).run("serverless/cold_start_breakdown", {"by": "cpu_cores"})
    shared = {row["grp"] for row in result.records() if row["trace"] == "R1"} & {r["grp"] for r in result.records() if r["trace"] == "R2"}
    assert shared
    values = altair_chart(result, {"y": "grp"}).to_dict()["data"]["values"]
    bars = {(value["grp"], value["component"]) for value in values}
    assert len(bars) == len(values) == len(result.rows)


def test_finding_speaks_of_a_row_that_knows_all_that_it_tells(connection: duckdb.DuckDBPyConnection) -> None:
    finding = Finding("b DESC NULLS FIRST", "{a} has {b:.1f}.")
    rows: list[tuple[object, ...]] = [("x", None), ("y", 1.0), ("z", 2.0), (None, 3.0)]
    result = Result(library.get("llm/tokens"), {}, ["a", "b"], ["VARCHAR", "DOUBLE"], rows)
    assert state_finding(connection, result, finding) == "z has 2.0."
    assert state_finding(connection, replace(result, rows=rows[:1]), finding) == ""
