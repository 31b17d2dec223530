"""Binds parameters and runs a query; nothing is ever spliced into SQL."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from importlib import import_module
from typing import TYPE_CHECKING, Any

from tracekit.errors import UsageError, did_you_mean
from tracekit.query.bounds import check_bounds
from tracekit.query.model import Extend, Param, Query
from tracekit.query.names import check_known

if TYPE_CHECKING:
    import duckdb
    import polars as pl


@dataclass(frozen=True, repr=False)
class Result:
    """The rows of a query.

    Attributes:
        query: The query.
        params: The values that were bound.
        columns: Column names.
        types: DuckDB types of the columns.
        rows: The rows; unknown is None, never NaN.
        explain: Finds why there are no rows; None where the lake is not at hand.
    """

    query: Query
    params: dict[str, Any]
    columns: list[str]
    types: list[str]
    rows: list[tuple[Any, ...]]
    explain: Callable[[Result], str] | None = field(default=None, compare=False)

    def __repr__(self) -> str:
        from tracekit.query.show import result_text

        return result_text(self)

    def _repr_html_(self) -> str:
        from tracekit.query.show import result_html

        return result_html(self)

    def why_empty(self) -> str | None:
        """Returns why there are no rows: what the lake lacks, or which parameter leaves nothing; None where there are rows.

        Runs the query again, once for each parameter that was given.
        """
        return self.explain(self) if self.explain and not self.rows else None

    def records(self) -> list[dict[str, Any]]:
        """Returns the rows as dictionaries."""
        return [dict(zip(self.columns, row, strict=True)) for row in self.rows]

    def to_polars(self) -> pl.DataFrame:
        """Returns the rows as a Polars frame, typed even where there are none."""
        import polars as pl

        from tracekit.schema.polars import DTYPES

        dtypes = [DTYPES.get(kind, pl.Float64() if kind.startswith("DECIMAL") else pl.Int64()) for kind in self.types]
        return pl.DataFrame(self.rows, schema=dict(zip(self.columns, dtypes, strict=True)), orient="row")


def _parse(param: Param, value: Any) -> Any:
    """Returns a value given as text or as an object in the parameter's type."""
    if value is None:
        return None
    if param.type.endswith("[]"):
        items = json.loads(value) if isinstance(value, str) else value
        if not isinstance(items, list | tuple):
            raise ValueError("a list is needed")
        return [_parse(param.item, item) for item in items]
    if param.type == "BOOLEAN":
        words = {"true": True, "false": False, "1": True, "0": False}
        return value if isinstance(value, bool) else words[str(value).lower()]
    if param.type == "BIGINT":
        if isinstance(value, bool) or (isinstance(value, float) and not value.is_integer()):
            raise ValueError("a whole number is needed")
        return int(value)
    if param.type == "DOUBLE":
        number = float(value)
        if not math.isfinite(number):
            raise ValueError("a finite number is needed")
        return number
    # Bytes of a command line that are no text are found here, not in the engine.
    return str(value).encode().decode()


def bind_params(query: Query, given: Mapping[str, Any]) -> dict[str, Any]:
    """Returns every parameter's value: what is given, checked and typed, else the default.

    Args:
        query: The query.
        given: Name → value, as text from the command line (lists as JSON) or as Python objects.

    Raises:
        UsageError: A name is unknown, or a value does not fit; says what fits.
    """
    for name in given:
        if name not in query.params:
            known = ", ".join(query.params)
            raise UsageError(f"{query.name} has no parameter {name!r}.{did_you_mean(name, list(query.params))}", f"it has: {known}")
    values = {}
    for name, param in query.params.items():
        value = given.get(name, param.default)
        try:
            values[name] = _parse(param, value)
        except (ValueError, TypeError, KeyError, OverflowError, RecursionError) as error:
            raise UsageError(f"{query.name}: {name}={value!r} is not {param.type}", *_example(param)) from error
        _check_choice(query, param, values[name])
        check_bounds(query.name, param, values[name])
    return values


