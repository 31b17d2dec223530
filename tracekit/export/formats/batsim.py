"""Batsim's workload."""

from __future__ import annotations

import json
import math

from tracekit.export.draft import Draft
from tracekit.export.jobs import HAS_RUN, HAS_UNITS, TABLES, available, run_s, submitted_s, units
from tracekit.export.model import Facts, Field, Format


def _fields(facts: Facts) -> list[Field]:
    named = Field(
        "id",
        "CASE WHEN job_id IS NULL OR namesakes > 1 THEN (row + 1)::VARCHAR ELSE job_id END",
        ("job_id",),
        "as it is where it names one job, else numbered from 1 in order of submission",
    )
    return [named, submitted_s("subtime"), units("res"), run_s("delay")]


def _write(draft: Draft) -> int:
    """One document; every running time is one profile, a delay, however many jobs have it."""
    delays: dict[float, str] = {}
    rows = most = 0
    with draft.path.open("w", encoding="utf-8") as file:
        file.write('{\n"jobs": [')
        for frame in draft.frames():
            for name, at, res, delay in frame.select(draft.names).rows():
                profile = delays.setdefault(delay, f"delay_{len(delays) + 1}")
                job = {"id": name, "subtime": at, "res": res, "profile": profile}
                file.write((",\n" if rows else "\n") + json.dumps(job, ensure_ascii=False))
                most = max(most, res)
                rows += 1
        # A simulator refuses jobs that are larger than its platform.
        known = available(draft)
        profiles = {name: {"type": "delay", "delay": delay} for delay, name in delays.items()}
        file.write(f'\n],\n"nb_res": {max(math.floor(known or 0), most)},\n"profiles": {json.dumps(profiles)}\n}}\n')
    return rows


FORMAT = Format(
    text="JSON document of jobs and delay profiles",
    suffix=".json",
    reader="Batsim 4 (`batsim -w`), batsim-py",
    citation="https://batsim.readthedocs.io/en/latest/input-workload.html",
    fields=_fields,
    tables=TABLES,
    needs=f"{HAS_RUN} AND {HAS_UNITS}",
    shape=_write,
    extras={"namesakes": "count(*) OVER (PARTITION BY job_id)"},
    notes=(
        "nb_res is the sum over the trace's machines, at least the largest job; where no machine is known it is the largest job alone",
        "no walltime is written, so no job is killed; profiles are delays, so that network and contention do not show",
    ),
    is_experimental=True,
)
