"""The public Python API: a lake that answers in Polars frames and Altair charts."""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tracekit.errors import NothingMatchedError
from tracekit.lake import catalog
from tracekit.lake.files import check_there, table_files
from tracekit.lake.head import find_at, read_head
from tracekit.lake.layout import Layout, default_lake

if TYPE_CHECKING:
    from collections.abc import Sequence

    import altair as alt
    import duckdb
    import polars as pl

    from tracekit.query.run import Result


class Lake:
    """A lake, opened for reading: as it is at this instant, whatever is committed to it while this object lives.

    Args:
        path: The lake's folder; ``$TRACEKIT_LAKE``, else ``./data/lake``, by default.
        memory_limit: What the query engine may hold, e.g. ``2GB``.
        at: As of when to read it: the number of a head, or an instant (UTC where it bears no zone); ``tracekit history`` lists both.

    Raises:
        NothingMatchedError: There is no lake, or it has no such head.
        DataError: Its head is damaged.
    """

    def __init__(
        self, path: str | Path | None = None, memory_limit: str | None = None, *, at: int | str | dt.datetime | None = None
    ) -> None:
        root = Path(path) if path is not None else default_lake()
        self.layout = Layout(root, find_at(Layout(root), at) or None)
        head = read_head(self.layout)
        if not head.number and not head.held:
            raise no_lake(self.layout)
        self._memory_limit = memory_limit
        self._mend_catalog()

    def _mend_catalog(self) -> None:
        """Makes the catalog anew where it is not of the lake's head; a lake that cannot be written to answers without."""
        from tracekit.query.macros import macros

        root = self.layout.root
        if os.access(root, os.W_OK) and not catalog.is_current(Layout(root)):
            catalog.refresh(Layout(root), macros())

    def connect(self, only: list[str] | None = None) -> duckdb.DuckDBPyConnection:
        """Opens a connection with the lake's views (all, or only those named)."""
        return catalog.connect(self.layout, only, self._memory_limit)

    def run(self, name: str, params: dict[str, Any] | None = None) -> Result:
        """Runs a query of the library.

        Args:
            name: ``room/name``, as listed by ``tracekit query``.
            params: Its parameters, with ``dataset`` and ``trace``.

        Returns:
            Rows with the query's declared columns.

        Raises:
            UsageError: There is no such query or parameter, or a value does not fit.
        """
        from tracekit.query import library, run

        query = library.get(name)
        with self.connect(list(query.reads)) as connection:
            return run.run(connection, query, params or {})

    def query(self, name: str, **params: Any) -> pl.DataFrame:
        """Runs a query of the library and returns its rows as a Polars frame; see ``run``."""
        return self.run(name, params).to_polars()

    def sql(self, text: str, *, timeout_s: float | None = None, files: Sequence[str | Path] = ()) -> pl.DataFrame:
        """Runs one reading SQL statement over the lake's views and macros and returns a Polars frame.

        The statement can open the lake's own Parquet files and those of ``files``, and nothing else; it writes nothing.

        Args:
            text: SQL: SELECT, WITH, VALUES, PIVOT, DESCRIBE, SUMMARIZE, SHOW or EXPLAIN.
            timeout_s: With it the statement runs in a process of its own, which is killed when it has not given all its rows by then.
            files: Folders whose files the statement may read as well.

        Raises:
            UsageError: The statement is wrong, does not only read, or went beyond a limit.
        """
        import duckdb
        import polars as pl

        from tracekit.box.lake import open_box, read, refusal
        from tracekit.box.run import Limits, run

        folders = [Path(folder) for folder in files]
        if timeout_s is not None:
            import pyarrow as pa

            with run(self.layout, text, folders, Limits(timeout_s, self._memory_limit)) as stream:
                return pl.DataFrame(pl.from_arrow(pa.Table.from_batches(list(stream), stream.schema)))
        with open_box(self.layout, text, folders, self._memory_limit) as connection:
            try:
                frame: pl.DataFrame = read(connection, text).pl()
            except duckdb.Error as error:
                raise refusal(error) from error
            return frame

    def table(self, name: str) -> pl.LazyFrame:
        """Returns a table's rows as a lazy Polars frame over its Parquet files, columns by name; typed and empty if there are none."""
        import polars as pl

        from tracekit.schema.load import table
        from tracekit.schema.polars import polars_schema

        shape = table(name)
        files = table_files(self.layout, name)
        if not files:
            return pl.LazyFrame(schema=polars_schema(shape))
        check_there(files)
        return pl.scan_parquet(
            [file.path for file in files],
            glob=False,
            hive_partitioning=False,
            schema=polars_schema(shape),
            missing_columns="insert",
            extra_columns="ignore",
            cast_options=pl.ScanCastOptions(integer_cast=["upcast", "allow-float"]),
        )

    def chart(self, name: str, **params: Any) -> alt.Chart:
        """Runs a query of the library and draws it as its header says; see ``run``."""
        from tracekit.charts import altair_chart

        return altair_chart(self.run(name, params))

    def export(
        self,
        dataset: str,
        to: str,
        path: str | Path,
        *,
        trace: str | None = None,
        start_s: float | dt.datetime | None = None,
        until_s: float | dt.datetime | None = None,
        rate_scale: float = 1.0,
        limit: int | None = None,
        seed: int = 0,
        force: bool = False,
    ) -> dict[str, Any]:
        """Writes one trace as a replay file or a folder of files, and ``<path>.export.json`` beside it.

        Args:
            dataset: Source id.
            to: Name of the format, as listed by ``tracekit export --help``.
            path: The file or folder to write.
            trace: The trace; may be left out where the dataset has one.
            start_s: Start of the window in seconds since the trace's zero, or a calendar instant where the trace has an anchor.
            until_s: End of the window, exclusive.
            rate_scale: 2 is twice the rate: offsets from the first exported row are halved.
            limit: Rows to write at most, the first ones.
            seed: Seed of what is invented at random.
            force: Replace a file that is there.

        Returns:
            The record, as in ``<path>.export.json``.

        Raises:
            UsageError: There is no such format, an argument cannot be meant, or a file is in the way.
            NothingMatchedError: There is no such dataset or trace, or no row in the window.
            DataError: The lake's rows do not agree with their manifest.
        """
        from tracekit.export.options import Options
        from tracekit.export.write import export

        options = Options(start_s, until_s, rate_scale, limit, seed)
        limits = {} if self._memory_limit is None else {"memory_limit": self._memory_limit}
        return export(self.layout, dataset, to, Path(path), trace, options, force=force, **limits)


def no_lake(layout: Layout) -> NothingMatchedError:
    """Returns the error that says there is no lake, and how to make one."""
    fix = "tracekit ingest ID PATH makes one; tracekit demo makes one of samples"
    return NothingMatchedError(f"there is no lake at {layout.root}", fix)
