"""Holds a query's header against itself, the schema, the SELECT and the functions of stats."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

from tracekit import assets
from tracekit.errors import DeclarationError, UsageError, did_you_mean
from tracekit.lake.views import ARRIVAL, arrival_tables
from tracekit.query.bounds import check_bounds
from tracekit.query.check_chart import check_chart, check_column
from tracekit.query.fragments import is_fragment
from tracekit.query.model import Query
from tracekit.query.text import names_in, placeholders
from tracekit.schema.load import tables

_PARAM = re.compile(r"\$([A-Za-z_]\w*)")
_QUOTED_OR_COMMENT = re.compile(r"'(?:[^']|'')*'|--[^\n]*|/\*.*?\*/", re.DOTALL)
# Parameters of the SELECT alone: the function that computes gets the others.
_OF_SELECT = ("dataset", "trace", "stream")


def check_header(query: Query, where: str) -> None:
    """Refuses a header that names what there is not; what it says of other queries is checked when all are known.

    Args:
        query: The query.
        where: File and place, for messages.

    Raises:
        DeclarationError: Names key and value, and what there is.
    """
    if not query.own_columns:
        raise DeclarationError(f"{where}: columns: there are none", 'columns.NAME = { unit = "1", text = "…" }')
    _check_tables(query, where)
    _check_columns(query, where)
    if query.chart is not None:
        check_chart(query.chart, query, f"{where}.chart")
    for param in query.own_params:
        if param.name in ("dataset", "trace"):
            raise DeclarationError(f"{where}.params.{param.name}: every query has it", "delete it")
        try:
            check_bounds(query.name, param, param.default)
        except UsageError as error:
            raise DeclarationError(f"{where}.params.{param.name}: default: {error.message}", error.fix) from error


def check_names(query: Query, folder: Path, where: str) -> None:
    """Refuses a header that names a query which is no file, neither beside it nor among those that ship with tracekit.

    Raises:
        DeclarationError: Names key and value, and the closest query.
    """
    folders = {folder, assets.queries_dir()}
    named = [("uses", name) for name in query.uses]
    named += [("params_from", query.params_from)] if query.params_from is not None else []
    named += [("extend.query", query.extend.query)] if query.extend else []
    for key, name in named:
        if not any((each / f"{name}.sql").is_file() for each in folders):
            known = sorted({f"{path.parent.name}/{path.stem}" for each in folders for path in each.glob("*/*.sql")})
            raise DeclarationError(f"{where}: {key}: there is no query {name!r}.{did_you_mean(name, known)}", "tracekit query lists them")


def check_params(query: Query, where: str) -> None:
    """Refuses a header whose parameters and SELECT do not fit; to be called when those that it has from another query are in it.

    Raises:
        DeclarationError: Names key and value, and the parameters that there are.
    """
    params = query.params
    named = [(f"params.{param.name}.unless", other) for param in query.own_params for other in param.unless]
    for param in query.own_params:
        named += [(f"params.{param.name}.known", other) for other in _params_in(param.known or "")]
    if query.extend:
        named.append(("extend.when", query.extend.when))
    named += [("$ in the SELECT", name) for name in _params_in(query.sql)]
    for key, name in named:
        if name not in params:
            hint = did_you_mean(name, list(params))
            raise DeclarationError(f"{where}: {key}: {name!r} is not a parameter.{hint}", f"its parameters are {', '.join(params)}")
    if query.extend and params[query.extend.when].type != "BOOLEAN":
        raise DeclarationError(f"{where}: extend.when: {query.extend.when!r} is not BOOLEAN", "name a parameter that is true or false")
    # A function that computes, or the query that extends this one, gets parameters by name.
    said = {"dataset", "trace", *(name for _, name in named)}
    unused = [name for name in params if name not in said and not query.compute and not query.extend]
    if unused:
        raise DeclarationError(f"{where}: params.{unused[0]}: the SELECT never says ${unused[0]}", "use it, or delete it")
    if query.compute is not None:
        _check_function(query, query.compute, where)


def _params_in(sql: str) -> list[str]:
    return list(dict.fromkeys(_PARAM.findall(_QUOTED_OR_COMMENT.sub("", sql))))


def _check_tables(query: Query, where: str) -> None:
    known = [*tables(), ARRIVAL]
    if not query.reads:
        raise DeclarationError(f"{where}: reads: it names no table", 'reads = ["llm_request"]')
    for name in query.reads:
        if name not in known:
            raise DeclarationError(f"{where}: reads: there is no table {name!r}.{did_you_mean(name, known)}", "tracekit describe --tables")
    read = {*query.reads, *((table.name for table in arrival_tables()) if ARRIVAL in query.reads else ())}
    for name in (part.strip() for names in query.requires for part in names.split("|")):
        table, _, column = name.partition(".")
        has = [f"{table}.{each}" for each in _columns_of(table)]
        if name not in has:
            hint = did_you_mean(name, has or [f"{table}.{column}" for table in query.reads if table in tables()])
            raise DeclarationError(f"{where}: requires: there is no column {name!r}.{hint}", "a table and its column: table.column")
        if table not in read:
            raise DeclarationError(
                f"{where}: requires: {name!r} is of a table that it does not read", f"reads names {table}, or requires another"
            )


def _columns_of(table: str) -> list[str]:
    if table not in tables():
        return []
    return [*tables()[table].columns, *(derived.field.name for derived in tables()[table].added)]


def _check_columns(query: Query, where: str) -> None:
    columns = query.columns
    if not query.key and not is_fragment(query.name):
        raise DeclarationError(f"{where}: key: it names no column", 'key = ["dataset", "trace"]')
    named = [("key", name) for name in query.key]
    if query.n:
        named += [("n.column", query.n.column), *(("n.over", name) for name in query.n.over or ())]
    if query.finding:
        named += [("finding.text", name) for name in placeholders(query.finding.text)]
        named += [("finding.pick", name) for name in names_in(query.finding.pick)]
    named += [("extend.on", name) for name in (query.extend.on if query.extend else ())]
    for key, name in named:
        check_column(name, columns, f"{where}: {key}")
    for key, names in (("key", query.key), ("n.over", (query.n and query.n.over) or ())):
        if twice := [name for name in names if names.count(name) > 1]:
            raise DeclarationError(f"{where}: {key}: {twice[0]!r} is named twice", "name each column once")
    if lost := [name for name in (query.n and query.n.over) or () if name not in query.key]:
        raise DeclarationError(f"{where}: n.over: {lost[0]!r} is not of the key", f"the key is {', '.join(query.key)}")
    if query.n and (unit := columns[query.n.column].unit) in ("id", "name", "text", "bool"):
        raise DeclarationError(f"{where}: n.column: {query.n.column!r} holds no counts, its unit is {unit!r}", 'name a column of unit "1"')


def _check_function(query: Query, compute: str, where: str) -> None:
    module, _, name = compute.rpartition(".")
    modules = sorted(path.stem for path in assets.stats_dir().glob("*.py") if not path.stem.startswith("_"))
    if module not in modules:
        hint = did_you_mean(module or compute, modules)
        raise DeclarationError(f"{where}: compute: there is no module {module!r} in stats.{hint}", 'compute = "module.function"')
    functions = _functions(module)
    if name not in functions:
        hint = did_you_mean(name, list(functions))
        raise DeclarationError(f"{where}: compute: stats.{module} has no function {name!r}.{hint}", f"it has {', '.join(functions)}")
    takes = functions[name]
    if lost := [param for param in query.params if param not in _OF_SELECT and param not in takes]:
        raise DeclarationError(
            f"{where}: params.{lost[0]}: {compute} has no argument of that name", f"its arguments are {', '.join(sorted(takes))}"
        )


@cache
def _functions(module: str) -> dict[str, frozenset[str]]:
    """Returns the public functions of a module of stats with the names of their arguments, read without importing what computes."""
    tree = ast.parse((assets.stats_dir() / f"{module}.py").read_text(encoding="utf-8"))
    found = [node for node in tree.body if isinstance(node, ast.FunctionDef) and not node.name.startswith("_")]
    return {node.name: frozenset(arg.arg for arg in (*node.args.args, *node.args.kwonlyargs)) for node in found}
