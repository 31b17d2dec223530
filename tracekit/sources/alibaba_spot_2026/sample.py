"""Writes the synthetic spot sample: jobs of one and many workers, high priority and spot, jobs without a GPU; nodes of several models."""

from pathlib import Path

import numpy as np

JOBS, NODES = 150, 24
MODELS = ["A10", "A100-SXM4-80GB", "H800", "GPU-series-1"]


def write(folder: Path) -> None:
    """Writes the raw-shaped files into a folder."""
    rng = np.random.default_rng(20260101)
    jobs = ["job_name,organization,gpu_model,cpu_request,gpu_request,worker_num,submit_time,duration,job_type"]
    for number, at in enumerate(np.cumsum(rng.exponential(600, JOBS)).astype(int)):
        spot, gpus = rng.random() < 0.4, int(rng.choice([0, 1, 1, 2, 8]))
        workers = int(rng.choice([1, 1, 1, 2, 16]))
        sizes = f"{MODELS[number % 4]},{gpus * 10 + 5},{gpus},{workers}"
        jobs.append(f"{239255 + number * 7},{number % 9},{sizes},{at},{int(rng.lognormal(8, 2)) + 1},{'Spot' if spot else 'HP'}")
    (folder / "job_info_df.csv").write_text("\n".join(jobs) + "\n")
    nodes = [f"{MODELS[node % 4]},{int(rng.choice([1, 2, 4, 8]))},192,{node}" for node in range(NODES)]
    (folder / "node_info_df.csv").write_text("\n".join(["gpu_model,gpu_capacity_num,cpu_num,node_name", *nodes]) + "\n")
