"""Opens the DuckDB that an ingest sorts and pairs in: in memory, within a limit, beyond it on the lake's own disk."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb


def open_engine(memory_limit: int, folder: Path) -> duckdb.DuckDBPyConnection:
    """Opens an engine; a context manager.

    Args:
        memory_limit: Bytes that it may hold.
        folder: Where it puts what goes beyond.
    """
    import duckdb

    limit = f"{max(memory_limit >> 20, 64)}MB"
    connection = duckdb.connect(config={"memory_limit": limit, "temp_directory": str(folder), "threads": 2})
    # A notebook without the widgets that draw one cannot be told, and has none.
    with suppress(duckdb.Error):
        connection.execute("SET enable_progress_bar = false")
    return connection
