"""Parses a query file: TOML between ``/* ---`` and ``--- */``, then one SELECT."""

from __future__ import annotations

import re
import string
import tomllib
from pathlib import Path
from typing import Any

from tracekit.errors import DeclarationError, did_you_mean
from tracekit.lake.views import ARRIVAL
from tracekit.query.model import Column, Extend, Finding, Param, Query
from tracekit.schema.load import tables
from tracekit.schema.types import UNITS

_HEADER = re.compile(r"\A\s*/\* ---\n(?P<header>.*?)\n--- \*/\n(?P<sql>.*)\Z", re.DOTALL)
_REQUIRED = {"title", "question", "reads", "columns", "source"}
_KEYS = _REQUIRED | {"params", "chart", "finding", "n", "requires", "calendar", "compute", "extend", "uses"}
_CHART_FIELDS = ("x", "x2", "y", "color", "dash")
_COMMON = {
    "dataset": Param("dataset", "VARCHAR", None, "id", "Only this dataset."),
    "trace": Param("trace", "VARCHAR", None, "id", "Only this trace."),
}


def _params(body: dict[str, Any], where: str) -> dict[str, Param]:
    params = dict(_COMMON)
    for name, spec in body.items():
        if unknown := set(spec) - {"type", "default", "unit", "text", "choices", "known", "unless"}:
            raise DeclarationError(f"{where}: params.{name}: unknown key {sorted(unknown)[0]!r}")
        if "type" not in spec or not spec.get("text"):
            raise DeclarationError(f"{where}: params.{name}: missing type or text")
        choices = spec.pop("choices", None)
        unless = tuple(spec.pop("unless", ()))
        if unless and "known" not in spec:
            raise DeclarationError(f"{where}: params.{name}: unless says when known does not hold, and there is no known")
        if strange := sorted(set(unless) - set(body)):
            raise DeclarationError(f"{where}: params.{name}: unless: {strange[0]!r} is not a parameter")
        params[name] = Param(name, choices=tuple(choices) if choices else None, unless=unless, **spec)
        _known_unit(params[name].unit, f"{where}: params.{name}")
    return params


def _known_unit(unit: str, where: str) -> None:
    if unit not in UNITS:
        raise DeclarationError(f"{where}: unknown unit {unit!r}.{did_you_mean(unit, list(UNITS))}")


def _columns(body: dict[str, Any], where: str) -> dict[str, Column]:
    columns = {}
    for name, spec in body.items():
        if set(spec) != {"unit", "text"}:
            raise DeclarationError(f"{where}: columns.{name}: a column has unit and text")
        _known_unit(spec["unit"], f"{where}: columns.{name}")
        columns[name] = Column(**spec)
    return columns


def _extend(body: dict[str, Any] | None, where: str) -> Extend | None:
    if body is None:
        return None
    if set(body) != {"when", "query", "on"}:
        raise DeclarationError(f"{where}: extend has when, query and on")
    return Extend(body["when"], body["query"], tuple(body["on"]))


def alternatives(names: str) -> list[str]:
    """Returns the columns of an entry of ``requires``: ``a.b | c.d`` asks for either."""
    return [name.strip() for name in names.split("|")]


def _check_references(query: Query, where: str) -> None:
    """Refuses a chart field, placeholder or n that is no column, and a table that does not exist."""
    used = [query.chart[key] for key in _CHART_FIELDS if query.chart and key in query.chart]
    names = [("chart", name) for name in used] + ([("n", query.n)] if query.n else [])
    if query.finding:
        fields = string.Formatter().parse(query.finding.text)
        names += [("finding", field) for _, field, _, _ in fields if field]
    names += [("extend", name) for name in (query.extend.on if query.extend else ())]
    if query.extend and query.extend.when not in query.params:
        raise DeclarationError(f"{where}: extend: {query.extend.when!r} is not a parameter")
    for key, name in names:
        if name not in query.columns:
            raise DeclarationError(f"{where}: {key}: {name!r} is not a column.{did_you_mean(name, list(query.columns))}")
    for name in query.reads:
        if name not in tables() and name != ARRIVAL:
            raise DeclarationError(f"{where}: reads: there is no table {name!r}.{did_you_mean(name, list(tables()))}")
    for name in (name for names in query.requires for name in alternatives(names)):
        table, _, column = name.partition(".")
        if table not in tables() or column not in tables()[table].columns:
            raise DeclarationError(f"{where}: requires: there is no column {name!r}")


def parse_query(path: Path) -> Query:
    """Parses a query file.

    Args:
        path: ``queries/<room>/<name>.sql``.

    Returns:
        The query.

    Raises:
        DeclarationError: The header is wrong; names file and key.
    """
    found = _HEADER.match(path.read_text(encoding="utf-8"))
    if not found:
        raise DeclarationError(f"{path}: a query starts with /* --- , TOML, --- */")
    try:
        body = tomllib.loads(found["header"])
    except tomllib.TOMLDecodeError as error:
        raise DeclarationError(f"{path}: header: not valid TOML: {error}") from error
    if unknown := sorted(set(body) - _KEYS):
        raise DeclarationError(f"{path}: header: unknown key {unknown[0]!r}.{did_you_mean(unknown[0], sorted(_KEYS))}")
    if missing := sorted(_REQUIRED - set(body)):
        raise DeclarationError(f"{path}: header: missing {missing[0]}")
    finding = body.pop("finding", None)
    query = Query(
        name=f"{path.parent.name}/{path.stem}",
        title=body["title"],
        question=body["question"],
        reads=tuple(body["reads"]),
        params=_params(body.get("params", {}), str(path)),
        columns=_columns(body["columns"], str(path)),
        source=body["source"],
        sql=found["sql"].strip().rstrip(";"),
        chart=body.get("chart"),
        finding=Finding(**finding) if finding else None,
        n=body.get("n"),
        requires=tuple(body.get("requires", [])),
        calendar=body.get("calendar"),
        compute=body.get("compute"),
        extend=_extend(body.get("extend"), str(path)),
        uses=tuple(body.get("uses", [])),
    )
    _check_references(query, str(path))
    return query
