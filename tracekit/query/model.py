"""What a query declares in its header."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec

from tracekit.declare.checks import Text
from tracekit.declare.model import Check, Declared, Family, Held, Named
from tracekit.query.chart import Chart, chart_kinds, find_chart
from tracekit.query.fragments import macro_name
from tracekit.query.text import no_name, no_sentence
from tracekit.query.values import ValueType, misfit
from tracekit.schema.types import UnitName


class Param(Declared, frozen=True, kw_only=True):
    """A parameter of a query.

    Attributes:
        name: Written ``$name`` in the SQL.
        type: DuckDB type that a value is cast to: VARCHAR, BIGINT, DOUBLE or BOOLEAN, with ``[]`` a list of them.
        default: The value where none is given.
        unit: Its unit.
        text: What it does.
        choices: The allowed words, if the list is closed.
        known: A SELECT of the values that the lake has, in one column, if no other value is valid; case does not matter.
        unless: Parameters that make the value a mere label: where all of them are given, it is not looked up.
    """

    name: Annotated[str, Held(), Check(no_name)]
    type: ValueType
    default: Any = None
    unit: UnitName = "1"
    text: Text
    choices: tuple[str, ...] | None = None
    known: Text | None = None
    unless: tuple[str, ...] = ()

    @property
    def item(self) -> Param:
        """One value of a parameter that is a list."""
        return msgspec.structs.replace(self, type=self.type[:-2], default=None)

    def contradiction(self) -> str | None:
        """Returns what is wrong with its default or its choices, or which key needs another one."""
        if self.default is not None and (wrong := misfit(self.type, self.default)):
            return f"default: {self.default!r} {wrong}"
        if self.known is not None and self.type != "VARCHAR":
            return f"known: it is of words, and the type is {self.type}"
        if self.choices is not None:
            if not self.choices:
                return "choices: there are none"
            if self.type not in ("VARCHAR", "VARCHAR[]"):
                return f"choices: they are words, and the type is {self.type}"
            for word in self.default if isinstance(self.default, list) else (self.default,):
                if word is not None and word not in self.choices:
                    return f"default: {word!r} is not one of its choices: {', '.join(self.choices)}"
        if self.unless and self.known is None:
            return "unless: it says when known does not hold, and there is no known"
        return None


class Column(Declared, frozen=True, kw_only=True):
    """A column of a query's result.

    Attributes:
        name: The column's name.
        unit: A unit of the schema.
        text: What it means; the title of its axis, up to the first colon or semicolon.
    """

    name: Annotated[str, Held(), Check(no_name)]
    unit: UnitName
    text: Text


class Finding(Declared, frozen=True):
    """The sentence that a figure states.

    Attributes:
        pick: ORDER BY over the result; the first row fills the sentence.
        text: The sentence, with ``{column}`` placeholders.
    """

    pick: Text
    text: Annotated[str, Check(no_sentence)]


class Count(Declared, frozen=True, kw_only=True):
    """What a figure rests on, and how the rows of the result add up to it.

    Attributes:
        column: The column with the counts.
        over: Columns that identify what is counted once, of the key: rows that agree in them share one count, such as the parts of one set
            of requests. Left out: every row has a count of its own.
        summed: false where rows count the same things again and no sum means anything, such as windows of several lengths over one
            recording: the figure then says from how many to how many.
    """

    column: str
    over: tuple[str, ...] | None = None
    summed: bool = True

    def contradiction(self) -> str | None:
        """Returns which key says nothing, or nothing beside another."""
        if self.over == ():
            return "over: it names no column: without it every row has a count of its own"
        return "over: it says how counts are summed, and summed = false" if self.over is not None and not self.summed else None


class Extend(Declared, frozen=True, kw_only=True):
    """Columns that are NULL until another query is asked to fill them.

    Attributes:
        when: The boolean parameter that asks for them.
        query: The other query; it gets every parameter that both have.
        on: Columns that name a row in both results; of the others, those that both have are filled where they are NULL.
    """

    when: str
    query: str
    on: tuple[str, ...]


class Fragment(Declared, frozen=True, kw_only=True):
    """What several queries share, in a file whose name begins with an underscore.

    Attributes:
        title: Short title.
        question: The question that it answers; the title of its figure.
        reads: Tables and views that it reads.
        params: Parameters, by name; ``dataset`` and ``trace`` are in every query.
        params_from: ``room/name`` of another query, whose parameters this one has as well, as they are declared there.
        columns: Output columns with unit and meaning, in order.
        source: Citation of the definition.
        uses: Queries and fragments whose table macros the SELECT calls.
    """

    title: Text
    question: Text
    reads: tuple[str, ...]
    own_params: Annotated[tuple[Param, ...], Named()] = msgspec.field(name="params", default=())
    params_from: str | None = None
    own_columns: Annotated[tuple[Column, ...], Named()] = msgspec.field(name="columns")
    source: Text
    uses: tuple[str, ...] = ()


class Query(Fragment, frozen=True, kw_only=True):
    """A characterisation.

    Attributes:
        name: ``room/name``.
        sql: The SELECT.
        key: Columns that identify a row of the result: no two rows agree in all of them.
        chart: How it is drawn: kind, x, y, color, log, …; without one it is a table.
        finding: The sentence of its figure.
        n: What its figure rests on: a column of counts, and how its rows add up.
        requires: ``table.column`` that must have values for the query to say anything; ``a.b | c.d`` where either does.
        calendar: The coarsest calendar that it needs: day_index, hour, weekday_hour or exact.
        compute: For the python kind, ``module.function`` in stats: rows of the SELECT → rows of the result.
        extend: Columns that another query fills on request.
    """

    name: Annotated[str, Held()]
    sql: Annotated[str, Held()]
    key: tuple[str, ...]
    chart: Annotated[Chart | None, Family("kind", chart_kinds, find_chart)] = None
    finding: Finding | None = None
    n: Count | None = None
    requires: tuple[str, ...] = ()
    calendar: Literal["day_index", "hour", "weekday_hour", "exact"] | None = None
    compute: str | None = None
    extend: Extend | None = None

    @property
    def params(self) -> dict[str, Param]:
        """Parameter name → parameter, with those that every query has."""
        return {param.name: param for param in (*_COMMON, *self.own_params)}

    @property
    def columns(self) -> dict[str, Column]:
        """Output column → unit and meaning, in order."""
        return {column.name: column for column in self.own_columns}

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
        return macro_name(self.name)


_COMMON = (
    Param(name="dataset", type="VARCHAR", unit="id", text="Only this dataset."),
    Param(name="trace", type="VARCHAR", unit="id", text="Only this trace."),
)
