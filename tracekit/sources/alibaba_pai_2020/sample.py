"""Writes the synthetic PAI sample: the seven tables without a header, and a header file that is known and left alone."""

from pathlib import Path

import numpy as np


def _cell(cell: object) -> str:
    return "" if cell is None else str(round(cell, 3) if isinstance(cell, float) else cell)


def _write(path: Path, rows: list[list[object]]) -> None:
    path.write_text("".join(",".join(map(_cell, row)) + "\n" for row in rows))


def write(folder: Path) -> None:
    """Writes the raw-shaped files into a folder."""
    rng = np.random.default_rng(20200701)
    machines = [f"machine{number}" for number in range(4)]
    jobs: list[list[object]] = []
    tasks: list[list[object]] = []
    instances: list[list[object]] = []
    sensors: list[list[object]] = []
    metrics: list[list[object]] = []
    at = 1_600_000.0
    for job in range(24):
        at += float(round(rng.exponential(300)))
        wait, run = float(round(rng.exponential(60))), float(round(rng.lognormal(6, 1.5)))
        status = ("Terminated", "Terminated", "Failed", "Running", "Waiting")[job % 5]
        started = None if status == "Waiting" else at + wait
        ended = at + wait + run if status in ("Terminated", "Failed") else None
        jobs.append([f"job{job}", f"inst{job}", f"user{job % 6}", status, at, ended])
        for task in ("ps", "worker")[job % 2 :]:
            count = 1 if task == "ps" else 1 + job % 3
            tasks.append([f"job{job}", task, float(count), status, started, ended, 600.0, 29.297, None if task == "ps" else 50.0, "T4"])
            for number in range(count if started is not None else 0):
                name, machine = f"w{job}{task}{number}", machines[(job + number) % 4]
                instances.append([f"job{job}", task, f"i{len(instances)}", name, f"inst{job}", status, started, ended, machine])
                used = [round(float(u), 3) for u in rng.uniform(0, 130, 2)]
                sensors.append([f"job{job}", task, name, f"inst{job}", machine, "gpu0", *used, 1.5, 2.5, 0.9, 1.1, 10, 20, 1, 2])
                if number == 0:
                    cpu, gpu = (round(float(u), 3) for u in rng.uniform(0, 60, 2))
                    metrics.append([name, machine, started, ended, 0.1, 4.0, 20.0, gpu * 4, 5.0, 1e6, 3.0, cpu])
    _write(folder / "pai_job_table.csv", jobs)
    _write(folder / "pai_task_table.csv", tasks)
    _write(folder / "pai_instance_table.csv", instances)
    _write(folder / "pai_sensor_table.csv", sensors)
    _write(
        folder / "pai_group_tag_table.csv",
        [[f"inst{job}", f"user{job % 6}", "", f"group{job % 4}", ("ctr", "", "bert")[job % 3]] for job in range(20)],
    )
    _write(folder / "pai_machine_spec.csv", [[m, "T4" if i else "CPU", 96, 512, 2 if i else 0] for i, m in enumerate(machines)])
    _write(folder / "pai_machine_metric.csv", metrics)
    (folder / "pai_job_table.header").write_text("job_name,inst_id,user,status,start_time,end_time\n")
