"""Writes the synthetic nvidia-smi sample: units in header and cells, in the header alone, in neither; blanks; [N/A]; counters."""

import datetime as dt
from pathlib import Path

import numpy as np

TICKS = 40


def _log(path: Path, rng: np.random.Generator, header: str, line: str, gpus: int) -> None:
    at = dt.datetime(2000, 1, 3, 10, 0, 0, 106_000)
    rows = [header]
    for tick in range(TICKS):
        for gpu in range(gpus):
            watts = "[N/A]" if tick == 17 and gpu == 0 and " W" not in line else f"{rng.normal(300, 60):.2f}"
            stamp = f"{at:%Y/%m/%d %H:%M:%S}.{at.microsecond // 1000:03d}"
            rows.append(line.format(at=stamp, gpu=gpu, w=watts, use=int(rng.integers(0, 101)), mib=73_353 + gpu, temp=40 + gpu))
        at += dt.timedelta(milliseconds=int(rng.choice([250, 250, 251, 900])))
    path.write_text("\n".join(rows) + "\n")


def write(folder: Path) -> None:
    """Writes the raw-shaped files into a folder."""
    rng = np.random.default_rng(27)
    _log(
        folder / "nounits.csv",
        rng,
        "timestamp,index,uuid,power.draw [W],clocks.sm [MHz],clocks.mem [MHz],"
        "utilization.gpu [%],utilization.memory [%],memory.used [MiB],temperature.gpu",
        "{at},{gpu},GPU-{gpu},{w},1410,1593,{use},{use},{mib},{temp}",
        2,
    )
    _log(
        folder / "units.csv",
        rng,
        "timestamp, name, index, power.draw [W], power.limit [W], utilization.gpu [%], memory.used [MiB]",
        "{at}, GPU A, {gpu}, {w} W, 400.00 W, {use} %, {mib} MiB",
        2,
    )
    _log(folder / "bare.csv", rng, "timestamp,power.draw,utilization.gpu,memory.used", "{at},{w},{use},{mib}", 1)
    rows = ["timestamp,num_requests_running,num_requests_waiting,generation_tokens_total,request_prefill_time_seconds_sum"]
    rows += [f"{946_893_600.106 + 0.25 * i:.6f},{i % 5}.0,0.0,{13 * i}.0,{0.03 * i:.4f}" for i in range(TICKS)]
    (folder / "engine.csv").write_text("\n".join(rows) + "\n")
