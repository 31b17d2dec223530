"""The pod list of Alibaba's Kubernetes scheduler simulator."""

from __future__ import annotations

from tracekit.export.jobs import TABLES
from tracekit.export.model import Facts, Field, Format

_MIB_PER_MB = 1 / 1.048576
_STATUS = {"completed": "Succeeded", "failed": "Failed", "running": "Running", "pending": "Pending"}


def _second(name: str, column: str, after: str | None = None) -> Field:
    # An instant that comes before the one that it follows is unknown.
    known = column if after is None else f"CASE WHEN NOT coalesce({column} < {after}, false) THEN {column} END"
    # The submission of the first job is the zero, so that a window of a trace starts at 0 as a whole one does.
    return Field(name, f"round(({known} - submitted_us + offset_us) / 1e6)::BIGINT", (column,), "us → whole s since the first exported row")


def _fields(facts: Facts) -> list[Field]:
    words = " ".join(f"WHEN '{ours}' THEN '{theirs}'" for ours, theirs in _STATUS.items())
    known = ", ".join(f"'{theirs}'" for theirs in _STATUS.values())
    return [
        Field("name", "job_id", ("job_id",)),
        Field("cpu_milli", "round(coalesce(cpus, 0) * 1000)::BIGINT", ("cpus",), "cores × 1000; 0 where unknown"),
        Field("memory_mib", f"round(coalesce(memory_mb, 0) * {_MIB_PER_MB!r})::BIGINT", ("memory_mb",), "MB → MiB; 0 where unknown"),
        Field("num_gpu", "ceil(coalesce(gpus, 0))::BIGINT", ("gpus",), "GPUs, a fraction of one counts as one"),
        Field(
            "gpu_milli",
            "CASE WHEN gpus > 0 AND gpus < 1 THEN round(gpus * 1000)::BIGINT WHEN gpus >= 1 THEN 1000 ELSE 0 END",
            ("gpus",),
            "share of each GPU in thousandths",
        ),
        Field("gpu_spec", "gpu_model", ("gpu_model",)),
        Field("qos", "coalesce(priority, 'LS')", ("priority",), invented_where="priority IS NULL", invented_how="LS"),
        Field(
            "pod_phase",
            f"CASE WHEN source_status IN ({known}) THEN source_status ELSE CASE status {words} ELSE 'Failed' END END",
            ("status", "source_status"),
            "in the simulator's terms; statuses that it does not know become Failed",
        ),
        _second("creation_time", "submitted_us"),
        _second("deletion_time", "ended_us", "started_us"),
        _second("scheduled_time", "started_us", "submitted_us"),
    ]


FORMAT = Format(
    text="CSV, the columns of openb_pod_list",
    suffix=".csv",
    reader="kubernetes-scheduler-simulator (its pod_csv_to_yaml.py makes the pods)",
    citation="https://github.com/hkust-adsl/kubernetes-scheduler-simulator; https://github.com/alibaba/clusterdata",
    fields=_fields,
    tables=TABLES,
    needs="job_id IS NOT NULL",
    notes=("a rate scale moves creation times; scheduled and deleted keep their distance to the creation",),
)
