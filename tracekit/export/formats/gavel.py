"""Gavel's job trace."""

from __future__ import annotations

from tracekit.export.draft import Draft
from tracekit.export.jobs import HAS_RUN, RUN_S, TABLES, submitted_s
from tracekit.export.model import INVENTED, Facts, Field, Format


def _fields(facts: Facts) -> list[Field]:
    # Cells are parted by tabs: a name of the data must not hold one.
    kind = "regexp_replace(coalesce(job_type, app_id, 'job'), '\\s', ' ', 'g')"
    return [
        Field(
            "job_type",
            kind,
            ("job_type", "app_id"),
            "job_type, else app_id",
            invented_where="job_type IS NULL AND app_id IS NULL",
            invented_how="job",
        ),
        Field("command", "'true'", how="always true: nothing is run", origin=INVENTED),
        Field("num_steps_arg", "'-n'", how="always -n", origin=INVENTED),
        Field("needs_data_dir", "0", how="always 0", origin=INVENTED),
        Field(
            "total_steps", f"round({RUN_S})::BIGINT", ("started_us", "ended_us", "run_s"), "running time: one step is one second", minimum=1
        ),
        submitted_s("arrival_time"),
        Field("scale_factor", "ceil(gpus)::BIGINT", ("gpus",), "GPUs, fractions rounded up", minimum=1),
    ]


def _write(draft: Draft) -> int:
    rows = 0
    with draft.path.open("wb") as file:
        for frame in draft.frames():
            file.write(frame.write_csv(include_header=False, separator="\t", quote_style="never").encode())
            rows += frame.height
    return rows


FORMAT = Format(
    text="tab-separated jobs without a header, one step per second",
    suffix=".trace",
    reader="Gavel's simulator, and schedulers built on it (Shockwave, Sia)",
    citation="https://github.com/stanford-futuredata/gavel (scheduler/traces); Narayanan et al., OSDI 2020",
    fields=_fields,
    tables=TABLES,
    needs=f"{HAS_RUN} AND gpus > 0",
    shape=_write,
    settings=lambda facts: {"Gavel": "a throughputs file with 1 step per second for every job_type and scale_factor of the trace"},
    notes=("jobs without a GPU are left out",),
    is_experimental=True,
)
