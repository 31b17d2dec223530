"""Every query's header against the engine."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import pytest
from msgspec.structs import replace

from tracekit import assets
from tracekit.api import Lake
from tracekit.box.lake import open_box, read
from tracekit.errors import DeclarationError, UsageError
from tracekit.lake.layout import Layout
from tracekit.lake.views import create_views
from tracekit.query import library
from tracekit.query.header import parse_query
from tracekit.query.library import get
from tracekit.query.macro import create_macro, create_used, macro_statements
from tracekit.query.model import Query
from tracekit.query.run import Result, bind_params, run
from tracekit.sources.load import sources

QUERIES = library.load()
FRAGMENTS = library.fragments()
ALL = {**QUERIES, **FRAGMENTS}
SQL = [name for name, query in QUERIES.items() if query.kind == "sql"]


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        create_views(connection, Layout(tmp_path_factory.mktemp("empty")))
        yield connection


@pytest.fixture(scope="module")
def ran(demo_lake: Path) -> Callable[[str], Result]:
    """Runs a query over the samples, once."""
    return cache(lambda name: Lake(demo_lake).run(name))


@pytest.fixture(scope="module")
def catalog(demo_lake: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """The catalog, opened without tracekit."""
    with duckdb.connect(str(Lake(demo_lake).layout.catalog), read_only=True) as connection:
        yield connection


@pytest.fixture(scope="module")
def able(demo_lake: Path) -> set[tuple[str, str]]:
    """Which samples can answer which queries."""
    with Lake(demo_lake).connect() as connection:
        return {(found, query) for found, query, reason in library.capability(connection) if reason is None}


def _tables(node: object) -> set[str]:
    """Names of tables in DuckDB's own parse of a statement."""
    if isinstance(node, dict):
        found = {str(node["table_name"])} if node.get("type") == "BASE_TABLE" else set()
        return found.union(*(_tables(value) for value in node.values())) if node else found
    return set().union(*(_tables(item) for item in node)) if isinstance(node, list) else set()


def _ctes(node: object) -> set[str]:
    if isinstance(node, dict):
        own = {entry["key"] for entry in node.get("cte_map", {}).get("map", [])} if "cte_map" in node else set()
        return own.union(*(_ctes(value) for value in node.values()))
    return set().union(*(_ctes(item) for item in node)) if isinstance(node, list) else set()


def _calls(node: object) -> list[dict[str, Any]]:
    """Calls of table functions in DuckDB's own parse of a statement."""
    if isinstance(node, dict):
        own = [node["function"]] if node.get("type") == "TABLE_FUNCTION" else []
        return own + [call for value in node.values() for call in _calls(value)]
    return [call for item in node for call in _calls(item)] if isinstance(node, list) else []


@pytest.mark.parametrize("name", ALL)
def test_reads_and_uses_what_it_says(name: str, empty: duckdb.DuckDBPyConnection) -> None:
    query = ALL[name]
    tree = json.loads(empty.execute("SELECT json_serialize_sql(?)", [query.sql]).fetchall()[0][0])
    assert not tree["error"], tree
    used = {table for other in library.used_by(query, QUERIES) for table in other.reads}
    assert _tables(tree) - _ctes(tree) | used == set(query.reads)
    macros = {other.macro: other for other in ALL.values()}
    calls = [call for call in _calls(tree) if call["function_name"] in macros]
    assert {macros[call["function_name"]].name for call in calls} == set(query.uses)
    for call in calls:
        # By name, and never without the two that every query has: else one dataset would be asked for and all be read.
        given = {argument["name"].removeprefix("p_") for argument in call["arguments"]}
        assert {"dataset", "trace"} <= given <= set(macros[call["function_name"]].params)


@pytest.mark.parametrize("name", ALL)
def test_columns_are_those_declared_even_on_empty_tables(name: str, empty: duckdb.DuckDBPyConnection) -> None:
    result = run(empty, ALL[name], {})
    assert result.columns == list(ALL[name].columns)
    # What a fragment says of nothing, a query's own tables leave out.
    assert result.rows == [] or name in FRAGMENTS
    assert result.to_polars().columns == result.columns


@pytest.mark.parametrize("name", ALL)
def test_macro_can_be_made(name: str, empty: duckdb.DuckDBPyConnection) -> None:
    # A parameter that is bound may stand beside an aggregate; a macro's parameter may not.
    for statement in create_used(ALL[name]):
        empty.execute(statement)
    empty.execute(create_macro(ALL[name], "TEMP MACRO"))


@pytest.mark.parametrize("name", QUERIES)
def test_says_something_on_the_samples(name: str, ran: Callable[[str], Result]) -> None:
    result = ran(name)
    assert result.rows
    assert result.columns == list(QUERIES[name].columns)
    assert not any(isinstance(value, float) and value != value for row in result.rows for value in row)


