"""Turns a result into a chart: prepares its rows, picks the kind, describes it in words."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tracekit.charts.frame import Drawing, steady
from tracekit.charts.rows import prepare
from tracekit.errors import DeclarationError, UsageError

if TYPE_CHECKING:
    import altair as alt

    from tracekit.query.run import Result

MAX_ROWS = 5_000
_NO_KIND = {"__init__", "build", "frame", "rows"}


def chart_kinds() -> list[str]:
    """Returns the kinds of chart, by listing this folder; ``table`` means that the table alone is shown."""
    return sorted(path.stem for path in Path(__file__).parent.glob("*.py") if path.stem not in _NO_KIND)


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
    records, unknown = prepare(result.records(), spec)
    return Drawing(records, spec, result.query.columns, tuple(unknown)) if records else None


def altair_chart(result: Result, override: dict[str, Any] | None = None) -> alt.Chart | None:
    """Draws a result as its query's header says.

    Args:
        result: Rows of a query.
        override: Keys of ``chart`` to set otherwise.

    Returns:
        The chart, or None where there is nothing to draw.
    """
    what = drawing(result, override)
    return None if what is None else draw(what)


def draw(what: Drawing) -> alt.Chart:
    """Draws what ``drawing`` returns."""
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
    return "; ".join([*parts, *what.unknown]) + "."
