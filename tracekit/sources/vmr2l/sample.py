"""Writes the synthetic VMR2L sample: two snapshots of a few machines with two NUMA nodes, one of them inactive."""

import json
from pathlib import Path

import numpy as np

SIZES = (2, 4, 8, 16, 32, 64)


def _snapshot(rng: np.random.Generator, machines: int) -> dict[str, object]:
    hosts: list[dict[str, object]] = []
    instances: list[dict[str, object]] = []
    for number in range(machines):
        nodes = [
            {"node": i, "total_cpu": 44, "free_cpu": 44, "memory_huge_total_mb": 180_000, "memory_huge_free_mb": 180_000} for i in (0, 1)
        ]
        hosts.append({"node_id": f"pm{number}", "status": "ACTIVE" if number else "OUTAGE", "rack_id": f"rack{number // 4}", "numa": nodes})
        free = [44, 44]
        while number:
            size = int(rng.choice(SIZES))
            share = size // 2 if size > 16 else size
            places = [0, 1] if size > 16 else [int(rng.integers(0, 2))]
            if any(free[place] < share for place in places):
                break
            for place in places:
                free[place] -= share
            numa = [{"node": place, "cpu": share, "mem_mb": share * 4096} for place in places]
            named = {"instance_id": f"vm{len(instances)}", "instance_type": f"c{size}", "host_id": f"pm{number}"}
            instances.append({**named, "allow_migration": True, "numa": numa})
    cluster = {"cluster_name": "c1", "host_info": hosts, "vm_instance": instances, "vm_type_info": [], "other_requirement": {}}
    return {"cluster_list": [cluster], "vm_type_list": [], "general_requirement": {}}


def write(folder: Path) -> None:
    """Writes the raw-shaped files into a folder."""
    rng = np.random.default_rng(20250330)
    for number in range(2):
        path = folder / "flex_vm_dataset" / "M" / "test" / f"flex_vm_{number}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(_snapshot(rng, 8)))
