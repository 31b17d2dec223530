"""Exports of jobs against the files that consumers publish."""

from __future__ import annotations

import csv
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from tracekit.api import Lake


@pytest.mark.parametrize("trace", ["default", "gpushare40"])
def test_pods_of_openb_come_out_as_they_went_in(trace: str, real_lake: Lake, real_traces: Path, tmp_path: Path) -> None:
    real_lake.export("alibaba-gpu-2023", "k8s-scheduler-simulator", tmp_path / "x.csv", trace=trace)

    def rows(path: Path) -> list[dict[str, str]]:
        with path.open(newline="") as file:
            # The release writes times as decimals in some of its files.
            return [{k: v.removesuffix(".0") for k, v in row.items()} for row in csv.DictReader(file)]

    theirs = rows(real_traces / "alibaba-gpu-2023" / f"openb_pod_list_{trace}.csv")
    first = min(int(row["creation_time"]) for row in theirs)
    for row in theirs:
        for name in ("creation_time", "deletion_time", "scheduled_time"):
            row[name] = str(int(row[name]) - first) if row[name] else ""
    ours = rows(tmp_path / "x.csv")
    assert len(ours) == len(theirs) > 1000
    assert sorted(map(str, ours)) == sorted(map(str, theirs))


def test_tasks_have_the_types_of_the_workflow_trace_archive(real_lake: Lake, real_traces: Path, tmp_path: Path) -> None:
    real_lake.export("alibaba-gpu-2023", "wta", tmp_path / "x", trace="default")
    theirs = pq.read_schema(real_traces / "_export-references" / "wta" / "tasks.parquet")
    ours = pq.read_schema(tmp_path / "x" / "tasks" / "schema-1.0" / "part.0.parquet")
    assert ours.names == theirs.names
    assert [str(kind) for kind in ours.types] == [str(kind) for kind in theirs.types]


def test_workload_has_the_types_of_opendc(real_lake: Lake, real_traces: Path, tmp_path: Path) -> None:
    real_lake.export("alibaba-gpu-2023", "opendc", tmp_path / "x", trace="default")
    for name in ("tasks", "fragments"):
        theirs = pq.read_schema(real_traces / "opendc" / "surf-week" / f"{name}.parquet")
        ours = pq.read_schema(tmp_path / "x" / f"{name}.parquet")
        assert list(ours) == list(theirs)
