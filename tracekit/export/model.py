"""What a replay format declares: its fields, what each is made of, and who reads it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tracekit.export.draft import Draft

KEPT = "kept"
DERIVED = "derived"
INVENTED = "invented"
FIRST = "first"
TRACE = "trace"


@dataclass(frozen=True)
class Facts:
    """What a format may need to know of the rows that are exported.

    Attributes:
        anchor: Calendar instant of the trace's zero, or None where the source withholds it.
        seed: Seed of what is invented at random.
        block_tokens: Tokens in a block of prefix_blocks, where all rows that have blocks agree on one size.
        bare: Rows without prefix_blocks.
        last_block: Largest block id, or -1; invented ids start above it.
        table: The table that the rows are of, where a format takes one of several.
        trace: Name of the trace.
        has: Tables that the trace has rows in, itself or for every trace of the dataset.
    """

    anchor: dt.datetime | None = None
    seed: int = 0
    block_tokens: int | None = None
    bare: int = 0
    last_block: int = -1
    table: str = "llm_request"
    trace: str | None = None
    has: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Field:
    """A field of the written file.

    Attributes:
        name: Its name in the file, to the letter.
        sql: DuckDB expression over the columns of the table and ``offset_us`` (since the first exported row, after scaling),
            ``clock_us`` (since the trace's zero, after scaling), ``row`` (0-based number) and the format's extras.
        columns: Columns of the lake that it carries.
        how: Unit change of a kept field, or how the others are made.
        origin: ``kept``, ``derived`` (computed from columns) or ``invented``.
        invented_where: Rows in which a kept or derived field had to be invented, as a condition.
        invented_how: What stands in those rows.
        minimum: Smallest value that the reader takes; smaller ones are clamped and counted.
        step_us: Resolution of a rounded instant.
        uses_seed: Whether the seed decides the value.
    """

    name: str
    sql: str
    columns: tuple[str, ...] = ()
    how: str = "as it is"
    origin: str = KEPT
    invented_where: str | None = None
    invented_how: str | None = None
    minimum: int | None = None
    step_us: int | None = None
    uses_seed: bool = False

    @property
    def value(self) -> str:
        """The expression that is written."""
        return self.sql if self.minimum is None else f"greatest({self.sql}, {self.minimum})"


def _no_settings(facts: Facts) -> dict[str, str]:
    return {}


@dataclass(frozen=True)
class Format:
    """A replay format.

    Attributes:
        text: One line for the help.
        suffix: Suffix of the file; ``.csv`` and ``.jsonl`` also decide how rows are written. None: a folder is written.
        reader: Programs that read it.
        citation: Where its columns and units are documented or can be seen.
        fields: The fields, in order, given the facts of the rows.
        tables: Tables that it can be made of; the first of them that the trace has is taken.
        needs: Condition that a row has to meet to be written, beyond its table's own.
        shape: Writes the rows and returns how many; None: a line per row, by the suffix.
        zero: ``first``: instants count from the first exported row; ``trace``: they stay on the trace's own clock.
        extras: Name → window expression over the exported rows, where a field looks at other rows.
        ranks: Name → window expression that the extras look at.
        uses_profile: Whether rows get what is known of their function, see ``tracekit.export.functions``.
        uses_blocks: Whether prefix_blocks is looked at.
        settings: Settings that the reader needs, given the facts.
        notes: What the reader does that may surprise.
        is_experimental: No public reference file or reader is tested against.
    """

    text: str
    suffix: str | None
    reader: str
    citation: str
    fields: Callable[[Facts], list[Field]]
    tables: tuple[str, ...] = ("llm_request",)
    needs: str | None = None
    shape: Callable[[Draft], int] | None = None
    zero: str = FIRST
    extras: dict[str, str] = field(default_factory=dict)
    ranks: dict[str, str] = field(default_factory=dict)
    uses_profile: bool = False
    uses_blocks: bool = False
    settings: Callable[[Facts], dict[str, str]] = _no_settings
    notes: tuple[str, ...] = ()
    is_experimental: bool = False
