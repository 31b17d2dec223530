"""The Standard Workload Format of the Parallel Workloads Archive."""

from __future__ import annotations

from tracekit.export.draft import Draft
from tracekit.export.jobs import RUN_S, TABLES, UNITS_HOW, WAIT_S, available, number, numbered, numbers, units, unknown
from tracekit.export.model import Facts, Field, Format

_SECOND = 1_000_000
_STATUS = "CASE status WHEN 'completed' THEN 1 WHEN 'failed' THEN 0 WHEN 'timeout' THEN 0 WHEN 'cancelled' THEN 5 ELSE -1 END"


def _seconds(name: str, sql: str, columns: tuple[str, ...], how: str) -> Field:
    return Field(name, f"coalesce(round({sql})::BIGINT, -1)", columns, f"{how}, rounded to whole seconds; -1: unknown")


def _fields(facts: Facts) -> list[Field]:
    submitted = f"(offset_us + {_SECOND // 2}) // {_SECOND}"
    how = "us since the trace's zero → s since the first exported row, rounded to the nearest"
    memory = "coalesce(round(memory_mb * 1000 / greatest(ceil(coalesce(nullif(cpus, 0), nullif(gpus, 0), nodes, 1)), 1))::BIGINT, -1)"
    allocated = units("allocated_processors")
    return [
        number("job_number"),
        Field("submit_time", submitted, ("submitted_us",), how, step_us=_SECOND),
        _seconds("wait_time", WAIT_S, ("started_us", "wait_s"), "started_us - submitted_us, else wait_s"),
        _seconds("run_time", RUN_S, ("ended_us", "run_s"), "ended_us - started_us, else run_s"),
        Field("allocated_processors", f"coalesce({allocated.sql}, -1)", allocated.columns, f"{UNITS_HOW}; -1: unknown"),
        unknown("average_cpu_time"),
        unknown("used_memory"),
        Field("requested_processors", f"coalesce({allocated.sql}, -1)", allocated.columns, f"{UNITS_HOW}; -1: unknown"),
        unknown("requested_time"),
        Field("requested_memory", memory, ("memory_mb",), "memory_mb / processors, in kB; -1: unknown"),
        Field("status", _STATUS, ("status",), "completed 1; failed and timeout 0; cancelled 5; else -1"),
        numbered("user_id", "user_id"),
        unknown("group_id"),
        numbered("executable", "app_id"),
        numbered("queue", "queue"),
        unknown("partition"),
        unknown("preceding_job"),
        unknown("think_time"),
    ]


def _write(draft: Draft) -> int:
    anchor = draft.facts.anchor
    machines = available(draft)
    lines = ["Version: 2.2", f"Note: trace {draft.facts.trace}; times count from the first job"]
    lines += [f"MaxProcs: {machines:.0f}"] if machines else []
    # The header's instant is the trace's zero; jobs count from the first of them, as the archive asks for.
    lines += [f"Note: the trace's zero is {anchor.isoformat(sep=' ')}"] if anchor else []
    rows = 0
    with draft.path.open("wb") as file:
        file.write("".join(f"; {line}\n" for line in lines).encode())
        for frame in draft.frames():
            file.write(frame.write_csv(include_header=False, separator=" ").encode())
            rows += frame.height
    return rows


FORMAT = Format(
    text="Standard Workload Format 2.2, 18 whole numbers per job",
    suffix=".swf",
    reader="Alea, AccaSim, Batsim's converter, CloudSim Plus and any reader of the Parallel Workloads Archive",
    citation="https://www.cs.huji.ac.il/labs/parallel/workload/swf.html; Chapin et al., JSSPP 1999",
    fields=_fields,
    tables=TABLES,
    shape=_write,
    extras=numbers("user_id", "app_id", "queue"),
    notes=("jobs that never ran keep -1 as their run time; most readers leave them out",),
)
