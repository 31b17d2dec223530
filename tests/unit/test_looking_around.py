"""A lake, its queries and its results shown to whoever looks around in Python; charts that need no internet."""

from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path

import altair as alt
import polars as pl
import pytest

from tracekit import Lake
from tracekit.ingest.run import ingest
from tracekit.query import library
from tracekit.sources.load import source


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """A lake of two sources."""
    root = tmp_path_factory.mktemp("two") / "lake"
    for name in ("burstgpt", "philly"):
        ingest(source(name), [], root, macros=[], sample=True)
    return Lake(root)


def test_datasets_lists_what_the_lake_holds(lake: Lake) -> None:
    listed = lake.datasets()
    assert listed["dataset"].to_list() == ["burstgpt", "philly"]
    first = listed.row(0, named=True)
    assert first["title"] == source("burstgpt").title
    assert (first["traces"], first["tables"], first["is_synthetic"]) == (2, ["llm_request"], True)
    assert first["rows"] == lake.table("llm_request").select(pl.len()).collect().item()
    assert first["licence"] == "CC-BY-4.0"


def test_queries_lists_the_library_and_who_can_answer(lake: Lake) -> None:
    listed = lake.queries()
    assert listed["query"].to_list() == list(library.load())
    able = {row["query"]: row["datasets"] for row in listed.to_dicts()}
    assert able["llm/tokens"] == ["burstgpt"]
    assert able["cluster/job_status"] == ["philly"]
    assert able["power/headroom"] == []
    params = {row["query"]: row["params"] for row in listed.to_dicts()}
    assert params["serverless/keepalive"] == ["dataset", "trace", "keepalive_s", "rule", "by"]


def test_a_lake_shows_its_datasets(lake: Lake) -> None:
    text = repr(lake)
    assert text.splitlines()[0] == f"Lake {lake.layout.root} (head 2): 2 datasets"
    assert "  burstgpt: 600 rows, 2 traces (llm_request)" in text.splitlines()
    assert "burstgpt" in lake._repr_html_()


def test_a_result_shows_what_was_asked_and_its_rows(lake: Lake) -> None:
    result = lake.run("serverless/keepalive", {"rule": "idle"})
    assert repr(result) == "Result of serverless/keepalive (rule='idle'): 0 rows; why_empty() says why"
    result = lake.run("llm/tokens", {"dataset": "burstgpt"})
    head, _, table = repr(result).partition("\n")
    assert head == "Result of llm/tokens (dataset='burstgpt'): 2 rows"
    assert table == str(result.to_polars())
    assert result._repr_html_().count("<td>&quot;burstgpt&quot;</td>") == 2


def test_a_query_shows_its_parameters_and_columns() -> None:
    query = library.get("serverless/keepalive")
    text, page = repr(query), query._repr_html_()
    assert text.startswith(f"Query serverless/keepalive: {query.title}\n{query.question}\n")
    for name in (*query.params, *query.columns):
        assert re.search(rf"^  {name} ", text, re.MULTILINE)
        assert f"<code>{name}</code>" in page
    assert "Keep-alive times. [s] Default: [60, 600]." in text


def test_a_notebook_draws_a_chart_without_the_internet(lake: Lake) -> None:
    chart = lake.chart("arrival/dispersion", dataset="burstgpt")
    assert isinstance(chart, alt.TopLevelMixin)
    # What a user does with it stays as it is.
    for shown in (chart, chart.properties(title="mine")):
        page = shown._repr_mimebundle_()["text/html"]
        assert not re.search(r"""(src|href)=["']https?:""", page)
        assert "cdn.jsdelivr.net" not in page
        assert len(page) > 500_000
    assert chart.to_dict() == chart.copy().to_dict()


def test_a_renderer_that_the_user_has_chosen_is_used(lake: Lake) -> None:
    chart = lake.chart("arrival/dispersion", dataset="burstgpt")
    assert chart is not None
    with alt.renderers.enable("mimetype"):
        shown = chart._repr_mimebundle_()
    assert "application/vnd.vegalite.v6.json" in (shown[0] if isinstance(shown, tuple) else shown)


def test_there_is_no_chart_where_there_is_nothing_to_draw(lake: Lake) -> None:
    assert lake.chart("power/headroom") is None


def test_the_package_says_that_it_is_typed() -> None:
    assert Path(str(files("tracekit") / "py.typed")).is_file()
