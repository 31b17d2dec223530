"""Binds a directive to the lake: question, chart, finding, table, SQL and the command that makes it again."""

from __future__ import annotations

import json
import math
import string
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tracekit.charts.build import draw, drawing
from tracekit.charts.frame import steady
from tracekit.errors import NotInLakeError, TracekitError, UsageError
from tracekit.lake.layout import BESIDE
from tracekit.query import library
from tracekit.query.model import Finding, Query
from tracekit.query.run import Result, run
from tracekit.query.text import placeholders
from tracekit.report.directive import FigureBlock
from tracekit.schema.duckdb import quote_name
from tracekit.schema.load import tables
from tracekit.sources.load import sources

if TYPE_CHECKING:
    import duckdb

# A page holds many tables, and a reader of more rows has the command.
_TABLE_ROWS = 120
_ERROR_CHARS = 400


@dataclass(frozen=True)
class Figure:
    """A figure, or the reason why there is none.

    Attributes:
        id: Anchor, unique in the report.
        title: The question.
        finding: One sentence with what the data say.
        n: What the figure rests on.
        chart: Vega-Lite, or None for a table alone.
        description: The chart in words.
        columns: Column name → unit, of the data table.
        rows: Cells of the data table, as text.
        hidden_rows: Rows beyond those shown.
        name: Name of the query.
        sql: The query.
        command: The command that prints the same rows.
        source: Where the definition comes from.
        synthetic: Whether any row comes from a synthetic sample.
        note: A remark of the page.
        reason: Why there is nothing to show.
        unknown: What the chart or the finding leaves out because it is unknown, in words; empty where nothing is.
        failure: The error of a part that could not be made, or None: one figure that fails never stops the others.
    """

    id: str
    title: str
    finding: str
    n: str
    chart: dict[str, Any] | None
    description: str
    columns: list[tuple[str, str]]
    rows: list[list[str]]
    hidden_rows: int
    name: str
    sql: str
    command: str
    source: str
    synthetic: bool
    note: str
    reason: str | None
    unknown: str = ""
    failure: str | None = None


def show_value(value: Any) -> str:
    """Returns a value for a reader: four significant digits, thousands apart, unknown as a dash."""
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        value = steady(value)
        if value and (abs(value) >= 1e6 or abs(value) < 1e-4):
            return f"{value:.3e}"
        digits = 4 if value == 0 else max(0, 3 - math.floor(math.log10(abs(value))))
        text = f"{value:,.{digits}f}"
        return text.rstrip("0").rstrip(".") if "." in text else text
    return str(value)


class _Sentence(string.Formatter):
    """Fills a finding: numbers readable."""

    def format_field(self, value: Any, format_spec: str) -> str:
        return str(super().format_field(steady(value), format_spec)) if format_spec else show_value(value)


def state_finding(connection: duckdb.DuckDBPyConnection, result: Result, finding: Finding | None) -> str:
    """Returns the sentence of a finding, filled from the row that its ``pick`` puts first of those that have every value in it.

    Args:
        connection: Any connection; the rows come from the result.
        result: Rows of a query.
        finding: The sentence and its order.

    Returns:
        The sentence; empty where no row knows all of it.
    """
    if finding is None or not result.rows:
        return ""
    told = placeholders(finding.text)
    # The rows are few: they are ordered by the same engine that made them, so that `pick` is plain SQL.
    typed = [f'CAST(r[{i}] AS {kind}) AS "{name}"' for i, (name, kind) in enumerate(zip(result.columns, result.types, strict=True), 1)]
    cells = [[None if v is None else str(v) for v in row] for row in result.rows]
    order = (
        f"SELECT i FROM (SELECT {', '.join(typed)}, i "
        "FROM (SELECT unnest($rows) AS r, generate_subscripts($rows, 1) AS i)) "
        f"WHERE {' AND '.join([f'{quote_name(name)} IS NOT NULL' for name in told] or ['TRUE'])} ORDER BY {finding.pick}, i LIMIT 1"
    )
    found = connection.execute(order, {"rows": cells}).fetchall()
    return _Sentence().format(finding.text, **result.records()[found[0][0] - 1]) if found else ""


def _command(query: Query, params: dict[str, Any]) -> str:
    def text(value: Any) -> str:
        return f"'{json.dumps(value)}'" if isinstance(value, list) else str(value)

    named = [f"--{name} {params[name]}" for name in ("dataset", "trace") if params.get(name)]
    given = [f"-p {name}={text(value)}" for name, value in params.items() if name not in ("dataset", "trace")]
    return " ".join(["tracekit query", query.name, *named, *given])


def count(result: Result) -> str:
    """Returns what a result rests on, in words: its counts, added as the query's header says."""
    n = result.query.n
    if n is None or n.column not in result.columns:
        return f"{len(result.rows):,} rows"
    unit = "" if n.column == "n" else f" {n.column.removeprefix('all_').replace('_', ' ')}"
    counts = [row[result.columns.index(n.column)] or 0 for row in result.rows]
    if not n.summed:
        least, most = min(counts), max(counts)
        return f"n = {least:,}{unit}" if least == most else f"n = {least:,} to {most:,}{unit}"
    if n.over is None:
        return f"n = {sum(counts):,}{unit}"
    places = [result.columns.index(name) for name in n.over]
    once: dict[tuple[Any, ...], int] = {}
    for row, found in zip(result.rows, counts, strict=True):
        # Rows that count the same things may know of more or fewer of them.
        group = tuple(row[place] for place in places)
        once[group] = max(once.get(group, 0), found)
    return f"n = {sum(once.values()):,}{unit}"


