"""A user's own files: the worked example of the documentation, formats, units, instants, and what is refused."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from kept import kept_rejects

from tracekit.api import Lake
from tracekit.errors import DeclarationError, UsageError
from tracekit.ingest.run import ingest
from tracekit.ingest.why import find_origin
from tracekit.lake.layout import Layout
from tracekit.schema.load import tables
from tracekit.schema.polars import DTYPES
from tracekit.schema.types import UNITS
from tracekit.schema.units import FACTORS, factor
from tracekit.sources.mapping_file import parse_mapping

DOCUMENT = (Path(__file__).parents[2] / "docs" / "mapping.md").read_text()
UTC = dt.UTC


def _blocks() -> dict[str, str]:
    """The example's files, as they stand in the documentation."""
    return dict(re.findall(r"```\w+ (\S+)\n(.*?)```", DOCUMENT, re.DOTALL))


def _micros(text: str) -> int:
    return (dt.datetime.fromisoformat(text) - dt.datetime(1970, 1, 1, tzinfo=UTC)) // dt.timedelta(microseconds=1)


def test_worked_example_of_the_documentation(tmp_path: Path, cli: Callable[..., object]) -> None:
    for name, text in _blocks().items():
        (tmp_path / name).write_text(text)
    commands = re.search(r"```sh\n(.*?)```", DOCUMENT, re.DOTALL)[1].splitlines()  # type: ignore[index]
    lake = tmp_path / "lake"
    done = []
    for command in commands:
        words = [str(tmp_path / w) if w.startswith("gateway.") else w for w in command.split()[1:]]
        done.append(cli(*words, "--lake", lake))
    assert [run.returncode for run in done] == [0, 0, 0], [run.stderr for run in done]  # type: ignore[attr-defined]
    assert "3 rows (4 records, 1 rejected)" in done[0].stdout  # type: ignore[attr-defined]
    assert "2026-03-01T12:00:02.5+02:00;95;0;45;0;503;blue" in done[2].stdout  # type: ignore[attr-defined]
    rows = Lake(lake).table("llm_request").sort("source_row").collect()
    stamps = ["2026-03-01T10:00:00.250+00:00", "2026-03-01T10:00:01+00:00", "2026-03-01T12:00:02.5+02:00"]
    assert rows["arrived_us"].to_list() == [_micros(s) - _micros(stamps[0]) for s in stamps]
    assert rows["e2e_s"].to_list() == [1.84, 0.31, 0.045]
    assert rows["cached_tokens"].to_list() == [203, 0, 0]
    assert rows["is_ok"].to_list() == [True, True, False]
    assert rows["client_id"].to_list() == ["blue", "green", "blue"]
    assert rows["service"].unique().to_list() == ["gateway"]
    recording = Lake(lake).table("recording").collect().row(0, named=True)
    assert recording["anchor_at"] == dt.datetime(2026, 3, 1, 10, 0, 0, 250_000)
    assert (recording["calendar"], recording["zone"], recording["trace"]) == ("exact", "UTC", "march")
    [reject] = [json.loads(line) for line in kept_rejects(Lake(lake), "my-gateway", "march").splitlines()]
    assert (reject["line"], reject["text"]) == (5, "yesterday;10;10;10;0;200;blue")
    assert "'yesterday' is no instant as ISO 8601 writes it" in reject["reason"]


MAPPING = """
dataset = "mine"
table = "llm_request"
trace = "t"
[columns]
arrived_us = { column = "at", unit = "ms" }
input_tokens = "in"
e2e_s = { column = "took", unit = "ms" }
prefix_blocks = "blocks"
"""
ROWS = [
    {"at": 1_700_000_000_123, "in": 5, "took": 1500.0, "blocks": [1, 2]},
    {"at": 1_700_000_000_125, "in": 6, "took": None, "blocks": [1]},
    {"at": 1_700_000_000_130, "in": 7, "took": 250.5, "blocks": []},
]


def _ingest(text: str, path: Path, lake: Path) -> pl.DataFrame:
    ingest(parse_mapping(text, Path("mine.toml")), [path], lake, macros=[])
    return Lake(lake).table("llm_request").collect()


