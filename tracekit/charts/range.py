"""Horizontal ranges from one quantity to another, one per category."""

from __future__ import annotations

import altair as alt

from tracekit.charts.frame import Drawing


def chart(what: Drawing) -> alt.Chart | alt.LayerChart:
    """Draws a rule from x to x2 with a dot at each end: hollow at x, full at x2; where one end is unknown, the other alone."""
    axis = {
        **what.axis("x"),
        "title": f"{what.title('x')} (hollow) to {what.title('x2')[:1].lower()}{what.title('x2')[1:]} (full)",
    }
    base = alt.Chart(what.data()).encode(y=alt.Y(**what.categories()), color=what.color(), tooltip=what.tooltip())
    is_whole = f"isValid(datum['{what.spec['x']}']) && isValid(datum['{what.spec['x2']}'])"
    rules = base.transform_filter(is_whole).mark_rule(strokeWidth=3).encode(x=alt.X(**axis), x2=f"{what.spec['x2']}:Q")
    low = base.mark_point(filled=False, size=60).encode(x=alt.X(**axis))
    high = base.mark_point(filled=True, size=80, opacity=1).encode(x=alt.X(**{**axis, "shorthand": f"{what.spec['x2']}:Q"}))
    return alt.layer(rules, low, high).properties(height=what.bars_height())
