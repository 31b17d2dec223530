"""The ledger of published figures: what the paper says, what the lake says, and whether they agree."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import PurePath
from typing import TYPE_CHECKING

from tracekit.errors import DeclarationError, UsageError
from tracekit.lake.manifest import Manifest
from tracekit.query import library
from tracekit.query.run import Result, run
from tracekit.sources.claims import Claim
from tracekit.sources.model import Source

if TYPE_CHECKING:
    import duckdb

AGREES, DIFFERS, DISPUTED, NOT_COMPARABLE = "agrees", "differs", "disputed", "not comparable"
NEEDS = "needs"
NEEDS_FULL = "needs the full trace"

# The row of a result that takes every trace of a dataset together.
POOLED = "ALL"


@dataclass(frozen=True)
class Verdict:
    """A claim held against the lake.

    Attributes:
        dataset: The source.
        claim: The claim.
        ours: Our value, or None where it cannot be computed from what is there.
        verdict: agrees, differs, disputed, not comparable, or what is needed.
        reason: Why a figure cannot stand or be compared, or a remark; None where there is nothing to say.
    """

    dataset: str
    claim: Claim
    ours: float | None
    verdict: str
    reason: str | None = None


def _silent(done: int, total: int, what: str) -> None:
    pass


def check_claims(
    connection: duckdb.DuckDBPyConnection,
    sources: Iterable[Source],
    manifests: list[Manifest],
    progress: Callable[[int, int, str], None] = _silent,
) -> list[Verdict]:
    """Recomputes every claim that the lake can settle.

    Args:
        connection: The lake's views.
        sources: Sources whose claims are checked.
        manifests: What the lake holds.
        progress: Called with the figures done, how many there are, and the next one.

    Returns:
        A verdict per claim, in the order declared.

    Raises:
        DeclarationError: A claim names a query or column that there is not.
    """
    real = [m for m in manifests if not m.is_synthetic and m.limit is None]
    every = [(source, claim) for source in sources for claim in source.claims]
    verdicts: list[Verdict] = []
    for source, claim in every:
        progress(len(verdicts), len(every), f"{source.id}: {claim.id}")
        verdicts.append(_check(connection, source, claim, real))
    return verdicts


def _missing(claim: Claim, held: list[Manifest], others: list[Manifest]) -> str | None:
    """Returns what the lake lacks to recompute a claim, as its verdict; None where nothing is missing."""
    if absent := sorted(set(claim.needs_datasets) - {m.dataset for m in others}):
        return f"{NEEDS} {', '.join(absent)}"
    wanted = (claim.where or {}).get("trace", POOLED)
    traces = [m for m in held if wanted == POOLED or _fits(m.trace, wanted)]
    if claim.needs == "full":
        sizes = [len(m.inputs) if claim.files else sum(i.records for i in m.inputs) for m in traces]
        is_together = claim.pool or (claim.where or {}).get("trace") == POOLED
        there = sum(sizes) if is_together else max(sizes, default=0)
        whole = claim.files or claim.records
        return None if whole and there >= whole else NEEDS_FULL
    names = {PurePath(i.name.rpartition("!")[2]).name for m in [*held, *others] for i in m.inputs}
    needed = [claim.needs] if isinstance(claim.needs, str) else claim.needs
    lacking = [name for name in needed if name not in names]
    return f"{NEEDS} {', '.join(lacking)}" if lacking else None


def _fits(value: object, wanted: object) -> bool:
    return value in wanted if isinstance(wanted, list) else value == wanted


def _check(connection: duckdb.DuckDBPyConnection, source: Source, claim: Claim, real: list[Manifest]) -> Verdict:
    held = [m for m in real if m.dataset == source.id]
    others = [m for m in real if m.dataset in claim.needs_datasets]
    missing = _missing(claim, held, others) if claim.query else None
    ours, failed = (None, None) if claim.query is None or missing else _compute(connection, source, claim)
    reason = "; ".join(text for text in (claim.remark, failed) if text) or None
    return Verdict(source.id, claim, ours, _verdict(claim, ours, missing), reason)


def _verdict(claim: Claim, ours: float | None, missing: str | None) -> str:
    """Returns the verdict: by the values wherever there are two that can be compared."""
    if claim.not_comparable:
        return NOT_COMPARABLE
    if ours is not None and abs(ours - claim.value) <= claim.tolerance:
        return AGREES
    if claim.contradicted:
        return DISPUTED
    return missing or (DISPUTED if claim.disputed and ours is not None else DIFFERS)


def _compute(connection: duckdb.DuckDBPyConnection, source: Source, claim: Claim) -> tuple[float | None, str | None]:
    """Returns our value, or why there is none: one claim that fails never stops the others."""
    import duckdb

    query = library.get(claim.query or "")
    try:
        result = run(connection, query, {"dataset": source.id, **(claim.params or {})})
    except (UsageError, duckdb.Error) as error:
        return None, f"not computed: {error.message if isinstance(error, UsageError) else error}"
    for name in [*(claim.where or {}), claim.column, claim.per]:
        if name is not None and name not in result.columns:
            raise DeclarationError(f"{source.id}: claim {claim.id}: {query.name} has no column {name!r}")
    wanted = {result.columns.index(name): value for name, value in (claim.where or {}).items()}
    rows = [row for row in result.rows if all(_fits(row[i], value) for i, value in wanted.items())]
    if claim.pool is None and len(rows) != 1:
        return None, f"{query.name} gives {len(rows) or 'no'} such rows"
    value = _pooled(claim, result, rows)
    return value, None if value is not None else f"{query.name} gives no value"


def _pooled(claim: Claim, result: Result, rows: list[tuple[object, ...]]) -> float | None:
    """Returns the value of the rows: of the only one, or of all of them together."""
    if claim.pool == "count":
        return float(len(rows))

    def known(name: str | None, of: list[tuple[object, ...]]) -> list[float]:
        place = result.columns.index(name or "")
        return [float(str(row[place])) for row in of if row[place] is not None]

    values = known(claim.column, rows)
    if not values:
        return None
    if claim.pool in ("max", "min"):
        return max(values) if claim.pool == "max" else min(values)
    if claim.pool is None:
        return values[0]
    whole = {"share": result.rows, "sum": rows}[claim.pool]
    divisor = math.fsum(known(claim.column if claim.pool == "share" else claim.per, whole)) if claim.pool == "share" or claim.per else 1.0
    return math.fsum(values) / divisor if divisor else None
