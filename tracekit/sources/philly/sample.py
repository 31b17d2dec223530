"""Writes the synthetic Philly sample: attempts, jobs without any, instants that are null, GPU use with NA and a comma too many."""

import datetime as dt
import json
from pathlib import Path
from typing import Any

import numpy as np

JOBS, MACHINES, MINUTES = 80, 6, 30
START = dt.datetime(2017, 10, 7, 1, 11, 39)


def _attempt(rng: np.random.Generator, started: dt.datetime, machines: int, gpus: int) -> dict[str, Any]:
    ended = started + dt.timedelta(seconds=int(rng.lognormal(6, 2)) + 1)
    detail = [{"ip": f"m{machine}", "gpus": [f"gpu{i}" for i in range(gpus)]} for machine in rng.permutation(MACHINES)[:machines]]
    return {"start_time": str(started), "end_time": str(ended), "detail": detail}


def _job(rng: np.random.Generator, number: int, submitted: dt.datetime) -> dict[str, Any]:
    machines, gpus = (1, int(rng.choice([1, 1, 2, 4, 8]))) if rng.random() < 0.8 else (2, 8)
    attempts: list[dict[str, Any]] = []
    at = submitted + dt.timedelta(seconds=int(rng.exponential(200)))
    for _ in range(int(rng.choice([0, 1, 2, 3], p=[0.05, 0.65, 0.2, 0.1]))):
        attempts.append(_attempt(rng, at, machines, gpus))
        at = dt.datetime.fromisoformat(attempts[-1]["end_time"]) + dt.timedelta(seconds=7)
    if attempts and number % 20 == 3:
        attempts[-1]["end_time"] = None
    return {
        "status": str(rng.choice(["Pass", "Killed", "Failed"], p=[0.6, 0.1, 0.3])),
        "vc": f"{number % 4:06x}",
        "jobid": f"application_1506638472019_{14199 + number}",
        "attempts": attempts,
        "submitted_time": str(submitted),
        "user": f"{number % 7:06x}",
    }


def write(folder: Path) -> None:
    """Writes the raw-shaped files into a folder."""
    rng = np.random.default_rng(20171007)
    at = np.cumsum(rng.exponential(300, JOBS)).astype(int)
    jobs = [_job(rng, number, START + dt.timedelta(seconds=int(seconds))) for number, seconds in enumerate(at)]
    (folder / "cluster_job_log.json").write_text(json.dumps(jobs, indent=1) + "\n")
    lines = ["time,machineId," + ",".join(f"gpu{i}_util" for i in range(8))]
    for minute in range(MINUTES):
        for machine in range(MACHINES):
            cells = [f"{rng.uniform(0, 100):.3f}" if i < (2 if machine == 0 else 8) and rng.random() < 0.97 else "NA" for i in range(8)]
            lines.append(
                f"{dt.datetime(2017, 11, 5, 1, 45) + dt.timedelta(minutes=minute % 15)} {'PDT' if minute < 15 else 'PST'},m{machine},"
            )
            lines[-1] += ",".join(cells) + ","
    (folder / "cluster_gpu_util.csv").write_text("\n".join(lines) + "\n")
    machines = [f"m{machine}, {2 if machine == 0 else 8}, {12 if machine == 0 else 24}GB" for machine in range(MACHINES)]
    (folder / "cluster_machine_list").write_text("\n".join(["machineId, number of GPUs, single GPU mem", *machines]) + "\n")
