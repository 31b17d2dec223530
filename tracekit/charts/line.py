"""Lines over a quantity, one per series, with a point at every value."""

from __future__ import annotations

import altair as alt

from tracekit.charts.frame import Drawing


def chart(what: Drawing) -> alt.Chart | alt.LayerChart:
    """Draws lines; ``reference`` adds a horizontal rule, ``dash`` tells a second grouping by the line's dashes."""
    encoding = {
        "x": alt.X(**what.axis("x")),
        "y": alt.Y(**what.axis("y")),
        "color": what.color(),
        "tooltip": what.tooltip(),
    }
    if "dash" in what.spec and len({record[what.spec["dash"]] for record in what.records}) > 1:
        encoding["strokeDash"] = alt.StrokeDash(f"{what.spec['dash']}:N", legend=alt.Legend(title=what.spec["dash"], orient="top"))
    lines = alt.Chart(what.data()).mark_line(point=True).encode(**encoding)
    if "reference" not in what.spec:
        return lines.properties(height=280)
    rule = alt.Chart(alt.Data(values=[{"at": what.spec["reference"]}])).mark_rule(strokeDash=[4, 4]).encode(y="at:Q")
    return alt.layer(rule, lines).properties(height=280)
