"""The public Python API: a lake that answers in Polars frames and Altair charts."""

from __future__ import annotations

import datetime as dt
import os
from dataclasses import replace
from html import escape
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

_NAMED = 8


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

    def __repr__(self) -> str:
        held = self.datasets().to_dicts()
        lines = [
            f"  {r['dataset']}: {r['rows']:,} rows, {r['traces']} trace{'s' * (r['traces'] != 1)} ({', '.join(r['tables'])})" for r in held
        ]
        more = [f"  and {len(lines) - _NAMED} more: datasets() lists them"] if len(lines) > _NAMED else []
        return "\n".join([self._title(len(held)), *lines[:_NAMED], *more])

    def _repr_html_(self) -> str:
        held = self.datasets()
        return f"<p>{escape(self._title(held.height))}</p>{held._repr_html_()}"

    def _title(self, datasets: int) -> str:
        return f"Lake {self.layout.root} (head {read_head(self.layout).number}): {datasets} dataset{'s' * (datasets != 1)}"

    def datasets(self) -> pl.DataFrame:
        """Returns what the lake holds, a row per dataset: title, traces, tables, rows, whether it is a sample, licence."""
        import polars as pl

        from tracekit.lake.listing import list_datasets

        types: dict[str, Any] = {"traces": pl.Int64, "tables": pl.List(pl.String), "rows": pl.Int64, "is_synthetic": pl.Boolean}
        names = ("dataset", "title", "traces", "tables", "rows", "is_synthetic", "licence")
        return pl.DataFrame(list_datasets(self.layout), schema={name: types.get(name, pl.String) for name in names})

    def queries(self) -> pl.DataFrame:
        """Returns the queries of the library, a row each: question, parameters, and the datasets of this lake that can answer."""
        import polars as pl

        from tracekit.query import library

        able: dict[str, list[str]] = {}
        with self.connect(["recording", "ingest_profile"]) as connection:
            for dataset, name, reason in library.capability(connection):
                able.setdefault(name, []).extend([dataset] if reason is None else [])
        rows = [(query.name, query.question, list(query.params), able.get(query.name, [])) for query in library.load().values()]
        listed = pl.List(pl.String)
        return pl.DataFrame(rows, schema={"query": pl.String, "question": pl.String, "params": listed, "datasets": listed}, orient="row")

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
            NothingMatchedError: The lake does not hold the dataset or the trace.
        """
        from tracekit.query import library, run
        from tracekit.query.names import check_held

        query = library.get(name)
        bound = run.bind_params(query, params or {})
        check_held(read_head(self.layout).held, bound["dataset"], bound["trace"])
        with self.connect(list(query.reads)) as connection:
            result = run.run(connection, query, params or {})
        return result if result.rows else replace(result, explain=self._explain)

    def _explain(self, result: Result) -> str:
        """Returns why a result of this lake has no rows."""
        from tracekit.lake.manifest import read_manifests
        from tracekit.query import library, run
        from tracekit.query.empty import explain, rows_held

        query = result.query

        def again(params: dict[str, Any]) -> Result:
            with self.connect(list(query.reads)) as connection:
                return run.run(connection, query, params)

        def reasons() -> dict[str, str | None]:
            with self.connect(["recording", "ingest_profile"]) as connection:
                found = library.capability(connection)
            return {dataset: reason for dataset, name, reason in found if name == query.name}

        return explain(result, rows_held(read_manifests(self.layout)), again, reasons)

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

    def chart(self, name: str, **params: Any) -> alt.Chart | None:
        """Runs a query of the library and draws it as its header says, or returns None where there is nothing to draw; see ``run``.

        A notebook shows the chart without the internet.
        """
        from tracekit.charts import altair_chart
        from tracekit.offline import offline

        chart = altair_chart(self.run(name, params))
        return None if chart is None else offline(chart)

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
            UsageError: There is no such format, an argument is not valid, or a file is in the way.
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
