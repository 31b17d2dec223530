"""What the rows of a table need to be replayed: an instant to replay them at, and values that no format can do without."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Intake:
    """A table whose rows can be replayed.

    Attributes:
        table: The table.
        time: The instant at which a row is replayed; the table is sorted by it.
        what: What one row is, in the plural, for messages.
        verb: What a row does at its instant, for messages.
        needs: Condition that a row has to meet to be written.
        lacks: Word of the record for rows that do not: ``without_<lacks>``.
        lacks_words: What none of the rows has, for the message that nothing can be written.
        zeros: Columns whose zeros the record reports.
    """

    table: str
    time: str
    what: str
    verb: str = "arrive"
    needs: str = "true"
    lacks: str = "values"
    lacks_words: str = "what the format needs"
    zeros: tuple[str, ...] = ()


INTAKES = {
    intake.table: intake
    for intake in (
        Intake(
            "llm_request",
            "arrived_us",
            "requests",
            needs="input_tokens IS NOT NULL AND output_tokens IS NOT NULL",
            lacks="token_counts",
            lacks_words="both token counts",
            zeros=("input_tokens", "output_tokens"),
        ),
        Intake("function_invocation", "started_us", "invocations", "start"),
        # A minute's zero is a cell as well; seconds of the same trace would count its invocations twice.
        Intake(
            "function_rate",
            "started_us",
            "cells of a series",
            "start",
            needs="metric = 'invocations' AND stat = 'sum' AND width_s = 60 AND value >= 0 AND value = round(value)",
            lacks="counts",
            lacks_words="a count of invocations per minute",
        ),
        Intake("cluster_job", "submitted_us", "jobs"),
        Intake("resource_sample", "sampled_us", "samples of use", "lie"),
    )
}