def _example(param: Param) -> tuple[str, str]:
    """Returns how a value of a parameter is written, in Python and on the command line."""
    samples: dict[str, Any] = {"BIGINT": 10, "DOUBLE": 1.5, "BOOLEAN": True, "VARCHAR": "name"}
    is_list = param.type.endswith("[]")
    kind = param.type.removesuffix("[]")
    value = param.default if param.default not in (None, []) else [samples[kind]] if is_list else samples[kind]
    as_text = value if isinstance(value, str) else json.dumps(value)
    quoted = f"'{as_text}'" if is_list else as_text
    return f"write {param.name}={value!r}", f"write -p {param.name}={quoted}"


def _check_choice(query: Query, param: Param, value: Any) -> None:
    """Refuses a word that is not in a closed list."""
    for word in value if isinstance(value, list) else [value]:
        if param.choices and word not in param.choices:
            hint = did_you_mean(str(word), list(param.choices))
            raise UsageError(f"{query.name}: {param.name}={word!r} is not one of {', '.join(param.choices)}.{hint}")


def _clean(value: Any) -> Any:
    return None if isinstance(value, float) and not math.isfinite(value) else value


def run(connection: duckdb.DuckDBPyConnection, query: Query, given: Mapping[str, Any]) -> Result:
    """Runs a query.

    Args:
        connection: A connection with the views that the query reads.
        query: The query.
        given: Parameters, see ``bind_params``.

    Returns:
        The rows, with the declared columns.

    Raises:
        UsageError: A parameter is wrong.
    """
    import duckdb

    from tracekit.query.macro import create_used

    values = bind_params(query, given)
    try:
        for statement in create_used(query):
            connection.execute(statement)
        values = check_known(connection, query, values)
        used = {name: value for name, value in values.items() if f"${name}" in query.sql}
        if query.compute:
            return _compute(query, values, connection.sql(query.sql, params=used))
        cursor = connection.execute(query.sql, used)
        columns = [(entry[0], str(entry[1])) for entry in cursor.description or []]
        rows = [tuple(_clean(value) for value in row) for row in cursor.fetchall()]
    except duckdb.OutOfMemoryException as error:
        said = str(error).splitlines()[0].removeprefix("Out of Memory Error: ")
        raise UsageError(
            f"{query.name}: out of memory: {said}", "give Lake a larger memory_limit", "give a larger --memory-limit"
        ) from error
    except (duckdb.DataError, duckdb.OperationalError, duckdb.InvalidInputException) as error:
        asked = {name: value for name, value in given.items() if name not in ("dataset", "trace")}
        if not asked and not isinstance(error, duckdb.InvalidInputException):
            raise
        # The query's own checks, and numbers that overflow or need more memory than the engine may hold.
        fix = "give other values, or a larger memory_limit to Lake"
        raise UsageError(
            f"{query.name}: {str(error).splitlines()[0]}", fix, "give other values with -p, or a larger --memory-limit"
        ) from error
    result = Result(query, values, [name for name, _ in columns], [kind for _, kind in columns], rows)
    if query.extend and values[query.extend.when]:
        return _extend(connection, result, query.extend)
    return result


def _extend(connection: duckdb.DuckDBPyConnection, result: Result, extend: Extend) -> Result:
    """Returns a result with its unknown values taken from the other query, by key and column; what it does not have stays unknown."""
    from tracekit.query.library import get

    other = get(extend.query)
    found = run(connection, other, {name: value for name, value in result.params.items() if name in other.params})
    by_key = {tuple(record[name] for name in extend.on): record for record in found.records()}
    rows = []
    for record in result.records():
        more = by_key.get(tuple(record[name] for name in extend.on), {})
        rows.append(tuple(more.get(name) if value is None else value for name, value in record.items()))
    return replace(result, rows=rows)


def _compute(query: Query, values: dict[str, Any], input_rows: duckdb.DuckDBPyRelation) -> Result:
    module, _, function = (query.compute or "").rpartition(".")
    compute = getattr(import_module(f"tracekit.stats.{module}"), function)
    extra = {name: value for name, value in values.items() if name not in ("dataset", "trace", "stream")}
    records = compute(input_rows.to_arrow_table(), **extra).to_pylist()
    columns = list(query.columns)
    types = {str: "VARCHAR", bool: "BOOLEAN", int: "BIGINT", float: "DOUBLE"}
    rows = [tuple(_clean(record[name]) for name in columns) for record in records]
    first = [next((row[i] for row in rows if row[i] is not None), 0.0) for i in range(len(columns))]
    return Result(query, values, columns, [types[type(value)] for value in first], rows)
