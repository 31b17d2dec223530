"""TraceLab's session rounds."""

from __future__ import annotations

from tracekit.export.fields import generated
from tracekit.export.model import DERIVED, Facts, Field, Format

# A request without a session is a session of its own.
_SESSION = "PARTITION BY session_id, CASE WHEN session_id IS NULL THEN source_row END ORDER BY arrived_us, source_row"


def _fields(facts: Facts) -> list[Field]:
    return [
        Field(
            "session_id",
            "coalesce(session_id, 'request-' || source_row)",
            ("session_id",),
            invented_where="session_id IS NULL",
            invented_how="each request is a session of its own, named request- and its source_row",
        ),
        Field("arrival_time", "offset_us / 1e3::DOUBLE", ("arrived_us",), "us since the trace's zero → ms since the first exported row"),
        Field("round_idx", "round_idx", how="number of the row in its session from 0, in order of arrival", origin=DERIVED),
        Field(
            "prefix_len",
            "coalesce(cached_tokens, 0)",
            ("cached_tokens",),
            invented_where="cached_tokens IS NULL",
            invented_how="0: no prefix is reused",
        ),
        Field(
            "input_len",
            "input_tokens - coalesce(cached_tokens, 0)",
            ("input_tokens",),
            "prompt tokens beyond the prefix: input_tokens - cached_tokens",
            minimum=1,
        ),
        generated("output_len", 1),
        Field(
            "tool_wait_after_ms",
            "coalesce(wait_us, 0) / 1e3::DOUBLE",
            ("e2e_s",),
            "next arrival of the session - (arrival + e2e_s), divided by the rate scale",
            origin=DERIVED,
            invented_where="wait_us IS NULL",
            invented_how="0: the request's duration or the session's next request is not known",
            minimum=0,
        ),
    ]


FORMAT = Format(
    text="CSV, rounds of sessions with tool waits, ms",
    suffix=".csv",
    reader="TraceLab session replay",
    citation="https://github.com/uw-syfi/TraceLab (artifacts/trace_facts/csv_export)",
    fields=_fields,
    extras={
        "round_idx": f"row_number() OVER ({_SESSION}) - 1",
        "wait_us": f"lead(offset_us) OVER ({_SESSION}) - offset_us - round(e2e_s * 1e6 / rate_scale)::BIGINT",
    },
    notes=("a reader that replays sessions in a closed loop uses the first arrival of each session and then the waits",),
    is_experimental=True,
)
