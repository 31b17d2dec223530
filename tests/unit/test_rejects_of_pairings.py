"""Records of paired kinds that cannot be read are counted wherever they would have gone: the identity is over raw records."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import polars as pl
import pytest
from raw_records import SAMPLES

from tracekit.api import Lake
from tracekit.cli.ingest import report_outcome
from tracekit.errors import DataError
from tracekit.ingest.convert import Converted, Converter
from tracekit.ingest.run import ingest
from tracekit.ingest.settings import Settings
from tracekit.lake.manifest import TableCount, read_manifests
from tracekit.sources.load import source


def _append(name: str, *lines: str) -> Callable[[Path], None]:
    def spoil(folder: Path) -> None:
        with (folder / name).open("a", encoding="utf-8") as file:
            file.writelines(f"{line}\n" for line in lines)

    return spoil


def _spoil_database(folder: Path) -> None:
    with closing(sqlite3.connect(folder / "packing_trace_sample.sqlite")) as connection:
        connection.execute("INSERT INTO vm (vmId, tenantId, vmTypeId, priority, starttime) VALUES ('x', 't', '1', '0', 'soon')")
        connection.execute("INSERT INTO vmType (id, vmTypeId, machineId, core) VALUES ('y', NULL, '1', 0.5)")
        connection.commit()


def _spoil_fragments(folder: Path) -> None:
    path = folder / "sample-week" / "fragments.parquet"
    rows = pl.read_parquet(path)
    pl.concat([rows, rows[:2].with_columns(duration=pl.lit(None, rows["duration"].dtype))]).write_parquet(path)


# Dataset → how its sample is spoilt, and for each table: records of the sample that would feed it, how many are broken, and how many
# of the sound ones are looked up alone. Counted by hand from the files.
CASES: dict[str, tuple[Callable[[Path], None], dict[str, tuple[int, int, int]]]] = {
    "google-2011": (
        _append("task_events/part-00001-of-00500.csv", "soon,,1,0,m,0,u,0,0,0.1,0.1,,", "5,,1"),
        {"placement": (125, 2, 0), "cluster_job": (125, 2, 0), "machine": (9, 0, 0)},
    ),
    "google-2019": (
        _append("clusterdata_2019_a/machine_events-000000000000.json", '{"time": "0"}', '{"time": '),
        {"placement": (93, 0, 0), "cluster_job": (55, 0, 0), "machine": (7, 2, 0)},
    ),
    "alibaba-2018": (
        _append("batch_task.csv", "task_x,many,j_9,1,Failed,5,6,100,0.5"),
        {"cluster_job": (39, 1, 0)},
    ),
    "alibaba-pai-2020": (
        _append("pai_group_tag_table.csv", ",user9,,group9,ctr", "inst9"),
        {"cluster_job": (24 + 36 + 20, 2, 20)},
    ),
    "azure-packing-2020": (_spoil_database, {}),
    "ipmi": (_append("node001.txt", "no sensor at all"), {"power_sample": (200, 1, 0), "metric_sample": (200, 1, 0)}),
    "opendc": (_spoil_fragments, {}),
}


def _records(folder: Path, dataset: str) -> dict[str, tuple[int, int, int]]:
    """The records of samples that are no lines, by the formats' own libraries."""
    if dataset == "opendc":
        return {"resource_sample": (pl.read_parquet(folder / "sample-week" / "fragments.parquet").height - 2, 2, 0)}
    with closing(sqlite3.connect(folder / "packing_trace_sample.sqlite")) as connection:
        vms, types = (connection.execute(f"SELECT count(*) FROM {name}").fetchone()[0] - 1 for name in ("vm", "vmType"))
    return {"cluster_job": (vms + types, 2, types)}


