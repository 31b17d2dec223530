"""Compares two release folders, table by table."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tracekit.errors import NothingMatchedError
from tracekit.schema.duckdb import quote_name, quote_path

if TYPE_CHECKING:
    import duckdb

# A part of the tables, not one of its own.
_SAMPLE = "sample"
_KEY = ("dataset", "trace", "source_row")
_NUMBERS = ("BIGINT", "DOUBLE", "INTEGER", "HUGEINT")
# Relative; sums over threads differ in their last digits.
_SAME = 1e-9


@dataclass(frozen=True)
class Change:
    """One difference.

    Attributes:
        kind: schema, rows or distribution.
        table: The table.
        column: The column, or None.
        what: What differs.
        a: The value in the first release, None where it has none.
        b: The value in the second.
    """

    kind: str
    table: str
    column: str | None
    what: str
    a: Any
    b: Any


def compare_releases(a: Path, b: Path) -> list[Change]:
    """Returns what differs from one release to another; empty where they say the same.

    Args:
        a: Folder of the first.
        b: Folder of the second.

    Raises:
        NothingMatchedError: A folder holds no tables.
    """
    import duckdb

    tables = {name: [_tables(a).get(name), _tables(b).get(name)] for name in {**_tables(a), **_tables(b)}}
    changes = []
    with duckdb.connect() as connection:
        for name, (first, second) in sorted(tables.items()):
            if first is None or second is None:
                there = [None if path is None else _count(connection, path) for path in (first, second)]
                changes.append(Change("schema", name, None, "table", *[None if n is None else f"{n:,} rows" for n in there]))
            else:
                changes += _compare_table(connection, name, first, second)
    return changes


def _tables(root: Path) -> dict[str, str]:
    files: dict[str, list[Path]] = {}
    for path in sorted(root.resolve().glob("*/*.parquet")):
        files.setdefault(path.parent.name, []).append(path)
    found = {name: ", ".join(map(quote_path, paths)) for name, paths in files.items()}
    found.pop(_SAMPLE, None)
    if not found:
        raise NothingMatchedError(f"{root} holds no release: it has no tables", "name a release folder, or hf://NS/NAME@vX.Y.Z")
    return found


def _count(connection: duckdb.DuckDBPyConnection, path: str) -> int:
    return int(connection.execute(f"SELECT count(*) FROM {_rows(path)}").fetchall()[0][0])


def _rows(path: str) -> str:
    return f"read_parquet([{path}], hive_partitioning = false)"


def _compare_table(connection: duckdb.DuckDBPyConnection, name: str, a: str, b: str) -> list[Change]:
    types = [dict(row[:2] for row in connection.execute(f"DESCRIBE SELECT * FROM {_rows(path)}").fetchall()) for path in (a, b)]
    columns = list({**types[0], **types[1]})
    changes = [
        Change("schema", name, column, "type", types[0].get(column), types[1].get(column))
        for column in columns
        if types[0].get(column) != types[1].get(column)
    ]
    shared = [column for column in columns if types[0].get(column) == types[1].get(column)]
    changes += _compare_rows(connection, name, a, b, shared)
    for column in shared:
        changes += _compare_column(connection, name, a, b, column, types[0][column])
    return changes


def _compare_rows(connection: duckdb.DuckDBPyConnection, name: str, a: str, b: str, shared: list[str]) -> list[Change]:
    counts = [_count(connection, path) for path in (a, b)]
    changes = [] if counts[0] == counts[1] else [Change("rows", name, None, "rows", *counts)]
    names = ", ".join(map(quote_name, shared))
    # Multisets: a row that is there twice and then once is a change.
    gone, new = (
        int(
            connection.execute(
                f"SELECT count(*) FROM (SELECT {names} FROM {_rows(x)} EXCEPT ALL SELECT {names} FROM {_rows(y)})"
            ).fetchall()[0][0]
        )
        for x, y in ((a, b), (b, a))
    )
    altered = 0
    if gone and new and set(_KEY) <= set(shared):
        keys = ", ".join(_KEY)
        altered = int(
            connection.execute(
                f"SELECT count(*) FROM ((SELECT {keys} FROM (SELECT {names} FROM {_rows(a)} EXCEPT ALL SELECT {names} FROM {_rows(b)})) "
                f"INTERSECT ALL (SELECT {keys} FROM (SELECT {names} FROM {_rows(b)} EXCEPT ALL SELECT {names} FROM {_rows(a)})))"
            ).fetchall()[0][0]
        )
    kinds = {"only in the first": (gone - altered, None), "only in the second": (None, new - altered), "altered": (altered, altered)}
    return changes + [Change("rows", name, None, what, *pair) for what, pair in kinds.items() if any(pair)]


def _compare_column(connection: duckdb.DuckDBPyConnection, table: str, a: str, b: str, column: str, kind: str) -> list[Change]:
    value = quote_name(column)
    asked = {"null share": f"count_if({value} IS NULL) / greatest(count(*), 1)"}
    if kind in _NUMBERS:
        number = f"{value}::DOUBLE"
        asked |= {"min": f"min({number})", "mean": f"avg({number})", "max": f"max({number})"}
        asked |= {f"p{q}": f"quantile_cont({number}, {q / 100})" for q in (1, 50, 99)}
    elif kind == "TIMESTAMP":
        asked |= {"min": f"min({value})::VARCHAR", "max": f"max({value})::VARCHAR"}
    elif kind == "BOOLEAN":
        asked |= {"true share": f"avg({value}::INT)"}
    else:
        asked |= {"distinct": f"count(DISTINCT {value})"}
    first, second = (connection.execute(f"SELECT {', '.join(asked.values())} FROM {_rows(path)}").fetchall()[0] for path in (a, b))
    changes = [
        Change("distribution", table, column, what, x, y) for what, x, y in zip(asked, first, second, strict=True) if not _same(x, y)
    ]
    if kind in _NUMBERS and changes and (distance := _ks(connection, a, b, value)) is not None:
        changes.append(Change("distribution", table, column, "largest distance of the distributions", None, distance))
    return changes


def _same(x: Any, y: Any) -> bool:
    if isinstance(x, float) and isinstance(y, float):
        return abs(x - y) <= _SAME * max(abs(x), abs(y))
    return bool(x == y)


def _ks(connection: duckdb.DuckDBPyConnection, a: str, b: str, value: str) -> float | None:
    """Returns the two-sample Kolmogorov–Smirnov distance, or None where a side has no values."""
    found = connection.execute(
        f"WITH a AS (SELECT {value} AS v, count(*) AS n FROM {_rows(a)} WHERE {value} IS NOT NULL GROUP BY 1), "
        f"b AS (SELECT {value} AS v, count(*) AS n FROM {_rows(b)} WHERE {value} IS NOT NULL GROUP BY 1), "
        "joined AS (SELECT v, coalesce(a.n, 0) AS na, coalesce(b.n, 0) AS nb FROM a FULL JOIN b USING (v)), "
        "steps AS (SELECT sum(na) OVER w AS ca, sum(nb) OVER w AS cb FROM joined WINDOW w AS (ORDER BY v)) "
        "SELECT max(abs(ca / (SELECT sum(n) FROM a) - cb / (SELECT sum(n) FROM b))) FROM steps"
    ).fetchall()[0][0]
    return None if found is None else float(found)
