"""What a query declares in its header."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Param:
    """A parameter of a query.

    Attributes:
        name: Written ``$name`` in the SQL.
        type: DuckDB type that a value is cast to.
        default: The value where none is given.
        unit: Its unit.
        text: What it does.
        choices: The allowed words, if the list is closed.
        known: A SELECT of the values that the lake has, in one column, if no other value is valid; case does not matter.
        unless: Parameters that make the value a mere label: where all of them are given, it is not looked up.
    """

    name: str
    type: str
    default: Any = None
    unit: str = "1"
    text: str = ""
    choices: tuple[str, ...] | None = None
    known: str | None = None
    unless: tuple[str, ...] = ()


@dataclass(frozen=True)
class Column:
    """A column of a query's result."""

    unit: str
    text: str


@dataclass(frozen=True)
class Finding:
    """The sentence that a figure states.

    Attributes:
        pick: ORDER BY over the result; the first row fills the sentence.
        text: The sentence, with ``{column}`` placeholders.
    """

    pick: str
    text: str


@dataclass(frozen=True)
class Extend:
    """Columns that are NULL until another query is asked to fill them.

    Attributes:
        when: The boolean parameter that asks for them.
        query: The other query; it gets every parameter that both have.
        on: Columns that name a row in both results; of the others, those that both have are filled where they are NULL.
    """

    when: str
    query: str
    on: tuple[str, ...]


@dataclass(frozen=True, repr=False)
class Query:
    """A characterisation.

    Attributes:
        name: ``room/name``.
        title: Short title.
        question: The question that it answers; the title of its figure.
        reads: Tables and views that it reads.
        params: Parameter name → parameter; ``dataset`` and ``trace`` are in every query.
        columns: Output column → unit and meaning, in order.
        source: Citation of the definition.
        sql: The SELECT.
        chart: How it is drawn: kind, x, y, color, log, …
        finding: The sentence of its figure.
        n: The column whose sum is the figure's n.
        requires: ``table.column`` that must have values for the query to say anything; ``a.b | c.d`` where either does.
        calendar: The coarsest calendar that it needs: hour or weekday_hour.
        compute: For the python kind, ``module.function`` in stats: rows of the SELECT → rows of the result.
        extend: Columns that another query fills on request.
        uses: Queries whose table macros the SELECT calls.
    """

    name: str
    title: str
    question: str
    reads: tuple[str, ...]
    params: dict[str, Param]
    columns: dict[str, Column]
    source: str
    sql: str
    chart: dict[str, Any] | None = None
    finding: Finding | None = None
    n: str | None = None
    requires: tuple[str, ...] = ()
    calendar: str | None = None
    compute: str | None = None
    extend: Extend | None = None
    uses: tuple[str, ...] = ()

    def __repr__(self) -> str:
        from tracekit.query.show import query_text

        return query_text(self)

    def _repr_html_(self) -> str:
        from tracekit.query.show import query_html

        return query_html(self)

    @property
    def kind(self) -> str:
        """``sql``, or ``python`` where a function computes the result from the rows of the SELECT."""
        return "python" if self.compute else "sql"

    @property
    def macro(self) -> str:
        """Name of its table macro."""
        return self.name.replace("/", "_")
