"""Parameters that a query has from another one, as they are declared there."""

from __future__ import annotations

import msgspec

from tracekit.errors import DeclarationError, did_you_mean
from tracekit.query.check_header import check_params
from tracekit.query.model import Query


def with_borrowed(queries: dict[str, Query]) -> dict[str, Query]:
    """Returns queries with the parameters that they have from others, before their own; checks what headers say of other queries.

    Args:
        queries: All queries and fragments, by name.

    Raises:
        DeclarationError: A query that another names does not exist, or the parameters of one do not fit its SELECT.
    """
    done = {}
    for name, query in queries.items():
        where = f"queries/{name}.sql: header"
        if query.extend:
            _known(query.extend.query, queries, f"{where}: extend.query")
        done[name] = _filled(query, queries, where, (name,))
        check_params(done[name], where)
    return done


def _filled(query: Query, queries: dict[str, Query], where: str, path: tuple[str, ...]) -> Query:
    if query.params_from is None:
        return query
    other = _known(query.params_from, queries, f"{where}: params_from")
    if other.name in path:
        raise DeclarationError(f"{where}: params_from: {' from '.join((*path, other.name))}", "declare the parameters in one of them")
    theirs = _filled(other, queries, where, (*path, other.name)).own_params
    names = {param.name for param in theirs}
    if both := [param.name for param in query.own_params if param.name in names]:
        raise DeclarationError(f"{where}: params.{both[0]}: {other.name}, named by params_from, declares it too", "delete one of the two")
    return msgspec.structs.replace(query, own_params=(*theirs, *query.own_params))


def _known(name: str, queries: dict[str, Query], where: str) -> Query:
    if name not in queries:
        raise DeclarationError(f"{where}: there is no query {name!r}.{did_you_mean(name, list(queries))}", "tracekit query lists them")
    return queries[name]
