"""Writes the synthetic Lambda sample: one run in the layout of the release, with a keep-alive of ten minutes."""

from pathlib import Path

import numpy as np

HEAD = (
    ",is_cold,cpu_info,inst_id,inst_priv_ip,new_id,exist_id,uptime,vm_id,vm_priv_ip,vm_pub_ip,start_time,end_time,elapsed_time,"
    "aws_duration,aws_billed_duration,aws_max_mem,io_speed,client_start_time,client_end_time,client_elapsed_time"
)


def _uuid(rng: np.random.Generator) -> str:
    text = rng.bytes(16).hex()
    return "-".join([text[:8], text[8:12], text[12:16], text[16:20], text[20:]])


def write(folder: Path) -> None:
    """Writes the raw-shaped file into a folder."""
    rng = np.random.default_rng(20200401)
    at, busy_until, instance = 1_600_000_000.0, 0.0, _uuid(rng)
    rows = []
    for number in range(160):
        gap = round(float(rng.exponential(60)) if number % 20 else float(rng.uniform(400, 1400)), 4)
        at += gap
        is_cold = at - busy_until > 600 or number == 0
        instance = _uuid(rng) if is_cold and number else instance
        duration = round(float(rng.normal(1850, 20)), 1)
        wait = round(float(rng.gamma(8, 0.05 if is_cold else 0.012)), 4)
        end = at + wait + duration / 1000
        cells = [
            *(number, is_cold, '"2,Processor @ 2.50GHz"', "sandbox-000001", "192.0.2.1", _uuid(rng), instance, '"10.5,20.9"'),
            *("sandbox-root-1", "192.0.2.2", "192.0.2.2", f"{(at + wait) * 1000:.1f}", f"{end * 1000:.1f}", f"{duration}"),
            *(f"{duration + 0.6:.2f}", f"{int(np.ceil(duration / 100)) * 100}.0", 54.0, " 11.0 MB/s"),
            *(f"{at:.4f}", f"{end + 0.001:.4f}", f"{end + 0.001 - at:.4f}"),
        ]
        rows.append(",".join(str(cell) for cell in cells))
        busy_until = end
    (folder / "res-01-2020-09-13_12-26-40.csv").write_text("\n".join([HEAD, *rows]) + "\n")