@pytest.mark.parametrize("name", SQL)
def test_macro_equals_the_bound_query_for_one_of_many_datasets(
    name: str, demo_lake: Path, ran: Callable[[str], Result], able: set[tuple[str, str]], catalog: duckdb.DuckDBPyConnection
) -> None:
    every = ran(name).rows
    dataset = every[0][0]
    # Where several datasets can answer, several do: what is bound to one leaves the others out.
    assert len({row[0] for row in every}) > 1 or sum(query == name for _, query in able) == 1
    macro = catalog.execute(f"FROM {QUERIES[name].macro}(p_dataset := ?)", [dataset]).fetchall()
    whole = catalog.execute(f"FROM {QUERIES[name].macro}()").fetchall()
    bound = Lake(demo_lake).run(name, {"dataset": dataset}).rows
    assert len(macro) == len(bound)
    for one, other in zip(macro, bound, strict=True):
        # Floating-point sums depend on the order in which threads add: equal to the last bits but one.
        assert one == tuple(pytest.approx(v, rel=1e-12, abs=1e-12) if isinstance(v, float) else v for v in other)
    assert {row[0] for row in macro} == {dataset}
    assert len(whole) == len(every)


@pytest.mark.parametrize("name", [name for name, query in QUERIES.items() if query.extend])
def test_extension_reads_no_more_and_fills_columns_of_its_own(name: str, demo_lake: Path, ran: Callable[[str], Result]) -> None:
    query = QUERIES[name]
    assert query.extend is not None
    other = QUERIES[query.extend.query]
    assert query.params[query.extend.when].type == "BOOLEAN"
    assert set(other.reads) <= set(query.reads)
    assert set(query.extend.on) <= set(other.columns)
    plain, full = ran(name), Lake(demo_lake).run(name, {query.extend.when: "true"})
    assert (full.columns, full.types) == (plain.columns, plain.types)
    before, after = plain.to_polars(), full.to_polars()
    filled = {column for column in plain.columns if before[column].null_count() > after[column].null_count()}
    assert filled
    assert all(before[column].null_count() == before.height for column in filled)


def test_macro_of_a_computed_query_names_the_command(catalog: duckdb.DuckDBPyConnection) -> None:
    with pytest.raises(duckdb.InvalidInputException, match="tracekit query arrival/fit"):
        catalog.execute("FROM arrival_fit()").fetchall()


def test_catalog_comments_every_view_column_and_macro(catalog: duckdb.DuckDBPyConnection) -> None:
    views = catalog.execute("SELECT view_name FROM duckdb_views() WHERE NOT internal AND comment IS NULL").fetchall()
    columns = catalog.execute("SELECT count(*) FROM duckdb_columns() WHERE NOT internal AND comment IS NOT NULL").fetchall()
    macros = catalog.execute("SELECT function_name FROM duckdb_functions() WHERE NOT internal AND comment IS NULL").fetchall()
    assert (views, macros) == ([], [])
    assert columns[0][0] > 100


def test_macro_statements_come_in_pairs_and_after_what_they_call() -> None:
    statements = macro_statements()
    assert len(statements) == 2 * len(ALL)
    order = [statement.partition("(")[0].rpartition(" ")[2] for statement in statements[::2]]
    for query in ALL.values():
        assert all(order.index(ALL[used].macro) < order.index(query.macro) for used in query.uses)


@pytest.mark.parametrize(
    ("name", "changed", "words"),
    [
        ("power/steps", {"uses": ("power/tick",)}, "Did you mean 'power/ticks'"),
        ("power/headroom", {"uses": ("arrival/fit",)}, "is computed in Python"),
        ("power/headroom", {"reads": ("recording",)}, "reads power_sample"),
        ("power/ticks", {"uses": ("power/headroom",)}, "power/ticks uses power/headroom uses power/steps uses power/ticks"),
    ],
)
def test_wrong_use_is_refused(name: str, changed: dict[str, Any], words: str) -> None:
    query = replace(QUERIES[name], **changed)
    with pytest.raises(DeclarationError, match=words) as caught:
        library.used_by(query, {**QUERIES, name: query})
    assert caught.value.fix


def _query(tmp_path: Path, header: str) -> Query:
    path = tmp_path / "room" / "name.sql"
    path.parent.mkdir()
    path.write_text(f"/* ---\n{header}\n--- */\nSELECT 1 AS a\n")
    return parse_query(path)


GOOD = 'title = "t"\nquestion = "q"\nreads = ["llm_request"]\nsource = "s"\nkey = ["a"]\n[columns]\na = { unit = "1", text = "x" }\n'


