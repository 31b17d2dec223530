"""Lives that the recording cuts off at either end: no arrivals, left out of lifetimes and counted, with a Kaplan-Meier median beside."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from handmade import make_tables

from tracekit.api import Lake
from tracekit.ingest.run import ingest
from tracekit.sources.load import source

S = 1_000_000
DAY_US = 86_400 * S
# Created and deleted of ten machines; the trace goes from 0 to 2,591,700 s.
VMS = [(0, 2_591_700), (0, 1_539_300), (2_188_800, 2_591_700), (0, 2_591_700), (0, 2_188_500), (0, 2_591_700), (2_290_500, 2_292_300)]
VMS += [(0, 2_591_700), (2_281_200, 2_300_100), (0, 2_591_700)]


def _kaplan_meier_median(lives: list[tuple[int, bool]]) -> int | None:
    """The length at which the product-limit estimate comes down to a half, in whole fractions: (length, whether its end was seen)."""
    alive = Fraction(1)
    for length in sorted({length for length, _ in lives}):
        at_risk = sum(other >= length for other, _ in lives)
        alive *= 1 - Fraction(sum(other == length and is_end for other, is_end in lives), at_risk)
        if alive <= Fraction(1, 2):
            return length
    return None


@pytest.mark.parametrize("year", ["2017", "2019"])
def test_machines_of_before_and_after_the_trace(tmp_path: Path, year: str) -> None:
    raw = tmp_path / "vmtable.csv"
    raw.write_text("".join(f"v{i},s,d,{a},{b},9,5,8,Interactive,2,4\n" for i, (a, b) in enumerate(VMS)))
    ingest(source(f"azure-vm-{year}"), [raw], tmp_path / "lake", macros=[])
    lake = Lake(tmp_path / "lake")
    rows = lake.table("cluster_job").collect().sort("source_row")
    assert rows["submitted_us"].to_list() == [a * S if a else None for a, _ in VMS]
    assert rows["started_us"].to_list() == [a * S for a, _ in VMS]
    assert rows["ended_us"].to_list() == [b * S for _, b in VMS]
    assert rows["is_left_censored"].to_list() == [a == 0 for a, _ in VMS]
    assert rows["is_right_censored"].to_list() == [b == 2_591_700 for _, b in VMS]
    [found] = lake.query("cluster/lifetimes").to_dicts()
    whole = [b - a for a, b in VMS if a > 0 and b < 2_591_700]
    assert (found["jobs"], found["whole"], found["left_censored"], found["right_censored"]) == (10, 2, 7, 6)
    assert found["life_p50_s"] == np.median(whole) == 10_350
    assert found["life_km_p50_s"] == _kaplan_meier_median([(b - a, b < 2_591_700) for a, b in VMS if a > 0]) == 18_900
    # What was recorded of all of them still counts as hours.
    assert found["hours"] == pytest.approx(sum(b - a for a, b in VMS) / 3600)
    [arrivals] = lake.query("arrival/interarrival").to_dicts()
    assert (arrivals["events"], arrivals["events_without_time"]) == (3, 7)


def test_requests_of_before_the_packing_trace_are_no_arrivals(tmp_path: Path) -> None:
    rows = [(i, 1, 1, 0, 0.1 * i, 0.1 * i + 1) for i in range(8)] + [(90, 1, 1, 0, -7157, 5.0), (91, 1, 1, 0, -3.5, None)]
    with closing(sqlite3.connect(tmp_path / "packing.sqlite")) as connection:
        names = "vmId INTEGER, tenantId INTEGER, vmTypeId INTEGER, priority INTEGER, starttime REAL, endtime REAL"
        connection.execute(f"CREATE TABLE vm ({names})")
        names = "id INTEGER, vmTypeId INTEGER, machineId INTEGER, core REAL, memory REAL, hdd REAL, ssd REAL, nic REAL"
        connection.execute(f"CREATE TABLE vmType ({names})")
        connection.execute("INSERT INTO vmType VALUES (0, 1, 0, 0.25, 0.1, NULL, NULL, NULL)")
        connection.executemany("INSERT INTO vm VALUES (?, ?, ?, ?, ?, ?)", rows)
        connection.commit()
    outcome = ingest(source("azure-packing-2020"), [tmp_path / "packing.sqlite"], tmp_path / "lake", macros=[])
    assert outcome.written[0].errata == {"azure-packing-before-the-window": 2, "azure-packing-start-is-missing": 1}
    lake = Lake(tmp_path / "lake")
    [arrivals] = lake.query("arrival/interarrival").to_dicts()
    assert (arrivals["events"], arrivals["span_s"]) == (8, pytest.approx(60_480))
    jobs = {row["job_id"]: row for row in lake.table("cluster_job").collect().to_dicts()}
    # Its author's word for a start of -7157 days, which stands for one that is missing.
    assert jobs["90"]["started_us"] == -1497 * DAY_US
    assert jobs["91"]["started_us"] == -3.5 * DAY_US
    assert (jobs["90"]["is_right_censored"], jobs["91"]["is_right_censored"]) == (False, True)
    [found] = lake.query("cluster/lifetimes").to_dicts()
    assert (found["whole"], found["left_censored"], found["right_censored"], found["life_p90_s"]) == (8, 2, 1, pytest.approx(86_400))


@pytest.mark.parametrize("seed", range(3))
def test_kaplan_meier_median_of_every_group(tmp_path: Path, seed: int) -> None:
    rng = np.random.default_rng(seed)
    end = 500
    jobs: list[dict[str, Any]] = []
    for _ in range(120):
        # Whole seconds make ties, of ends and of cut lives alike.
        start, length = int(rng.integers(-50, end)), int(rng.integers(0, 120 + 200 * seed))
        seen = start + length < end
        jobs.append(
            {
                "queue": "ab"[int(rng.integers(0, 2))],
                "status": "completed",
                "started_us": start * S,
                # Some sources give one that outlives the recording its last instant, others no end at all.
                "ended_us": (start + length) * S if seen else end * S if rng.random() < 0.5 else None,
                "is_left_censored": start < 0,
                "is_right_censored": not seen,
            }
        )
    jobs.append({"queue": "a", "status": "completed", "started_us": 0, "ended_us": end * S, "is_right_censored": True})
    lake = make_tables(tmp_path / "lake", {"cluster_job": jobs})
    found = {row["group_name"]: row for row in lake.query("cluster/lifetimes", by="queue").to_dicts()}
    for queue in "ab":
        mine = [job for job in jobs if job["queue"] == queue]
        began = [job for job in mine if not job.get("is_left_censored")]
        lives = [(((job["ended_us"] or end * S) - job["started_us"]) // S, not job["is_right_censored"]) for job in began]
        whole = [length for length, is_end in lives if is_end]
        assert found[queue]["life_km_p50_s"] == _kaplan_meier_median(lives)
        assert (found[queue]["whole"], found[queue]["life_p50_s"]) == (len(whole), np.median(whole))
        assert found[queue]["left_censored"] == len(mine) - len(began)
        assert found[queue]["right_censored"] == sum(job["is_right_censored"] for job in mine)


def test_google_tells_what_was_there_before_and_after(tmp_path: Path) -> None:
    after = 2**63 - 1
    events = [(0, 1, 0, 0), (0, 1, 0, 1), (900, 1, 0, 4), (600, 2, 0, 0), (700, 2, 0, 1), (800, 2, 0, 4), (650, 3, 0, 0), (660, 3, 0, 1)]
    events += [(610, 4, 0, 0), (620, 4, 0, 1), (after, 4, 0, 4)]
    events.sort(key=lambda event: event[0])
    folder = tmp_path / "task_events"
    folder.mkdir()
    lines = [f"{time},,{job},{task},m,{kind},u,1,2,0.1,0.1,0.1,0\n" for time, job, task, kind in events]
    (folder / "part-00000-of-00500.csv").write_text("".join(lines))
    ingest(source("google-2011"), [folder / "part-00000-of-00500.csv"], tmp_path / "lake", macros=[])
    for name in ("cluster_job", "placement"):
        rows = Lake(tmp_path / "lake").table(name).collect().sort("job_id").to_dicts()
        assert [row["is_left_censored"] for row in rows] == [True, False, False, False]
        assert [row["is_right_censored"] for row in rows] == [False, False, True, True]
        assert rows[0]["started_us"] is None


def test_alibaba_2018_tells_what_ran_at_its_start(tmp_path: Path) -> None:
    tasks = [("a", "Terminated", 0, 50), ("b", "Terminated", 10, 60), ("c", "Waiting", 0, 0), ("d", "Running", 20, 0)]
    (tmp_path / "batch_task.csv").write_text("".join(f"t,1,{job},1,{status},{a},{b},100,1\n" for job, status, a, b in tasks))
    (tmp_path / "batch_instance.csv").write_text("".join(f"i,t,{j},1,{s},{a},{b},m,1,1,1,1,1,1\n" for j, s, a, b in tasks))
    ingest(source("alibaba-2018"), [tmp_path], tmp_path / "lake", macros=[])
    for name in ("cluster_job", "placement"):
        rows = Lake(tmp_path / "lake").table(name).collect().sort("job_id")
        assert rows["is_left_censored"].to_list() == [True, False, False, False]
        assert rows["is_right_censored"].to_list() == [False, False, False, True]
