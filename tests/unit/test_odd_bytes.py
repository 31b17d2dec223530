"""One odd byte, escape, quote or number costs one record, or is an error that names the file; nothing is unexpected."""

from __future__ import annotations

import gzip
import io
import json
import os
import pickle
import random
import resource
import sqlite3
import struct
import tarfile
import time
import zipfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from raw_records import SAMPLES

from tracekit.api import Lake
from tracekit.errors import DataError, NothingMatchedError, UsageError
from tracekit.ingest.read_pickle import load_table
from tracekit.ingest.run import Outcome, ingest
from tracekit.query import library
from tracekit.query.run import bind_params
from tracekit.sources.load import source
from tracekit.sources.mapping_file import parse_mapping

HEADER = "Timestamp,Model,Request tokens,Response tokens,Total tokens,Log Type"
GOOD = "5,ChatGPT,10,20,30,API log"
IngestFile = Callable[..., Lake]
JSON_LINES = """
dataset = "jlx"
table = "llm_request"
format = "jsonl"
trace = "t"
[columns]
arrived_us = { column = "ts", unit = "s" }
input_tokens = "a"
model = "m"
"""


def _rejects(root: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for path in sorted((root / "_rejects").rglob("*.jsonl")) for line in path.read_text().splitlines()]


def _burstgpt(path: Path, lake: Path) -> Outcome:
    return ingest(source("burstgpt"), [path], lake, macros=[])


def test_lines_that_end_with_a_carriage_return_alone_are_said(ingest_file: IngestFile) -> None:
    with pytest.raises(DataError, match=r"a\.csv: line 1: lines end with a carriage return alone") as caught:
        ingest_file("burstgpt", "a.csv", f"{HEADER}\r{GOOD}\r{GOOD}\r")
    assert "tr '\\r' '\\n'" in str(caught.value)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (random.Random(3).randbytes(3_000), "a.csv: binary data, not text"),
        (gzip.compress(gzip.compress(f"{HEADER}\n{GOOD}\n".encode())), "a.csv: compressed twice: what comes out is gzip again"),
        (f"{HEADER}\r\r\n{GOOD}\r\r\n".encode(), "a.csv: line 1: two carriage returns stand before the newline"),
    ],
)
def test_what_is_no_text_is_said_as_what_it_is(data: bytes, words: str, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(data)
    with pytest.raises(DataError) as caught:
        _burstgpt(tmp_path / "a.csv", tmp_path / "lake")
    assert words in str(caught.value)


@pytest.mark.parametrize("limit", [None, 3])
def test_a_carriage_return_within_a_file_costs_its_line(limit: int | None, ingest_file: IngestFile) -> None:
    lake = ingest_file("burstgpt", "a.csv", f"{HEADER}\n{GOOD}\n{GOOD}\r{GOOD}\n{GOOD}\n", limit=limit)
    assert lake.table("llm_request").collect()["source_row"].to_list() == [1, 3]
    assert [(r["line"], r["reason"]) for r in _rejects(lake.layout.root)] == [(3, "a carriage return stands within the line")]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ('{"ts":2,"a":2,"m":"\\ud83d"}', "'m': \"\\ud83d\" is not text"),
        ('{"ts":2,"a":' + "9" * 5_000 + ',"m":"x"}', "a number has too many digits"),
        ('{"ts":2,"a":2,"m":"x","other":' + "9" * 5_000 + "}", "a number has too many digits"),
        ('{"ts":2,"a":2,"m":' + "[" * 100_000 + "]" * 100_000 + "}", "nested too deeply"),
        ('{"ts":2,"a":2,"m":' + "[" * 300 + "]" * 300 + "}", "is not text"),
        ('{"ts":2,"a":1e999,"m":"x"}', "'a': Infinity is not a whole number"),
        ('{"ts":2,"a":2,"m":"x"', "not JSON"),
        ('"\\ud83d"', "is not an object of named values"),
    ],
)
def test_one_odd_json_line_costs_itself(line: str, reason: str, tmp_path: Path) -> None:
    good = '{"ts":1,"a":2,"m":"x","\\ud83d":1}'
    (tmp_path / "a.jsonl").write_text(f"{good}\n{line}\n{good}\n")
    ingest(parse_mapping(JSON_LINES, tmp_path / "m.toml"), [tmp_path / "a.jsonl"], tmp_path / "lake", macros=[])
    assert Lake(tmp_path / "lake").table("llm_request").collect()["source_row"].to_list() == [1, 3]
    [reject] = _rejects(tmp_path / "lake")
    assert (reject["line"], reason in reject["reason"]) == (2, True), reject["reason"][:200]