@pytest.mark.parametrize(
    ("header", "words"),
    [
        (GOOD.replace('source = "s"\n', ""), "missing source"),
        (GOOD.replace("llm_request", "llm_requests"), "Did you mean 'llm_request'"),
        (GOOD.replace('unit = "1"', 'unit = "second"'), "columns.a: unit: 'second' is no unit of the schema"),
        ('finding = { pick = "a", text = "{b}" }\n' + GOOD, "finding.text: 'b' is not a column"),
        ('chart = { kind = "bar", x = "z", y = "a" }\n' + GOOD, "chart: x: 'z' is not a column"),
        ('requires = ["llm_request.speed"]\n' + GOOD, "no column 'llm_request.speed'"),
        ('requires = ["llm_request.model | llm_request.speed"]\n' + GOOD, "no column 'llm_request.speed'"),
        ("titel = 3\n" + GOOD, "Did you mean 'title'"),
        ('extend = { when = "ci", query = "arrival/fit" }\n' + GOOD, "extend: missing on"),
        ('extend = { when = "ci", query = "arrival/fit", on = ["a"] }\n' + GOOD, "extend.when: 'ci' is not a parameter"),
        ('extend = { when = "trace", query = "arrival/fit", on = ["b"] }\n' + GOOD, "extend.on: 'b' is not a column"),
    ],
)
def test_wrong_header_is_refused(header: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(DeclarationError) as caught:
        _query(tmp_path, header)
    assert words in str(caught.value)
    assert "name.sql" in str(caught.value)


@pytest.mark.parametrize(
    ("name", "given", "words"),
    [
        ("arrival/dispersion", {"window_s": "1"}, "Did you mean 'windows_s'"),
        ("arrival/dispersion", {"windows_s": "1,2"}, "is not DOUBLE"),
        ("arrival/dispersion", {"windows_s": "[1e999]"}, "is not DOUBLE"),
        ("serverless/keepalive", {"rule": "never"}, "not one of all, arrival, idle, single"),
        ("llm/tokens", {"ok_only": "perhaps"}, "is not BOOLEAN"),
    ],
)
def test_wrong_parameter_is_a_usage_error(name: str, given: dict[str, str], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        bind_params(QUERIES[name], given)


def test_unknown_query_gets_a_hint() -> None:
    with pytest.raises(UsageError, match="arrival/dispersion"):
        library.get("arrival/dispersoin")


def test_capability_gives_a_reason_for_every_gap(demo_lake: Path) -> None:
    with Lake(demo_lake).connect() as connection:
        rows = {(dataset, query): reason for dataset, query, reason in library.capability(connection)}
    assert rows["burstgpt", "llm/tokens"] is None
    assert rows["burstgpt", "power/headroom"] == "has no power_sample"
    # Either of two columns will do; this source has neither.
    assert rows["itu-5g-energy", "power/headroom"] == "power_w or power_ratio is not published"
    assert rows["african-wue", "arrival/fit"] == "has no arrivals"
    assert rows["huawei-cold-start-2025", "serverless/cold_start_breakdown"] is None
    # Either of two columns will do: one source has events, the other counts.
    assert rows["azure-functions-2021", "serverless/keepalive"] is rows["azure-functions-2019", "serverless/keepalive"] is None
    assert rows["burstgpt", "serverless/keepalive"] == "started_us or value is not published"


def test_fragments_are_in_no_list(demo_lake: Path) -> None:
    assert not set(FRAGMENTS) & set(QUERIES)
    with Lake(demo_lake).connect() as connection:
        assert not set(FRAGMENTS) & {query for _, query, _ in library.capability(connection)}
    with pytest.raises(UsageError, match="there is no query 'serverless/_counts'"):
        library.get("serverless/_counts")


def test_every_fragment_is_shared() -> None:
    users = {name: [query.name for query in ALL.values() if name in query.uses] for name in FRAGMENTS}
    assert [name for name, using in users.items() if not using] == []


@pytest.mark.parametrize("name", FRAGMENTS)
def test_catalog_and_statement_call_a_fragment_by_its_underscored_name(name: str, demo_lake: Path) -> None:
    fragment, lake = FRAGMENTS[name], Lake(demo_lake)
    room, _, own = name.partition("/_")
    text = f"SELECT count(*) AS n FROM _{room}_{own}()"
    with duckdb.connect(str(lake.layout.catalog), read_only=True) as connection:
        [(count,)] = connection.execute(text).fetchall()
        [(comment,)] = connection.execute("SELECT comment FROM duckdb_functions() WHERE function_name = ?", [fragment.macro]).fetchall()
    assert fragment.question in comment
    with lake.connect() as connection:
        assert count == len(run(connection, fragment, {}).rows) > 0
    with open_box(lake.layout, text) as connection:
        assert read(connection, text).fetchall() == [(count,)]


@pytest.mark.parametrize("line", ['n = { column = "value" }', 'compute = "fit.fit_arrivals"', "requires = []", "key = []"])
def test_fragment_with_what_only_a_query_has_is_refused(line: str, tmp_path: Path) -> None:
    text = (assets.queries_dir() / "serverless" / "_counts.sql").read_text(encoding="utf-8")
    path = tmp_path / "serverless" / "_counts.sql"
    path.parent.mkdir()
    path.write_text(text.replace('title = "', f'{line}\ntitle = "', 1), encoding="utf-8")
    with pytest.raises(DeclarationError, match=f"unknown key '{line.split()[0]}'"):
        parse_query(path)


def test_every_file_is_loaded() -> None:
    assert len(ALL) == len(list(assets.queries_dir().glob("*/*.sql")))


def test_parameters_of_every_claim_are_within_their_bounds() -> None:
    claims = [claim for source in sources().values() for claim in source.claims if claim.query]
    assert [bind_params(get(claim.query), claim.params or {}) for claim in claims if claim.query] != []
