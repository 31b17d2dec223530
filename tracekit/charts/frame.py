"""What every kind of chart needs: rows, axes with units, colours by series. Colours themselves live in the theme."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import altair as alt

    from tracekit.query.chart import Plot
    from tracekit.query.model import Column

_BAR_PX = 22
# Plain numbers as long as they are short; 10k, 2M beyond.
_PLAIN = "abs(datum.value) >= 10000 ? format(datum.value, '~s') : format(datum.value, ',~r')"
_WORDS = {"1", "name", "id", "text", "bool", "ratio"}


def steady(value: Any) -> Any:
    """Returns a number cut to ten digits: sums over threads differ in their last bits, and what is shown is the same every time."""
    # Minus nothing is nothing.
    return float(f"{value:.10g}") + 0.0 if isinstance(value, float) else value


@dataclass(frozen=True)
class Drawing:
    """Rows to draw and how.

    Attributes:
        records: Rows as dictionaries.
        spec: The header's ``chart``, with what a page says otherwise.
        columns: Columns of the query, for titles and units.
        unknown: What of the result is unknown, and so is not drawn or drawn without a name, in words.
    """

    records: list[dict[str, Any]]
    spec: Plot
    columns: dict[str, Column]
    unknown: tuple[str, ...] = ()

    def title(self, axis: str) -> str:
        """Returns an axis's title: what the column means, with its unit."""
        column = self.columns[self.spec.drawn()[axis]]
        text = column.text.split(":")[0].split(";")[0].rstrip(".")
        if column.unit == "ratio":
            return f"{text} (%)"
        return text if column.unit in _WORDS else f"{text} ({column.unit})"

    def data(self) -> alt.Data:
        """Returns the rows as inline data, only the columns that are drawn."""
        import altair as alt

        used = dict.fromkeys(self.spec.drawn().values())
        return alt.Data(values=[{name: steady(record[name]) for name in used} for record in self.records])

    def is_quantity(self, name: str) -> bool:
        """Whether a column holds numbers, as far as its values are known."""
        known = [record[name] for record in self.records if record[name] is not None]
        return bool(known) and all(isinstance(value, int | float) for value in known)

    def axis(self, axis: str) -> dict[str, Any]:
        """Returns the encoding of a quantitative axis."""
        import altair as alt

        name = self.spec.drawn()[axis]
        scale = alt.Scale(type="log", nice=False, padding=12) if self.spec.is_log(axis) else alt.Scale(zero=self.spec.from_zero)
        is_ratio = self.columns[name].unit == "ratio"
        form = {"format": "~%"} if is_ratio else {"labelExpr": _PLAIN}
        shown = alt.Axis(tickCount=6, labelOverlap=True, **form)
        return {"shorthand": f"{name}:Q", "title": self.title(axis), "scale": scale, "axis": shown}

    def color(self) -> alt.Color | alt.Undefined:
        """Returns the encoding of colour by series; the legend goes where there is only one."""
        import altair as alt

        if self.spec.color is None:
            return alt.Undefined
        series = list(dict.fromkeys(steady(record[self.spec.color]) for record in self.records))
        legend = alt.Legend(title=None, orient="top") if len(series) > 1 else None
        return alt.Color(f"{self.spec.color}:N", legend=legend, sort=series)

    def tooltip(self) -> list[alt.Tooltip]:
        """Returns what is shown on hovering: every drawn column, by name."""
        import altair as alt

        # What a row is comes before what it measures.
        used = dict.fromkeys((self.spec.y, *self.spec.drawn().values()))
        return [alt.Tooltip(f"{name}:Q", format=".4~g") if self.is_quantity(name) else alt.Tooltip(f"{name}:N") for name in used]

    def bars_height(self) -> int:
        """Returns the height of a chart with one row per category."""
        return max(len({str(record[self.spec.y]) for record in self.records}) * _BAR_PX, 2 * _BAR_PX)

    def categories(self) -> dict[str, Any]:
        """Returns the encoding of the category axis, in the order of the rows."""
        import altair as alt

        order = list(dict.fromkeys(steady(record[self.spec.y]) for record in self.records))
        return {"shorthand": f"{self.spec.y}:N", "title": None, "sort": order, "axis": alt.Axis(labelLimit=280)}
