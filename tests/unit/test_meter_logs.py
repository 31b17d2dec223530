"""nvidia-smi logs in the shapes that people have: names of columns old and new, GPUs by bus, no power, readings that share an instant."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.raw_records import mapped
from tracekit.api import Lake
from tracekit.cli import cli
from tracekit.errors import DataError
from tracekit.ingest.run import ingest
from tracekit.ingest.settings import Settings
from tracekit.lake.layout import Layout
from tracekit.lake.manifest import read_manifests
from tracekit.sources.load import source

STAMPS = [f"2026/03/01 10:00:0{second}.000" for second in range(3)]


def _ingest(lake: Path, path: Path, header: str, lines: list[str]) -> str:
    path.write_text("\n".join([header, *lines]) + "\n")
    result = CliRunner().invoke(cli, ["ingest", "nvidia-smi", str(path), "--lake", str(lake)])
    assert result.exit_code == 0, result.output
    return result.output


def _rows(lake: Path, sql: str) -> list[tuple[object, ...]]:
    return [tuple(row.values()) for row in Lake(lake).sql(sql).iter_rows(named=True)]


def test_new_names_are_read_and_missing_columns_make_no_rows(tmp_path: Path) -> None:
    header = "timestamp, index, clocks.current.sm [MHz], clocks.current.memory [MHz], enforced.power.limit [W], power.draw.instant [W]"
    lines = [f"{STAMPS[0]}, 0, 1410 MHz, 1593 MHz, 400.00 W, 310.50 W", f"{STAMPS[1]}, 0, 1395 MHz, [N/A], 400.00 W, [N/A]"]
    _ingest(tmp_path / "lake", tmp_path / "clocks.csv", header, lines)
    metrics = _rows(tmp_path / "lake", "SELECT metric, value, unit FROM metric_sample ORDER BY sampled_us, metric")
    assert metrics == [
        ("clocks.mem", 1593.0, "MHz"),
        ("clocks.sm", 1410.0, "MHz"),
        ("power.draw.instant", 310.5, "W"),
        ("clocks.sm", 1395.0, "MHz"),
    ]
    # A reading of power that is unknown stays a reading.
    assert _rows(tmp_path / "lake", "SELECT power_w, provisioned_w FROM power_sample ORDER BY sampled_us") == [
        (310.5, 400.0),
        (None, 400.0),
    ]
    assert _rows(tmp_path / "lake", "SELECT count(*) AS n FROM resource_sample") == [(0,)]


def test_power_draw_stands_before_average_and_instant() -> None:
    cells = {
        "timestamp": STAMPS[0],
        "power.draw.average [W]": "301.00 W",
        "power.draw.instant [W]": "310.00 W",
        "power.draw [W]": "300.00 W",
    }
    assert [row["power_w"] for row in mapped("nvidia-smi", "gpu", [cells], "power_sample")] == [300.0]
    assert [row["power_w"] for row in mapped("nvidia-smi", "gpu", [cells | {"power.draw [W]": "[N/A]"}], "power_sample")] == [301.0]
    limits = {"power.draw": "50", "enforced.power.limit": "250", "power.limit": "300", "timestamp": STAMPS[0]}
    assert [row["provisioned_w"] for row in mapped("nvidia-smi", "gpu", [limits], "power_sample")] == [250.0]


@pytest.mark.parametrize("column", ["pci.bus_id", "gpu_bus_id", "gpu_uuid", "uuid", "serial", "gpu_serial", "index"])
def test_gpus_are_told_apart_by_any_identity(column: str, tmp_path: Path) -> None:
    lines = [f"{stamp}, {gpu}, {watts}.00 W" for stamp in STAMPS for gpu, watts in (("7", 100), ("9", 300))]
    said = _ingest(tmp_path / "lake", tmp_path / "bus.csv", f"timestamp, {column}, power.draw [W]", lines)
    [row] = Lake(tmp_path / "lake").run("power/energy", {"dataset": "nvidia-smi"}).records()
    # 100 W and 300 W over two seconds.
    assert (row["entities"], row["trapezoid_j"]) == (2, 800.0)
    assert "share entity and instant" not in said


def test_readings_of_one_entity_at_one_instant_are_counted_and_said(tmp_path: Path) -> None:
    lines = [f"{stamp}, {watts}.00 W" for stamp in STAMPS for watts in (100, 300)]
    said = _ingest(tmp_path / "lake", tmp_path / "two.csv", "timestamp, power.draw [W]", lines)
    assert "nvidia-smi/two power_sample: 3 readings share entity and instant with another" in said
    [manifest] = read_manifests(Layout(tmp_path / "lake"), "nvidia-smi")
    assert manifest.tables["power_sample"].same_instant == 3
    one = _ingest(tmp_path / "lake", tmp_path / "one.csv", "timestamp, power.draw [W]", [f"{stamp}, 100.00 W" for stamp in STAMPS])
    assert "share entity and instant" not in one
    assert "nvidia-smi-no-index" not in one


def test_log_without_power_is_use(tmp_path: Path) -> None:
    header = "timestamp, memory.used [MiB], memory.total [MiB], utilization.gpu [%]"
    said = _ingest(tmp_path / "lake", tmp_path / "util.csv", header, [f"{STAMPS[0]}, 10549 MiB, 11264 MiB, 100 %"])
    [row] = _rows(tmp_path / "lake", "SELECT gpu_ratio, gpu_memory_mb FROM resource_sample")
    assert row == (1.0, pytest.approx(10549 * 2**20 / 1e6))
    assert "power_sample: 0 rows (1 records, 1 without a row here)" in said


def test_cell_that_is_no_number_costs_its_record(tmp_path: Path) -> None:
    lines = [f"{STAMPS[0]}, 100.00 W", f"{STAMPS[1]}, 1O0.00 W", f"{STAMPS[2]}, 120.00 W"]
    said = _ingest(tmp_path / "lake", tmp_path / "bad.csv", "timestamp, power.draw [W]", lines)
    assert "power_sample: 2 rows (3 records, 1 rejected)" in said


def test_file_without_any_reading_is_not_of_this_source(tmp_path: Path) -> None:
    (tmp_path / "names.csv").write_text(f"timestamp, index, name\n{STAMPS[0]}, 0, GPU A\n")
    with pytest.raises(DataError, match=r"names\.csv: not a file of nvidia-smi: .*the header has timestamp, index, name"):
        ingest(source("nvidia-smi"), [tmp_path / "names.csv"], tmp_path / "lake", macros=[], settings=Settings())
