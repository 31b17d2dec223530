"""Rows of a table as DuckDB reads them: exactly the files that are named, columns by name, typed NULLs for what a file lacks."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from tracekit.lake.files import TableFile
from tracekit.schema.duckdb import empty_select, quote_name, quote_path
from tracekit.schema.load import Field, Table


def _column(field: Field, has: dict[str, str]) -> str:
    name = quote_name(field.name)
    # Where nothing is known of the columns, they are as declared.
    if has and field.name not in has:
        return f"CAST(NULL AS {field.type}) AS {name}"
    return name if has.get(field.name, field.type) == field.type else f"CAST({name} AS {field.type}) AS {name}"


def read_sql(table: Table, files: Iterable[TableFile]) -> str:
    """Returns a SELECT of a table's columns over some of its files.

    Args:
        table: Its declaration.
        files: The files; of former schemas too, which may lack columns or have others.

    Returns:
        One scan for each set of columns that there is, in the order of the files; filters and projections reach each of them.
    """
    groups: list[tuple[dict[str, str], list[Path]]] = []
    for file in files:
        has = {name: kind for name, kind in file.columns.items() if name in table.columns}
        same = next((paths for known, paths in groups if known == has), None)
        if same is None:
            groups.append((has, [file.path]))
        else:
            same.append(file.path)
    scans = [
        f"SELECT {', '.join(_column(field, has) for field in table.fields)} "
        f"FROM read_parquet([{', '.join(map(quote_path, paths))}], hive_partitioning = false)"
        for has, paths in groups
    ]
    return " UNION ALL ".join(scans) if scans else empty_select(table)
