"""The key of every query tells its rows apart, and what a figure rests on is counted once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import msgspec
import pytest
from keys import check_key

from tracekit.api import Lake
from tracekit.query import library
from tracekit.query.model import Count
from tracekit.query.run import Result, run
from tracekit.report.figure import count
from tracekit.report.page import load_pages

FIGURES = [block for page in load_pages([]) for block in page.figures]


def _asked(name: str) -> list[dict[str, Any]]:
    """Every way in which a query is asked that may change what its rows are: by itself, by the pages, by each word of its parameters."""
    query = library.get(name)
    by_word = [{param.name: word} for param in query.params.values() for word in param.choices or () if word != param.default]
    asked: list[dict[str, Any]] = [{}]
    for given in [*(block.params for block in FIGURES if block.query == name), *by_word]:
        if given not in asked:
            asked.append(given)
    return asked


@pytest.fixture(scope="module")
def connection(demo_lake: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """One connection for every query."""
    with Lake(demo_lake).connect() as opened:
        yield opened


@pytest.mark.parametrize("name", library.load())
def test_no_two_rows_have_one_key(name: str, connection: duckdb.DuckDBPyConnection) -> None:
    for given in _asked(name):
        check_key(run(connection, library.get(name), given))


@pytest.mark.parametrize("name", library.load())
def test_a_key_begins_with_the_trace_and_what_is_counted_once_is_named_by_it(name: str) -> None:
    query = library.get(name)
    assert query.key[:2] == ("dataset", "trace")
    assert set(query.n.over or ()) <= set(query.key) if query.n else True


ROWS: list[tuple[object, ...]] = [("d", "a", "x", 100), ("d", "a", "y", 6), ("d", "b", "x", 100), ("d", None, "x", None)]


@pytest.mark.parametrize(
    ("n", "words"),
    [
        (Count(column="calls"), "n = 206 calls"),
        (Count(column="calls", over=("dataset", "trace")), "n = 200 calls"),
        (Count(column="calls", over=("dataset",)), "n = 100 calls"),
        (Count(column="calls", summed=False), "n = 0 to 100 calls"),
        (None, "4 rows"),
    ],
)
def test_counts_add_up_as_the_header_says(n: Count | None, words: str) -> None:
    query = msgspec.structs.replace(library.get("agent/tools"), n=n)
    assert count(Result(query, {}, ["dataset", "trace", "tool", "calls"], ["VARCHAR"] * 3 + ["BIGINT"], ROWS)) == words


@pytest.mark.parametrize(
    ("name", "sql", "word"),
    [
        ("agent/tools", "SELECT count(*) FROM tool_call", "calls"),
        ("power/energy", "SELECT count(*) FROM power_sample WHERE power_w IS NOT NULL", "samples"),
        (
            "serverless/mix",
            "SELECT sum(n) FROM (SELECT any_value(all_functions) AS n FROM serverless_mix() GROUP BY dataset, trace)",
            "functions",
        ),
        ("llm/lengths", "SELECT sum(n) FROM (SELECT max(requests) AS n FROM llm_lengths() GROUP BY dataset, trace)", "requests"),
    ],
)
def test_n_is_what_the_tables_hold(name: str, sql: str, word: str, demo_lake: Path) -> None:
    lake = Lake(demo_lake)
    whole = int(lake.sql(sql).item())
    assert count(lake.run(name)) == f"n = {whole:,} {word}"
