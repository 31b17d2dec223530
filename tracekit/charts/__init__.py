"""Charts: a query's result and its header's ``chart`` become a Vega-Lite chart; one file per kind, found by listing."""

from __future__ import annotations

from tracekit.charts.build import altair_chart, chart_kinds, describe

__all__ = ["altair_chart", "chart_kinds", "describe"]
