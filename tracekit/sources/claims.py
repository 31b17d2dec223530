"""A published figure, and what a declaration of one must say: how it is recomputed, or why it cannot be."""

from __future__ import annotations

import math
from typing import Any, Literal

from tracekit.declare.checks import Text
from tracekit.declare.model import Declared

_REMARKS = ("disputed", "contradicted", "not_comparable", "note")
_OF_QUERY = ("params", "where", "column", "pool", "per", "records", "files", "needs_datasets")


class Claim(Declared, frozen=True, kw_only=True):
    """A published figure, stated so that it can be recomputed.

    Attributes:
        id: Stable id.
        text: The figure in words.
        citation: Where it is published.
        value: The published value.
        query: The query that recomputes it, or None for a claim that no query of released files can settle.
        params: The query's parameters.
        where: Column → value, or a list of values: the row of the result; rows, where ``pool`` says what becomes of them.
        column: The column of the result.
        pool: What is taken of several rows: ``sum``, ``max``, ``min``, ``count``, or ``share``: their sum over that of all rows.
        per: With ``pool = "sum"``: the column whose sum divides it.
        tolerance: Largest absolute difference that still agrees.
        needs: ``full``, or the name of a raw file, or names of several, of ``needs_datasets`` as well.
        records: With ``full``: the number of records that the whole trace has, or with ``pool`` all of its traces together.
        files: With ``full``, in place of records: the number of raw files that the whole has at least.
        needs_datasets: Other datasets that the query reads.
        disputed: Why the published figure cannot stand, by our value.
        contradicted: Why it cannot stand, by what the publication itself says elsewhere.
        not_comparable: Why our data are of another kind, and which.
        note: A remark that leaves the verdict to the values.
    """

    id: Text
    text: Text
    citation: Text
    value: int | float
    query: str | None = None
    params: dict[str, Any] | None = None
    where: dict[str, Any] | None = None
    column: str | None = None
    pool: Literal["sum", "share", "max", "min", "count"] | None = None
    per: str | None = None
    tolerance: int | float = 0.0
    needs: str | tuple[str, ...] = "full"
    records: int | None = None
    files: int | None = None
    needs_datasets: tuple[str, ...] = ()
    disputed: Text | None = None
    contradicted: Text | None = None
    not_comparable: Text | None = None
    note: Text | None = None

    @property
    def remark(self) -> str | None:
        """What is to be said of the figure beside its verdict."""
        return self.disputed or self.contradicted or self.not_comparable or self.note

    def contradiction(self) -> str | None:
        """Returns which keys contradict each other, or which one is missing."""
        wrong = _remarks(self) or _without_query(self) or _with_query(self) or _numbers(self)
        return None if wrong is None else f"{self.id}: {wrong}"


def _remarks(claim: Claim) -> str | None:
    given = [name for name in _REMARKS if getattr(claim, name) is not None]
    return f"{' and '.join(given)}: a claim has one of {', '.join(_REMARKS)}" if len(given) > 1 else None


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
        if not math.isfinite(getattr(claim, name)):
            return f"{name}: {getattr(claim, name)!r} is not a finite number"
    return "tolerance: it is not below zero" if claim.tolerance < 0 else None
