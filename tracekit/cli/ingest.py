"""`tracekit ingest`: raw files into the lake."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from tracekit.cli._complete import complete_source
from tracekit.cli._options import Size, format_option, lake_option
from tracekit.cli._output import write_rows
from tracekit.cli._progress import bar, quiet_option

if TYPE_CHECKING:
    from tracekit.ingest.run import Outcome
    from tracekit.lake.catalog import Macros
    from tracekit.sources.model import Source


_COUNTS = ("records", "rows", "rejected", "dropped", "barren", "same_instant")


def _write_records(outcome: Outcome, form: str) -> None:
    columns = ["dataset", "trace", "table", *(name if name != "barren" else "without_a_row" for name in _COUNTS)]
    written = [(m, name, count) for m in outcome.written for name, count in m.tables.items()]
    rows = [[m.dataset, m.trace, name, *(getattr(count, c) for c in _COUNTS)] for m, name, count in written]
    write_rows(columns, rows, form, lambda: "nothing was written: the lake has these traces already")


def report_outcome(outcome: Outcome, lake: Path, form: str = "table") -> None:
    """Says on standard error what an ingest did, and on standard output a line, or a record, per table written."""
    for name, reason in outcome.plan.skipped:
        click.echo(f"left alone: {name}: {reason}", err=True)
    if outcome.plan.unknown:
        more = f" and {len(outcome.plan.unknown) - 10} more" if len(outcome.plan.unknown) > 10 else ""
        click.echo(f"not known to this source: {', '.join(outcome.plan.unknown[:10])}{more}", err=True)
    for trace in outcome.unchanged:
        click.echo(f"unchanged: {trace or 'every trace'} (same input, same version)", err=True)
    for manifest in outcome.written:
        for name, count in manifest.tables.items():
            notes = [f"{count.records:,} records"]
            notes += [f"{count.rejected:,} rejected"] if count.rejected else []
            notes += [f"{count.dropped:,} dropped by an erratum"] if count.dropped else []
            notes += [f"{count.barren:,} without a row here"] if count.barren else []
            line = f"{manifest.dataset}/{manifest.trace or '*'} {name}: {count.rows:,} rows ({', '.join(notes)})"
            click.echo(line, err=form != "table")
            if count.same_instant:
                words = "readings share entity and instant with another: meters that the file does not distinguish, or duplicate rows"
                click.echo(f"{manifest.dataset}/{manifest.trace or '*'} {name}: {count.same_instant:,} {words}", err=True)
        if manifest.rejects is not None:
            click.echo(f"rejected records, each with file, line, text and reason: {lake / manifest.rejects.name}", err=True)
        for erratum, rows in manifest.errata.items():
            if rows:
                click.echo(f"erratum {erratum}: {rows:,} rows", err=True)
    for note in outcome.notes:
        click.echo(note, err=True)
    if form != "table":
        _write_records(outcome, form)


def _macros() -> Macros:
    from tracekit.query.macros import macros

    return macros()


def _chosen(dataset: str | None, paths: tuple[Path, ...], mapping: Path | None, *, sample: bool) -> tuple[Source, list[Path]]:
    """Returns the source, or the mapping as one, and the files that are named or where they lie by default."""
    from tracekit.sources.load import source

    if mapping is not None:
        from tracekit.sources.mapping_file import read_mapping

        own = [*([Path(dataset)] if dataset else []), *paths]
        mapped = read_mapping(mapping, own)
        for line in mapped.assumed:
            click.echo(f"note: {line}", err=True)
        if sample or not own:
            raise click.UsageError("--mapping needs the files to map, and takes no --sample")
        return mapped, own
    if dataset is None:
        raise click.UsageError("name a source (`tracekit sources` lists them), or map your own files with --mapping")
    known = source(dataset)
    default = Path("data/raw") / known.id
    given = list(paths) or ([default] if default.exists() else known.shipped)
    if not sample and not given:
        raise click.UsageError(f"no PATH given and there is no {default}; run `tracekit fetch {known.id}` or name the files")
    return known, given


@click.command()
@click.argument("dataset", metavar="[ID]", required=False, shell_complete=complete_source)
@click.argument("paths", metavar="[PATH]...", nargs=-1, type=click.Path(path_type=Path))
@lake_option
@click.option("--sample", is_flag=True, help="Ingest the shipped synthetic sample.")
@click.option("--replace", is_flag=True, help="Replace a trace that is there already from other input.")
@click.option("--trace", metavar="NAME", default=None, help="Name the trace, instead of by the source's rule.")
@click.option("--strict", is_flag=True, help="Fail at the first record or file that is not valid, instead of setting it aside.")
@click.option("--memory-limit", type=Size(), default="1GB", show_default=True, help="What the engine may hold.")
@click.option(
    "--mapping", type=click.Path(path_type=Path, dir_okay=False), default=None, help="Map your own files by this TOML instead of a source."
)
@click.option("--wait", "wait_s", type=click.FloatRange(0), default=0.0, help="Wait this many seconds for another run on the same trace.")
@click.option(
    "--jobs",
    type=click.IntRange(1),
    default=None,
    metavar="N",
    help="Read in this many processes, which share the memory limit; default: the processors, where it pays.",
)
@click.option("--limit", type=click.IntRange(1), default=None, help="Take this many records of each file at most.")
@format_option
@quiet_option
def command(
    dataset: str | None,
    paths: tuple[Path, ...],
    lake: Path,
    *,
    sample: bool,
    replace: bool,
    trace: str | None,
    strict: bool,
    memory_limit: int,
    wait_s: float,
    jobs: int | None,
    limit: int | None,
    mapping: Path | None,
    form: str,
) -> None:
    """Read raw files, folders or archives into the lake.

    Every record is accounted for: what cannot be read is set aside and counted. Without PATH the files in data/raw/ID are taken,
    where `tracekit fetch` puts them, or those that ship with tracekit. With --mapping no ID is given: the arguments are files of
    your own, CSV, JSON lines or Parquet, and the TOML says what their columns mean (docs/mapping.md).

    \b
    Example:
      tracekit ingest burstgpt --sample
      tracekit ingest --mapping gateway.toml gateway.csv
    """
    if sample and paths:
        raise click.UsageError("--sample takes no PATH: it ingests the shipped sample")
    with bar("ingest") as progress:
        from tracekit.ingest.run import ingest
        from tracekit.ingest.settings import Settings

        known, given = _chosen(dataset, paths, mapping, sample=sample)
        outcome = ingest(
            known,
            given,
            lake,
            macros=_macros,
            settings=Settings(memory_limit, limit, strict),
            sample=sample,
            replace=replace,
            trace=trace,
            wait_s=wait_s,
            jobs=jobs,
            progress=lambda plan: lambda file, done: progress(file.name, done, file.path.stat().st_size),
        )
    if not sample and any(manifest.is_synthetic for manifest in outcome.written):
        click.echo(f"{known.id}: among these files is a sample that ships with tracekit: the rows are marked as synthetic", err=True)
    report_outcome(outcome, lake, form)
