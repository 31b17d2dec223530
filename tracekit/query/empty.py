"""Why a query gives no rows: which table is empty, which filter left nothing, what the lake holds instead."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from tracekit.errors import TracekitError
from tracekit.lake.views import ARRIVAL, arrival_tables
from tracekit.query.names import few
from tracekit.schema.load import tables

if TYPE_CHECKING:
    from tracekit.lake.manifest import Manifest
    from tracekit.query.run import Result

_SHOWN = 3
Rows = dict[str, dict[str, int]]


def rows_held(manifests: Iterable[Manifest]) -> Rows:
    """Returns table → dataset → rows, of tables that have rows."""
    found: Rows = {}
    for manifest in manifests:
        for table, count in manifest.tables.items():
            if count.rows:
                of = found.setdefault(table, {})
                of[manifest.dataset] = of.get(manifest.dataset, 0) + count.rows
    return found


def what_fills(table: str) -> str:
    """Returns the command that fills a table, and how many other sources would."""
    from tracekit.sources.load import sources

    names = [each.name for each in arrival_tables()] if table == ARRIVAL else [table]
    ids = [source.id for source in sources().values() if set(names) & set(source.tables)]
    if not ids:
        return f"no source of tracekit fills {table}"
    others = f", or {', '.join(ids[1:_SHOWN])}{' …' if len(ids) > _SHOWN else ''}" if len(ids) > 1 else ""
    return f"tracekit ingest {ids[0]} PATH fills it{others}"


def _datasets(table: str, held: Rows) -> set[str]:
    names = [each.name for each in arrival_tables()] if table == ARRIVAL else [table]
    return {dataset for name in names for dataset in held.get(name, {})}


def _said(table: str) -> str:
    return "arrivals" if table == ARRIVAL else f"rows of {table}"


def empty_tables(reads: Iterable[str], held: Rows, dataset: str | None) -> list[str]:
    """Returns a sentence for each table that has no rows in the lake, or none of the dataset."""
    found = []
    for table in reads:
        if (table not in tables() and table != ARRIVAL) or table in ("recording", "ingest_profile"):
            continue
        there = _datasets(table, held)
        if not there:
            found.append(f"the lake has no {_said(table)}: {what_fills(table)}")
        elif dataset is not None and dataset not in there:
            found.append(f"{dataset} has no {_said(table)}; the lake has them of {few(there)}")
    return found


def explain(result: Result, held: Rows, again: Callable[[dict[str, Any]], Result], reasons: Callable[[], dict[str, str | None]]) -> str:
    """Returns why a result has no rows.

    Args:
        result: The result.
        held: What the lake holds, as ``rows_held`` returns it.
        again: Runs the query with other parameters.
        reasons: Returns dataset → why it cannot answer the query, or None where it can.
    """
    dataset = result.params.get("dataset")
    lacking = empty_tables([table for table in result.query.reads if _is_needed(result, table)], held, dataset)
    if lacking:
        return "; ".join(lacking)
    why = reasons()
    if dataset is not None and (reason := why.get(dataset)) is not None:
        able = [name for name, other in why.items() if other is None]
        return f"{dataset}: {reason}; {f'of this lake {few(able)} can answer' if able else _other_sources(result)}"
    given = [name for name, param in result.query.params.items() if result.params.get(name) not in (param.default, None)]
    if emptied := [said for name in given if (said := _without(result, name, again))]:
        return "; ".join(emptied)
    if len(given) > 1 and again({}).rows:
        return f"{_named(result, given)} leave nothing together, though there are rows without them"
    lines = [f"{name}: {reason}" for name, reason in why.items() if reason is not None]
    asked = f"{_named(result, given)} leave nothing; " if given else ""
    shown = "; ".join(lines[:_SHOWN]) + ("; …" if len(lines) > _SHOWN else "")
    if any(reason is None for reason in why.values()):
        return f"{asked}the rows that it reads say nothing of it" + (f" ({shown})" if shown else "")
    return f"{asked}no dataset of the lake can answer it ({shown}); {_other_sources(result)}"


def _other_sources(result: Result) -> str:
    """Returns which sources fill the tables that the query cannot do without."""
    needed = [table for table in result.query.reads if _is_needed(result, table) and table not in ("recording", "ingest_profile")]
    return "; ".join(f"{table}: {what_fills(table)}" for table in needed)


def _is_needed(result: Result, table: str) -> bool:
    # As for which dataset can answer: companions are joined where they are there; what cannot be done without stands in `requires`.
    requires = result.query.requires
    return not requires or any(name.startswith(f"{table}.") and "|" not in name for name in requires)


def _named(result: Result, names: list[str]) -> str:
    return " and ".join(f"{name}={result.params[name]!r}" for name in names)


def _without(result: Result, name: str, again: Callable[[dict[str, Any]], Result]) -> str | None:
    """Returns what there is when one parameter is left at its default, in words; None where there is nothing either."""
    rest = {key: value for key, value in result.params.items() if key != name}
    try:
        found = again(rest)
    except TracekitError:
        return None
    if not found.rows:
        return None
    said = f"{name}={result.params[name]!r} leaves none of the {len(found.rows):,} rows that there are without it"
    if name in found.columns:
        place = found.columns.index(name)
        there = {str(row[place]) for row in found.rows if row[place] is not None}
        return f"{said}, which have {name}: {few(there)}" if there else said
    return said


def explain_sql(statement: str, held: Rows) -> str:
    """Returns what the lake holds of the tables that a statement without rows names."""
    words = {word.lower() for word in re.findall(r"\w+", statement)}
    named = [name for name in (*tables(), ARRIVAL) if name in words and name not in ("recording", "ingest_profile")]
    if not named:
        return "the statement names no table of the lake; tracekit describe --tables lists them"
    if lacking := empty_tables(named, held, None):
        return "; ".join(lacking)
    there = "; ".join(f"{name} has rows of {few(_datasets(name, held))}" for name in named)
    return f"{there}: the conditions of the statement leave none of them"
