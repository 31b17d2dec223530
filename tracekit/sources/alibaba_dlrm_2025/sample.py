"""Writes the synthetic DLRM sample: both roles, instances older than the trace first, instances that outlive it."""

from pathlib import Path

import numpy as np

OLD, NEW = 40, 90
HEADER = (
    "instance_sn,role,app_name,cpu_request,cpu_limit,gpu_request,gpu_limit,rdma_request,rdma_limit,memory_request,memory_limit,"
    "disk_request,disk_limit,max_instance_per_node,creation_time,scheduled_time,deletion_time"
)


def _instance(rng: np.random.Generator, number: int, created: float | None) -> str:
    role = str(rng.choice(["HN", "CN"], p=[0.3, 0.7]))
    gpus, rdma, most = (1, 25, int(rng.choice([4, 8]))) if role == "HN" else (0, 1, -1)
    cpus, memory, disk = int(rng.choice([8, 12, 32, 64])), float(rng.choice([60, 120, 320])), float(rng.integers(300, 700))
    times = ",,"
    if created is not None:
        scheduled = created + (0 if rng.random() < 0.6 else int(rng.exponential(150)))
        ended = f"{scheduled + int(rng.lognormal(10, 2)) + 1:.1f}" if rng.random() < 0.6 else ""
        times = f"{created:.1f},{scheduled:.1f},{ended}"
    app = int(rng.integers(0, 12))
    sizes = f"{cpus},{cpus},{gpus},{gpus},{rdma},{rdma},{memory:.1f},{memory:.1f},{disk:.1f},{disk + 120:.1f},{most}"
    return f"instance_{number},{role},app_{app},{sizes},{times}"


def write(folder: Path) -> None:
    """Writes the raw-shaped file into a folder."""
    rng = np.random.default_rng(20250401)
    created = [None] * OLD + [float(at) for at in np.floor(np.cumsum(rng.exponential(400, NEW)))]
    lines = [_instance(rng, number, at) for number, at in enumerate(created)]
    (folder / "disaggregated_DLRM_trace.csv").write_text("\n".join([HEADER, *lines]) + "\n")