@pytest.mark.parametrize(("content", "words"), [("[" * 100_000, "nested too deeply"), ("9" * 5_000, "a number has too many digits")])
def test_odd_json_documents_are_said(content: str, words: str, tmp_path: Path) -> None:
    (tmp_path / "global_energy_mix.json").write_text(content)
    with pytest.raises(DataError, match=rf"global_energy_mix\.json: .*not a JSON document: .*{words}"):
        ingest(source("energy-mix"), [tmp_path / "global_energy_mix.json"], tmp_path / "lake", macros=[])


def test_an_open_quote_costs_its_record_and_moves_no_gpu(ingest_file: IngestFile) -> None:
    head = "timestamp, power.draw [W], utilization.gpu [%], memory.used [MiB]"
    rows = [f"2000/01/03 10:00:0{i // 8}.{100 + i % 8}, {500 + i}.00 W, 98 %, {17 + i % 8} MiB" for i in range(32)]
    rows[9] = rows[9].replace("98 %", '"98 %')
    lake = ingest_file("gpu-training-power", "8gpu.csv", "\n".join([head, *rows]) + "\n")
    found = lake.table("power_sample").collect()
    assert found["source_row"].to_list() == [i + 1 for i in range(32) if i != 9]
    assert dict(zip(found["source_row"], found["power_w"], strict=True)) == {i + 1: 500.0 + i for i in range(32) if i != 9}
    assert {row: gpu for row, gpu in zip(found["source_row"], found["entity_id"], strict=True) if gpu != f"gpu{(row - 1) % 8}"} == {}
    reason = "the quoting is broken: a quote is not closed on its line (a cell may not span lines)"
    assert [(r["line"], r["reason"]) for r in _rejects(lake.layout.root)] == [(11, reason)]


def test_header_cells_and_headers_of_any_length(ingest_file: IngestFile) -> None:
    more = [*("q" * 140_000 for _ in range(1)), *(f"extra{i}" for i in range(40_000))]
    text = "\n".join([",".join([HEADER, *more]), ",".join([GOOD, *["1"] * len(more)])]) + "\n"
    assert len(text.partition("\n")[0]) > 1 << 18
    assert ingest_file("burstgpt", "a.csv", text).table("llm_request").collect()["input_tokens"].to_list() == [10]


def test_a_quoted_cell_of_any_length_is_read_beside_a_broken_line(ingest_file: IngestFile) -> None:
    long = f'6,"{"m" * 200_000},",1,2,3,API log'
    lake = ingest_file("burstgpt", "a.csv", "\n".join([HEADER, GOOD, long, "7,short"]) + "\n")
    assert [len(name) for name in lake.table("llm_request").collect()["model"]] == [7, 200_001]


def test_text_that_is_not_utf8_costs_its_line(ingest_file: IngestFile, tmp_path: Path) -> None:
    day = tmp_path / "20110303"
    day.mkdir()
    (day / "host").write_bytes(b"6\n7\xff\n8\n9\r10\n")
    ingest(source("planetlab"), [tmp_path], tmp_path / "lake", macros=[])
    assert [(r["line"], r["reason"]) for r in _rejects(tmp_path / "lake")] == [
        (2, "byte 2 is not UTF-8"),
        (4, "does not look like a record"),
    ]


