"""Horizontal bars, one per category; grouped where colour tells series apart within a category."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from tracekit.query.chart import Plot

if TYPE_CHECKING:
    import altair as alt

    from tracekit.charts.frame import Drawing


class Bar(Plot, frozen=True, kw_only=True):
    """Bars of ``x``, one per ``y``.

    Attributes:
        log: Axes that are logarithmic.
    """

    kind: ClassVar[str] = "bar"
    label: ClassVar[str] = "Bar chart"

    log: tuple[Literal["x"], ...] = ()

    def draw(self, what: Drawing) -> alt.Chart:
        """Draws bars."""
        import altair as alt

        rows = [(record[self.y], record.get(self.color or "")) for record in what.records]
        is_grouped = len(rows) > len({y for y, _ in rows})
        grouped = {"yOffset": alt.YOffset(f"{self.color}:N")} if is_grouped and self.color else {}
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


KIND = Bar
