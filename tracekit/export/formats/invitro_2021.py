"""The invocations that the invitro loader reads in its Azure 2021 mode."""

from __future__ import annotations

from tracekit.export.functions import application, function
from tracekit.export.model import DERIVED, TRACE, Facts, Field, Format

_RUN_S = "duration_s"
_FUNCTION = "PARTITION BY app_id, function_id ORDER BY clock_us, source_row"
# The loader stops at two starts of a function in one microsecond, and takes a start as the end less the duration: of starts two
# microseconds apart, rounding cannot make one.
_STEP_US = 2


def _fields(facts: Facts) -> list[Field]:
    return [
        application("app"),
        function("func"),
        Field(
            "end_timestamp",
            f"apart_us / 1e6 + {_RUN_S}",
            ("started_us", "ended_us"),
            "start plus duration, s since the trace's zero",
            invented_where="apart_us <> clock_us",
            invented_how=f"the start is moved on until it is {_STEP_US} us after the function's one before",
        ),
        Field("duration", _RUN_S, ("duration_s",), "s; ended_us - started_us where it is not published", DERIVED),
    ]


FORMAT = Format(
    text="CSV of app, func, end_timestamp, duration in s, no two starts of a function in one microsecond",
    suffix=".csv",
    reader="invitro loader (Azure 2021 mode), dslab-faas; tracekit ingest azure-functions-2021",
    citation="https://github.com/vhive-serverless/invitro; AzureFunctionsInvocationTrace2021.md of Azure/AzurePublicDataset",
    fields=_fields,
    tables=("function_invocation",),
    needs=f"function_id IS NOT NULL AND {_RUN_S} >= 0",
    zero=TRACE,
    ranks={"nth": f"row_number() OVER ({_FUNCTION})"},
    extras={"apart_us": f"max(clock_us - {_STEP_US} * nth) OVER ({_FUNCTION} ROWS UNBOUNDED PRECEDING) + {_STEP_US} * nth"},
    notes=("the loader runs a duration of 0 as 1 ms, and leaves out what ends after its ExperimentDuration",),
)
