"""The engine's walls: what a connection may open, which no statement can change afterwards."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from typing import TYPE_CHECKING

from tracekit.errors import UsageError

if TYPE_CHECKING:
    import duckdb


def connect(memory: str | None = None) -> duckdb.DuckDBPyConnection:
    """Opens an engine in memory that installs and loads nothing, spills nothing to disk and sees no Python variable.

    Args:
        memory: What it may hold, e.g. ``2GB``; its own default (four fifths of the machine) if None.

    Raises:
        UsageError: ``memory`` is no size.
    """
    import duckdb

    config: dict[str, str | bool | int | float | list[str]] = {
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
        "allow_community_extensions": False,
        "allow_persistent_secrets": False,
        "python_enable_replacements": False,
        "temp_directory": "",
    }
    if memory is not None:
        config["memory_limit"] = memory
    try:
        connection = duckdb.connect(config=config)
    except duckdb.Error as error:
        if memory is None:
            raise
        raise UsageError(f"{memory!r} is not a size of memory", "write 512MB or 2GB") from error
    # It would be drawn into what the process says. A notebook without the widgets that draw it shows none.
    with suppress(duckdb.Error):
        connection.execute("SET enable_progress_bar = false")
    return connection


def raise_walls(connection: duckdb.DuckDBPyConnection, paths: Iterable[str]) -> None:
    """Shuts a connection in, for good.

    The order matters: once external access is off no path can be added, and once the configuration is locked nothing can be changed.
    A folder is never allowed as such, since that would let it be written to. A pattern opens nothing that is not allowed by itself.

    Args:
        connection: An engine in memory, with its views made.
        paths: Files that it may read, and patterns that it may look for among them.
    """
    connection.execute("SET allowed_paths = ?", [list(paths)])
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")


def memory_of(connection: duckdb.DuckDBPyConnection) -> int:
    """Returns the bytes that an engine may hold."""
    text = connection.execute("SELECT current_setting('memory_limit')").fetchall()[0][0]
    number, unit = str(text).split()
    return int(float(number) * 1024 ** ["bytes", "KiB", "MiB", "GiB", "TiB"].index(unit))
