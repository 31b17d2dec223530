"""The gate: everything that must hold before a release may be made. It fails closed and names every reason."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tracekit.errors import PublishRefusedError
from tracekit.ingest.shipped import shipped_hashes
from tracekit.lake.layout import Layout
from tracekit.lake.manifest import Manifest
from tracekit.lake.relation import read_sql
from tracekit.lake.verify import find_faults
from tracekit.publish.licence import conflicts, refusals
from tracekit.publish.model import K, Options
from tracekit.publish.rows import Chosen, small_groups
from tracekit.publish.scan import scan_columns
from tracekit.schema.duckdb import quote_name
from tracekit.sources.model import Source

if TYPE_CHECKING:
    import duckdb


def find_reasons(layout: Layout, sources: list[Source], manifests: list[Manifest], chosen: list[Chosen], options: Options) -> list[str]:
    """Returns every reason why a release may not be made of a lake; empty where it may.

    Args:
        layout: The lake.
        sources: What is to be published.
        manifests: Their manifests.
        chosen: Their tables; where small groups are to be suppressed, they are noted here.
        options: What is asked for.
    """
    import duckdb

    reasons = [reason for source in sources for reason in refusals(source, derived_only=options.derived_only)]
    if not options.derived_only:
        reasons += conflicts(sources)
    reasons += _is_honest(manifests, options)
    reasons += [f"tracekit check fails: {fault}" for fault in find_faults(layout, [source.id for source in sources])[1]]
    with duckdb.connect() as connection:
        if not options.derived_only:
            for table in chosen:
                reasons += _scan(connection, table)
                for source in sources:
                    reasons += _identify(connection, source, table, options)
    return reasons


def refuse(reasons: list[str], options: Options) -> None:
    """Raises PublishRefusedError with all reasons, if there are any."""
    if reasons:
        lines = "".join(f"\n  {number}. {reason}" for number, reason in enumerate(reasons, 1))
        raise PublishRefusedError(
            f"{options.repo} {options.version} may not be published:{lines}", "docs/publishing.md says what each asks for"
        )


def _is_honest(manifests: list[Manifest], options: Options) -> list[str]:
    reasons = []
    for dataset in dict.fromkeys(m.dataset for m in manifests):
        held = [m for m in manifests if m.dataset == dataset]
        # A lake of an earlier version may hold a sample that was ingested by its path as if it were real.
        shipped = {entry.sha256 for m in held for entry in m.inputs} & shipped_hashes()
        if shipped or any(m.is_synthetic for m in held):
            if not options.synthetic:
                reasons.append(f"{dataset}: its rows are a synthetic sample; --synthetic publishes them as such")
            elif not {"synthetic", "sample"} & set(options.name.lower().replace("_", "-").replace(".", "-").split("-")):
                reasons.append(
                    f"{dataset}: a synthetic sample has `synthetic` or `sample` in the name of its repository, {options.name!r} has not"
                )
        reasons += [f"{dataset}/{m.trace}: ingested with --limit {m.limit}: not the whole trace" for m in held if m.limit is not None]
    return reasons


def _scan(connection: duckdb.DuckDBPyConnection, chosen: Chosen) -> list[str]:
    strings = {f.name: f.type for f in chosen.table.fields if f.type.startswith("VARCHAR")}
    free = {f.name for f in chosen.table.fields if f.unit == "text"}
    rows = read_sql(chosen.table, [part.file for part in chosen.parts])
    columns = ", ".join(map(quote_name, strings))
    return scan_columns(connection, chosen.table.name, f"SELECT {columns} FROM ({rows})", strings, free)


def _identify(connection: duckdb.DuckDBPyConnection, source: Source, chosen: Chosen, options: Options) -> list[str]:
    reasons = []
    for small in small_groups(connection, source, chosen):
        if options.suppress:
            chosen.small.setdefault(source.id, []).append((small.columns, small.groups))
            continue
        names = ", ".join(small.columns)
        reasons.append(
            f"{source.id}: {chosen.table.name}: {small.groups.height:,} combinations of ({names}), in {small.rows:,} rows, "
            f"are shared by fewer than k = {K} {small.of}; --suppress sets them to NULL there"
        )
    return reasons