def _reason(connection: duckdb.DuckDBPyConnection, query: Query) -> str:
    """Returns why a figure has nothing to show, and which sources would change that."""
    reads = [name for name in query.reads if name not in BESIDE]
    missing = [name for name in reads if name in tables() and not connection.execute(f"SELECT 1 FROM {name} LIMIT 1").fetchall()]
    ways = []
    for name in missing:
        ids = [known.id for known in sources().values() if name in known.tables]
        ways.append(f"{name} (tracekit ingest {ids[0]}{' or another' if len(ids) > 1 else ''})" if ids else name)
    told = f". There are no rows of {', '.join(ways)}" if ways else ""
    return f"nothing in this lake answers it: it reads {', '.join(reads)}{told}"


def tell_error(error: Exception) -> str:
    """Returns an error in one line, for the place of what it stopped."""
    text = error.message if isinstance(error, TracekitError) else f"{type(error).__name__}: {error}"
    return " ".join(text.split())[:_ERROR_CHARS].rstrip(".")


def make_figure(connection: duckdb.DuckDBPyConnection, block: FigureBlock, number: int, synthetic: set[str]) -> Figure:
    """Runs a figure directive.

    Args:
        connection: The lake's views.
        block: What it shows.
        number: Number of the figure in the report.
        synthetic: Datasets that are samples.

    Returns:
        The figure; with a reason in place of a chart where the lake has nothing for it, and with the error in place of what failed.
    """
    query = library.get(block.query)
    try:
        result = run(connection, query, block.params)
        why = None if result.rows else _reason(connection, query)
    except NotInLakeError as error:
        # A page asks for what it was written about; a lake without it is no fault.
        return show_result(connection, _empty(query), block, number, synthetic, reason=f"{tell_error(error)}; {_reason(connection, query)}")
    except Exception as error:  # whatever it is, the other figures are not concerned
        return show_result(connection, _empty(query), block, number, synthetic, reason="its query failed", failure=tell_error(error))
    return show_result(connection, result, block, number, synthetic, reason=why)


def _empty(query: Query) -> Result:
    return Result(query, {}, list(query.columns), ["VARCHAR"] * len(query.columns), [])


def show_result(
    connection: duckdb.DuckDBPyConnection,
    result: Result,
    block: FigureBlock,
    number: int,
    synthetic: set[str],
    *,
    reason: str | None = None,
    failure: str | None = None,
) -> Figure:
    """Makes the figure of a result: see ``make_figure``; ``reason`` and ``failure`` say why there is none."""
    query = result.query
    spec, unknown, broken = _chart(result, block.chart)
    finding, untold, wrong = _finding(connection, result, block.finding or query.finding)
    datasets = {record["dataset"] for record in result.records() if "dataset" in record}
    return Figure(
        id=f"figure-{number}",
        title=block.title or query.question,
        finding=finding,
        n=count(result) if result.rows else "",
        chart=spec,
        description=str(spec.get("description", "")) if spec else "",
        columns=[(name, query.columns[name].unit if name in query.columns else "") for name in result.columns],
        rows=[[show_value(value) for value in row] for row in result.rows[:_TABLE_ROWS]],
        hidden_rows=max(len(result.rows) - _TABLE_ROWS, 0),
        name=query.name,
        sql=query.sql,
        command=_command(query, block.params),
        source=query.source,
        synthetic=bool(datasets & synthetic),
        note=block.note or "",
        reason=reason,
        unknown="; ".join([*unknown, *untold]),
        failure="; ".join(text for text in (failure, broken, wrong) if text) or None,
    )


def _chart(result: Result, override: dict[str, Any]) -> tuple[dict[str, Any] | None, tuple[str, ...], str | None]:
    """Returns Vega-Lite or None, what it leaves out, and the error that stopped it."""
    try:
        what = drawing(result, override)
        return (None, (), None) if what is None else (draw(what).to_dict(validate=False), what.unknown, None)
    except UsageError:
        # More rows than a chart can show: the table and the command remain.
        return None, (), None
    except Exception as error:  # the table remains
        return None, (), f"the chart could not be drawn: {tell_error(error)}"


def _finding(connection: duckdb.DuckDBPyConnection, result: Result, finding: Finding | None) -> tuple[str, list[str], str | None]:
    """Returns the sentence, what keeps it from being said, and the error that stopped it."""
    try:
        sentence = state_finding(connection, result, finding)
    except Exception as error:  # chart and table remain
        return "", [], f"the finding could not be stated: {tell_error(error)}"
    if sentence or finding is None or not result.rows:
        return sentence, [], None
    told, records = placeholders(finding.text), result.records()
    unknown = [name for name in told if all(record[name] is None for record in records)] or told
    return "", [f"no row has every value that the finding states ({', '.join(unknown)})"], None
