"""Writes the synthetic VMNoise sample: keys in the path with colons and spaces, two units, machines run once, a file without a run."""

import datetime as dt
from pathlib import Path

import numpy as np

TESTS = (
    ("PostgreSQL", "Scaling_Factor:_25_-_Clients:_1_-_Mode:_Read_Write", "TPS", 700.0),
    ("Flexible_IO_Tester", "Type:_Random_Read_-_Block_Size:_8KB", "MiB_s", 60.0),
    ("Redis", "Test:_SADD_-_Parallel_Connections:_50", "Requests Per Second", 1.2e6),
    ("PostgreSQL", "Scaling_Factor:_25_-_Clients:_1_-_Average_Latency", "ms", 9.0),
)


def write(folder: Path) -> None:
    """Writes the raw-shaped files into a folder."""
    rng = np.random.default_rng(8)
    for suite, test, unit, level in TESTS:
        for lifespan, region, sku in (("long", "eastus", "B8ms"), ("short", "westus2", "D8s_v5")):
            place = folder / f"test_suite={suite}/test_name={test}/vm_lifespan={lifespan}/vm_region={region}/vm_sku={sku}"
            place.mkdir(parents=True)
            rows = ["value,runtime,starttime,VM_id"]
            is_empty = unit == "ms" and lifespan == "short"
            for vm in range(0 if is_empty else 3):
                mean = level * rng.normal(1, 0.05)
                for run in range(1 if lifespan == "short" and vm == 0 else 5):
                    at = dt.datetime(2000, 1, 3) + dt.timedelta(hours=6 * run + vm, seconds=float(rng.uniform(0, 900)))
                    second = f"{at:%Y-%m-%d %H:%M:%S}" + (f".{at.microsecond // 1000:03d}" if run else "")
                    rows.append(f"{mean * rng.normal(1, 0.02):.3f},{rng.uniform(30, 200):.2f},{second},{vm}")
            (place / f"unit={unit}.csv").write_text("\n".join(rows) + "\n")
