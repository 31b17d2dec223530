"""Cells counted per line: a record of another number of cells costs itself, whatever stands in the lines around it."""

from __future__ import annotations

import csv
import json
import random
from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from tracekit.api import Lake
from tracekit.errors import DataError
from tracekit.ingest.lines import join_cells, odd_lines, split_line
from tracekit.ingest.run import ingest
from tracekit.ingest.settings import Settings
from tracekit.sources.mapping_file import parse_mapping

MAPPING = """
dataset = "rag"
table = "llm_request"
trace = "t"
[columns]
arrived_us = { column = "ts", unit = "s" }
model = "name"
input_tokens = "a"
output_tokens = "b"
"""
HEADER = "ts,name,a,b"
GOOD = ["1,x,10,100", '2,"q,u",20,200', '3,"say ""hi""",30,300', "4,,40,400", '5,"",50,500']


def _expected(lines: list[str], cells: int, separator: str) -> list[int]:
    """The lines that the standard library splits into so many cells, counted by itself."""
    kept = []
    for i, line in enumerate(lines):
        try:
            found = next(csv.reader([line], delimiter=separator, strict=True), [""])
        except csv.Error:
            continue
        if len(found or [""]) == cells and line.count('"') % 2 == 0:
            kept.append(i)
    return kept


def test_lines_without_a_flag_are_whole_under_the_standard_library() -> None:
    rng = random.Random(5)
    for _ in range(3_000):
        cells, separator = rng.choice([1, 2, 3, 4]), rng.choice(",;\t")
        whole = ["a", '"b"', f'"c{separator}d"', '""', '"e""f"', "1"]
        broken = ["a", separator, '"', '""', "\r", " ", 'x"', f'"{separator}"']
        lines = [
            "z" + "".join(rng.choice(broken) for _ in range(rng.randint(0, 7)))
            if rng.random() < 0.3
            else separator.join(rng.choice(whole) for _ in range(cells))
            for _ in range(rng.randint(1, 6))
        ]
        odd = odd_lines("".join(f"{line}\n" for line in lines).encode(), separator, cells)
        assert len(odd) == len(lines)
        kept = set(_expected(lines, cells, separator))
        assert {int(i) for i in np.flatnonzero(~odd)} <= kept, lines
        for i, line in enumerate(lines):
            found = split_line(line, separator)
            # An odd line is judged by itself, and to the same end.
            assert (isinstance(found, list) and len(found) == cells) == (i in kept), line
            if isinstance(found, list) and "\r" not in line:
                assert next(csv.reader([join_cells(found, separator)], delimiter=separator)) == found


def _ingest(tmp_path: Path, lines: list[str], *, mapping: str = MAPPING, **settings: object) -> Lake:
    (tmp_path / "m.csv").write_text("\n".join([HEADER, *lines]) + "\n")
    source = parse_mapping(mapping, tmp_path / "m.toml")
    ingest(source, [tmp_path / "m.csv"], tmp_path / "lake", macros=[], settings=Settings(**settings))  # type: ignore[arg-type]
    return Lake(tmp_path / "lake")


def _rejects(lake: Lake) -> list[tuple[int, str]]:
    path = next((lake.layout.root / "_rejects").rglob("*.jsonl"))
    return [(entry["line"], entry["reason"]) for entry in map(json.loads, path.read_text().splitlines())]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("9,y,30", "3 cells where the header has 4"),
        ("9,y,30,300,7", "5 cells where the header has 4"),
        ("9,y,30,300,", "5 cells where the header has 4"),
        ('9,"y,30,300', "the quoting is broken: a quote is not closed on its line (a cell may not span lines)"),
        ('9,y"z,30', "the quoting is broken: a quote is not closed on its line (a cell may not span lines)"),
        ('9,"y" z,30,300', "the quoting is broken: ',' expected after '\"'"),
        ('9,"y,z",30', "3 cells where the header has 4"),
        ('9, "y,z",30', "4 cells" and "'30'"),
        ("9,y\r10,z,30,300", "a carriage return stands within the line"),
        ("9", "1 cells where the header has 4"),
    ],
)
@pytest.mark.parametrize("around", [GOOD, GOOD[:1]], ids=["quotes around", "none around"])
def test_a_record_of_another_width_is_rejected_with_its_line(line: str, reason: str, around: list[str], tmp_path: Path) -> None:
    lake = _ingest(tmp_path, [*around, line, *around])
    rows = lake.table("llm_request").collect()
    kept = [n for n in range(1, 2 * len(around) + 2) if n != len(around) + 1]
    if reason == "'30'":
        # Blank, quote: no quoted cell by any standard, so that all four cells are there, and the first number is `z"`.
        assert _rejects(lake) == [(len(around) + 2, "column 'a': 'z\"' is not a whole number")]
    else:
        assert _rejects(lake) == [(len(around) + 2, reason)]
    assert sorted(rows["source_row"].to_list()) == kept
    names = [next(csv.reader([text]))[1] or None for text in around]
    found = dict(zip(rows["source_row"], rows["model"], strict=True))
    # A quoted nothing is text of no length; an empty cell is unknown.
    assert [found[i + 1] or None for i in range(len(around))] == names
    with pytest.raises(DataError, match=f"line {len(around) + 2}"):
        _ingest(tmp_path / "strict", [*around, line, *around], strict=True) if (tmp_path / "strict").mkdir() is None else None


