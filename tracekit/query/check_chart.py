"""Holds a chart against the columns that it draws."""

from __future__ import annotations

from collections.abc import Collection

from tracekit.errors import DeclarationError, did_you_mean
from tracekit.query.chart import Chart, Plot
from tracekit.query.model import Query

# Units of what has no place on an axis of quantities.
_WORDS = {"id", "name", "text", "bool"}


def check_chart(chart: Chart, query: Query, where: str) -> None:
    """Refuses a chart that names what is no column, or puts words on an axis of quantities.

    Args:
        chart: The chart.
        query: The query whose result it draws.
        where: What declares it, for the message.

    Raises:
        DeclarationError: Names key and value, and the columns that there are.
    """
    columns = query.columns
    for key, name in chart.columns().items():
        check_column(name, columns, f"{where}: {key}")
    if not isinstance(chart, Plot):
        return
    fields = chart.columns()
    for key in (key for axis in chart.axes for key in axis):
        unit = columns[fields[key]].unit
        if unit in _WORDS:
            numbers = [name for name, column in columns.items() if column.unit not in _WORDS]
            raise DeclarationError(
                f"{where}: {key}: {fields[key]!r} holds no quantities, its unit is {unit!r}",
                f"{key} is an axis of numbers: {', '.join(numbers)}",
            )


def check_column(name: str, columns: Collection[str], where: str) -> None:
    """Refuses a name that is no column.

    Raises:
        DeclarationError: Names the place, the value and the columns that there are.
    """
    if name not in columns:
        raise DeclarationError(
            f"{where}: {name!r} is not a column.{did_you_mean(name, list(columns))}", f"its columns are {', '.join(columns)}"
        )
