"""Parameters that name something: a value that the lake does not have is refused, with the one that may have been meant."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from tracekit.errors import NothingMatchedError, NotInLakeError, did_you_mean
from tracekit.query.model import Param, Query

if TYPE_CHECKING:
    import duckdb

    from tracekit.lake.head import Held

_SHOWN = 12


def few(names: Iterable[str]) -> str:
    """Returns the first names in words, and how many more there are."""
    every = sorted(names)
    more = f" and {len(every) - _SHOWN:,} more" if len(every) > _SHOWN else ""
    return ", ".join(every[:_SHOWN]) + more


def closest(word: str, known: Iterable[str]) -> str:
    """Returns ``" Did you mean 'x'?"`` for the closest name, whatever its case, or an empty string."""
    lower = {name.lower(): name for name in known}
    hint = did_you_mean(word.lower(), list(lower))
    return next((f" Did you mean {name!r}?" for low, name in lower.items() if hint == f" Did you mean {low!r}?"), "")


def check_held(held: Iterable[Held], dataset: str | None, trace: str | None) -> None:
    """Refuses a dataset or a trace that the lake does not hold.

    Args:
        held: What the lake holds.
        dataset: The dataset that is asked for; None: any.
        trace: The trace that is asked for; None: any.

    Raises:
        NothingMatchedError: The lake does not hold it; says what it holds.
    """
    traces: dict[str, set[str]] = {}
    for each in held:
        traces.setdefault(each.dataset, set()).update(() if each.trace is None else (each.trace,))
    if dataset is not None and dataset not in traces:
        raise _no_dataset(dataset, list(traces))
    there = traces[dataset] if dataset is not None else set().union(*traces.values())
    if trace is None or trace in there:
        return
    if owners := [name for name, names in traces.items() if trace in names]:
        raise NothingMatchedError(
            f"{dataset} has no trace {trace!r}: it is a trace of {few(owners)}", f"{dataset} has: {few(there) or 'none'}"
        )
    where = "the lake" if dataset is None else dataset
    raise NothingMatchedError(f"{where} has no trace {trace!r}.{closest(trace, there)}", f"it has: {few(there) or 'none by name'}")


def _no_dataset(dataset: str, held: list[str]) -> NothingMatchedError:
    from tracekit.sources.load import sources

    holds = f"it holds: {few(held)}"
    if dataset in sources():
        return NothingMatchedError(f"the lake holds no rows of {dataset}", f"tracekit ingest {dataset} PATH; {holds}")
    hint = closest(dataset, held) or closest(dataset, sources())
    return NothingMatchedError(f"the lake holds no dataset {dataset!r}.{hint}", holds)


def check_known(connection: duckdb.DuckDBPyConnection, query: Query, values: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the values as the lake spells them; refuses those that it does not have, where no other value is valid.

    Args:
        connection: The views that the query reads, and the macros that it uses.
        query: The query.
        values: Parameter → value.

    Raises:
        NotInLakeError: The lake does not have a value; says what it has.
    """
    spelt = dict(values)
    for name, param in query.params.items():
        is_label = bool(param.unless) and all(values[other] is not None for other in param.unless)
        if param.known is None or values[name] is None or is_label:
            continue
        bound = {other: value for other, value in values.items() if f"${other}" in param.known}
        found = connection.execute(f"SELECT DISTINCT * FROM ({param.known})", bound).fetchall()
        known = {str(row[0]) for row in found if row[0] is not None}
        is_list = isinstance(values[name], list)
        items = [_spelt(query, param, item, known, bound) for item in (values[name] if is_list else [values[name]])]
        spelt[name] = items if is_list else items[0]
    return spelt


def _spelt(query: Query, param: Param, value: str, known: set[str], bound: Mapping[str, Any]) -> str:
    if value in known:
        return value
    for word in sorted(known):
        if word.lower() == value.lower():
            return word
    where = "/".join(str(bound[name]) for name in ("dataset", "trace") if bound.get(name) is not None) or "this lake"
    raise NotInLakeError(
        f"{query.name}: {param.name}={value!r} is not in {where}.{closest(value, known)}",
        f"it has: {few(known)}" if known else f"it has no {param.name} at all: ingest {_what_fills(query, param.known or '')}",
    )


def _what_fills(query: Query, known: str) -> str:
    """Returns sources of the tables that a parameter's values come from, in words."""
    from tracekit.query.library import load

    words = set(re.findall(r"\w+", known))
    others = [other for other in load().values() if other.macro in words]
    tables = [table for table in query.reads if table in words] + [table for other in others for table in other.reads]
    return ", ".join(filling(table) for table in dict.fromkeys(tables) if filling(table))


def filling(table: str) -> str:
    """Returns in words which sources fill a table; empty where none does."""
    from tracekit.sources.load import sources

    ids = [source.id for source in sources().values() if table in source.tables]
    return f"what fills {table} ({', '.join(ids[:3])}{', …' if len(ids) > 3 else ''})" if ids else ""
