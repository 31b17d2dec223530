"""Horizontal bars whose parts add up, one per category."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from tracekit.query.chart import Plot, ResultColumn

if TYPE_CHECKING:
    import altair as alt

    from tracekit.charts.frame import Drawing

_ROUNDING = 1e-9


class StackedBar(Plot, frozen=True, kw_only=True):
    """Bars of ``x``, one per ``y``, of parts that ``color`` names. Lengths that add up have no logarithmic axis.

    Attributes:
        color: The column that names the parts.
    """

    kind: ClassVar[str] = "stacked_bar"
    label: ClassVar[str] = "Bar chart"

    color: ResultColumn

    def draw(self, what: Drawing) -> alt.Chart:
        """Draws stacked bars, the parts in the order of the rows."""
        import altair as alt

        order = {name: i for i, name in enumerate(dict.fromkeys(record[self.color] for record in what.records))}
        # Parts that are zero but for rounding would open the axis to the left of zero.
        values = [{**row, self.x: row[self.x] if abs(row[self.x]) > _ROUNDING else 0.0} for row in what.data().values]
        data = alt.Data(values=[{**row, "place": order[row[self.color]]} for row in values])
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


KIND = StackedBar
