"""Chooses the rows of an export and counts what becomes of every row of the trace."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any

from tracekit.export.intake import Intake
from tracekit.export.model import INVENTED, Facts, Field, Format
from tracekit.schema.duckdb import quote_name
from tracekit.schema.load import table

if TYPE_CHECKING:
    import duckdb

# Provenance, not content: no format is asked to carry them.
_KEYS = ("dataset", "trace", "source_row")
_MOST = (1 << 62) - 1
AT = "__at_us"
ROW = "__source_row"


def one_row(connection: duckdb.DuckDBPyConnection, text: str) -> tuple[Any, ...]:
    """Returns the one row of a query, fetched to its end: an open result would keep the connection busy."""
    (row,) = connection.execute(text).fetchall()
    return tuple(row)


@dataclass(frozen=True)
class Counts:
    """What became of the rows of the trace; all but ``trace`` add up to it.

    Attributes:
        trace: Rows of the trace.
        written: Rows of the file.
        outside_window: Rows before ``from``, or at or after ``until``.
        beyond_limit: Rows after the first ``limit``.
        without_instant: Rows whose instant is not known.
        lacking: Rows in the window that lack what the format needs.
    """

    trace: int
    written: int
    outside_window: int
    beyond_limit: int
    without_instant: int
    lacking: int

    def adds_up(self) -> bool:
        """Whether every row of the trace is accounted for once."""
        return self.trace == self.written + self.outside_window + self.beyond_limit + self.without_instant + self.lacking

    def named(self, lacks: str) -> dict[str, int]:
        """Returns the counts by name; what rows lack is called by its own."""
        counts = asdict(self)
        return counts | {f"without_{lacks}": counts.pop("lacking")}


@dataclass(frozen=True)
class Selection:
    """Rows of one trace.

    Attributes:
        intake: What the table's rows need.
        needs: Condition that a row has to meet to be written.
        rows_sql: The trace's rows, a SELECT over its files in order, in which they lie in order of (instant, source_row).
        from_us: Start of the window, since the trace's zero.
        until_us: Its end, exclusive.
        limit: Rows to take at most.
        rate_scale: What offsets are divided by.
        profile: What is known of functions, as a query by ``key_app`` and ``key_function``; None: it is not asked for.
    """

    intake: Intake
    needs: str
    rows_sql: str
    from_us: int | None
    until_us: int | None
    limit: int | None
    rate_scale: float
    profile: str | None = None

    @property
    def _source(self) -> str:
        return f"({self.rows_sql})"

    @property
    def _in_window(self) -> str:
        parts = [f"{self._at} IS NOT NULL"]
        parts += [f"{self._at} >= {self.from_us}"] if self.from_us is not None else []
        parts += [f"{self._at} < {self.until_us}"] if self.until_us is not None else []
        return f"({' AND '.join(parts)})"

    @property
    def _at(self) -> str:
        return self.intake.time

    @property
    def _is_whole(self) -> str:
        # A condition over an unknown value is unknown: such a row lacks something.
        return f"coalesce({self.needs}, false)"

    @property
    def rows(self) -> str:
        """The selected rows, in the order of the file, as a query."""
        limit = "" if self.limit is None else f" LIMIT {min(self.limit, _MOST)}"
        return f"SELECT * FROM {self._source} WHERE {self._in_window} AND {self._is_whole}{limit}"

    def count(self, connection: duckdb.DuckDBPyConnection) -> tuple[Counts, int | None, tuple[int | None, int | None]]:
        """Counts the rows.

        Returns:
            The counts, with ``written`` as it has to come out; the instant of the first selected row; first and last instant of the trace.
        """
        window, tokens, at = self._in_window, self._is_whole, self._at
        found = one_row(
            connection,
            f"SELECT count(*), count_if({at} IS NULL), count_if({at} IS NOT NULL AND NOT {window}), "
            f"count_if({window} AND NOT {tokens}), count_if({window} AND {tokens}), "
            f"min({at}) FILTER ({window} AND {tokens}), min({at}), max({at}) FROM {self._source}",
        )
        total, no_instant, outside, no_tokens, selected, first_us, low, high = found
        written = selected if self.limit is None else min(selected, self.limit)
        return Counts(total, written, outside, selected - written, no_instant, no_tokens), first_us, (low, high)

    def with_blocks(self, connection: duckdb.DuckDBPyConnection, facts: Facts) -> Facts:
        """Returns the facts with what prefix_blocks of the selected rows are like."""
        rows, blocks, sized, low, high, last = one_row(
            connection,
            "SELECT count(*), count(prefix_blocks), count(block_tokens) FILTER (prefix_blocks IS NOT NULL), min(block_tokens), "
            f"max(block_tokens), coalesce(max(list_max(prefix_blocks)), -1) FROM ({self.rows})",
        )
        if not blocks or sized != blocks or low != high:
            return replace(facts, bare=rows)
        return replace(facts, block_tokens=low, bare=rows - blocks, last_block=last)

    def timed(self, form: Format, first_us: int) -> str:
        """Returns the selected rows with ``offset_us``, ``clock_us``, ``row`` and the format's extras, as a query."""
        since = f"({self._at} - {first_us})"
        offset = since if self.rate_scale == 1 else f"round({since} / {self.rate_scale!r}::DOUBLE)::BIGINT"
        numbered = (
            f"SELECT *, {offset} AS offset_us, {first_us} + {offset} AS clock_us, "
            f"row_number() OVER () - 1 AS row, {self.rate_scale!r}::DOUBLE AS rate_scale FROM ({self.rows})"
        )
        if self.profile is not None:
            numbered = (
                f"SELECT given.*, known.* EXCLUDE (key_app, key_function) FROM ({numbered}) AS given LEFT JOIN ({self.profile}) AS known "
                "ON given.function_id = known.key_function AND given.app_id IS NOT DISTINCT FROM known.key_app"
            )
        if form.ranks:
            numbered = f"SELECT *{_named(form.ranks)} FROM ({numbered})"
        return f"SELECT *{_named(form.extras)} FROM ({numbered})"

    def written(self, form: Format, fields: list[Field], first_us: int) -> str:
        """Returns the fields of every selected row, then its instant and source_row under ``AT`` and ``ROW``, as a query."""
        values = ", ".join(f"{f.value} AS {quote_name(f.name)}" for f in fields)
        # Rows lie in order and stay in it; a window function over sessions or a join does not keep it.
        order = f" ORDER BY {self._at}, source_row" if form.extras or self.profile is not None else ""
        return f"SELECT {values}, {self._at} AS {AT}, source_row AS {ROW} FROM ({self.timed(form, first_us)}){order}"


