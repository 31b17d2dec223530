"""Fields and shapes that several formats of jobs share."""

from __future__ import annotations

from tracekit.export.draft import Draft
from tracekit.export.model import DERIVED, INVENTED, Field

TABLES = ("cluster_job",)
# What the lake's views work out: from the instants where both are known and in order, else as published.
RUN_S = "ran_s"
WAIT_S = "waited_s"
_RUN_COLUMNS = ("started_us", "ended_us", "run_s")
# Simulators of batch systems know one kind of resource: cores where they are known, else GPUs, else machines.
_UNITS = "coalesce(nullif(cpus, 0), nullif(gpus, 0), nullif(nodes, 0))"
UNITS_HOW = "cpus, else gpus, else nodes, rounded up"
HAS_RUN = f"{RUN_S} IS NOT NULL"
HAS_UNITS = f"{_UNITS} IS NOT NULL"


def number(name: str, origin: str = INVENTED) -> Field:
    """Returns the number of the row from 1, in order of submission."""
    return Field(name, "row + 1", how="numbered from 1 in order of submission", origin=origin)


def submitted_s(name: str) -> Field:
    """Returns the submission in seconds since the first exported row."""
    how = "us since the trace's zero → s since the first exported row"
    return Field(name, "offset_us / 1e6::DOUBLE", ("submitted_us",), how)


def run_s(name: str) -> Field:
    """Returns the running time in seconds."""
    return Field(name, RUN_S, _RUN_COLUMNS, "ended_us - started_us in s, else run_s")


def units(name: str) -> Field:
    """Returns the units of the one resource that the simulator knows, at least one."""
    return Field(name, f"ceil({_UNITS})::BIGINT", ("cpus", "gpus", "nodes"), UNITS_HOW, minimum=1)


def numbered(name: str, column: str) -> Field:
    """Returns a name as a number: its own where all names of the trace are numbers, else its place among the sorted names; -1: unknown."""
    return Field(name, f"{column}_number", (column,), "its own number, or its place among the sorted names from 1; -1: unknown")


def numbers(*columns: str) -> dict[str, str]:
    """Returns the extras that ``numbered`` fields of these columns need: windows over all exported rows."""
    found = {}
    for column in columns:
        own = f"try_cast({column} AS BIGINT)"
        place = f"CASE WHEN {column} IS NOT NULL THEN dense_rank() OVER (ORDER BY {column}) END"
        value = f"CASE WHEN count({column}) OVER () = count({own}) OVER () THEN {own} ELSE {place} END"
        found[f"{column}_number"] = f"coalesce({value}, -1)"
    return found


def unknown(name: str) -> Field:
    """Returns a field that no trace of the lake can fill: -1."""
    return Field(name, "-1", how="always -1: unknown", origin=INVENTED)


def derived(name: str, sql: str, how: str) -> Field:
    """Returns a field that is computed from columns."""
    return Field(name, sql, how=how, origin=DERIVED)


def available(draft: Draft) -> float | None:
    """Returns the units of the machines that the trace has, counted as the jobs' are; None where no machine is known."""
    machines = draft.companion("machine")
    if machines is None:
        return None
    text = f"SELECT sum(coalesce(nullif(cpus, 0), nullif(gpus, 0), 1)) FROM {machines}"
    value = draft.connection.execute(text).fetchall()[0][0]
    return None if value is None else float(value)
