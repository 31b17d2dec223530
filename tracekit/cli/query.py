"""`tracekit query`: run a characterisation of the library."""

from __future__ import annotations

from pathlib import Path

import click

from tracekit.cli._complete import complete_dataset, complete_param, complete_query, complete_trace
from tracekit.cli._options import Size, format_option, lake_option
from tracekit.cli._output import say_empty, write_rows
from tracekit.cli._query_help import QueryCommand


@click.command(cls=QueryCommand)
@click.argument("name", metavar="[NAME]", required=False, shell_complete=complete_query)
@click.option(
    "-p",
    "--param",
    "params",
    metavar="KEY=VALUE",
    multiple=True,
    shell_complete=complete_param,
    help="A parameter; lists are JSON: windows_s='[1,60]'.",
)
@click.option("--dataset", default=None, shell_complete=complete_dataset, help="Only this dataset.")
@click.option("--trace", default=None, shell_complete=complete_trace, help="Only this trace.")
@lake_option
@format_option
@click.option("--memory-limit", type=Size(), default=None, metavar="SIZE", help="What the engine may hold, e.g. 2GB.")
def command(
    name: str | None,
    params: tuple[str, ...],
    dataset: str | None,
    trace: str | None,
    lake: Path,
    form: str,
    memory_limit: int | None,
) -> None:
    """Run a query of the library; without NAME, list them.

    `tracekit query NAME --help` lists the parameters of a query, with their defaults, and its columns, with their units.

    \b
    Example:
      tracekit query arrival/dispersion --dataset burstgpt -p windows_s='[1,60]' --format json
    """
    from tracekit.query import library

    if name is None:
        rows = [[q.name, q.question, ", ".join(q.reads), ", ".join(q.params)] for q in library.load().values()]
        write_rows(["query", "question", "reads", "params"], rows, form)
        return
    from tracekit.api import Lake

    given: dict[str, str] = {}
    for text in params:
        key, equals, value = text.partition("=")
        if not equals:
            raise click.UsageError(f"-p {text}: write KEY=VALUE")
        given[key] = value
    filters = {"dataset": dataset, "trace": trace}
    opened = Lake(lake, None if memory_limit is None else f"{memory_limit}B")
    result = opened.run(name, {**given, **{k: v for k, v in filters.items() if v is not None}})
    if form == "parquet":
        import sys

        result.to_polars().write_parquet(sys.stdout.buffer)
        if not result.rows:
            say_empty(result.why_empty())
        return
    write_rows(result.columns, result.rows, form, result.why_empty)