def _named(expressions: dict[str, str]) -> str:
    return "".join(f", {sql} AS {quote_name(name)}" for name, sql in expressions.items())


@dataclass
class Tally:
    """What happened to values on their way into the file, counted over the selected rows.

    Attributes:
        invented: Field → rows in which it is invented.
        clamped: Field → rows below its minimum, and the smallest value there.
        rounded: Field → rows whose instant lost digits.
        values: Lake column → rows that have a value.
        zeros: Column → rows where it is zero.
        odd_blocks: Rows whose number of block ids is not ceil(input_tokens / block_tokens).
        backwards: Rows that end before they start.
    """

    invented: dict[str, int] = field(default_factory=dict)
    clamped: dict[str, tuple[int, Any]] = field(default_factory=dict)
    rounded: dict[str, int] = field(default_factory=dict)
    values: dict[str, int] = field(default_factory=dict)
    zeros: dict[str, int] = field(default_factory=dict)
    odd_blocks: int = 0
    backwards: int = 0


def tally(
    connection: duckdb.DuckDBPyConnection, chosen: Selection, form: Format, facts: Facts, fields: list[Field], first_us: int
) -> Tally:
    """Counts over the selected rows what is invented, clamped, rounded and left behind; one pass."""
    asked: dict[tuple[str, str], str] = {}
    for f in fields:
        if f.origin == INVENTED or f.invented_where:
            asked["invented", f.name] = f"count_if({f.invented_where or 'true'})"
        if f.minimum is not None:
            asked["clamped", f.name] = f"count_if({f.sql} < {f.minimum})"
            asked["lowest", f.name] = f"min({f.sql})"
        if f.step_us is not None:
            asked["rounded", f.name] = f"count_if(offset_us % {f.step_us} <> 0)"
    for column in table(chosen.intake.table).columns:
        if column not in _KEYS:
            asked["values", column] = f"count({quote_name(column)})"
    for column in chosen.intake.zeros:
        asked["zeros", column] = f"count_if({column} = 0)"
    if facts.block_tokens is not None:
        ids = f"(input_tokens + {facts.block_tokens - 1}) // {facts.block_tokens}"
        asked["blocks", "odd"] = f"count_if(len(prefix_blocks) <> {ids})"
    if any(derived.field.name == "is_backwards" for derived in table(chosen.intake.table).derived):
        asked["backwards", "rows"] = "count_if(is_backwards)"
    row = one_row(connection, f"SELECT {', '.join(asked.values())} FROM ({chosen.timed(form, first_us)})")
    found = dict(zip(asked, row, strict=True))

    def of(kind: str) -> dict[str, Any]:
        return {name: value for (k, name), value in found.items() if k == kind}

    lowest = of("lowest")
    return Tally(
        invented=of("invented"),
        clamped={name: (rows, lowest[name]) for name, rows in of("clamped").items()},
        rounded=of("rounded"),
        values=of("values"),
        zeros=of("zeros"),
        odd_blocks=found.get(("blocks", "odd"), 0),
        backwards=found.get(("backwards", "rows"), 0),
    )
