"""What is known of functions, and fields and shapes that several formats of functions share."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from tracekit.export.draft import Draft
from tracekit.export.model import DERIVED, Facts, Field
from tracekit.export.select import one_row
from tracekit.schema.duckdb import quote_name

if TYPE_CHECKING:
    import numpy as np

TABLES = ("function_rate", "function_invocation")
NEEDS = "function_id IS NOT NULL"
MINUTE_US = 60_000_000
# What stands where nothing is known: half of the functions take less than 1 s on average, half of the applications at most 170 MB
# (Shahrad et al., ATC 2020).
_DEFAULT_S, _DEFAULT_MB = 1.0, 170.0
_BATCH = 512
_QUANTILES = {"known_p25_s": 0.25, "known_p50_s": 0.5, "known_p75_s": 0.75, "known_p99_s": 0.99}
_PUBLISHED = {
    "known_mean_s": "duration_mean_s",
    "known_min_s": "duration_min_s",
    "known_p25_s": "duration_p25_s",
    "known_p50_s": "duration_p50_s",
    "known_p75_s": "duration_p75_s",
    "known_p99_s": "duration_p99_s",
    "known_max_s": "duration_max_s",
    "known_count": "invocations",
}


def _seen(table: str, part: str) -> str:
    """Every function of the trace, with what its own invocations say of it."""
    if table == "function_invocation":
        measured = {name: f"{of}(duration_s)" for name, of in {"known_mean_s": "avg", "known_min_s": "min", "known_max_s": "max"}.items()}
        measured |= {name: f"quantile_cont(duration_s, {level})" for name, level in _QUANTILES.items()} | {"known_count": "count(*)"}
        memory = ("avg(coalesce(memory_mb, memory_used_mb))", "max(coalesce(memory_mb, memory_used_mb))")
    else:
        measured = dict.fromkeys(_PUBLISHED, "NULL::DOUBLE") | {
            "known_count": "sum(value) FILTER (metric = 'invocations' AND width_s = 60)"
        }
        memory = ("NULL::DOUBLE", "NULL::DOUBLE")
    values = ", ".join(f"{sql} AS {name}" for name, sql in measured.items())
    return (
        f"SELECT app_id, function_id, {values}, {memory[0]} AS own_mb, {memory[1]} AS own_max_mb FROM {part} GROUP BY app_id, function_id"
    )


def known_functions(profile: str | None, part: str, table: str) -> str:
    """Returns what is known of every function of a trace, as a query.

    Published figures come first (the first row that has one, where a function stands twice), then those of the trace's own invocations. The
    memory of an application is divided by its functions.

    Args:
        profile: The trace's function_profile, or None.
        part: The trace's rows, as a SELECT.
        table: Their table.
    """
    rows = f"({part})"
    if profile is None:
        names = ", ".join(_PUBLISHED)
        return (
            f"SELECT app_id AS key_app, function_id AS key_function, {names}, own_mb AS known_mb, own_max_mb AS known_max_mb "
            f"FROM ({_seen(table, rows)})"
        )
    published = f"({profile})"
    first = ", ".join(f"arg_min({column}, source_row) FILTER ({column} IS NOT NULL) AS {name}" for name, column in _PUBLISHED.items())
    memory = "coalesce(memory_mean_mb, memory_mb)"
    mb = (
        f"arg_min({memory}, source_row) FILTER ({memory} IS NOT NULL) AS mb, "
        "arg_min(memory_max_mb, source_row) FILTER (memory_max_mb IS NOT NULL) AS max_mb"
    )
    figures = ", ".join(f"coalesce(own.{name}, seen.{name}) AS {name}" for name in _PUBLISHED)
    return (
        f"WITH seen AS ({_seen(table, rows)}), own AS (SELECT app_id, function_id, {first}, {mb} FROM {published} "
        f"WHERE function_id IS NOT NULL GROUP BY app_id, function_id), whole AS (SELECT app_id, {mb} FROM {published} "
        "WHERE function_id IS NULL GROUP BY app_id), sizes AS (SELECT app_id, count(*) AS functions FROM "
        "(SELECT app_id, function_id FROM seen UNION SELECT app_id, function_id FROM own) GROUP BY app_id) "
        f"SELECT seen.app_id AS key_app, seen.function_id AS key_function, {figures}, "
        "coalesce(own.mb, whole.mb / sizes.functions, seen.own_mb) AS known_mb, "
        "coalesce(own.max_mb, whole.max_mb / sizes.functions, seen.own_max_mb) AS known_max_mb FROM seen "
        "LEFT JOIN own ON own.function_id = seen.function_id AND own.app_id IS NOT DISTINCT FROM seen.app_id "
        "LEFT JOIN whole ON whole.app_id = seen.app_id LEFT JOIN sizes ON sizes.app_id IS NOT DISTINCT FROM seen.app_id"
    )


def application(name: str) -> Field:
    """Returns the application; a function without one is its own."""
    sql, how = "coalesce(app_id, function_id)", "the function's name: it is an application of its own"
    return Field(name, sql, ("app_id",), invented_where="app_id IS NULL", invented_how=how)


def function(name: str) -> Field:
    """Returns the function."""
    return Field(name, "function_id", ("function_id",))


def unique_function(name: str) -> Field:
    """Returns the function by a name that is unique over the applications of the trace."""
    sql = "CASE WHEN app_id IS NULL THEN function_id ELSE app_id || '-' || function_id END"
    return Field(name, sql, ("app_id", "function_id"), "application and function, joined by a dash")


def count(facts: Facts, name: str) -> Field:
    """Returns the invocations that a row stands for."""
    if facts.table == "function_rate":
        return Field(name, "value::BIGINT", ("value", "metric", "stat", "width_s"), "invocations of the minute")
    return Field(name, "1::BIGINT", ("started_us",), "each row is one invocation")


def minute(name: str, clock: str) -> Field:
    """Returns the minute from 1, on the clock ``clock_us`` (since the trace's zero) or ``offset_us`` (since the first exported row)."""
    since = "the trace's zero" if clock == "clock_us" else "the first exported row"
    return Field(name, f"{clock} // {MINUTE_US} + 1", ("started_us",), f"us → minute since {since}, from 1")


def duration(name: str, figure: str, minimum: int | None = None, *, is_whole: bool = False) -> Field:
    """Returns a figure of the function's execution time in ms: mean, min, p25, p50, p75, p99 or max."""
    known = {"mean": "known_mean_s, known_p50_s"}.get(figure, f"known_{figure}_s, known_mean_s, known_p50_s")
    sql = f"coalesce({known}, {_DEFAULT_S}) * 1000"
    how = f"{figure} of the function, published or of its invocations, s → ms"
    missing = f"coalesce({known}) IS NULL"
    # Seconds times a thousand shows a last digit that no source printed.
    value = f"round({sql})::BIGINT" if is_whole else f"round({sql}, 6)"
    invented = f"{_DEFAULT_S * 1000:g} ms"
    return Field(name, value, ("duration_s",), how, DERIVED, missing, invented, minimum)


def memory(name: str, *, is_largest: bool = False, is_whole: bool = False) -> Field:
    """Returns the function's memory in MB; that of its application is divided by the application's functions."""
    known = "known_max_mb, known_mb" if is_largest else "known_mb, known_max_mb"
    sql = f"coalesce({known}, {_DEFAULT_MB})"
    how = f"{'largest' if is_largest else 'mean'} memory of the function, or its part of the application's"
    value = f"ceil({sql})::BIGINT" if is_whole else sql
    return Field(name, value, ("memory_mb",), how, DERIVED, f"coalesce({known}) IS NULL", f"{_DEFAULT_MB:g} MB")


def instant(facts: Facts, name: str, sql: str, how: str) -> Field:
    """Returns the instant of an invocation made of ``at_us``; counts per minute have none, so that theirs are spread over the minute."""
    invented = "the n invocations of a minute stand in the middles of its n equal parts"
    is_count = facts.table == "function_rate"
    return Field(
        name, sql, ("started_us",), how, invented_where="value > 0" if is_count else None, invented_how=invented if is_count else None
    )


def selected(draft: Draft) -> int:
    """Returns how many rows of the lake go into the file."""
    return int(one_row(draft.connection, f"SELECT count(*) FROM ({draft.timed})")[0])


def values(draft: Draft, names: list[str]) -> str:
    """Returns expressions of fields, by name, over the rows of ``draft.timed``."""
    by_name = {field.name: field.value for field in draft.fields}
    return ", ".join(f"{by_name[name]} AS {quote_name(name)}" for name in names)


def per_function(draft: Draft, key: list[str], names: list[str]) -> str:
    """Returns a row per function in the order of their first rows, as a query: key, then fields as they are in the first row."""
    first = ", ".join(f"arg_min({quote_name(name)}, row) AS {quote_name(name)}" for name in names)
    keys = ", ".join(map(quote_name, key))
    rows = f"SELECT {values(draft, [*key, *names])}, row FROM ({draft.timed})"
    return f"SELECT {keys}, {first + ', ' if first else ''}min(row) AS first_row FROM ({rows}) GROUP BY {keys} ORDER BY first_row"


def per_minute(draft: Draft, key: list[str], names: list[str]) -> Iterator[tuple[dict[str, Any], int, np.ndarray]]:
    """Yields functions with their fields, the first minute of the trace, and the invocations of every minute of the trace.

    The draft has fields ``minute`` and ``count``.
    """
    import numpy as np

    keys = ", ".join(map(quote_name, key))
    cells = f"SELECT {values(draft, [*key, 'minute', 'count'])} FROM ({draft.timed})"
    low, high = one_row(draft.connection, f"SELECT min(minute), max(minute) FROM ({cells})")
    text = (
        f"WITH counted AS (SELECT {keys}, minute, sum(count)::BIGINT AS n FROM ({cells}) GROUP BY {keys}, minute), "
        f"series AS (SELECT {keys}, list(minute ORDER BY minute) AS at, list(n ORDER BY minute) AS n FROM counted GROUP BY {keys}), "
        f"heads AS ({per_function(draft, key, names)}) SELECT heads.*, series.at, series.n FROM heads JOIN series USING ({keys}) "
        "ORDER BY first_row"
    )
    for batch in draft.connection.sql(text).to_arrow_reader(_BATCH):
        for row in batch.to_pylist():
            counts = np.zeros(high - low + 1, dtype=np.int64)
            counts[np.array(row["at"]) - low] = row["n"]
            yield row, low, counts


def events(draft: Draft, names: list[str]) -> str:
    """Returns a row per invocation in order of time, as a query: the fields, evaluated with ``at_us`` in us since the first row."""
    if draft.table == "function_rate":
        # Middles of equal parts, in whole microseconds; the width of a minute is scaled as the instants are.
        at = f"offset_us + ((2 * nth + 1) * {MINUTE_US} / (2 * value * rate_scale))::BIGINT"
        rows = f"SELECT *, {at} AS at_us FROM (SELECT *, unnest(range(value::BIGINT)) AS nth FROM ({draft.timed}))"
    else:
        rows = f"SELECT *, offset_us AS at_us, 0 AS nth FROM ({draft.timed})"
    return f"SELECT {values(draft, names)} FROM ({rows}) ORDER BY at_us, row, nth"