def test_formats_agree(tmp_path: Path) -> None:
    frame = pl.DataFrame(ROWS)
    (tmp_path / "a.jsonl").write_text("".join(json.dumps({k: v for k, v in row.items() if v is not None}) + "\n" for row in ROWS))
    frame.write_parquet(tmp_path / "a.parquet")
    as_lines = _ingest('format = "jsonl"' + MAPPING, tmp_path / "a.jsonl", tmp_path / "lines")
    as_parquet = _ingest('format = "parquet"' + MAPPING, tmp_path / "a.parquet", tmp_path / "parquet")
    assert as_lines.equals(as_parquet)
    assert as_lines["arrived_us"].to_list() == [0, 2_000, 7_000]
    assert as_lines["e2e_s"].to_list() == [1.5, None, 0.2505]
    assert as_lines["prefix_blocks"].to_list() == [[1, 2], [1], []]
    origin = find_origin(Layout(tmp_path / "parquet"), "mine", "t", 2)
    assert json.loads(origin.text) == ROWS[1]


def test_parquet_cells_that_do_not_fit_are_set_aside(tmp_path: Path) -> None:
    pl.DataFrame({"at": [1, 2, None, 4], "in": [1.0, 2.5, 3.0, 4.0], "took": ["3", "4", "5", "six"], "blocks": [[1]] * 4}).write_parquet(
        tmp_path / "a.parquet"
    )
    rows = _ingest('format = "parquet"' + MAPPING, tmp_path / "a.parquet", tmp_path / "lake")
    assert rows["source_row"].to_list() == [1]
    rejects = [json.loads(line) for line in kept_rejects(Lake(tmp_path / "lake"), "mine", "t").splitlines()]
    assert [(r["record"], r["reason"]) for r in rejects] == [
        (2, "column 'in' is '2.5', not BIGINT"),
        (3, "column 'at' is empty"),
        (4, "column 'took' is 'six', not DOUBLE"),
    ]


@given(st.datetimes(dt.datetime(1971, 1, 1), dt.datetime(2100, 1, 1)), st.integers(-14 * 60, 14 * 60), st.booleans())
def test_iso_instants_keep_every_microsecond_and_offset(at: dt.datetime, minutes: int, has_t: bool) -> None:
    zoned = at.replace(tzinfo=dt.timezone(dt.timedelta(minutes=minutes)))
    text = zoned.isoformat("T" if has_t else " ")
    mapping = parse_mapping('dataset = "x"\ntable = "llm_request"\n[columns]\narrived_us = { column = "at", unit = "iso" }', Path("x.toml"))
    frame = pl.DataFrame({"at": [text, at.isoformat()], "source_row": [1, 2]}).lazy()
    found = mapping.mapping("llm_request")(frame).collect()["arrived_us"].to_list()
    epoch = dt.datetime(1970, 1, 1, tzinfo=UTC)
    assert found == [(zoned - epoch) // dt.timedelta(microseconds=1), (at.replace(tzinfo=UTC) - epoch) // dt.timedelta(microseconds=1)]


@given(st.integers(0, 4_000_000_000_000_000_000))
def test_nanoseconds_are_rounded_to_microseconds(ns: int) -> None:
    mapping = parse_mapping('dataset = "x"\ntable = "llm_request"\n[columns]\narrived_us = { column = "at", unit = "ns" }', Path("x.toml"))
    frame = pl.DataFrame({"at": [ns], "source_row": [1]}).lazy()
    [found] = mapping.mapping("llm_request")(frame).collect()["arrived_us"].to_list()
    assert abs(found - ns / 1000) <= 1


def test_units_are_those_of_the_schema() -> None:
    assert set(FACTORS) <= set(UNITS)
    assert all(known.get(unit) == 1.0 for unit, known in FACTORS.items())
    used = {f.unit for table in tables().values() for f in table.fields}
    assert factor("ratio", "ratio", "x") == 1.0
    assert {"s", "us", "ratio", "MB", "W", "J"} & used <= set(FACTORS)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("tabel = 'llm_request'", "unknown key 'tabel'. Did you mean 'table'"),
        ("dataset = 'x'\ntable = 'llm_requests'", "table: 'llm_requests' is no table of the lake. Did you mean 'llm_request'"),
        ("dataset = 'burstgpt'\ntable = 'llm_request'", "is a source of tracekit"),
        ("dataset = 'My Logs'\ntable = 'llm_request'", "is not a name in kebab-case"),
        ("dataset = 'x'\ntable = 'llm_request'\n[columns]\ninput_tokens = 'a'", "ordered by arrived_us; map it"),
        ("dataset = 'x'\ntable = 'llm_request'\n[columns]\narrived = 'a'", "no such column. Did you mean 'arrived_us'"),
        ("dataset = 'x'\ntable = 'llm_request'\n[columns]\narrived_us = { column = 'a', unit = 'percent' }", "'percent' cannot become us"),
        ("dataset = 'x'\ntable = 'llm_request'\n[columns]\narrived_us = { column = 'a', sql = 'b' }", "give one of column, sql, value"),
        ("dataset = 'x'\ntable = 'llm_request'\n[columns]\narrived_us = { sql = 'a +' }", "not an SQL expression"),
        (
            "dataset = 'x'\ntable = 'llm_request'\n[raw]\na = 'INT'\n[columns]\narrived_us = 'a'",
            "raw.a: 'INT' is not one of VARCHAR, BIGINT",
        ),
        ("dataset = 'x'\ntable = 'power_sample'\n[columns]\nsampled_us = 'a'", "power_sample needs entity_id, entity_kind"),
        ("dataset = 'x", "not valid TOML"),
    ],
)
def test_wrong_mapping_is_refused_with_file_and_key(text: str, words: str) -> None:
    with pytest.raises((DeclarationError, UsageError)) as caught:
        parse_mapping(text, Path("my.toml"))
    assert words in str(caught.value)
    assert "my.toml" in str(caught.value)


