"""Writes the synthetic SWF sample: a log with a header, unknown fields and pieces of a job; one as other tools write it."""

from pathlib import Path

import numpy as np

JOBS = 120
HEADER = """\
; Version: 2.2
; Computer: Sample SP2
; Installation: nowhere
; MaxJobs: 120
; MaxNodes: 32
; MaxProcs: 128
; UnixStartTime: 0
; TimeZoneString: Etc/UTC
;
; The log is synthetic.
"""


def _job(rng: np.random.Generator, number: int, submitted: int) -> str:
    procs, run = int(2 ** rng.integers(0, 6)), int(rng.lognormal(6, 1.5)) + 1
    wait = 0 if rng.random() < 0.5 else int(rng.exponential(900))
    status = int(rng.choice([1, 0, 5, -1, 2, 3], p=[0.7, 0.12, 0.1, 0.04, 0.02, 0.02]))
    cpu = f"{run * rng.uniform(0.4, 1):.2f}" if rng.random() < 0.8 else "-1"
    known = procs if rng.random() < 0.95 else -1
    memory = int(rng.integers(1, 512)) * 1024 if rng.random() < 0.5 else -1
    user, queue = rng.integers(1, 12), rng.integers(1, 4)
    head = f"{number:5d} {submitted:8d} {wait:6d} {run:6d} {known:4d} {cpu:>8} -1 {procs:4d} {run * 2:6d}"
    return f"{head} {memory} {status:2d} {user:3d} -1 {user % 5 + 1:3d} {queue} -1 -1 -1"


def write(folder: Path) -> None:
    """Writes the raw-shaped files into a folder."""
    rng = np.random.default_rng(19930701)
    submitted = np.cumsum(rng.exponential(300, JOBS)).astype(int)
    jobs = [_job(rng, number, int(at)) for number, at in enumerate(submitted, 1)]
    # A remark in the midst of the log, and an empty line.
    (folder / "sample-sp2.swf").write_text(HEADER + "\n".join([*jobs[:60], "; the clock was set", "", *jobs[60:]]) + "\n")
    late = ["2 30.0 -0.0 12.5 4.0 -1 -1 4.0 -1 -1 1 -1 -1 -1 -1 -1 -1 -1", "1 10.0 5.25 40.0 2.0 -1 -1 2.0 -1 -1 0 -1 -1 -1 -1 -1 -1 -1"]
    (folder / "sample-other-tool.swf").write_text("\n".join(late) + "\n")
