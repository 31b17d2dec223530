"""Writes the synthetic openb sample: shared and whole GPUs, snapshot phases, pods that never start, the list that is a subset."""

from pathlib import Path

import numpy as np

PODS, NODES = 220, 30
MODELS = ["G2", "T4", "V100M16", "P100"]


def _pod(rng: np.random.Generator, number: int, created: int) -> str:
    gpus = int(rng.choice([0, 1, 1, 1, 1, 2, 4, 8]))
    milli = 0 if gpus == 0 else 1000 if gpus > 1 else int(rng.choice([250, 460, 500, 1000]))
    phase = str(rng.choice(["Running", "Succeeded", "Failed", "Pending"], p=[0.6, 0.1, 0.2, 0.1]))
    wait = 0 if rng.random() < 0.3 else int(rng.exponential(40))
    scheduled = "" if phase == "Pending" else str(created + wait)
    deleted = created + wait + int(rng.lognormal(7, 2)) + 1
    spec = "|".join(rng.choice(MODELS, 2, replace=False)) if gpus and rng.random() < 0.1 else ""
    qos = str(rng.choice(["LS", "BE", "Burstable", "Guaranteed"]))
    cores, memory = int(rng.choice([2, 4, 6, 12, 32])) * 1000, int(rng.choice([4, 8, 16, 64])) * 1024
    return f"sample-pod-{number:04d},{cores},{memory},{gpus},{milli},{spec},{qos},{phase},{created},{deleted},{scheduled}"


def write(folder: Path) -> None:
    """Writes the raw-shaped files into a folder."""
    rng = np.random.default_rng(20230701)
    created = np.cumsum(np.where(rng.random(PODS) < 0.05, rng.exponential(20_000, PODS), rng.exponential(60, PODS))).astype(int)
    header = "name,cpu_milli,memory_mib,num_gpu,gpu_milli,gpu_spec,qos,pod_phase,creation_time,deletion_time,scheduled_time"
    pods = [_pod(rng, number, int(at)) for number, at in enumerate(created)]
    (folder / "openb_pod_list_sample.csv").write_text("\n".join([header, *pods]) + "\n")
    nodes = ["sn,cpu_milli,memory_mib,gpu,model"]
    for number in range(NODES):
        gpus = int(rng.choice([0, 2, 4, 8]))
        nodes.append(f"sample-node-{number:04d},{96 * 1000},{512 * 1024},{gpus},{rng.choice(MODELS) if gpus else ''}")
    (folder / "openb_node_list_all_node.csv").write_text("\n".join(nodes) + "\n")
    with_gpus = [line for line in nodes[1:] if line.split(",")[3] != "0"]
    (folder / "openb_node_list_gpu_node.csv").write_text("\n".join([nodes[0], *with_gpus]) + "\n")
