"""Writes the synthetic PerfCastDB sample: benchmarks with and without a unit in their name, repeated on a server."""

import csv
from pathlib import Path

import numpy as np

NAMES = (
    "kubernetes.pod_id",
    "RESULT.@timestamp",
    "RESULT.kubernetes.host",
    "RESULT.WorkloadName",
    "RESULT.WorkloadPreset",
    "RESULT.TestName",
    "RESULT.Value",
    "SVR.CPU.CPU Model",
    "Measure.DIMM.Population",
    "Measure.DIMM.Freq",
)
TESTS = (
    ("Memory Bandwidth", "default | Bandwidth", "Peak Bandwidth All Sockets (MB/s)", 5e5),
    ("Memory Latency", "default | Idle latency", "Idle Latency (ns)", 110.0),
    ("SPECrate", "gcc | SSE", "503.bwaves_r", 1_080.0),
)


def write(folder: Path) -> None:
    """Writes the raw-shaped files into a folder."""
    rng = np.random.default_rng(145)
    for name, hosts in (("train_data", ("host-a", "host-b")), ("test_data", ("host-c",))):
        with (folder / f"{name}.csv").open("w", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(NAMES)
            for host in hosts:
                for suite, preset, test, level in TESTS:
                    for run in range(4):
                        value = round(level * float(rng.normal(1, 0.01)), 6)
                        writer.writerow(
                            [f"pod-{host}", f"{run * 7:02d}:53.3", host, suite, preset, test, value, "CPU A", "1DPC/1 Capacity", 4800]
                        )
