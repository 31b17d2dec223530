"""What every kind of chart declares, and which kinds there are: each is a file in ``charts``, found by listing."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from tracekit import assets
from tracekit.declare.model import Check, Declared, keys_of

if TYPE_CHECKING:
    import altair as alt


@dataclass(frozen=True)
class OfResult:
    """Marks a key that names a column of the result.

    Attributes:
        signed: Whether a minus before the name means descending.
    """

    signed: bool = False

    def column(self, value: str) -> str:
        """Returns the column that a value names."""
        return value.removeprefix("-") if self.signed else value


# What draws charts of any kind, beside the kinds.
_NO_KIND = {"__init__", "build", "frame", "rows"}

ResultColumn = Annotated[str, OfResult()]
MaybeColumn = Annotated[str | None, OfResult()]


def _no_top(count: int) -> str | None:
    return None if count > 0 else "is no number of rows to draw"


class Chart(Declared, frozen=True, kw_only=True):
    """How a result is drawn. A subclass is a kind: its keys are its fields, its class variables what becomes of the unknown.

    Attributes:
        kind: Name of the kind: of its file.
    """

    kind: ClassVar[str]

    def columns(self) -> dict[str, str]:
        """Returns the keys that name a column of the result, with the column."""
        said = {name: (key.mark(OfResult), getattr(self, key.attribute)) for name, key in keys_of(type(self)).items()}
        return {name: mark.column(value) for name, (mark, value) in said.items() if mark and value is not None}


class Plot(Chart, frozen=True, kw_only=True):
    """A chart that draws something.

    Attributes:
        label: What it is called in words.
        names: Fields that tell bars, cells and series apart: an unknown one is drawn as (none).
        axes: Fields that are quantities, by axis: a row without any of an axis has no place on it and is not drawn.
        by_category: Whether ``y`` is a category, so that groups of different traces are told apart in it.
        from_zero: Whether a linear axis begins at zero.
        x: The horizontal column.
        y: The vertical column.
        color: The column that tells series apart.
        sort: The column that rows are ordered by, descending after a minus.
        top: How many rows are drawn, the first ones.
    """

    label: ClassVar[str] = "Chart"
    names: ClassVar[tuple[str, ...]] = ("y", "color")
    axes: ClassVar[tuple[tuple[str, ...], ...]] = (("x",),)
    by_category: ClassVar[bool] = True
    from_zero: ClassVar[bool] = True

    x: ResultColumn
    y: ResultColumn
    color: MaybeColumn = None
    sort: Annotated[str | None, OfResult(signed=True)] = None
    top: Annotated[int | None, Check(_no_top)] = None

    def is_log(self, field: str) -> bool:
        """Whether a field's axis, or scale of colours, is logarithmic."""
        return field in getattr(self, "log", ())

    def drawn(self) -> dict[str, str]:
        """Returns the fields that are drawn, with their columns; those of one axis stand together."""
        columns = self.columns()
        beside = {axis[0]: axis for axis in self.axes}
        names = dict.fromkeys(one for name in columns if name != "sort" for one in beside.get(name, (name,)))
        return {name: columns[name] for name in names}

    def draw(self, what: Any) -> alt.Chart | alt.LayerChart:
        """Draws rows; see ``charts.frame.Drawing``."""
        raise NotImplementedError


def chart_kinds() -> list[str]:
    """Returns the kinds of chart, by listing; ``table`` means that the table alone is shown."""
    return sorted(path.stem for path in assets.charts_dir().glob("*.py") if path.stem not in _NO_KIND)


@cache
def find_chart(kind: str) -> type[Chart]:
    """Returns what a chart of one kind declares. Looked up by name, as raw formats are: charts are a later room's."""
    found: type[Chart] = import_module(f"tracekit.charts.{kind}").KIND
    return found
