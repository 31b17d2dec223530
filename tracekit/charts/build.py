"""Turns a result into a chart: prepares its rows, has its kind draw them, describes it in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tracekit.charts.frame import Drawing, steady
from tracekit.charts.rows import prepare
from tracekit.errors import UsageError
from tracekit.query.chart import Chart, Plot, chart_kinds
from tracekit.query.override import overridden

if TYPE_CHECKING:
    import altair as alt

    from tracekit.query.run import Result

MAX_ROWS = 5_000


def drawing(result: Result, override: Chart | dict[str, Any] | None = None) -> Drawing | None:
    """Returns what is to be drawn, or None where the header asks for a table or nothing is left to draw.

    Args:
        result: Rows of a query.
        override: Another chart, or keys of the header's to set otherwise.

    Raises:
        DeclarationError: The override is wrong.
        UsageError: There are too many rows for a chart: aggregate first.
    """
    query = result.query
    spec = override if isinstance(override, Chart) else overridden(query, override or {}, f"{query.name}: chart")
    if not isinstance(spec, Plot) or not result.rows:
        return None
    if len(result.rows) > MAX_ROWS:
        raise UsageError(f"{query.name}: {len(result.rows):,} rows are too many for a chart", "filter with dataset and trace")
    records, unknown = prepare(result.records(), spec)
    return Drawing(records, spec, query.columns, tuple(unknown)) if records else None


def altair_chart(result: Result, override: Chart | dict[str, Any] | None = None) -> alt.Chart | None:
    """Draws a result as its query's header says.

    Args:
        result: Rows of a query.
        override: Another chart, or keys of the header's to set otherwise.

    Returns:
        The chart, or None where there is nothing to draw.
    """
    what = drawing(result, override)
    return None if what is None else draw(what)


def draw(what: Drawing) -> alt.Chart:
    """Draws what ``drawing`` returns."""
    return what.spec.draw(what).properties(width="container", description=describe(what))


def describe(what: Drawing) -> str:
    """Returns the chart in a sentence, from its data, for those who cannot see it."""
    spec, fields = what.spec, what.spec.drawn()
    quantities = [name for axis in spec.axes for name in axis]
    parts = [f"{spec.label} of {what.title('y')} against {what.title('x')}"]
    for name in quantities:
        values = [record[fields[name]] for record in what.records if isinstance(record[fields[name]], int | float)]
        if values:
            parts.append(f"{fields[name]} from {steady(min(values)):.4g} to {steady(max(values)):.4g}")
    if spec.color is not None and "color" not in quantities:
        series = list(dict.fromkeys(str(record[spec.color]) for record in what.records))
        shown = ", ".join(series[:6]) + (f" and {len(series) - 6} more" if len(series) > 6 else "")
        parts.append(f"{len(series)} {spec.color}{'s' if len(series) != 1 else ''}: {shown}")
    return "; ".join([*parts, *what.unknown]) + "."


__all__ = ["altair_chart", "chart_kinds", "describe", "draw", "drawing"]
