"""Turns a result into a chart: prepares its rows, picks the kind, describes it in words."""

from __future__ import annotations

import math
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tracekit.charts.frame import Drawing, steady
from tracekit.errors import DeclarationError, UsageError

if TYPE_CHECKING:
    import altair as alt

    from tracekit.query.run import Result

MAX_ROWS = 5_000
_BY_CATEGORY = {"bar", "heat_map", "range", "stacked_bar"}
_NO_KIND = {"__init__", "build", "frame"}


def chart_kinds() -> list[str]:
    """Returns the kinds of chart, by listing this folder; ``table`` means that the table alone is shown."""
    return sorted(path.stem for path in Path(__file__).parent.glob("*.py") if path.stem not in _NO_KIND)


def _label(record: dict[str, Any], grains: set[Any]) -> str:
    stream = f" ({record['stream']})" if "stream" in record else ""
    # A trace of which both events and counts are there is two series.
    stream += f" ({record['grain']})" if len(grains) > 1 else ""
    return f"{record['dataset']}/{record['trace'] or '*'}{stream}"


def _prepare(result: Result, spec: dict[str, Any]) -> list[dict[str, Any]]:
    """Returns the rows to draw: named by dataset and trace, cut to the top ones, without points that an axis cannot show."""
    grains: dict[tuple[Any, Any], set[Any]] = {}
    for r in result.records():
        grains.setdefault((r.get("dataset"), r.get("trace")), set()).add(r.get("grain"))
    records = [{**r, "trace": _label(r, grains[r["dataset"], r["trace"]])} if "trace" in r else r for r in result.records()]
    color = spec.get("color")
    if color and any(isinstance(r[color], str) for r in records):
        # What belongs to no group is a group that can be drawn and named.
        records = [{**r, color: "(none)" if r[color] is None else r[color]} for r in records]
    if spec["y"] not in ("trace", "region") and spec.get("color") != "trace" and spec["kind"] in _BY_CATEGORY:
        # Groups of different traces are different bars: traces are never pooled.
        is_one_dataset = len({r["dataset"] for r in records}) == 1
        records = [{**r, spec["y"]: f"{r['trace'].rpartition('/')[2] if is_one_dataset else r['trace']}: {r[spec['y']]}"} for r in records]
    for axis in ("x", "y", *(("color",) if spec["kind"] == "heat_map" else ())):
        if axis in spec.get("log", []):
            records = [r for r in records if isinstance(r[spec[axis]], int | float) and r[spec[axis]] > 0]
        records = [r for r in records if r[spec[axis]] is not None]
    if "sort" in spec:
        key = spec["sort"].lstrip("-")
        worst = -math.inf if spec["sort"].startswith("-") else math.inf
        records.sort(key=lambda r: worst if r[key] is None else r[key], reverse=spec["sort"].startswith("-"))
    return records[: spec.get("top", len(records))]


def drawing(result: Result, override: dict[str, Any] | None = None) -> Drawing | None:
    """Returns what is to be drawn, or None where the header asks for a table or nothing is left to draw.

    Raises:
        UsageError: There are too many rows for a chart: aggregate first.
    """
    spec = {**(result.query.chart or {"kind": "table"}), **(override or {})}
    if spec["kind"] == "table" or not result.rows:
        return None
    if spec["kind"] not in chart_kinds():
        raise DeclarationError(f"{result.query.name}: chart: there is no kind {spec['kind']!r}; known: {', '.join(chart_kinds())}")
    if len(result.rows) > MAX_ROWS:
        raise UsageError(f"{result.query.name}: {len(result.rows):,} rows are too many for a chart", "filter with dataset and trace")
    records = _prepare(result, spec)
    return Drawing(records, spec, result.query.columns) if records else None


def altair_chart(result: Result, override: dict[str, Any] | None = None) -> alt.Chart | None:
    """Draws a result as its query's header says.

    Args:
        result: Rows of a query.
        override: Keys of ``chart`` to set otherwise.

    Returns:
        The chart, or None where there is nothing to draw.
    """
    what = drawing(result, override)
    if what is None:
        return None
    chart: alt.Chart = import_module(f"tracekit.charts.{what.spec['kind']}").chart(what)
    return chart.properties(width="container", description=describe(what))


def describe(what: Drawing) -> str:
    """Returns the chart in a sentence, from its data, for those who cannot see it."""
    spec = what.spec
    kind = {"line": "Line chart", "range": "Range chart", "heat_map": "Heat map"}.get(spec["kind"], "Bar chart")
    parts = [f"{kind} of {what.title('y')} against {what.title('x')}"]
    quantities = ("color",) if spec["kind"] == "heat_map" else ("x", "x2", "y")
    for axis in quantities:
        values = [r[spec[axis]] for r in what.records if axis in spec and isinstance(r[spec[axis]], int | float)]
        if values:
            parts.append(f"{spec[axis]} from {steady(min(values)):.4g} to {steady(max(values)):.4g}")
    if "color" in spec and "color" not in quantities:
        series = list(dict.fromkeys(str(r[spec["color"]]) for r in what.records))
        shown = ", ".join(series[:6]) + (f" and {len(series) - 6} more" if len(series) > 6 else "")
        parts.append(f"{len(series)} {spec['color']}{'s' if len(series) != 1 else ''}: {shown}")
    return "; ".join(parts) + "."
