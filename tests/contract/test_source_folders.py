"""Every source folder: declarations, mapping, sample."""

from __future__ import annotations

import filecmp
import math
from itertools import islice
from pathlib import Path

import polars as pl
import pytest
from columns_read import columns_read

from tracekit import assets
from tracekit.errors import DeclarationError
from tracekit.ingest.plan import make_plan
from tracekit.ingest.records import read_records
from tracekit.ingest.settings import Settings
from tracekit.lake.layout import Layout
from tracekit.lake.manifest import Input, read_manifests
from tracekit.query import library
from tracekit.schema.load import tables
from tracekit.schema.polars import conform, polars_schema
from tracekit.sources.files import FileKind
from tracekit.sources.load import load_source, sources

SOURCES = sources()
KINDS = [(s.id, kind.name) for s in SOURCES.values() for kind in s.files]


@pytest.mark.parametrize("dataset", SOURCES)
def test_sample_is_what_its_script_writes(dataset: str, tmp_path: Path) -> None:
    SOURCES[dataset].write_sample(tmp_path)
    shipped = assets.samples_dir() / dataset
    names = [p.relative_to(tmp_path).as_posix() for p in tmp_path.rglob("*") if p.is_file()]
    assert sorted(names) == sorted(p.relative_to(shipped).as_posix() for p in shipped.rglob("*") if p.is_file())
    assert filecmp.cmpfiles(tmp_path, shipped, names, shallow=False)[0] == names


@pytest.mark.parametrize("dataset", SOURCES)
def test_sample_fills_every_table_and_loses_nothing(dataset: str, demo_lake: Path) -> None:
    manifests = read_manifests(Layout(demo_lake), dataset)
    assert {name for m in manifests for name in m.tables} == set(SOURCES[dataset].tables)
    for manifest in manifests:
        assert manifest.is_synthetic
        for count in manifest.tables.values():
            assert count.records == count.converted + count.rejected + count.dropped + count.barren
            assert count.rejected == 0


def _frames(dataset: str, kind_name: str, tmp_path: Path) -> list[pl.DataFrame]:
    """The first records of every file of a kind in the sample; of a kind that it has no file of, none."""
    plan = make_plan(SOURCES[dataset], [assets.samples_dir() / dataset], tmp_path)
    files = [f for f in plan.files if f.kind.name == kind_name]
    if not files:
        pytest.skip(f"the sample holds no file of {dataset} {kind_name}")
    found = []
    for file in files:
        for first in islice(read_records(file, 0, Input(file.name, "", kind_name, 0, ""), Settings(), lambda *_: None), 1):
            assert first.rejects == []
            found.append(first.frame)
    return found


def _kind(dataset: str, name: str) -> FileKind:
    return next(kind for kind in SOURCES[dataset].files if kind.name == name)


@pytest.mark.parametrize(("dataset", "kind"), KINDS)
def test_mapping_is_the_same_whole_and_in_pieces(dataset: str, kind: str, tmp_path: Path) -> None:
    frame, lines = _frames(dataset, kind, tmp_path)[0], _kind(dataset, kind).lines
    for name, function in _kind(dataset, kind).maps.items():
        mapping = SOURCES[dataset].mapping(function)
        for size in (1, 2, 3, 7):
            piece = math.lcm(size, lines.align if lines else 1)
            # A dozen of the smallest pieces say as much as all of them.
            some = frame if size == 7 else frame[: 12 * piece]
            whole = conform(mapping(some.lazy()), tables()[name]).collect()
            pieces = [conform(mapping(some[i : i + piece].lazy()), tables()[name]).collect() for i in range(0, some.height, piece)]
            assert pl.concat(pieces).equals(whole), size
            assert whole["source_row"].null_count() == 0


@pytest.mark.parametrize(("dataset", "kind"), KINDS)
def test_mapping_looks_at_record_numbers_where_it_says_so_alone(dataset: str, kind: str, tmp_path: Path) -> None:
    """Small traces are converted together, under numbers of their own: nothing but the number may depend on it."""
    differs = False
    for frame in _frames(dataset, kind, tmp_path):
        moved = frame.with_columns(pl.col("source_row") + (1 << 40))
        for name, function in _kind(dataset, kind).maps.items():
            mapping = SOURCES[dataset].mapping(function)
            there = conform(mapping(moved.lazy()), tables()[name]).collect()
            here = conform(mapping(frame.lazy()), tables()[name]).collect().with_columns(pl.col("source_row") + (1 << 40))
            differs |= not there.equals(here)
    assert differs == _kind(dataset, kind).numbered


# What a row of a table of readings reads; without any of it the row says nothing.
READINGS = {
    "metric_sample": {"value"},
    "function_rate": {"value"},
    "benchmark_result": {"value"},
    "model_accuracy": {"accuracy_ratio"},
    "llm_client_tokens": {"probability"},
    "grid_mix": {"share_ratio", "generation_mwh", "carbon_g_per_kwh"},
    "factor": {"ewif_l_per_kwh", "ewif_low_l_per_kwh", "ewif_high_l_per_kwh", "carbon_g_per_kwh"},
    "power_sample": {"power_w", "power_ratio", "energy_index", "apparent_va", "load_ratio"},
    "resource_sample": {"cpu_cores", "cpu_ratio", "memory_mb", "memory_ratio", "gpu_ratio", "sm_ratio", "gpu_memory_mb", "network_mbps"},
    "cold_start": {"total_s", "pod_allocation_s", "deploy_code_s", "deploy_dependency_s", "scheduling_s", "init_s"},
}


