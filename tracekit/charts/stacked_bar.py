"""Horizontal bars whose parts add up, one per category."""

from __future__ import annotations

import altair as alt

from tracekit.charts.frame import Drawing

_ROUNDING = 1e-9


def chart(what: Drawing) -> alt.Chart:
    """Draws stacked bars, the parts in the order of the rows."""
    order = {name: i for i, name in enumerate(dict.fromkeys(record[what.spec["color"]] for record in what.records))}
    # Parts that are zero but for rounding would open the axis to the left of zero.
    x = what.spec["x"]
    values = [{**row, x: row[x] if abs(row[x]) > _ROUNDING else 0.0} for row in what.data().values]
    data = alt.Data(values=[{**row, "place": order[row[what.spec["color"]]]} for row in values])
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