def test_a_short_record_does_not_move_the_zero(tmp_path: Path) -> None:
    lines = [f'{1_700_000_000 + i},"q,u",{i},2' for i in range(400)]
    # Its first cell is lost: 12 would be an instant of 1970.
    lake = _ingest(tmp_path, [*lines[:200], "12,3,4", *lines[200:]])
    rows = lake.table("llm_request").collect()
    assert rows["arrived_us"].to_list() == [i * 1_000_000 for i in range(400)]
    assert rows["source_row"].to_list() == [i + 1 + (i >= 200) for i in range(400)]


def test_values_do_not_depend_on_what_else_the_block_holds(tmp_path: Path) -> None:
    """A block that is taken line by line reads its good lines as one that is taken whole."""
    lines = [*GOOD, '6," y", 60,600', "7,NaN,+70,007", '8,"z"," 80",800', '9,"",90,', "10,\ty,-0,1"]
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    whole = _ingest(tmp_path / "a", lines).table("llm_request").collect()
    apart = _ingest(tmp_path / "b", [*lines, "11,short"]).table("llm_request").collect()
    assert apart.equals(whole)
    assert whole["input_tokens"].to_list() == [10, 20, 30, 40, 50, 60, 70, 80, 90, 0]


def test_wide_tab_separated_and_headerless_records(ingest_file: Callable[..., Lake]) -> None:
    tables = [("azure-vm-2017", "vmtable.csv", 11), ("bitbrains", "fastStorage/1.csv", 11)]
    assert {name for name, _, _ in tables}
    head = "HashOwner,HashApp,HashFunction,Trigger," + ",".join(map(str, range(1, 1441)))
    row = "o,a,f{},http," + ",".join(["1"] * 1440)
    short = "o,a,f9,http," + ",".join(["1"] * 1439)
    text = "\n".join([head, row.format(1), short, row.format(2).replace("http", '"http"')]) + "\n"
    lake = ingest_file("azure-functions-2019", "invocations_per_function_md.anon.d01.csv", text)
    rates = lake.table("function_rate").collect()
    assert rates.group_by("source_row").len().sort("source_row").rows() == [(1, 1440), (3, 1440)]
    assert _rejects(lake) == [(3, "1443 cells where the header has 1444")]


def test_a_line_of_tabs_is_a_record_of_empty_cells(tmp_path: Path) -> None:
    (tmp_path / "m.csv").write_text("ts\tname\ta\tb\n1\tx\t10\t100\n\t\t\t\n\n2\ty\t20\n")
    source = parse_mapping(MAPPING.replace('trace = "t"', 'trace = "t"\nseparator = "\\t"'), tmp_path / "m.toml")
    done = ingest(source, [tmp_path / "m.csv"], tmp_path / "lake", macros=[])
    assert (done.written[0].inputs[0].records, done.written[0].inputs[0].blank_lines) == (3, 1)
    assert _rejects(Lake(tmp_path / "lake")) == [(3, "column 'ts' is empty"), (5, "3 cells where the header has 4")]
    assert pl.read_parquet(next((tmp_path / "lake" / "llm_request").rglob("*.parquet")))["source_row"].to_list() == [1]