def test_damaged_pages_are_an_error_with_the_file(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    count = 20_000
    table = pa.table({"ts": pa.array(range(count), pa.int64()), "m": [f"model {i}" for i in range(count)]})
    pq.write_table(table, path, compression="zstd", row_group_size=5_000, write_page_checksum=True)
    mapping = JSON_LINES.replace('"jsonl"', '"parquet"').replace('input_tokens = "a"\n', "")
    data = bytearray(path.read_bytes())
    data[len(data) // 2 : len(data) // 2 + 200] = bytes(200)
    path.write_bytes(bytes(data))
    with pytest.raises(DataError, match=r"a\.parquet: the Parquet file is damaged after record \d"):
        ingest(parse_mapping(mapping, tmp_path / "m.toml"), [path], tmp_path / "lake", macros=[])


def _database(path: Path, *statements: str) -> Path:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE vmType (id, vmTypeId, machineId, core, memory, hdd, ssd, nic)")
        connection.execute("INSERT INTO vmType VALUES (1, 7, 1, 0.5, 0.25, 0, 0, 0)")
        for statement in statements:
            connection.execute(statement)
        connection.commit()
    return path


ENDLESS = """CREATE VIEW vm AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)
SELECT i AS vmId, zeroblob(900000000) AS tenantId, 7 AS vmTypeId, 0 AS priority, 0.5 AS starttime, 1.0 AS endtime FROM n"""
TABLE = "CREATE TABLE vm (vmId, tenantId, vmTypeId, priority, starttime, endtime)"


def test_a_view_without_end_is_refused_at_once(tmp_path: Path) -> None:
    path = _database(tmp_path / "x.sqlite", ENDLESS)
    started = time.monotonic()
    with pytest.raises(DataError, match=r"x\.sqlite: 'vm' is a view, not a table of stored rows"):
        ingest(source("azure-packing-2020"), [path], tmp_path / "lake", macros=[])
    assert time.monotonic() - started < 20


def test_a_cell_of_a_database_that_is_not_utf8_costs_its_row(tmp_path: Path) -> None:
    rows = ["INSERT INTO vm VALUES (1, 2, 7, 0, 0.5, 1.0)", "INSERT INTO vm VALUES (CAST(x'ff41' AS TEXT), 2, 7, 0, 0.5, 1.0)"]
    path = _database(tmp_path / "a # b?.sqlite", TABLE, *rows)
    ingest(source("azure-packing-2020"), [path], tmp_path / "lake", macros=[])
    assert Lake(tmp_path / "lake").table("cluster_job").collect()["source_row"].to_list() == [1]
    assert [r["reason"] for r in _rejects(tmp_path / "lake") if r["record"] == 2] == ["'vmId': '\\\\xffA' is not UTF-8 text"]


def test_a_damaged_database_is_an_error_with_the_file(tmp_path: Path) -> None:
    path = _database(tmp_path / "x.sqlite", TABLE, *(f"INSERT INTO vm VALUES ({i}, 2, 7, 0, 0.5, 1.0)" for i in range(2_000)))
    data = bytearray(path.read_bytes())
    data[4096 * 4 : 4096 * 6] = bytes([0xFF]) * 8192
    path.write_bytes(bytes(data))
    with pytest.raises(DataError, match=r"x\.sqlite: not a whole SQLite file"):
        ingest(source("azure-packing-2020"), [path], tmp_path / "lake", macros=[])


def _global(module: str, name: str) -> bytes:
    return f"c{module}\n{name}\n".encode()


PICKLES = {
    "remembered under a number that needs 67 GB": b"\x80\x02]r\xff\xff\xff\xff.",
    "remembered under a number in words": b"\x80\x02]p4294967295\n.",
    "announced bytes": b"\x80\x05\x96" + struct.pack("<Q", 67 << 30) + b"abc.",
    "announced text": b"\x80\x04\x8d" + struct.pack("<Q", 67 << 30) + b"abc.",
    "announced frame": b"\x80\x04\x95" + struct.pack("<Q", 67 << 30) + b"].",
    "an array made by its shape": b"\x80\x02" + _global("numpy", "ndarray") + b"(J\xff\xff\xff\x7fK\x40\x86tR.",
    "a scalar of a giant type": b"\x80\x02"
    + _global("numpy._core.multiarray", "scalar")
    + _global("numpy", "dtype")
    + b"X\x0b\x00\x00\x00V9999999999\x85RN\x86R.",
    "an integer of thousands of digits": b"\x80\x02I" + b"9" * 5_000 + b"\n.",
    "lists within lists": b"\x80\x02" + b"]" * 100_000 + b"a" * 99_999 + b".",
}


@pytest.mark.parametrize("name", PICKLES)
def test_a_pickle_that_asks_for_more_than_there_is_gets_nothing(name: str, tmp_path: Path) -> None:
    path = tmp_path / "app_configs.pickle"
    path.write_bytes(PICKLES[name])
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(DataError, match=r"app_configs\.pickle"):
        load_table(path, "configurations")
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200 << 10


def test_a_list_that_holds_itself_many_times_over_is_bounded(tmp_path: Path) -> None:
    nested: list[Any] = [1.0]
    for _ in range(60):
        nested = [nested, nested]
    (tmp_path / "x.pickle").write_bytes(pickle.dumps(nested))
    names, columns, _, plain = load_table(SAMPLES / "ibm-code-engine-2026" / "week_1.pickle", "weeks")
    assert (len(names), len(columns)) == (7, 7)
    with pytest.raises(ValueError, match="more items than a pickle of this size can hold"):
        plain(nested)


def _zip(path: Path, members: dict[str, str]) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in members.items():
            archive.writestr(name, text)
    return path


@pytest.mark.parametrize(("at", "value", "words"), [(6, 1, "encrypted"), (8, 99, "compression")])
def test_members_that_cannot_be_unpacked_are_named(at: int, value: int, words: str, tmp_path: Path) -> None:
    path = _zip(tmp_path / "a.zip", {"inner/trace.csv": f"{HEADER}\n{GOOD}\n"})
    data = bytearray(path.read_bytes())
    # The flags and the method stand in the member's own header and in the directory at the end.
    directory = data.index(b"PK\x01\x02")
    data[at] = data[directory + at + 2] = value
    path.write_bytes(bytes(data))
    with pytest.raises(DataError, match=rf"a\.zip: member 'inner/trace\.csv' cannot be unpacked: .*{words}"):
        _burstgpt(path, tmp_path / "lake")


@pytest.mark.parametrize("form", ["zip", "tar"])
def test_two_members_of_one_name_are_not_one(form: str, tmp_path: Path) -> None:
    path = tmp_path / f"a.{form}"
    texts = [f"{HEADER}\n{GOOD}\n", f"{HEADER}\n{GOOD}\n{GOOD}\n"]
    if form == "zip":
        with pytest.warns(UserWarning, match="Duplicate name"), zipfile.ZipFile(path, "w") as archive:
            for text in texts:
                archive.writestr("x.csv", text)
    else:
        with tarfile.open(path, "w") as archive:
            for text in texts:
                info = tarfile.TarInfo("x.csv")
                info.size = len(text)
                archive.addfile(info, io.BytesIO(text.encode()))
    with pytest.raises(DataError, match=r"two members are called 'x\.csv', and the second would replace the first"):
        _burstgpt(path, tmp_path / "lake")


@pytest.mark.parametrize("magic", [b"PK\x03\x04", b"7z\xbc\xaf\x27\x1c", b"x" * 257 + b"ustar\x0000"])
def test_broken_archives_are_said(magic: bytes, tmp_path: Path) -> None:
    for i in range(20):
        (tmp_path / "a.zip").write_bytes(magic + bytes((i * 37 + j * j) % 256 for j in range(40 + 29 * i)))
        with pytest.raises((DataError, NothingMatchedError), match=r"a\.zip|no file"):
            _burstgpt(tmp_path / "a.zip", tmp_path / "lake")


def test_a_zip_of_a_hundred_thousand_entries_is_answered_at_once(tmp_path: Path) -> None:
    path = _zip(tmp_path / "a.zip", {f"n/{i}.{'csv' if i % 2 else 'txt'}": "" for i in range(100_000)})
    source("burstgpt")
    started = time.process_time()
    with pytest.raises(DataError, match=r"a\.zip: more than 50,000 members"):
        _burstgpt(path, tmp_path / "lake")
    assert time.process_time() - started < 5
    assert not list((tmp_path / "lake").rglob("*.csv"))


def test_what_no_kind_matches_stays_in_the_archive(tmp_path: Path) -> None:
    path = _zip(tmp_path / "a.zip", {"x.csv": f"{HEADER}\n{GOOD}\n", "notes/readme.md": "hello", "__MACOSX/._x.csv": "junk"})
    done = _burstgpt(path, tmp_path / "lake")
    assert [file.name for file in done.plan.files] == ["a.zip!x.csv"]
    assert done.plan.unknown == ["a.zip!notes/readme.md"]


@pytest.mark.parametrize("where", ["folder", "tar"])
def test_names_that_are_not_utf8_are_read_and_escaped(where: str, tmp_path: Path) -> None:
    name, text = b"run\xff.csv", f"{HEADER}\n{GOOD}\n".encode()
    if where == "tar":
        given = tmp_path / "a.tar"
        with tarfile.open(given, "w") as archive:
            info = tarfile.TarInfo(os.fsdecode(name))
            info.size = len(text)
            archive.addfile(info, io.BytesIO(text))
    else:
        given = tmp_path / "raw"
        given.mkdir()
        with open(os.path.join(os.fsencode(given), name), "wb") as file:  # noqa: PTH118, PTH123 - pathlib takes no bytes
            file.write(text)
    done = _burstgpt(given, tmp_path / "lake")
    [entry] = done.written[0].inputs
    assert entry.name == ("a.tar!run\\xff.csv" if where == "tar" else "run\\xff.csv")
    assert Lake(tmp_path / "lake").table("llm_request").collect()["input_tokens"].to_list() == [10]


NUMBERS = ["1e308", "-1e308", "-1", "nan", "inf", "1e19", "99999999999999999999999999"]


def test_every_number_that_a_parameter_cannot_mean_is_a_usage_error() -> None:
    asked = 0
    for query in library.load().values():
        for param in query.params.values():
            if param.type.removesuffix("[]") not in ("BIGINT", "DOUBLE"):
                continue
            for number in NUMBERS:
                if param.unit == "degC" and number == "-1":
                    continue
                with pytest.raises(UsageError, match=param.name):
                    bind_params(query, {param.name: f"[{number}]" if param.type.endswith("[]") else number})
                asked += 1
            # What stands in the header is within bounds.
            bind_params(query, {param.name: param.default} if param.default is not None else {})
    assert asked > 500


@pytest.mark.parametrize(
    ("name", "given", "words"),
    [
        ("arrival/dispersion", {"windows_s": "[1e308]"}, "out of bounds"),
        ("arrival/dispersion", {"windows_s": "[0]"}, "out of bounds"),
        ("arrival/dispersion", {"windows_s": "[Infinity]"}, "is not DOUBLE"),
        ("arrival/dispersion", {"windows_s": "[" * 5_000}, "is not DOUBLE"),
        ("arrival/dispersion_ci", {"replicates": "0"}, "out of bounds"),
        ("llm/prefix_reuse", {"capacities_blocks": "[1.5]"}, "is not BIGINT"),
        ("llm/prefix_reuse", {"capacities_blocks": "[Infinity]"}, "is not BIGINT"),
        ("cluster/durations", {"quantiles": "[1.5]"}, "out of bounds"),
        ("arrival/dispersion", {"stream": "\udcff"}, "is not VARCHAR"),
    ],
)
def test_odd_parameters(name: str, given: dict[str, str], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        bind_params(library.get(name), given)
