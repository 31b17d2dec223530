"""Holds a trace's ingest to its account: every record read is a row, a reject, dropped or barren."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl

from tracekit.errors import DataError, NoRowsError
from tracekit.ingest.pair import RECORDS
from tracekit.ingest.plan import RawFile
from tracekit.ingest.read_csv import RECORD
from tracekit.lake.manifest import Input, TableCount


def check_conservation(trace: str, counts: dict[str, TableCount]) -> None:
    """Checks that no record was lost or made.

    Args:
        trace: The trace, for the message.
        counts: Table → what became of its records.

    Raises:
        DataError: Counts do not add up.
    """
    for name, count in counts.items():
        if count.records != count.converted + count.rejected + count.dropped + count.barren:
            raise DataError(
                f"{trace}: {name}: {count.records:,} records read, but {count.converted:,} converted "
                f"+ {count.rejected:,} rejected + {count.dropped:,} dropped + {count.barren:,} without a row: records were lost",
                "this is a defect of the source's mapping: report it",
            )


def check_not_empty(files: list[RawFile], counts: dict[str, TableCount], inputs: list[Input], rejects: Path) -> None:
    """Checks that a trace has a row.

    Raises:
        NoRowsError: It has none; names the first reasons.
    """
    if any(count.rows for count in counts.values()):
        return
    names = ", ".join(str(file.path) for file in files[:3])
    found = sum(entry.records for entry in inputs)
    if not found:
        raise NoRowsError(names, "no records", "get it again, if there should be some")
    reasons = rejects.read_text(encoding="utf-8").splitlines()[:3] if rejects.exists() else []
    words = "; ".join(f"line {r['line']}: {r['reason']}" for r in map(json.loads, reasons))
    raise NoRowsError(names, f"none of {found:,} records is valid: {words}")


def is_one_to_one(rows: pl.DataFrame) -> bool:
    """Whether every row is of a record of its own, in order."""
    return rows.height < 2 or bool((rows[RECORD].diff().drop_nulls() > 0).all())


def made_of(paired: pl.DataFrame, rows: pl.Series) -> int:
    """Returns how many raw records some rows of a pairing were made of.

    Args:
        paired: What the pairing's SELECT gives: ``source_row`` and ``records``.
        rows: ``source_row`` of the rows in question.
    """
    return int(paired.filter(pl.col(RECORD).is_in(rows.implode()))[RECORDS].sum()) if len(rows) else 0
