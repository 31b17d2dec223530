"""Writes the synthetic Helios sample: two clusters, CPU and GPU jobs, a table of GPUs by day with a virtual cluster that comes later."""

import datetime as dt
from pathlib import Path

import numpy as np

JOBS = 100
VCS = ["vcAAa", "vcBBb", "vcCCc"]
HEADER = "job_id,user,vc,gpu_num,cpu_num,node_num,state,submit_time,start_time,end_time,duration,queue"


def _job(rng: np.random.Generator, number: int, submitted: dt.datetime) -> str:
    gpus, wait, run = (
        int(rng.choice([0, 0, 1, 1, 4, 8, 16])),
        0 if rng.random() < 0.6 else int(rng.exponential(300)),
        int(rng.lognormal(5, 2)) + 1,
    )
    state = str(rng.choice(["COMPLETED", "CANCELLED", "FAILED", "TIMEOUT", "NODE_FAIL"], p=[0.6, 0.2, 0.16, 0.02, 0.02]))
    started = submitted + dt.timedelta(seconds=wait)
    who = f"u{rng.integers(0, 12):02d}Sm,{VCS[int(rng.integers(0, 3))]}"
    sizes = f"{gpus},{max(gpus, 1) * 4},{max(gpus // 8, 1)}"
    return f"{1425511 + number},{who},{sizes},{state},{submitted},{started},{started + dt.timedelta(seconds=run)},{run},{wait}"


def write(folder: Path) -> None:
    """Writes the raw-shaped files into a folder."""
    rng = np.random.default_rng(20200901)
    for name in ("Earth", "Venus"):
        target = folder / name
        target.mkdir()
        at = np.cumsum(rng.exponential(240, JOBS)).astype(int)
        start = dt.datetime(2020, 6, 9, 18, 41)
        jobs = [_job(rng, number, start + dt.timedelta(seconds=int(seconds))) for number, seconds in enumerate(at)]
        (target / "cluster_log.csv").write_text("\n".join([HEADER, *jobs]) + "\n")
        days = [f"2020-06-{day:02d},64,32,{0 if day < 11 else 16},{96 if day < 11 else 112}" for day in range(9, 13)]
        (target / "cluster_gpu_number.csv").write_text("\n".join([",".join(["date", *VCS, "total"]), *days]) + "\n")
