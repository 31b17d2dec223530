"""Parquet says what its columns are: instants and durations come out right in every unit, and what would be wrong is refused."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from kept import kept_rejects

from tracekit.api import Lake
from tracekit.errors import DataError, DeclarationError
from tracekit.ingest.logical import as_number
from tracekit.ingest.run import ingest
from tracekit.sources.files import RawColumn
from tracekit.sources.mapping_file import parse_mapping

HEAD = 'dataset = "mine"\ntable = "{table}"\ntrace = "t"\nformat = "parquet"\n{more}\n[columns]\n'
UTC = dt.UTC
AT = [dt.datetime(2026, 3, 1, 10, 0, 0) + dt.timedelta(seconds=2 * i) for i in range(5)]


def _take(tmp_path: Path, columns: dict[str, pa.Array], mapping: str, table: str = "llm_request", more: str = "", **options: Any) -> Lake:
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table(columns), path, **options)
    ingest(parse_mapping(HEAD.format(table=table, more=more) + mapping, Path("mine.toml")), [path], tmp_path / "lake", macros=[])
    return Lake(tmp_path / "lake")


def _seconds(lake: Lake) -> list[float]:
    return [us / 1e6 for us in lake.table("llm_request").collect()["arrived_us"].to_list()]


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
@pytest.mark.parametrize("zone", [None, "Asia/Tokyo"])
@pytest.mark.parametrize("said", ["us", "ms", "s", "h"])
def test_instants_of_every_unit_become_any_unit(unit: str, zone: str | None, said: str) -> None:
    given = [at.replace(tzinfo=UTC) if zone else at for at in AT]
    column = RawColumn("at", "BIGINT" if said == "us" else "DOUBLE", logical=f"instant {said}")
    found, wrong = as_number(pl.Series(pa.array(given, pa.timestamp(unit, zone))), column)
    us = {"us": 1, "ms": 10**3, "s": 10**6, "h": 3_600 * 10**6}[said]
    epoch = dt.datetime(1970, 1, 1)
    assert [round(value * us) for value in found.to_list()] == [(at - epoch) // dt.timedelta(microseconds=1) for at in AT]
    assert not wrong.any()


@pytest.mark.parametrize(
    ("unit", "zone", "said"),
    [("ms", None, "'at'"), ("ns", "UTC", "{ column = 'at', unit = 's' }"), ("us", "Asia/Tokyo", "{ column = 'at', unit = 'iso' }")],
)
def test_instants_reach_the_lake(tmp_path: Path, unit: str, zone: str | None, said: str) -> None:
    given = [at.replace(tzinfo=UTC) if zone else at for at in AT]
    lake = _take(tmp_path, {"at": pa.array(given, pa.timestamp(unit, zone))}, f"arrived_us = {said}", more="[time]\nanchor = 'epoch'")
    assert _seconds(lake) == [0, 2, 4, 6, 8]
    assert lake.query("arrival/interarrival")["rate_per_s"].to_list() == [0.625]
    assert lake.table("recording").collect()["anchor_at"].to_list() == [AT[0]]


def test_int96_and_dictionary_and_dates(tmp_path: Path) -> None:
    lake = _take(tmp_path, {"at": pa.array(AT, pa.timestamp("ns"))}, "arrived_us = 'at'", use_deprecated_int96_timestamps=True)
    assert _seconds(lake) == [0, 2, 4, 6, 8]
    (tmp_path / "b").mkdir()
    words = pa.array(["x", "y", "x"]).dictionary_encode()
    days = pa.array([dt.date(2026, 3, 1), dt.date(2026, 3, 2), dt.date(2026, 3, 4)])
    lake = _take(tmp_path / "b", {"day": days, "who": words}, "arrived_us = 'day'\nclient_id = 'who'")
    assert _seconds(lake) == [0, 86_400, 259_200]
    assert lake.table("llm_request").collect()["client_id"].to_list() == ["x", "y", "x"]


def test_nanoseconds_are_rounded_to_the_clock(tmp_path: Path) -> None:
    ns = [1_700_000_000_000_000_000, 1_700_000_000_000_000_499, 1_700_000_000_000_000_500, 1_700_000_000_123_456_789]
    for number, said in enumerate(("'at'", "{ column = 'at', unit = 's' }")):
        (tmp_path / str(number)).mkdir()
        lake = _take(tmp_path / str(number), {"at": pa.array(ns, pa.timestamp("ns"))}, f"arrived_us = {said}")
        assert lake.table("llm_request").collect()["arrived_us"].to_list() == [0, 0, 1, 123_457]


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
@pytest.mark.parametrize("said", ["s", "ms", "h"])
def test_durations_of_every_unit_become_any_unit(unit: str, said: str) -> None:
    seconds = [0, 2, 3600]
    given = pl.Series(pa.array([dt.timedelta(seconds=s) for s in seconds], pa.duration(unit)))
    found, _ = as_number(given, RawColumn("took", "DOUBLE", logical=f"duration {said}"))
    scale = {"s": 1, "ms": 1e-3, "h": 3600}[said]
    assert [value * scale for value in found.to_list()] == pytest.approx(seconds, rel=1e-12)


def test_durations_reach_the_lake(tmp_path: Path) -> None:
    took = pa.array([dt.timedelta(milliseconds=1500)], pa.duration("ns"))
    lake = _take(tmp_path, {"at": pa.array(AT[:1]), "took": took}, "arrived_us = 'at'\ne2e_s = 'took'")
    assert lake.table("llm_request").collect()["e2e_s"].to_list() == [1.5]


def test_instants_beyond_64_bits_are_told(tmp_path: Path) -> None:
    found, wrong = as_number(pl.Series([2**62, 0]).cast(pl.Datetime("ms")), RawColumn("at", "BIGINT", logical="instant us"))
    assert wrong.to_list() == [True, False]
    assert found[1] == 0


@pytest.mark.parametrize(
    ("column", "mapping", "words"),
    [
        (pa.array(AT[:1]), "e2e_s = 'x'", "holds instants (Datetime"),
        (pa.array([dt.timedelta(seconds=1)]), "arrived_us = 'x'", "holds durations (Duration"),
        (pa.array([dt.time(10, 0)]), "arrived_us = 'x'", "times of day have no date"),
        (pa.array(AT[:1]), "arrived_us = { column = 'x', format = '%d/%m/%Y' }", "where text in the mapping's format is expected"),
        (pa.array(AT[:1]), "arrived_us = { sql = 'x' }", "within sql, [raw] x = 'VARCHAR' makes it text"),
        (pa.array(AT[:1]), "input_tokens = 'x'", "holds instants (Datetime"),
    ],
)
def test_what_would_be_wrong_is_refused_by_name(tmp_path: Path, column: pa.Array, mapping: str, words: str) -> None:
    columns = {"x": column, "at": pa.array(AT[:1])}
    rest = "" if "arrived_us" in mapping else "arrived_us = 'at'\n"
    with pytest.raises(DataError) as caught:
        _take(tmp_path, columns, rest + mapping)
    assert words in f"{caught.value} {caught.value.fix}"
    assert "a.parquet: column 'x'" in str(caught.value)


def _rejects(tmp_path: Path) -> list[str]:
    return [json.loads(line)["reason"] for line in kept_rejects(Lake(tmp_path / "lake"), "mine", "t").splitlines()]


def test_ids_of_64_bits_are_kept_or_set_aside(tmp_path: Path) -> None:
    ids = pa.array([1, 2**63, 2**64 - 1], pa.uint64())
    columns = {"at": pa.array(AT[:3]), "id": ids, "blocks": pa.array([[1], [2**63], [3]], pa.list_(pa.uint64()))}
    lake = _take(tmp_path, columns, "arrived_us = 'at'\nrequest_id = 'id'\nprefix_blocks = 'blocks'")
    rows = lake.table("llm_request").collect()
    assert rows["request_id"].to_list() == ["1", "18446744073709551615"]
    assert _rejects(tmp_path) == ["column 'blocks' is '[9223372036854775808]', not BIGINT[]"]


def test_numbers_that_would_change_are_set_aside(tmp_path: Path) -> None:
    columns = {
        "at": pa.array(AT[:4]),
        "n": pa.array([Decimal("5.00"), Decimal("5.50"), Decimal("7.00"), None], pa.decimal128(6, 2)),
        "id": pa.array([2**53, 1, 2**53 + 1, 2], pa.int64()),
    }
    lake = _take(tmp_path, columns, "arrived_us = 'at'\ninput_tokens = 'n'\ne2e_s = { sql = 'id' }")
    assert lake.table("llm_request").collect()["source_row"].to_list() == [1, 4]
    assert _rejects(tmp_path) == ["column 'n' is '5.50', not BIGINT", "column 'id' is '9007199254740993', not DOUBLE"]


ONE_ROW = """a - 1
CASE WHEN a > 1 THEN 'max(a)' ELSE "sum" END
"count" + "first"
GREATEST(a, b)
COALESCE(a, 0)
a || ' over ()'
SPLIT_PART(t, '-', 1)
ARRAY_SUM(l)
CAST(a AS BIGINT) % 7
a IN (1, 2)
STRPTIME(t, '%Y')
ROUND(a, 2)
a BETWEEN 1 AND 2""".splitlines()
MORE_ROWS = """MIN(a)
a - MIN(a)
sum(a)
AVG(a) + 1
COUNT(*)
COUNT(DISTINCT a)
FIRST(a)
LAST(a)
MEDIAN(a)
STDDEV(a)
VARIANCE(a)
LAG(a) OVER (ORDER BY a)
LEAD(a) OVER (ORDER BY a)
ROW_NUMBER() OVER (ORDER BY a)
RANK() OVER (ORDER BY a)
SUM(a) OVER ()
SUM(a) OVER (PARTITION BY b)
CASE WHEN a > AVG(a) THEN 1 END
COALESCE(a, MAX(b))
QUANTILE_CONT(a, 0.5)
ARRAY_AGG(a)
STRING_AGG(a, ',')
CORR(a, b)
UNNEST(a)""".splitlines()
RAW = '[raw]\nt = "VARCHAR"\nl = "BIGINT[]"\n'
SQL = 'dataset = "x"\ntable = "llm_request"\n' + RAW + "[columns]\narrived_us = \"a\"\nclient_id = {{ sql = '''{}''' }}"


@pytest.mark.parametrize("sql", ONE_ROW)
def test_an_expression_over_its_own_row_is_taken(sql: str) -> None:
    assert parse_mapping(SQL.format(sql), Path("x.toml")).targets[1].sql == sql


@pytest.mark.parametrize("sql", MORE_ROWS)
def test_an_expression_over_other_rows_is_refused(sql: str) -> None:
    with pytest.raises(DeclarationError, match="looks at other rows than its own") as caught:
        parse_mapping(SQL.format(sql), Path("x.toml"))
    assert "columns.client_id" in str(caught.value)
    assert "add such a column to the file first" in str(caught.value.fix)


def test_a_sub_query_is_refused_before_it_can_run() -> None:
    with pytest.raises(DeclarationError, match=r"columns\.client_id: not an SQL expression: 'SELECT' .*no sub-queries"):
        parse_mapping(SQL.format("a IN (SELECT 1)"), Path("x.toml"))


def test_every_expression_that_is_taken_gives_the_same_row_by_row() -> None:
    frame = pl.DataFrame({"a": [3, 1, 2], "b": [1, None, 5], "count": [1, 2, 3], "first": [4, 5, 6], "sum": ["p", "q", "r"]})
    for sql in ("a - 1", "GREATEST(a, b)", "COALESCE(b, 0)", '"count" + "first"', "CASE WHEN a > 1 THEN 'max(a)' ELSE \"sum\" END"):
        whole = frame.select(x=pl.sql_expr(sql))
        pieces = pl.concat([frame[i : i + 1].select(x=pl.sql_expr(sql)) for i in range(3)])
        assert whole["x"].to_list() == pieces["x"].to_list()


FINER = [("ms", "s", 1_767_225_600_123, "57,971"), ("us", "ms", 1_767_225_600_123_000, "57,971"), ("ns", "s", 1_767_225_600 * 10**9, "56,")]


@pytest.mark.parametrize(("is_in", "said", "value", "year"), FINER)
@pytest.mark.parametrize(("anchor", "form"), [("epoch", "csv"), ("withheld", "parquet")])
def test_instants_in_a_finer_unit_than_declared(
    tmp_path: Path, is_in: str, said: str, value: int, year: str, anchor: str, form: str
) -> None:
    values = [value + i for i in range(1_500)]
    path = tmp_path / f"a.{form}"
    pl.DataFrame({"ts": values}).write_csv(path) if form == "csv" else pl.DataFrame({"ts": values}).write_parquet(path)
    text = f'dataset = "x"\ntable = "llm_request"\nformat = "{form}"\n[time]\nanchor = "{anchor}"\n[columns]\n'
    text += f"arrived_us = {{ column = 'ts', unit = '{said}' }}"
    with pytest.raises(DataError) as caught:
        ingest(parse_mapping(text, Path("x.toml")), [path], tmp_path / "lake", macros=[])
    words = str(caught.value)
    assert f"arrived_us: column 'ts' is {float(value):.15g}" in words, is_in
    assert f"in {said}, which from 1970 on is the year {year}" in words


def test_one_instant_beyond_the_calendar_costs_its_record(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("ts\n1767225600\n1767225601000\n1767225602\n")
    text = (
        'dataset = "x"\ntable = "llm_request"\ntrace = "t"\n[time]\nanchor = "epoch"\n[columns]\narrived_us = { column = "ts", unit = "s" }'
    )
    ingest(parse_mapping(text, Path("x.toml")), [path], tmp_path / "lake", macros=[])
    assert Lake(tmp_path / "lake").table("llm_request").collect()["arrived_us"].to_list() == [0, 2_000_000]
    [reject] = [json.loads(line) for line in kept_rejects(Lake(tmp_path / "lake"), "x", "t").splitlines()]
    assert (reject["line"], reject["text"]) == (3, "1767225601000")


def test_integers_without_a_unit_are_said_to_be_microseconds(tmp_path: Path) -> None:
    text = 'dataset = "x"\ntable = "llm_request"\n[columns]\narrived_us = '
    assert parse_mapping(text + '"ts"', Path("x.toml")).assumed == [
        "arrived_us: plain numbers of column 'ts' are taken as microseconds; unit = 'us' says so, 's' or 'ms' otherwise"
    ]
    assert parse_mapping(text + "{ column = 'ts', unit = 'us' }", Path("x.toml")).assumed == []
