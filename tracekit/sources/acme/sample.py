"""Writes the synthetic Acme sample: Seren in its own time zone; Kalos whose duration holds the queue; jobs that never start."""

import datetime as dt
from pathlib import Path

import numpy as np

JOBS = 90
SEREN = "job_id,user,node_num,gpu_num,cpu_num,type,state,submit_time,start_time,end_time,duration,queue,gpu_time"
KALOS = (
    "job_id,user,node_num,gpu_num,cpu_num,mem_per_pod_GB,shared_mem_per_pod,type,state,submit_time,start_time,end_time,"
    "fail_time,stop_time,duration,queue,gpu_time"
)
STATES = ["COMPLETED", "CANCELLED", "FAILED", "TIMEOUT", "NODE_FAIL"]


def _job(rng: np.random.Generator, number: int, submitted: dt.datetime, *, kalos: bool) -> str:
    gpus = int(rng.choice([0, 1, 2, 8, 64] if not kalos else [0, 8, 32, 256]))
    nodes, wait, run = max(gpus // 8, 1), 0 if rng.random() < 0.4 else int(rng.exponential(40)), int(rng.lognormal(5, 2)) + 1
    state, never = str(rng.choice(STATES, p=[0.6, 0.15, 0.2, 0.03, 0.02])), rng.random() < 0.04
    if never:
        state = "CANCELLED"
    started, ended = submitted + dt.timedelta(seconds=wait), submitted + dt.timedelta(seconds=wait + run)
    # Kalos' duration is end - submit.
    duration = (wait + run) if kalos else 0 if never else run
    start = "" if never else str(started)
    memory = f",{nodes * 125},100.0" if kalos else ""
    ends = f",{ended if state == 'FAILED' else ''},{ended if state == 'CANCELLED' else ''}" if kalos else ""
    kind = str(rng.choice(["Pretrain", "Evaluation", "Debug", "Other"]))
    head = (
        f"{'dlc' if kalos else ''}{5_778_432 + number},u{rng.integers(0, 9):04d},{nodes},{gpus},{max(gpus, 1) * 15}{memory},{kind},{state}"
    )
    return f"{head},{submitted},{start},{ended}{ends},{duration},{wait}{'.0' if kalos else ''},{duration * gpus}.0"


def write(folder: Path) -> None:
    """Writes the raw-shaped files into a folder."""
    rng = np.random.default_rng(20230301)
    for name, header, hours in (("seren", SEREN, 8), ("kalos", KALOS, 0)):
        start = dt.datetime(2023, 3, 1, tzinfo=dt.timezone(dt.timedelta(hours=hours)))
        at = np.cumsum(rng.exponential(200, JOBS)).astype(int)
        lines = [_job(rng, i, start + dt.timedelta(seconds=int(s)), kalos=name == "kalos") for i, s in enumerate(at)]
        (folder / f"trace_{name}.csv").write_text("\n".join([header, *lines]) + "\n")
    (folder / "cluster_summary.csv").write_text("id,job_num\nSeren,90\nKalos,90\n")
