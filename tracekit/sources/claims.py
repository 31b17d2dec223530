"""Holds a declared claim to what it must say: how it is recomputed, or why it cannot be."""

from __future__ import annotations

import math

from tracekit.errors import DeclarationError, did_you_mean
from tracekit.sources.model import Claim

POOLS = ("sum", "share", "max", "min", "count")
_REMARKS = ("disputed", "contradicted", "not_comparable", "note")
_OF_QUERY = ("params", "where", "column", "pool", "per", "records", "files", "needs_datasets")


def check_claim(claim: Claim, where: str) -> Claim:
    """Returns the claim as it is.

    Args:
        claim: A claim.
        where: File and place, for the message.

    Raises:
        DeclarationError: Keys contradict each other, or one is missing.
    """
    for wrong in (_remarks(claim), _without_query(claim), _with_query(claim), _numbers(claim)):
        if wrong:
            raise DeclarationError(f"{where}: {claim.id}: {wrong}")
    return claim


def _remarks(claim: Claim) -> str | None:
    given = [name for name in _REMARKS if getattr(claim, name) is not None]
    if len(given) > 1:
        return f"{' and '.join(given)}: a claim has one of {', '.join(_REMARKS)}"
    empty = [name for name in given if not str(getattr(claim, name)).strip()]
    return f"{empty[0]} says nothing" if empty else None


def _without_query(claim: Claim) -> str | None:
    if claim.query is not None:
        return None
    if extra := [name for name in _OF_QUERY if getattr(claim, name)]:
        return f"{extra[0]} is of a query, and there is none"
    if claim.disputed:
        return "disputed: our value disputes a figure, so a query is needed; a figure that its own publication disputes is contradicted"
    if not (claim.contradicted or claim.not_comparable):
        return "without a query it says why: contradicted or not_comparable"
    return None


def _with_query(claim: Claim) -> str | None:
    if claim.query is None:
        return None
    if claim.pool is not None and claim.pool not in POOLS:
        return f"pool: {claim.pool!r} is not one of {', '.join(POOLS)}.{did_you_mean(claim.pool, list(POOLS))}"
    if claim.per is not None and claim.pool != "sum":
        return 'per divides a sum: pool = "sum"'
    if (claim.column is None) != (claim.pool == "count"):
        return "a query needs a column, but for a count of rows"
    if claim.needs == "full" and not (claim.records or claim.files or claim.not_comparable):
        return "needs = full: records, or files, says how many the whole trace has"
    if claim.needs != "full" and (claim.records or claim.files):
        return 'records and files are of needs = "full"'
    return None


def _numbers(claim: Claim) -> str | None:
    for name in ("value", "tolerance"):
        number = getattr(claim, name)
        if isinstance(number, bool) or not isinstance(number, int | float) or not math.isfinite(number):
            return f"{name} is a number, not {number!r}"
    return "tolerance is not below zero" if claim.tolerance < 0 else None
