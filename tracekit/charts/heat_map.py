"""A cell per pair of categories, its colour a quantity."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from tracekit.query.chart import Plot, ResultColumn

if TYPE_CHECKING:
    import altair as alt

    from tracekit.charts.frame import Drawing

_CELL_PX = 26


class HeatMap(Plot, frozen=True, kw_only=True):
    """Cells at ``x`` and ``y``, both categories.

    Attributes:
        color: The column that is the quantity of a cell.
        log: Names color where its scale is logarithmic.
    """

    kind: ClassVar[str] = "heat_map"
    label: ClassVar[str] = "Heat map"
    names: ClassVar[tuple[str, ...]] = ("x", "y")
    axes: ClassVar[tuple[tuple[str, ...], ...]] = (("color",),)

    color: ResultColumn
    log: tuple[Literal["color"], ...] = ()

    def draw(self, what: Drawing) -> alt.Chart:
        """Draws cells; the scale of colours is logarithmic where ``log`` names color, and has two sides where there are negative values."""
        import altair as alt

        is_signed = any(record[self.color] is not None and record[self.color] < 0 for record in what.records)
        kind = "log" if self.is_log("color") else "linear"
        scale = alt.Scale(type="linear", scheme="blueorange", domainMid=0) if is_signed else alt.Scale(type=kind, scheme="blues")
        rows = len({str(record[self.y]) for record in what.records})
        order = list(dict.fromkeys(record[self.x] for record in what.records))
        x = alt.X(f"{self.x}:N", title=None, sort=order, axis=alt.Axis(labelAngle=-40, labelLimit=180))
        quantity = alt.Color(
            f"{self.color}:Q",
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


KIND = HeatMap