@pytest.mark.parametrize("dataset", CASES)
def test_broken_records_of_paired_kinds_are_counted(dataset: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    spoil, expected = CASES[dataset]
    raw = tmp_path / dataset
    shutil.copytree(SAMPLES / dataset, raw)
    spoil(raw)
    outcome = ingest(source(dataset), [raw], tmp_path / "lake", macros=[])
    (manifest,) = [m for m in outcome.written if m.trace is not None]
    report_outcome(outcome, tmp_path / "lake")
    said = capsys.readouterr().out
    scores = Lake(tmp_path / "lake").query("quality/scorecard")
    for name, (sound, broken, looked_up) in (expected or _records(raw, dataset)).items():
        count = manifest.tables[name]
        assert (count.records, count.rejected) == (sound + broken, broken), name
        assert count.converted + count.dropped + count.barren == sound, name
        assert count.barren >= looked_up
        assert scores.filter(pl.col("table_name") == name)["rejected"].to_list() == [broken]
        line = next(line for line in said.splitlines() if f" {name}: " in line)
        assert (f"{broken:,} rejected" in line) == (broken > 0)
        assert f"({sound + broken:,} records" in line
    assert manifest.rejects is not None
    kept = (tmp_path / "lake" / manifest.rejects.name).read_text(encoding="utf-8").splitlines()
    assert len(kept) == max(broken for _, broken, _ in (expected or _records(raw, dataset)).values())


def test_lines_of_ipmi_are_of_one_table_each(tmp_path: Path) -> None:
    (tmp_path / "n1.txt").write_text(
        "Timestamp: 2025-06-03 00:00:11 UTC\nSys Power | 320 Watts | ok\nInlet Temp | 24 degrees C | ok\nFan | 9 RPM | ok\n"
    )
    outcome = ingest(source("ipmi"), [tmp_path / "n1.txt"], tmp_path / "lake", macros=[])
    counts = outcome.written[0].tables
    # Four lines: a stamp, one sensor of power, two others.
    assert [counts["power_sample"].converted, counts["power_sample"].barren] == [1, 3]
    assert [counts["metric_sample"].converted, counts["metric_sample"].barren] == [2, 2]


def test_a_kind_whose_every_record_is_broken_is_counted(tmp_path: Path) -> None:
    for kind, text in (("task_events", "soon,,1,0,m,0,u,0,0,0.1,0.1,,\n"), ("machine_events", "0,1,0,p,0.5,0.5\n")):
        (tmp_path / "raw" / kind).mkdir(parents=True)
        (tmp_path / "raw" / kind / "part-00000-of-00001.csv").write_text(text)
    ingest(source("google-2011"), [tmp_path / "raw"], tmp_path / "lake", macros=[])
    counts = read_manifests(Lake(tmp_path / "lake").layout)[0].tables
    for name in ("placement", "cluster_job"):
        assert (counts[name].records, counts[name].rejected, counts[name].rows) == (1, 1, 0)
    assert (counts["machine"].records, counts["machine"].rows) == (1, 1)


def test_a_thousand_broken_records_among_many_sound_ones_are_set_aside(tmp_path: Path) -> None:
    folder = tmp_path / "raw" / "task_events"
    folder.mkdir(parents=True)
    sound = "".join(f"{i},,{i},0,m,0,u,0,0,0.1,0.1,,\n" for i in range(3_000))
    (folder / "part-00000-of-00500.csv").write_text(sound + "soon,,1,0,m,0,u,0,0,0.1,0.1,,\n" * 1_100)
    outcome = ingest(source("google-2011"), [tmp_path / "raw"], tmp_path / "lake", macros=[])
    count = outcome.written[0].tables["cluster_job"]
    assert (count.records, count.converted, count.rejected) == (4_100, 3_000, 1_100)


def test_rows_that_a_mapping_of_a_pairing_loses_are_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = Converter.convert

    def losing(self: Converter, records: pl.DataFrame) -> Converted:
        found = whole(self, records)
        return Converted(found.rows[1:], found.rejected) if self.table.name == "cluster_job" else found

    monkeypatch.setattr(Converter, "convert", losing)
    with pytest.raises(DataError, match="cluster_job: 125 records read, but 120 converted"):
        ingest(source("google-2011"), [SAMPLES / "google-2011"], tmp_path / "lake", macros=[], settings=Settings())


def test_a_reject_of_a_paired_kind_stops_a_strict_ingest(tmp_path: Path) -> None:
    shutil.copytree(SAMPLES / "google-2011", tmp_path / "raw")
    _append("machine_events/part-00000-of-00001.csv", "soon,1,0,p,1,1")(tmp_path / "raw")
    with pytest.raises(DataError, match="line 10: column 'time': 'soon' is not"):
        ingest(source("google-2011"), [tmp_path / "raw"], tmp_path / "lake", macros=[], settings=Settings(strict=True))


def test_counts_of_an_untouched_sample_reject_nothing(tmp_path: Path) -> None:
    outcome = ingest(source("google-2011"), [SAMPLES / "google-2011"], tmp_path / "lake", macros=[])
    counts: dict[str, TableCount] = outcome.written[0].tables
    assert {name: (c.records, c.rejected) for name, c in counts.items() if name != "metric_sample"} == {
        "placement": (125, 0),
        "cluster_job": (125, 0),
        "machine": (9, 0),
    }
