"""The question that a card answers with a chart, and the claims ledger: both from the lake, before the documents."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tracekit import assets
from tracekit.publish.facts import Shown
from tracekit.query import library
from tracekit.query.run import run
from tracekit.report.directive import FigureBlock
from tracekit.report.figure import show_result
from tracekit.sources.model import Source

if TYPE_CHECKING:
    import duckdb

    from tracekit.query.model import Query

_WIDTH = 640
# Quick ones first; each asks for one pass over the rows. What a family does not answer, burstiness does.
_FIRST = {
    "llm": ("llm/lengths", "llm/tokens"),
    "serverless": ("serverless/cold_start_breakdown", "serverless/invocations"),
    "cluster": ("cluster/job_status", "cluster/queue_delay"),
    "energy": ("power/headroom", "energy/water_intensity", "energy/grid"),
}


def show_question(connection: duckdb.DuckDBPyConnection, source: Source) -> Shown | None:
    """Returns the first of a family's questions that a dataset answers with a chart, or None."""
    able = {name for dataset, name, why in library.capability(connection) if dataset == source.id and why is None}
    names = [*_FIRST.get(source.family, ()), "arrival/dispersion", "arrival/interarrival"]
    for name in [*names, *(query for query in sorted(able) if query.startswith(f"{source.family}/"))]:
        if name in able and (shown := _show(connection, library.get(name), source.id)):
            return shown
    return None


def _show(connection: duckdb.DuckDBPyConnection, query: Query, dataset: str) -> Shown | None:
    result = run(connection, query, {"dataset": dataset})
    figure = show_result(connection, result, FigureBlock(query=query.name), 1, set())
    spec = figure.chart
    # What cannot be drawn leaves the card to the next question.
    if spec is None:
        return None
    return Shown(
        query.name,
        query.question,
        figure.finding,
        figure.description,
        _svg(spec),
        f"tracekit query {query.name} --dataset {dataset}",
    )


def _svg(spec: dict[str, Any]) -> str:
    import vl_convert

    theme = json.loads((assets.reports_dir() / "_theme" / "vega.json").read_text(encoding="utf-8"))
    # The page's colours follow its theme; a picture needs its own, readable on white.
    text = json.dumps({**theme, "background": "#ffffff"}).replace("currentColor", "#333333")
    svg: str = vl_convert.vegalite_to_svg(json.dumps({**spec, "width": _WIDTH, "config": json.loads(text)}))
    return svg
