"""Writes the synthetic Google 2019 sample: JSON lines of one cell, numbers as text as BigQuery exports them, words in one file."""

import json
from pathlib import Path

import numpy as np

S = 1_000_000
_WORDS = {0: "SUBMIT", 2: "ENABLE", 3: "SCHEDULE", 4: "EVICT", 5: "FAIL", 6: "FINISH", 7: "KILL"}


def _write(folder: Path, name: str, rows: list[dict[str, object]]) -> None:
    lines = "".join(json.dumps(row) + "\n" for row in rows)
    (folder / f"{name}-000000000000.json").write_text(lines)


def _collection(rng: np.random.Generator, number: int) -> tuple[list[dict[str, object]], list[dict[str, object]]]:
    at = 0 if number == 0 else 600 * S + int(rng.integers(0, 3600 * S))
    head = {"collection_id": str(330_000_000 + number), "scheduling_class": number % 4, "collection_type": int(number % 6 == 5)}
    head |= {"priority": int(rng.choice([0, 101, 117, 200, 360]))}
    named = {"user": f"user{number % 4}", "collection_name": f"name{number % 7}"}
    collections: list[dict[str, object]] = [
        {"time": str(at), "type": 0, **head, **named},
        {"time": str(at + S), "type": 2, **head, **named},
    ]
    instances: list[dict[str, object]] = []
    end = at
    for index in range(1 + number % 3):
        request = {"cpus": round(float(rng.uniform(0.001, 0.1)), 6), "memory": round(float(rng.uniform(0.001, 0.05)), 6)}
        one = {**head, "instance_index": str(index), "resource_request": request}
        when = at + S
        instances.append({"time": str(when), "type": 0, **one})
        for attempt in range(2 if number % 5 == 2 else 1):
            when += int(rng.exponential(10 * S)) + 1
            machine = str(9000 + int(rng.integers(0, 5)))
            instances.append({"time": str(when), "type": 3, "machine_id": machine, **one})
            when += int(rng.exponential(600 * S)) + S
            last = 4 if number % 5 == 2 and attempt == 0 else (6, 6, 5, 7)[number % 4]
            instances.append({"time": str(when), "type": last, "machine_id": machine, **one})
        end = max(end, when)
    collections.append({"time": str(at + 2 * S), "type": 3, **head, **named})
    if number != 9:
        collections.append({"time": str(end), "type": (6, 6, 5, 7)[number % 4], **head, **named})
    return collections, instances


def write(folder: Path) -> None:
    """Writes the raw-shaped files into a folder."""
    rng = np.random.default_rng(20190501)
    cell = folder / "clusterdata_2019_a"
    cell.mkdir()
    collections, instances = [], []
    for number in range(14):
        some, more = _collection(rng, number)
        collections += some
        instances += more
    collections.sort(key=lambda row: int(str(row["time"])))
    instances.sort(key=lambda row: int(str(row["time"])))
    _write(cell, "collection_events", [{**row, "type": _WORDS[int(str(row["type"]))]} for row in collections])
    _write(cell, "instance_events", instances)
    capacity = {"cpus": 0.6, "memory": 0.25}
    machines: list[dict[str, object]] = [
        {"time": "0", "machine_id": str(9000 + i), "type": 1, "capacity": capacity, "platform_id": "p"} for i in range(5)
    ]
    machines += [{"time": str(700 * S), "machine_id": "9003", "type": 2}, {"time": str(900 * S), "machine_id": "9003", "type": 1}]
    _write(cell, "machine_events", machines)
    usage: list[dict[str, object]] = []
    for number in range(20):
        start = (600 + 300 * (number % 4)) * S
        mean, most = ({"cpus": round(float(c), 6), "memory": 0.002} for c in np.sort(rng.uniform(0, 0.05, 2)))
        one: dict[str, object] = {
            "collection_id": str(330_000_001 + number % 3),
            "instance_index": "0",
            "average_usage": mean,
            "maximum_usage": most,
        }
        usage.append({"start_time": str(start), "end_time": str(start + 300 * S), **one})
    _write(cell, "instance_usage", usage)