@pytest.mark.parametrize(
    ("dataset", "kind"), [(d, k) for d, k in KINDS if any(f.name == k and {*f.maps} & {*READINGS} for f in SOURCES[d].files)]
)
def test_columns_that_a_file_lacks_make_no_rows(dataset: str, kind: str, tmp_path: Path) -> None:
    frame, maps = _frames(dataset, kind, tmp_path)[0], _kind(dataset, kind).maps
    lacking = [c.name for c in next(k for k in SOURCES[dataset].files if k.name == kind).columns if c.optional and c.name in frame.columns]
    bare = frame.with_columns(pl.lit(None, frame.schema[name]).alias(name) for name in lacking)
    for name, function in maps.items():
        if name in READINGS:
            rows = SOURCES[dataset].mapping(function)(bare.lazy()).collect()
            whole = SOURCES[dataset].mapping(function)(frame.lazy()).collect()
            read = [column for column in rows.columns if column in READINGS[name]]
            silent = pl.all_horizontal(pl.col(read).is_null())
            # A column that is there may hold unknown readings; one that is not makes none.
            assert rows.filter(silent).height <= whole.filter(silent).height, name


@pytest.mark.parametrize(("dataset", "kind"), KINDS)
def test_mapping_gives_the_types_of_its_table(dataset: str, kind: str, tmp_path: Path) -> None:
    frame, maps = _frames(dataset, kind, tmp_path)[0], _kind(dataset, kind).maps
    for name, function in maps.items():
        given = SOURCES[dataset].mapping(function)(frame.lazy()).collect_schema()
        wanted = polars_schema(tables()[name])
        assert "source_row" in given
        assert set(given) <= set(wanted)
        for column, dtype in given.items():
            # A whole number may widen to a fraction; nothing else is cast, so that no value is cut on its way.
            assert dtype == wanted[column] or (dtype.is_integer() and wanted[column].is_numeric()), f"{name}.{column}: {dtype}"


@pytest.mark.parametrize(("dataset", "kind"), KINDS)
def test_every_raw_column_is_mapped_or_said_not_to_be(dataset: str, kind: str) -> None:
    # A column that is declared and forgotten looks like one that is read.
    columns, unmapped = {column.name for column in _kind(dataset, kind).columns}, _kind(dataset, kind).unmapped
    read = columns_read(dataset)[kind] & columns
    assert columns - read - set(unmapped) == set(), "read by nothing: say why under unmapped"
    assert read & set(unmapped) == set(), "read after all: take it out of unmapped"
    assert [name for name, why in unmapped.items() if len(why.split()) < 3] == [], "a reason has three words at least"


def test_samples_are_small() -> None:
    assert sum(path.stat().st_size for path in assets.samples_dir().rglob("*") if path.is_file()) < 6_000_000


@pytest.mark.parametrize("dataset", SOURCES)
def test_ids_of_errata_and_claims_are_unique(dataset: str) -> None:
    for entries in (SOURCES[dataset].errata, SOURCES[dataset].claims):
        assert len({entry.id for entry in entries}) == len(entries)


@pytest.mark.parametrize("dataset", SOURCES)
def test_claims_name_real_columns(dataset: str) -> None:
    for claim in SOURCES[dataset].claims:
        assert claim.citation
        if claim.query is None:
            assert claim.remark, f"{claim.id}: a claim without a query says why"
            continue
        query = library.get(claim.query)
        assert {name for name in (claim.column, claim.per, *(claim.where or {})) if name} <= set(query.columns)
        assert set(claim.params or {}) <= set(query.params)
        assert set(claim.needs_datasets) <= set(SOURCES)


@pytest.mark.parametrize("dataset", SOURCES)
def test_errata_select_over_the_table(dataset: str) -> None:
    for erratum in SOURCES[dataset].errata:
        assert erratum.link.startswith("https://")
        if erratum.where:
            assert erratum.table in SOURCES[dataset].tables
            pl.LazyFrame(schema=conform(pl.LazyFrame(), tables()[erratum.table]).collect_schema()).select(
                pl.sql_expr(erratum.where)
            ).collect()


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('zero = "source"', 'zero = "midnight"', "zero: 'midnight' is not one of"),
        ('format = "csv"', 'format = "cvs"', "format: 'cvs' is not one of"),
        ("[files.maps]\nllm_request", "[files.maps]\nllm_requests", "maps: there is no table 'llm_requests'"),
        ('type = "BIGINT", required', 'type = "INT", required', "type: 'INT' is not one of"),
        (r"path = '\.csv$'", "path = '('", "not a regular expression"),
        ('title = "', 'titel = "', "unknown key 'titel'"),
        ('"Total tokens" = "', '"Total token" = "', "unmapped: 'Total token' is not one of its columns. Did you mean 'Total tokens'?"),
        ("[licence]\nspdx", "[licence]\nspdxx", "unknown key 'spdxx'"),
    ],
)
def test_wrong_source_is_refused_with_file_and_key(old: str, new: str, words: str, tmp_path: Path) -> None:
    text = (assets.sources_dir() / "burstgpt" / "source.toml").read_text()
    assert old in text
    (tmp_path / "source.toml").write_text(text.replace(old, new, 1))
    with pytest.raises(DeclarationError) as caught:
        load_source(tmp_path)
    assert words in str(caught.value)
    assert "source.toml" in str(caught.value)
