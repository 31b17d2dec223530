"""Parameters that a query has from another one, as they are declared there."""

from __future__ import annotations

import msgspec

from tracekit.errors import DeclarationError, did_you_mean
from tracekit.query.check_header import check_params
from tracekit.query.model import Param, Query


def with_borrowed(queries: dict[str, Query]) -> dict[str, Query]:
    """Returns queries with the parameters that they have from others, before their own.

    Args:
        queries: All queries and fragments, by name.

    Raises:
        DeclarationError: Two have their parameters from each other, both declare one, or the parameters do not fit the SELECT.
    """
    done = {}
    for name, query in queries.items():
        done[name] = query
        if query.params_from is not None:
            where = f"queries/{name}.sql: header"
            done[name] = msgspec.structs.replace(query, own_params=_params(query, queries, where, (name,)))
            check_params(done[name], where)
    return done


def _params(query: Query, queries: dict[str, Query], where: str, path: tuple[str, ...]) -> tuple[Param, ...]:
    if query.params_from is None:
        return query.own_params
    if query.params_from not in queries:
        hint = did_you_mean(query.params_from, list(queries))
        raise DeclarationError(f"{where}: params_from: there is no query {query.params_from!r}.{hint}", "tracekit query lists them")
    other = queries[query.params_from]
    if other.name in path:
        raise DeclarationError(f"{where}: params_from: {' from '.join((*path, other.name))}", "declare the parameters in one of them")
    theirs = _params(other, queries, where, (*path, other.name))
    names = {param.name for param in theirs}
    if both := [param.name for param in query.own_params if param.name in names]:
        raise DeclarationError(f"{where}: params.{both[0]}: {other.name}, named by params_from, declares it too", "delete one of the two")
    return (*theirs, *query.own_params)
