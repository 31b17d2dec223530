"""The lake as if it held nothing but the datasets of a release."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tracekit.lake import catalog
from tracekit.lake.layout import Layout
from tracekit.schema.duckdb import quote_name, quote_text
from tracekit.schema.load import tables

if TYPE_CHECKING:
    import duckdb


def connect_only(layout: Layout, datasets: tuple[str, ...]) -> duckdb.DuckDBPyConnection:
    """Opens a lake whose views hold the rows of some datasets.

    What a release says must rest on its own inputs: others have not passed the gate, and are not there when it is built again.
    Sums are made on one thread: over several they differ in their last digits.
    """
    connection = catalog.connect(layout)
    connection.execute("SET threads = 1")
    names = ", ".join(map(quote_text, datasets))
    for table in tables():
        whole = quote_name(f"__all_{table}")
        connection.execute(f"ALTER VIEW {quote_name(table)} RENAME TO {whole}")
        connection.execute(f"CREATE VIEW {quote_name(table)} AS SELECT * FROM {whole} WHERE dataset IN ({names})")
    return connection
