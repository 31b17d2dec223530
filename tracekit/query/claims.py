"""The ledger of published figures: what the paper says, what the lake says, and whether they agree."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePath
from typing import TYPE_CHECKING

from tracekit.errors import DeclarationError
from tracekit.lake.manifest import Manifest
from tracekit.query import library
from tracekit.query.run import run
from tracekit.sources.model import Claim, Source

if TYPE_CHECKING:
    import duckdb

AGREES, DIFFERS, DISPUTED, NEEDS_FILE, NEEDS_FULL = (
    "agrees",
    "differs",
    "disputed",
    "needs the file",
    "needs the full trace",
)

# The row of a result that takes every trace of a dataset together.
POOLED = "ALL"


@dataclass(frozen=True)
class Verdict:
    """A claim held against the lake.

    Attributes:
        dataset: The source.
        claim: The claim.
        ours: Our value, or None where it cannot be computed from what is there.
        verdict: agrees, differs, disputed, or what is missing.
    """

    dataset: str
    claim: Claim
    ours: float | None
    verdict: str


def check_claims(connection: duckdb.DuckDBPyConnection, sources: Iterable[Source], manifests: list[Manifest]) -> list[Verdict]:
    """Recomputes every claim that the lake can settle.

    Args:
        connection: The lake's views.
        sources: Sources whose claims are checked.
        manifests: What the lake holds.

    Returns:
        A verdict per claim, in the order declared.
    """
    verdicts = []
    for source in sources:
        held = [m for m in manifests if m.dataset == source.id and not m.is_synthetic and m.limit is None]
        for claim in source.claims:
            verdicts.append(_check(connection, source, claim, held))
    return verdicts


def _missing(claim: Claim, held: list[Manifest]) -> str | None:
    wanted = (claim.where or {}).get("trace")
    traces = [m for m in held if wanted is None or m.trace == wanted]
    if claim.needs == "full" and wanted == POOLED:
        return None if claim.records and sum(i.records for m in held for i in m.inputs) >= claim.records else NEEDS_FULL
    if claim.needs == "full":
        most = max((sum(i.records for i in m.inputs) for m in traces), default=0)
        return None if claim.records and most >= claim.records else NEEDS_FULL
    names = {PurePath(i.name.rpartition("!")[2]).name for m in held for i in m.inputs}
    return None if claim.needs in names else f"{NEEDS_FILE} {claim.needs}"


def _check(connection: duckdb.DuckDBPyConnection, source: Source, claim: Claim, held: list[Manifest]) -> Verdict:
    missing = _missing(claim, held) if claim.query else None
    ours = None
    if claim.query and not missing:
        ours = _compute(connection, source, claim)
    if claim.disputed:
        return Verdict(source.id, claim, ours, DISPUTED)
    if missing or claim.query is None:
        return Verdict(source.id, claim, None, missing or NEEDS_FULL)
    agrees = ours is not None and abs(ours - claim.value) <= claim.tolerance
    return Verdict(source.id, claim, ours, AGREES if agrees else DIFFERS)


def _compute(connection: duckdb.DuckDBPyConnection, source: Source, claim: Claim) -> float | None:
    query = library.get(claim.query or "")
    result = run(connection, query, {"dataset": source.id, **(claim.params or {})})
    for name in [*(claim.where or {}), claim.column]:
        if name not in result.columns:
            raise DeclarationError(f"{source.id}: claim {claim.id}: {query.name} has no column {name!r}")
    wanted = {result.columns.index(name): value for name, value in (claim.where or {}).items()}
    rows = [row for row in result.rows if all(row[i] == value for i, value in wanted.items())]
    if len(rows) != 1:
        return None
    value = rows[0][result.columns.index(claim.column or "")]
    return None if value is None else float(value)
