"""Horizontal ranges from one quantity to another, one per category."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from tracekit.query.chart import Plot, ResultColumn

if TYPE_CHECKING:
    import altair as alt

    from tracekit.charts.frame import Drawing


class Range(Plot, frozen=True, kw_only=True):
    """Ranges from ``x`` to ``x2``, one per ``y``; either end of a range is something to see.

    Attributes:
        x2: The column of the other end.
        log: Axes that are logarithmic.
    """

    kind: ClassVar[str] = "range"
    label: ClassVar[str] = "Range chart"
    axes: ClassVar[tuple[tuple[str, ...], ...]] = (("x", "x2"),)

    x2: ResultColumn
    log: tuple[Literal["x"], ...] = ()

    def draw(self, what: Drawing) -> alt.LayerChart:
        """Draws a rule from x to x2 with a dot at each end: hollow at x, full at x2; where one end is unknown, the other alone."""
        import altair as alt

        high_title = what.title("x2")
        axis = {**what.axis("x"), "title": f"{what.title('x')} (hollow) to {high_title[:1].lower()}{high_title[1:]} (full)"}
        base = alt.Chart(what.data()).encode(y=alt.Y(**what.categories()), color=what.color(), tooltip=what.tooltip())
        is_whole = f"isValid(datum['{self.x}']) && isValid(datum['{self.x2}'])"
        rules = base.transform_filter(is_whole).mark_rule(strokeWidth=3).encode(x=alt.X(**axis), x2=f"{self.x2}:Q")
        low = base.mark_point(filled=False, size=60).encode(x=alt.X(**axis))
        high = base.mark_point(filled=True, size=80, opacity=1).encode(x=alt.X(**{**axis, "shorthand": f"{self.x2}:Q"}))
        return alt.layer(rules, low, high).properties(height=what.bars_height())


KIND = Range