def test_source_like_another_is_whole(tmp_path: Path, cli: Callable[..., object]) -> None:
    from tracekit.sources.load import load_source, source
    from tracekit.sources.scaffold import scaffold

    for like in ("burstgpt", "mooncake", "servegen", "energy-mix"):
        made = load_source(scaffold(f"like-{like}", like, tmp_path))
        other = source(like)
        assert made.id == f"like-{like}"
        assert made.files == other.files
        # Facts about the other dataset are not this one's.
        assert (made.licence.spdx, made.downloads, made.errata, made.claims) == ("NOASSERTION", (), (), ())
        assert (made.folder / "mapping.py").read_text() == (other.folder / "mapping.py").read_text()
    with pytest.raises(UsageError, match="already"):
        scaffold("like-burstgpt", "burstgpt", tmp_path)
    with pytest.raises(UsageError, match="kebab-case"):
        scaffold("My_Source", "burstgpt", tmp_path)
    done = cli("new", "source", "my-gateway", "--like", "burstgpt", "--to", tmp_path)
    assert done.returncode == 0  # type: ignore[attr-defined]
    assert (tmp_path / "my_gateway" / "source.toml").exists()


@pytest.mark.parametrize("size", [1, 2, 3, 7])
def test_the_example_gives_the_same_rows_in_pieces(size: int) -> None:
    mapping = parse_mapping(_blocks()["gateway.toml"], Path("gateway.toml"))
    raw = pl.read_csv(_blocks()["gateway.csv"].encode(), separator=";", infer_schema=False).with_row_index("source_row", 1)
    types = {column.name: DTYPES[column.type] for column in mapping.files[0].columns}
    frame = pl.concat([raw] * 4).select("source_row", *(pl.col(name).cast(kind, strict=False) for name, kind in types.items()))
    [function] = mapping.files[0].maps.values()
    whole = mapping.mapping(function)(frame.lazy()).collect()
    pieces = [mapping.mapping(function)(frame[i : i + size].lazy()).collect() for i in range(0, frame.height, size)]
    assert pl.concat(pieces).equals(whole)
