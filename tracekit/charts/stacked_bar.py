"""Horizontal bars whose parts add up, one per category."""

from __future__ import annotations

import altair as alt

from tracekit.charts.frame import Drawing


def chart(what: Drawing) -> alt.Chart:
    """Draws stacked bars, the parts in the order of the rows."""
    order = {name: i for i, name in enumerate(dict.fromkeys(record[what.spec["color"]] for record in what.records))}
    data = alt.Data(values=[{**row, "place": order[row[what.spec["color"]]]} for row in what.data().values])
    return (
        alt.Chart(data)
        .mark_bar()
        .encode(
            x=alt.X(**what.axis("x"), stack="zero"),
            y=alt.Y(**what.categories()),
            color=what.color(),
            order=alt.Order("place:Q"),
            tooltip=what.tooltip(),
        )
        .properties(height=what.bars_height())
    )
