"""`tracekit describe`: what the lake holds."""

from __future__ import annotations

from pathlib import Path

import click

from tracekit.cli._complete import complete_dataset
from tracekit.cli._options import format_option, lake_option
from tracekit.cli._output import write_rows

_COLUMNS = [
    "dataset",
    "trace",
    "table",
    "rows",
    "rejected",
    "span_s",
    "rate_per_s",
    "anchor",
    "zone",
    "calendar",
    "resolution_us",
    "synthetic",
]
_SQL = """
WITH counted AS (
    SELECT dataset, trace, table_name, any_value(rows) AS n, any_value(rejected) AS rejected
    FROM ingest_profile GROUP BY ALL
)
SELECT
    c.dataset, coalesce(c.trace, '*'), c.table_name, c.n, c.rejected, r.span_us / 1e6, c.n / nullif(r.span_us / 1e6, 0), r.anchor_at,
    coalesce(r.zone, 'as printed'), r.calendar, r.resolution_us, r.is_synthetic
FROM counted AS c
INNER JOIN recording AS r ON c.dataset = r.dataset AND c.trace IS NOT DISTINCT FROM r.trace
WHERE $dataset IS NULL OR c.dataset = $dataset
ORDER BY c.dataset, c.trace, c.table_name
"""


@click.command()
@click.argument("dataset", metavar="[ID]", required=False, shell_complete=complete_dataset)
@lake_option
@format_option
@click.option("--tables", is_flag=True, help="List the tables of the schema instead.")
def command(dataset: str | None, lake: Path, form: str, *, tables: bool) -> None:
    """Show rows, span, rate and clock of every trace of the lake.

    \b
    Example:
      tracekit describe burstgpt
    """
    if tables:
        from tracekit.schema.load import tables as known

        write_rows(["table", "grain", "text"], [[t.name, t.grain, t.text] for t in known().values()], form)
        return
    from tracekit.api import Lake
    from tracekit.errors import NothingMatchedError
    from tracekit.lake.layout import BESIDE, Layout
    from tracekit.lake.sources import source_in
    from tracekit.sources.hints import ingest_command

    if dataset:
        source_in(Layout(lake), dataset)
    with Lake(lake).connect(list(BESIDE)) as connection:
        rows = connection.execute(_SQL, {"dataset": dataset}).fetchall()
    if not rows:
        raise NothingMatchedError(
            f"the lake {lake} holds nothing of {dataset or 'any source'}", ingest_command(dataset) if dataset else "tracekit ingest ID PATH"
        )
    write_rows(_COLUMNS, rows, form)
