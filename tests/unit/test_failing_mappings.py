"""A mapping that cannot take its records says so soon; one that cannot take some of them sets these aside."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from tests.kept import kept_rejects
from tracekit.api import Lake
from tracekit.errors import DataError, DeclarationError
from tracekit.ingest import convert
from tracekit.ingest.run import ingest
from tracekit.schema.load import tables
from tracekit.sources.lenient import lenient
from tracekit.sources.load import source
from tracekit.sources.mapping_file import parse_mapping

HEAD = 'dataset = "mine"\ntable = "llm_request"\n[raw]\ntook = "VARCHAR"\n[columns]\narrived_us = { column = "at", unit = "s" }\n'
CAST = HEAD + 'e2e_s = { sql = "CAST(took AS DOUBLE)" }\n'


def _file(tmp_path: Path, cells: list[str]) -> Path:
    path = tmp_path / "t.csv"
    path.write_text("at,took\n" + "".join(f"{i},{cell}\n" for i, cell in enumerate(cells)))
    return path


@pytest.mark.parametrize(
    ("sql", "values", "fails"),
    [
        ("CAST(a AS DOUBLE)", [1.5, None, None, None], [False, True, True, False]),
        ("TRY_CAST(a AS DOUBLE)", [1.5, None, None, None], [False, False, False, False]),
        ("CASE WHEN a = '-' THEN NULL ELSE CAST(a AS DOUBLE) END", [1.5, None, None, None], [False, True, False, False]),
        ("CASE WHEN b > 2 THEN CAST(a AS DOUBLE) ELSE 0.0 END", [0.0, 0.0, None, None], [False, False, True, False]),
        ("COALESCE(CAST(a AS DOUBLE), 7.0)", [1.5, 7.0, 7.0, 7.0], [False, True, True, False]),
    ],
)
def test_a_cast_fails_where_a_known_value_is_lost(sql: str, values: list[float | None], fails: list[bool]) -> None:
    frame = pl.DataFrame({"a": ["1.5", "x", "-", None], "b": [1, 2, 3, 4]})
    made = lenient(sql)
    found = frame.select(value=made.expression, fails=pl.lit(value=False) if made.fails is None else made.fails)
    assert found["value"].to_list() == values
    assert found["fails"].to_list() == fails


def test_records_whose_cast_fails_are_set_aside_with_their_value(tmp_path: Path) -> None:
    path = _file(tmp_path, ["1.5", "abc", "", "2"])
    ingest(parse_mapping(CAST, tmp_path / "m.toml"), [path], tmp_path / "lake", macros=None)
    lake = Lake(tmp_path / "lake")
    assert lake.table("llm_request").sort("source_row").select("source_row", "e2e_s").collect().rows() == [(1, 1.5), (3, None), (4, 2.0)]
    [reject] = map(json.loads, kept_rejects(lake, "mine", "t").splitlines())
    assert (reject["line"], reject["text"]) == (3, "1,abc")
    assert reject["reason"] == "e2e_s: sql 'CAST(took AS DOUBLE)' gives no DOUBLE: 'took' is abc"


def test_a_million_bad_records_are_answered_by_the_first_three(tmp_path: Path) -> None:
    path = _file(tmp_path, [f"abc{i}" for i in range(1_000_000)])
    began = time.process_time()
    with pytest.raises(DataError) as refused:
        ingest(parse_mapping(CAST, tmp_path / "m.toml"), [path], tmp_path / "lake", macros=None)
    print(f"{time.process_time() - began:.2f} s of CPU")
    assert [f"'took' is abc{i}" in refused.value.message for i in range(4)] == [True, True, True, False]
    assert "line 2: " in refused.value.message


def test_a_text_that_is_no_number_of_its_column_is_set_aside(tmp_path: Path) -> None:
    path = _file(tmp_path, ["1.5", "abc"])
    ingest(parse_mapping(HEAD + 'e2e_s = "took"\n', tmp_path / "m.toml"), [path], tmp_path / "lake", macros=None)
    [reject] = map(json.loads, kept_rejects(Lake(tmp_path / "lake"), "mine", "t").splitlines())
    assert reject["reason"] == "e2e_s: column 'took' gives no DOUBLE: 'took' is abc"


def _stumbling(is_bad: Callable[[pl.Series], pl.Series]) -> Callable[[pl.LazyFrame], pl.LazyFrame]:
    def mapping(raw: pl.LazyFrame) -> pl.LazyFrame:
        def look(numbers: pl.Series) -> pl.Series:
            if is_bad(numbers).any():
                raise ValueError("no such model")
            return numbers

        return raw.select("source_row", arrived_us=pl.col("source_row").map_batches(look, return_dtype=pl.Int64))

    return mapping


@pytest.mark.parametrize(("every", "is_hopeless"), [(1, True), (2, True), (40, False)])
def test_a_mapping_that_stumbles_again_and_again_is_stopped(every: int, is_hopeless: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    known = source("burstgpt")
    monkeypatch.setattr(type(known), "mapping", lambda _self, _name: _stumbling(lambda numbers: numbers % every == 0))
    converter = convert.Converter(known, known.files[0], tables()["llm_request"], "t")
    records = pl.DataFrame({"source_row": range(1, 2_001)}, schema={"source_row": pl.Int64})
    if is_hopeless:
        with pytest.raises(DataError, match=f"stumbles over more than 100 records: record {every}: no such model; record {2 * every}: "):
            converter.convert(records)
    else:
        assert sorted(converter.convert(records).rejected) == list(range(40, 2_001, 40))


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("is_ok = { sql = \"took = 'ok'\" }", None),
        (
            "is_ok = { sql = \"status = 'ok'\" }",
            "columns.is_ok: sql \"status = 'ok'\" gives no BOOLEAN (status is DOUBLE): cannot",
        ),
        ('is_ok = "took"', "columns.is_ok: column 'took' gives no BOOLEAN (took is VARCHAR)"),
        ('is_ok = { sql = "took + 1 > 2" }', "columns.is_ok: sql 'took + 1 > 2' gives no BOOLEAN (took is VARCHAR): arithmetic"),
        ('e2e_s = { sql = "took", unit = "ms" }', "columns.e2e_s: sql 'took' gives no DOUBLE (took is VARCHAR): arithmetic"),
        ('client_id = { sql = "now()" }', "'now(' is another value in every run"),
        ('client_id = { sql = "CURRENT_TIMESTAMP" }', "'CURRENT_TIMESTAMP' is another value in every run"),
        ("client_id = { sql = \"'now() random()'\" }", None),
    ],
)
def test_what_no_value_can_be_made_of_is_refused_before_a_file_is_read(line: str, words: str | None, tmp_path: Path) -> None:
    if words is None:
        assert parse_mapping(HEAD + line + "\n", tmp_path / "m.toml").targets
        return
    with pytest.raises(DeclarationError) as refused:
        parse_mapping(HEAD + line + "\n", tmp_path / "m.toml")
    assert words in refused.value.message
    assert refused.value.message.startswith(f"{tmp_path / 'm.toml'}: ")
    assert refused.value.fix


def test_a_fraction_is_not_cut_to_a_whole_number(tmp_path: Path) -> None:
    path = _file(tmp_path, ["5", "4"])
    mapping = (
        HEAD.replace("VARCHAR", "DOUBLE") + 'output_tokens = { sql = "took / 2" }\ncached_tokens = { sql = "took / 2", unit = "tokens" }\n'
    )
    ingest(parse_mapping(mapping, tmp_path / "m.toml"), [path], tmp_path / "lake", macros=None)
    lake = Lake(tmp_path / "lake")
    assert lake.table("llm_request").select("source_row", "output_tokens", "cached_tokens").collect().rows() == [(2, 2, 2)]
    [reject] = map(json.loads, kept_rejects(lake, "mine", "t").splitlines())
    assert reject["reason"] == "output_tokens: sql 'took / 2' gives no BIGINT: 'took' is 5.0"
