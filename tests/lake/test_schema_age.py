"""A lake outlives its schema: columns that came later are NULL, and `tracekit check` says what has to be ingested again."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest
from harness import put, write_raw

from tracekit.api import Lake
from tracekit.ingest.write import ParquetSink
from tracekit.lake import change
from tracekit.lake.age import find_aged
from tracekit.lake.commit import Change, commit
from tracekit.lake.drafts import writing
from tracekit.lake.head import read_head
from tracekit.lake.layout import Layout
from tracekit.lake.manifest import Manifest, TableCount
from tracekit.lake.named import name_files
from tracekit.publish.rows import batches, choose
from tracekit.query.macros import macros
from tracekit.schema.arrow import arrow_schema
from tracekit.schema.load import Field, Table, load_schema, table
from tracekit.schema.polars import polars_schema
from tracekit.schema.version import schema_version
from tracekit.sources.load import source

Run = Callable[..., "subprocess.CompletedProcess[str]"]
FORMER = load_schema(Path(__file__).parent / "schema_before")["llm_request"]
ROWS = 250_000


def _put(lake: Path, shape: Table, trace: str, rows: int) -> None:
    """Commits a trace whose requests were written under a former schema; what lies beside them is as it is now."""
    values = {
        "dataset": pl.repeat("burstgpt", rows, eager=True),
        "trace": pl.repeat(trace, rows, eager=True),
        "arrived_us": pl.int_range(0, rows, eager=True) * 1_000_000,
        "input_tokens": pl.int_range(0, rows, eager=True) % 100,
        "dropped_since": pl.repeat("x", rows, eager=True),
        "source_row": pl.int_range(1, rows + 1, eager=True),
    }
    frame = pl.DataFrame({f.name: values[f.name] for f in shape.fields}, schema=polars_schema(shape), strict=False)
    with writing(Layout(lake)) as run:
        for name, kind, held in (
            ("llm_request", shape, frame),
            ("recording", table("recording"), None),
            ("ingest_profile", table("ingest_profile"), None),
        ):
            if held is None:
                row = {"dataset": "burstgpt", "trace": trace, "family": "llm", "calendar": "none", "is_synthetic": False}
                held = pl.DataFrame([row] if name == "recording" else [], schema=polars_schema(kind))
            sink = ParquetSink(run.part(name, "burstgpt", trace), arrow_schema(kind))
            sink.write(held.to_arrow().cast(arrow_schema(kind)))
            sink.close()
        manifest = Manifest(
            "burstgpt", trace, False, "0", "v", schema_version([shape]), None, 0, [], {"llm_request": TableCount(rows=rows)}, {},
            anchor_at="2024-01-01 00:00:00",
        )  # fmt: skip
        commit(run, read_head(Layout(lake)), Change("by hand", [manifest], name_files(run, manifest)))


@pytest.fixture
def lake(tmp_path: Path) -> Path:
    """A lake of one trace of the former schema, and one of the present."""
    put(tmp_path / "lake", write_raw(tmp_path / "raw" / "now.csv", 3))
    _put(tmp_path / "lake", FORMER, "then", ROWS)
    return tmp_path / "lake"


def test_columns_that_came_later_are_null_and_typed(lake: Path) -> None:
    shape = table("llm_request")
    opened = Lake(lake)
    frame = opened.table("llm_request").collect()
    assert frame.schema == polars_schema(shape)
    assert frame.height == ROWS + 3
    then = frame.filter(pl.col("trace") == "then")
    absent = [name for name in shape.columns if name not in FORMER.columns]
    assert len(absent) > 20
    assert [name for name in absent if then[name].null_count() != ROWS] == []
    assert then["input_tokens"].sum() == sum(i % 100 for i in range(ROWS))
    with opened.connect(["llm_request"]) as connection:
        described = {name: kind for name, kind, *_ in connection.execute("DESCRIBE llm_request").fetchall()}
        assert {f.name: f.type for f in shape.fields}.items() <= described.items()
        assert "dropped_since" not in described
        counts = connection.execute(
            "SELECT trace, count(*), count(output_tokens), max(arrived_at)::VARCHAR FROM llm_request GROUP BY 1 ORDER BY 1"
        )
        assert counts.fetchall() == [("now", 3, 3, None), ("then", ROWS, 0, "2024-01-03 21:26:39")]
    answers = opened.query("llm/tokens").rows_by_key("trace", named=True, unique=True)
    assert (answers["then"]["requests"], answers["then"]["output_mean"]) == (ROWS, None)


def test_catalog_reads_it_without_tracekit(lake: Path) -> None:
    opened = Lake(lake)
    with duckdb.connect(str(opened.layout.catalog), read_only=True) as connection:
        assert connection.execute("SELECT count(*), count(output_tokens) FROM llm_request").fetchall() == [(ROWS + 3, 3)]
        assert connection.execute("SELECT requests FROM llm_tokens() ORDER BY trace").fetchall() == [(3,), (ROWS,)]


def test_filters_and_projections_reach_the_scan(lake: Path) -> None:
    """Of three row groups, a filter on the sorted column reads one; of the columns, those that are named."""
    with Lake(lake).connect(["llm_request"]) as connection:
        text = "SELECT input_tokens FROM llm_request WHERE arrived_us >= {}"
        late, early = (str(connection.execute(f"EXPLAIN {text.format(us)}").fetchall()[0][1]) for us in (249_000_000_000, 1))
        # The file that has the column: its instants are too early for it, which its statistics tell. The other is not asked for the column.
        assert late.count("READ_PARQUET") == 1
        assert re.search(r"Filters: arrived_us *>= *249000000000 ", late), late
        assert early.count("READ_PARQUET") == 2
        assert early.count("arrived_us") == 2, early
        assert not any(name in late + early for name in ("source_row", "dropped_since", "FILTER")), late + early
        analysed = json.loads(connection.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {text.format(249_000_000_000)}").fetchall()[0][1])
        [scan] = [node for node in _nodes({"children": analysed["operator"]}) if node.get("type") == "TABLE_SCAN"]
        assert (scan["row_groups_scanned"], scan["total_row_groups_to_scan"]) == (1, 3)
        assert scan["extra_info"]["Projections"] == "input_tokens"
    lazy = Lake(lake).table("llm_request").filter(pl.col("arrived_us") >= 249_000_000_000).select("input_tokens")
    explained = lazy.explain()
    assert re.search(r"PROJECT 2/\d+ COLUMNS", explained) or "PROJECT" in explained, explained
    assert "FILTER" not in explained.partition("Parquet SCAN")[0] and "arrived_us" in explained.partition("SELECTION")[2], explained
    assert lazy.collect().height == 1_000


def _nodes(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for child in node.get("children", []):
        yield from _nodes(child)


def test_release_holds_the_present_columns(lake: Path) -> None:
    chosen = next(c for c in choose(Layout(lake), [source("burstgpt")])[0] if c.table.name == "llm_request")
    rows = list(batches(chosen, None))
    assert {piece.schema for piece in rows} == {chosen.schema}
    assert sum(len(piece) for piece in rows) == ROWS + 3
    assert sum(len(piece) - piece["output_tokens"].null_count for piece in rows) == 3
    assert sum(len(piece) for piece in batches(chosen, None, limit=10)) == 13


def test_check_says_that_it_is_readable(lake: Path, cli: Run) -> None:
    [aged] = find_aged(Layout(lake))
    assert (aged.manifest.trace, aged.unreadable) == ("then", [])
    assert "llm_request.output_tokens" in aged.lacking
    done = cli("check", "--lake", lake)
    assert done.returncode == 0, done.stderr
    assert "1 traces were written under a former schema and are readable as they are" in done.stderr


def test_check_says_what_has_to_be_ingested_again(lake: Path, cli: Run) -> None:
    text = replace(FORMER, fields=tuple(Field(f.name, "VARCHAR", f.unit, f.text) if f.name == "input_tokens" else f for f in FORMER.fields))
    _put(lake, text, "words", 5)
    bare = replace(FORMER, fields=tuple(f for f in FORMER.fields if f.name != "source_row"), required=frozenset({"dataset"}))
    _put(lake, bare, "bare", 5)
    done = cli("check", "--lake", lake)
    assert (
        "burstgpt/words: llm_request.input_tokens is BIGINT now, and it has VARCHAR: tracekit ingest burstgpt PATH --replace" in done.stderr
    )
    assert (
        "burstgpt/bare: llm_request.source_row is never NULL now, and it has none: tracekit ingest burstgpt PATH --replace" in done.stderr
    )
    assert Lake(lake).query("llm/tokens").height == 4


def test_renamed_it_is_as_old_as_before(lake: Path) -> None:
    assert change.rename(Layout(lake), "burstgpt", "then", "long-ago", macros(), "test")[0] == ROWS
    [aged] = find_aged(Layout(lake))
    assert (aged.manifest.trace, aged.manifest.columns["llm_request"].keys()) == ("long-ago", set(FORMER.columns))
    answers = Lake(lake).query("llm/tokens").rows_by_key("trace", named=True, unique=True)
    assert (answers["long-ago"]["requests"], answers["long-ago"]["output_mean"]) == (ROWS, None)
