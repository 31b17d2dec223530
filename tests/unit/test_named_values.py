"""A name that the lake does not have is an error with the one that may have been meant; a result without rows says why."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tracekit.api import Lake
from tracekit.errors import NothingMatchedError, NotInLakeError, TracekitError, UsageError
from tracekit.ingest.run import ingest
from tracekit.query import library
from tracekit.query.empty import explain
from tracekit.query.run import Result, bind_params
from tracekit.sources.load import source

Run = Callable[..., "subprocess.CompletedProcess[str]"]
# Parameters that are words of their own, not names of something in the lake: conditions, and settings of a fixed list.
FREE = {"a", "b", "match"}
NAMING = [
    (query.name, param.name)
    for query in library.load().values()
    for param in query.params.values()
    if param.type.startswith("VARCHAR") and not param.choices and param.name not in FREE
]


@pytest.fixture(scope="module")
def lake(demo_lake: Path) -> Lake:
    return Lake(demo_lake)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """A lake of one source."""
    root = tmp_path_factory.mktemp("small") / "lake"
    ingest(source("burstgpt"), [], root, macros=[], sample=True)
    return Lake(root)


@pytest.mark.parametrize(("query", "param"), NAMING)
def test_a_parameter_that_names_something_takes_no_other_name(query: str, param: str, lake: Lake) -> None:
    with pytest.raises((NotInLakeError, NothingMatchedError)) as caught:
        lake.run(query, {param: "zz-no-such-name"})
    assert "'zz-no-such-name'" in str(caught.value)
    assert any(words in str(caught.value) for words in ("it has: ", "it holds: "))


@pytest.mark.parametrize(
    ("query", "given", "meant"),
    [
        ("llm/tokens", {"dataset": "burstgtp"}, "burstgpt"),
        ("llm/tokens", {"dataset": "burstgpt", "trace": "sampel_1"}, "sample_1"),
        ("arrival/fit", {"stream": "jbo"}, "job"),
        ("energy/per_token", {"task": "caht"}, "chat"),
        ("energy/per_request", {"task": "caht"}, "chat"),
        ("energy/factors", {"fuel": "coals"}, "coal"),
        ("energy/intelligence_per_watt", {"benchmark": "arcc"}, "arc"),
        ("energy/ewif_by_factor_set", {"factor_set": "macknik"}, "macknick"),
        ("footprint/llm_water", {"factor_set": "macknick 2021"}, "macknick 2012"),
        ("footprint/llm_water", {"region": "Kenia"}, "Kenya"),
        ("footprint/llm_water", {"place": "us-water/city-hours"}, "us-water/city-hour"),
        ("serverless/keepalive", {"rule": "arival"}, "arrival"),
    ],
)
def test_a_misspelt_name_is_recognised(query: str, given: dict[str, str], meant: str, lake: Lake) -> None:
    with pytest.raises(TracekitError, match=f"Did you mean '{meant}'\\?"):
        lake.run(query, given)


def test_a_name_is_taken_whatever_its_case(lake: Lake) -> None:
    assert lake.run("energy/factors", {"fuel": "COAL"}).rows == lake.run("energy/factors", {"fuel": "coal"}).rows != []


def test_a_source_that_was_not_ingested_is_no_misspelling(small: Lake) -> None:
    with pytest.raises(NothingMatchedError, match="the lake holds no rows of philly\n  → tracekit ingest philly PATH; it holds: burstgpt"):
        small.query("llm/tokens", dataset="philly")


def test_a_trace_of_another_dataset_is_said_to_be_that(lake: Lake) -> None:
    trace = next(row[1] for row in lake.run("llm/tokens").rows if row[0] == "azure-llm-2023")
    with pytest.raises(NothingMatchedError, match=f"burstgpt has no trace '{trace}': it is a trace of .*azure-llm-2023"):
        lake.query("llm/tokens", dataset="burstgpt", trace=trace)


def test_errors_speak_python_in_python_and_the_shell_on_the_command_line(cli: Run, demo_lake: Path, lake: Lake) -> None:
    for value, example in (("x", "[10]"), ([0], "[1000, 10000]")):
        with pytest.raises(UsageError) as caught:
            lake.run("llm/prefix_reuse", {"capacities_blocks": value})
        assert caught.value.fix == f"write capacities_blocks={example}"
    with pytest.raises(UsageError) as caught:
        lake.run("llm/tokens", {"ok_only": "perhaps"})
    assert caught.value.fix == "write ok_only=False"
    done = cli("query", "llm/prefix_reuse", "-p", "capacities_blocks=[0]", "--lake", demo_lake)
    assert "→ write -p capacities_blocks='[1000, 10000]'" in done.stderr
    done = cli("query", "llm/tokens", "-p", "ok_only=perhaps", "--lake", demo_lake)
    assert "→ write -p ok_only=false" in done.stderr


def test_an_export_asks_for_the_trace_in_the_words_of_the_caller(cli: Run, demo_lake: Path, lake: Lake, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="name it: trace='sample_1'"):
        lake.export("burstgpt", "vidur", tmp_path / "x.csv")
    assert "name it: --trace sample_1" in cli("export", "burstgpt", "--to", "vidur", "-o", tmp_path / "x.csv", "--lake", demo_lake).stderr


def why(lake: Lake, query: str, **given: object) -> str:
    result = lake.run(query, given)
    assert result.rows == []
    assert "why_empty() says why" in repr(result)
    return str(result.why_empty())


def test_no_rows_says_which_table_is_empty_and_what_fills_it(small: Lake, lake: Lake) -> None:
    assert why(small, "cluster/job_status").startswith("the lake has no rows of cluster_job: tracekit ingest acme PATH fills it, or ")
    said = why(lake, "power/headroom", dataset="burstgpt")
    assert said.startswith("burstgpt has no rows of power_sample; the lake has them of google-power-2019, ")


def test_no_rows_says_which_filter_left_nothing_and_what_there_is() -> None:
    query = library.get("energy/ewif_by_factor_set")
    names = list(query.columns)
    rows = [tuple(f"{name}-{i}" for name in names) for i in range(3)]
    asked = bind_params(query, {"factor_set": "mine", "min_covered_ratio": 0.25})
    result = Result(query, asked, names, ["VARCHAR"] * len(names), [])

    def again(params: dict[str, object]) -> Result:
        # There are rows as soon as the factor table does not matter.
        return replace(result, rows=[] if params.get("factor_set") else rows)

    held = {table: {"d": 1} for table in query.reads}
    said = explain(result, held, again, lambda: {"d": None})
    there = "factor_set-0, factor_set-1, factor_set-2"
    assert said == f"factor_set='mine' leaves none of the 3 rows that there are without it, which have factor_set: {there}"
    both = explain(result, held, lambda params: replace(result, rows=[] if len(params) else rows), lambda: {"d": None})
    assert both == "factor_set='mine' and min_covered_ratio=0.25 leave nothing together, though there are rows without them"


def test_no_rows_says_what_a_dataset_lacks_and_which_can_answer(lake: Lake) -> None:
    able = sorted({row[0] for row in lake.run("llm/prefix_reuse").rows})
    said = why(lake, "llm/prefix_reuse", dataset="burstgpt")
    assert said == f"burstgpt: prefix_blocks is not published; of this lake {', '.join(able)} can answer"


def test_a_configuration_that_no_run_has_is_an_error(lake: Lake) -> None:
    with pytest.raises(NotInLakeError, match=r"no run has device='A1O0'\. Did you mean 'A10"):
        lake.run("energy/significance", {"by": "device", "a": "A1O0"})
    with pytest.raises(NotInLakeError, match="no run has model='zz'"):
        lake.run("energy/significance", {"a": "model=zz"})


def test_a_memory_limit_that_is_none_is_a_usage_error(small: Lake) -> None:
    for limit in ("lots", "0"):
        with pytest.raises(UsageError, match=f"'{limit}' is not a size of memory"):
            Lake(small.layout.root, limit).query("llm/tokens")


def test_no_rows_says_what_a_dataset_does_not_publish(small: Lake) -> None:
    said = why(small, "llm/prefix_reuse")
    assert said.startswith("no dataset of the lake can answer it (burstgpt: prefix_blocks is not published); llm_request: tracekit ingest ")


@pytest.mark.parametrize("form", ["table", "json", "csv", "parquet"])
def test_no_rows_is_said_on_standard_error_in_every_form(form: str, demo_lake: Path) -> None:
    import sys

    command = [sys.executable, "-c", "from tracekit.cli import main; main()", "query", "power/headroom", "--dataset", "burstgpt"]
    done = subprocess.run([*command, "--lake", str(demo_lake), "--format", form], capture_output=True, check=True)
    assert done.stderr.startswith(b"(no rows): burstgpt has no rows of power_sample; the lake has them of ")


def test_no_rows_of_a_statement_says_what_its_tables_hold(cli: Run, small: Lake) -> None:
    def said(statement: str) -> str:
        return cli("sql", statement, "--lake", small.layout.root).stderr

    where = "SELECT * FROM llm_request WHERE dataset = 'x'"
    assert said(where) == "(no rows): llm_request has rows of burstgpt: the conditions of the statement leave none of them\n"
    assert said("SELECT * FROM machine").startswith("(no rows): the lake has no rows of machine: tracekit ingest ")


def test_what_is_named_on_the_command_line_is_checked_alike(cli: Run, demo_lake: Path) -> None:
    for given in (["--dataset", "burstgtp"], ["-p", "dataset=burstgtp"]):
        done = cli("query", "llm/tokens", *given, "--lake", demo_lake)
        assert (done.returncode, done.stdout) == (6, "")
        assert "Did you mean 'burstgpt'?" in done.stderr
