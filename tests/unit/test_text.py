"""Lines of text split by white space or matched by an expression: comments and headings are no records, and every line is accounted for."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tracekit.api import Lake
from tracekit.errors import DataError
from tracekit.ingest.formats.text import PlainText
from tracekit.ingest.plan import RawFile
from tracekit.ingest.records import read_records
from tracekit.ingest.settings import Settings
from tracekit.ingest.why import find_origin
from tracekit.lake.manifest import Input, read_manifests
from tracekit.sources.files import FileKind, RawColumn

JOB = "{} {} 5 10 4 -1 -1 4 -1 -1 1 7 -1 3 1 -1 -1 -1"
SENSORS = PlainText(
    name="sensors",
    text="Readings under the instant they were taken at.",
    path=r"\.txt$",
    columns=(RawColumn("at", "VARCHAR"), RawColumn("sensor", "VARCHAR", required=True), RawColumn("value", "DOUBLE", required=True)),
    maps={},
    pattern=r"^(?P<sensor>[^|]+?)\s*\|\s*(?P<value>\S+)",
    heading=r"# Timestamp: (?P<at>\S+)",
    comment="#",
)


class Sizes(Settings):
    """Settings with blocks of a given size."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self.__dict__["size"] = size

    @property
    def block_bytes(self) -> int:
        return int(self.__dict__["size"])


def _read(tmp_path: Path, kind: FileKind, text: str, block_bytes: int = 1 << 20) -> tuple[list[dict[str, object]], list[str], Input]:
    path = tmp_path / "x.txt"
    path.write_bytes(text.encode("utf-8", errors="surrogateescape"))
    entry = Input("x.txt", "", kind.name, 0, "")
    rows: list[dict[str, object]] = []
    rejects: list[str] = []
    file = RawFile(path, "x.txt", kind, "x")
    for records in read_records(file, 0, entry, Sizes(block_bytes), lambda *_: None):
        rows += records.frame.to_dicts()
        rejects += [f"{r.line}: {r.reason}" for r in records.rejects]
    return rows, rejects, entry


@pytest.mark.parametrize("block_bytes", [8, 40, 1 << 20])
def test_headings_hold_for_what_follows_whatever_the_blocks(block_bytes: int, tmp_path: Path) -> None:
    text = "# Timestamp: one\nA | 1 | ok\nB b | 2.5\n\n# remark\n# Timestamp: two\nA | 3\nnonsense\nA | na\nA | 4\n"
    rows, rejects, entry = _read(tmp_path, SENSORS, text, block_bytes)
    assert sorted(rows, key=lambda row: row["source_row"]) == [
        {"at": "one", "sensor": "A", "value": 1.0, "source_row": 1},
        {"at": "one", "sensor": "B b", "value": 2.5, "source_row": 2},
        {"at": "two", "sensor": "A", "value": 3.0, "source_row": 3},
        {"at": "two", "sensor": "A", "value": 4.0, "source_row": 6},
    ]
    assert [r.split(":")[0] for r in rejects] == ["8", "9"]
    assert "does not look like a record" in rejects[0]
    assert "'value': 'na' is not a number" in rejects[1]
    assert (entry.records, entry.blank_lines) == (6, 4)


def test_swf_lines_are_conserved_and_found_again(ingest_file: Callable[..., Lake]) -> None:
    lines = [
        "; MaxProcs: 16",
        *(JOB.format(i, i * 10) for i in range(1, 5)),
        "; remark",
        "6 60 5",
        "",
        JOB.format(7, "soon"),
        JOB.format(8, 80),
    ]
    lake = ingest_file("swf", "small.swf", "\n".join(lines) + "\n")
    assert [row[0] for row in lake.sql("SELECT job_id FROM cluster_job ORDER BY source_row").rows()] == ["1", "2", "3", "4", "8"]
    assert lake.sql("SELECT cpus FROM machine").rows() == [(16.0,)]
    [manifest] = read_manifests(lake.layout)
    count = manifest.tables["cluster_job"]
    assert (count.records, count.converted, count.rejected) == (7, 5, 2)
    assert manifest.inputs[0].blank_lines == 3
    origin = find_origin(lake.layout, "swf", "small", 7)
    assert (origin.line, origin.text) == (10, JOB.format(8, 80))


def test_a_file_of_comments_alone_holds_no_records(ingest_file: Callable[..., Lake]) -> None:
    with pytest.raises(DataError, match="no records"):
        ingest_file("swf", "empty.swf", "; MaxProcs: 16\n; nothing else\n")


def test_swf_of_other_columns_is_refused(ingest_file: Callable[..., Lake]) -> None:
    with pytest.raises(DataError, match="does not look like One job per line"):
        ingest_file("swf", "other.swf", "; a log\n1 2 3\n")
