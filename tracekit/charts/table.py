"""No chart: the table alone is shown."""

from __future__ import annotations

from typing import ClassVar

from tracekit.query.chart import Chart


class Table(Chart, frozen=True, kw_only=True):
    """The table alone."""

    kind: ClassVar[str] = "table"


KIND = Table
