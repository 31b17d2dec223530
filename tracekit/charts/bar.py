"""Horizontal bars, one per category; grouped where colour tells series apart within a category."""

from __future__ import annotations

import altair as alt

from tracekit.charts.frame import Drawing


def chart(what: Drawing) -> alt.Chart:
    """Draws bars."""
    rows = [(record[what.spec["y"]], record.get(what.spec.get("color", ""))) for record in what.records]
    is_grouped = len(rows) > len({y for y, _ in rows})
    grouped = {"yOffset": alt.YOffset(f"{what.spec['color']}:N")} if is_grouped and "color" in what.spec else {}
    height = what.bars_height() * (2 if is_grouped else 1)
    return (
        alt.Chart(what.data())
        .mark_bar()
        .encode(
            x=alt.X(**what.axis("x")),
            y=alt.Y(**what.categories()),
            color=what.color(),
            tooltip=what.tooltip(),
            **grouped,
        )
        .properties(height=height)
    )
