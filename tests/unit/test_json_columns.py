"""JSON lines laid out at once are what the records are one by one, whatever values stand in them."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from tracekit.ingest import read_jsonl
from tracekit.ingest.blocks import TextBlock
from tracekit.ingest.formats.jsonl import JsonLines
from tracekit.ingest.plan import RawFile
from tracekit.ingest.read_jsonl import JsonlParser
from tracekit.sources.files import RawColumn

TYPES = ("BIGINT", "DOUBLE", "VARCHAR", "BOOLEAN", "JSON", "BIGINT[]", "VARCHAR[]")
COLUMNS = tuple(
    RawColumn(name, kind, **flags)
    for kind in TYPES
    for name, flags in (
        (f"{kind} plain", {}),
        (f"{kind} required", {"required": True}),
        (f"{kind} optional", {"optional": True}),
        (f"{kind} quoted", {"optional": True, "quoted": True}),
        (f"{kind} in.side", {"optional": True}),
    )
)
GOOD = {
    "BIGINT": st.integers(-(1 << 63), (1 << 63) - 1),
    "DOUBLE": st.floats() | st.integers(-(10**20), 10**20),
    "VARCHAR": st.text(),
    "BOOLEAN": st.booleans(),
    "JSON": st.dictionaries(st.text(), st.integers()) | st.lists(st.none() | st.text()),
    "BIGINT[]": st.lists(st.integers(0, 9)),
    "VARCHAR[]": st.lists(st.text(max_size=3)),
}
WORDS = ["7", "-07", "1e5", "1.5", " 7", "7\n", "9223372036854775808", "\ud800", "é", "NaN", "", "true"]
ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(1 << 70), 1 << 70),
    st.floats(),
    st.sampled_from([*WORDS, 5.0, 10**400, [], {}, [1, None]]),
)


def _parsed(column: RawColumn, lines: list[bytes], *, at_once: bool, monkeypatch: pytest.MonkeyPatch) -> tuple[pl.DataFrame, list[Any]]:
    kind = JsonLines(name="k", text="t", path=".", columns=(column,), maps={})
    data = b"".join(line + b"\n" for line in lines)
    block = TextBlock(data, len(lines), 3, 5, 0, 0, data, re.compile(b"x"))
    with monkeypatch.context() as patched:
        if not at_once:
            patched.setattr(read_jsonl, "decode_lines", lambda _data: None)
        return JsonlParser(RawFile(Path("x.jsonl"), "x.jsonl", kind, "t")).parse(block, 40)


@st.composite
def _values(draw: st.DrawFn) -> tuple[RawColumn, list[Any]]:
    column = draw(st.sampled_from(COLUMNS))
    good = GOOD[column.type]
    if column.quoted and column.type in ("BIGINT", "DOUBLE"):
        good = st.one_of(good, good.map(str)) if draw(st.booleans()) else good.map(str)
    return column, draw(st.lists(good | ODD if draw(st.booleans()) else good, min_size=1, max_size=6))


@settings(max_examples=400, derandomize=True)
@given(_values(), st.sampled_from(["all", "some lack it", "dotted key", "no object"]))
def test_it_is_what_the_records_are_one_by_one(case: tuple[RawColumn, list[Any]], shape: str) -> None:
    column, values = case
    outer, _, inner = column.name.partition(".")
    records: list[Any] = [{outer: {inner: value}} if inner else {outer: value} for value in values]
    if shape == "some lack it":
        records[-1] = {"another": 1}
    elif shape == "dotted key":
        records[0] = {column.name: values[0]}
    elif shape == "no object":
        records[0] = {outer: 5} if inner else [1]
    lines = [json.dumps(record).encode() for record in records]
    with pytest.MonkeyPatch.context() as monkeypatch:
        at_once, rejects = _parsed(column, lines, at_once=True, monkeypatch=monkeypatch)
        one_by_one, expected = _parsed(column, lines, at_once=False, monkeypatch=monkeypatch)
    assert rejects == expected
    assert at_once.schema == one_by_one.schema
    assert_frame_equal(at_once, one_by_one, check_exact=True)


LINES = [
    b'{"a": 1} ',
    b'\xef\xbb\xbf{"a": 1}',
    b'{"a": 1}{"a": 2}',
    b'{"a": 1',
    b'{"a": "\xff"}',
    b"[" * 5_000,
    b'{"a": 1, "a": 2}',
]


@pytest.mark.parametrize("line", LINES)
def test_lines_that_are_odd_as_such(line: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    column = RawColumn("a", "BIGINT", optional=True)
    lines = [b'{"a": 1}', line, b'{"a": 3}']
    at_once, rejects = _parsed(column, lines, at_once=True, monkeypatch=monkeypatch)
    one_by_one, expected = _parsed(column, lines, at_once=False, monkeypatch=monkeypatch)
    assert rejects == expected
    assert at_once.equals(one_by_one)
