"""Lines over a quantity, one per series, with a point at every value."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from tracekit.declare.checks import Finite
from tracekit.query.chart import MaybeColumn, Plot

if TYPE_CHECKING:
    import altair as alt

    from tracekit.charts.frame import Drawing


class Line(Plot, frozen=True, kw_only=True):
    """Lines of ``y`` over ``x``.

    Attributes:
        dash: The column of a second grouping, told by the line's dashes.
        reference: A value of ``y`` at which a horizontal rule is drawn.
        log: Axes that are logarithmic.
    """

    kind: ClassVar[str] = "line"
    label: ClassVar[str] = "Line chart"
    names: ClassVar[tuple[str, ...]] = ("color", "dash")
    axes: ClassVar[tuple[tuple[str, ...], ...]] = (("x",), ("y",))
    by_category: ClassVar[bool] = False
    from_zero: ClassVar[bool] = False

    dash: MaybeColumn = None
    reference: Finite | None = None
    log: tuple[Literal["x", "y"], ...] = ()

    def draw(self, what: Drawing) -> alt.Chart | alt.LayerChart:
        """Draws lines; ``reference`` adds a horizontal rule, ``dash`` tells a second grouping by the line's dashes."""
        import altair as alt

        encoding = {
            "x": alt.X(**what.axis("x")),
            "y": alt.Y(**what.axis("y")),
            "color": what.color(),
            "tooltip": what.tooltip(),
        }
        if self.dash is not None and len({record[self.dash] for record in what.records}) > 1:
            encoding["strokeDash"] = alt.StrokeDash(f"{self.dash}:N", legend=alt.Legend(title=self.dash, orient="top"))
        lines = alt.Chart(what.data()).mark_line(point=True).encode(**encoding)
        if self.reference is None:
            return lines.properties(height=280)
        rule = alt.Chart(alt.Data(values=[{"at": self.reference}])).mark_rule(strokeDash=[4, 4]).encode(y="at:Q")
        return alt.layer(rule, lines).properties(height=280)


KIND = Line
