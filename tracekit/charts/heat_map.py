"""A cell per pair of categories, its colour a quantity."""

from __future__ import annotations

import altair as alt

from tracekit.charts.frame import Drawing

_CELL_PX = 26


def chart(what: Drawing) -> alt.Chart:
    """Draws cells; the scale of colours is logarithmic where ``log`` names color, and has two sides where there are negative values."""
    name = what.spec["color"]
    is_signed = any(record[name] is not None and record[name] < 0 for record in what.records)
    kind = "log" if "color" in what.spec.get("log", []) else "linear"
    scale = alt.Scale(type="linear", scheme="blueorange", domainMid=0) if is_signed else alt.Scale(type=kind, scheme="blues")
    rows = len({str(record[what.spec["y"]]) for record in what.records})
    order = list(dict.fromkeys(record[what.spec["x"]] for record in what.records))
    x = alt.X(f"{what.spec['x']}:N", title=None, sort=order, axis=alt.Axis(labelAngle=-40, labelLimit=180))
    quantity = alt.Color(
        f"{name}:Q",
        title=what.title("color"),
        scale=scale,
        legend=alt.Legend(orient="top", gradientLength=240, titleLimit=600),
    )
    return (
        alt.Chart(what.data())
        .mark_rect()
        .encode(x=x, y=alt.Y(**what.categories()), color=quantity, tooltip=what.tooltip())
        .properties(height=max(rows * _CELL_PX, 2 * _CELL_PX))
    )
