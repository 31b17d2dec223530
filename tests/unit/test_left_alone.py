"""What is wrong with one file among many costs itself alone; names, mappings and instants that cannot be meant are refused."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from kept import kept_rejects

from tracekit.api import Lake
from tracekit.errors import DataError, DeclarationError, NoRowsError, UsageError
from tracekit.ingest.run import ingest
from tracekit.ingest.settings import Settings
from tracekit.lake.layout import Layout
from tracekit.lake.manifest import read_manifests
from tracekit.sources.load import source
from tracekit.sources.mapping_file import parse_mapping, read_mapping

HEADER = "Timestamp,Model,Request tokens,Response tokens,Total tokens,Log Type"
MAPPING = """
dataset = "mine"
table = "llm_request"
[columns]
arrived_us = { column = "t", unit = "iso" }
input_tokens = "p"
"""


def _write(folder: Path, **rows: str) -> Path:
    folder.mkdir(exist_ok=True)
    for name, row in rows.items():
        (folder / f"{name}.csv").write_text(f"{HEADER}\n{row}\n")
    return folder


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_trace_without_a_valid_record_is_left_alone_among_others(jobs: int, tmp_path: Path) -> None:
    raw = _write(tmp_path / "raw", a="1,ChatGPT,1,2,3,API log", b="x,ChatGPT,1,2,3,API log", c="3,ChatGPT,1,2,3,API log", d="")
    outcome = ingest(source("burstgpt"), [raw], tmp_path / "lake", macros=None, jobs=jobs)
    assert [manifest.trace for manifest in outcome.written] == ["a", "c"]
    reasons = dict(outcome.plan.skipped)
    assert "none of 1 records is valid: line 2: column 'Timestamp': 'x'" in reasons[str(raw / "b.csv")]
    assert reasons[str(raw / "d.csv")] == "no records"
    with pytest.raises(NoRowsError, match=r"b\.csv: none of 1 records is valid"):
        ingest(source("burstgpt"), [raw / "b.csv", raw / "d.csv"], tmp_path / "other", macros=None, jobs=jobs)
    with pytest.raises(DataError, match=r"b\.csv: line 2"):
        ingest(source("burstgpt"), [raw], tmp_path / "strict", macros=None, settings=Settings(strict=True), jobs=jobs)
    assert not read_manifests(Layout(tmp_path / "strict"))


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads every folder")
def test_a_folder_that_may_not_be_read_is_said(tmp_path: Path) -> None:
    raw = _write(tmp_path / "raw", a="1,ChatGPT,1,2,3,API log")
    inner = _write(raw / "inner", b="1,ChatGPT,1,2,3,API log")
    inner.chmod(0)
    try:
        with pytest.raises(UsageError, match="inner: cannot be read"):
            ingest(source("burstgpt"), [raw], tmp_path / "lake", macros=None)
    finally:
        inner.chmod(0o755)


def test_a_folder_that_fails_to_be_listed_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    raw = _write(tmp_path / "raw", a="1,ChatGPT,1,2,3,API log")
    inner = _write(raw / "inner", b="1,ChatGPT,1,2,3,API log")
    listed = os.scandir

    def scandir(path: str | os.PathLike[str] | int) -> object:
        if path in (str(inner), inner):
            raise PermissionError(13, "Permission denied", str(inner))
        return listed(path)

    monkeypatch.setattr(os, "scandir", scandir)
    with pytest.raises(UsageError, match="inner: cannot be read: Permission denied"):
        ingest(source("burstgpt"), [raw], tmp_path / "lake", macros=None)


@pytest.mark.parametrize("name", ["*", " ", "a\nb", "a\x1b[0m"])
def test_names_that_no_trace_may_have(name: str, tmp_path: Path) -> None:
    raw = _write(tmp_path / "raw", a="1,ChatGPT,1,2,3,API log")
    with pytest.raises(UsageError, match="is no name"):
        ingest(source("burstgpt"), [raw], tmp_path / "lake", macros=None, trace=name)


def test_a_mapping_reads_a_folder_by_the_names_of_its_files(tmp_path: Path) -> None:
    folder = tmp_path / "logs"
    folder.mkdir()
    for name in ("a", "b"):
        (folder / f"{name}.jsonl").write_text('{"t": "2026-01-01T00:00:00Z", "p": 5}\n')
    (tmp_path / "m.toml").write_text(MAPPING)
    whole, one = read_mapping(tmp_path / "m.toml", [folder]), read_mapping(tmp_path / "m.toml", [folder / "a.jsonl"])
    assert whole.files[0].format == "jsonl"
    assert whole.definition == one.definition
    ingest(whole, [folder], tmp_path / "lake", macros=None)
    assert ingest(one, [folder / "a.jsonl"], tmp_path / "lake", macros=None).unchanged == ["a"]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('separator = ""', "separator: '' is not one character"),
        ('trace = "(?P<trace>["', "is no regular expression"),
        ('trace = "(?P<name>x)"', "has no group named trace"),
        ('time = { zone = "Europe/Berlinn" }', "is no time zone. Did you mean 'Europe/Berlin'?"),
    ],
)
def test_mappings_that_cannot_be_meant(line: str, words: str) -> None:
    with pytest.raises(DeclarationError) as caught:
        parse_mapping(line + MAPPING, Path("m.toml"))
    assert words in str(caught.value)


def test_a_constant_of_another_type_is_refused() -> None:
    with pytest.raises(DeclarationError, match=r"columns\.output_tokens: value: 'abc' is not of the column's type, BIGINT"):
        parse_mapping(MAPPING + 'output_tokens = { value = "abc" }\n', Path("m.toml"))


INSTANTS = [
    ("2026-03-01T10:00:02+14:00", None),
    ("2026-03-01T10:00:02-12:00", None),
    ("2026-03-01T10:00:02+25:00", "'2026-03-01T10:00:02+25:00' is no instant"),
    ("2026-03-01T10:00:02+01:75", "is no instant"),
    ("2026-02-30T10:00:00Z", "'2026-02-30T10:00:00Z' is no instant as ISO 8601 writes it"),
    ("yesterday", "arrived_us: column 't': 'yesterday' is no instant as ISO 8601 writes it"),
]


@pytest.mark.parametrize(("text", "words"), INSTANTS)
def test_an_instant_that_is_none_costs_its_record_and_is_quoted(text: str, words: str | None, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(f"t,p\n2026-03-02T00:00:00Z,1\n{text},2\n")
    ingest(parse_mapping(MAPPING, Path("m.toml")), [path], tmp_path / "lake", macros=None)
    lake = Lake(tmp_path / "lake")
    assert lake.table("llm_request").collect().height == (2 if words is None else 1)
    if words is not None:
        assert words in kept_rejects(lake, "mine", "a")


def test_why_says_what_a_record_was_set_aside_for(tmp_path: Path, cli: Callable[..., subprocess.CompletedProcess[str]]) -> None:
    raw = _write(tmp_path / "raw", a="1,ChatGPT,1,2,3,API log\nx,ChatGPT,1,2,3,API log")
    ingest(source("burstgpt"), [raw], tmp_path / "lake", macros=None)
    done = cli("why", "llm_request", "burstgpt", "a", "2", "--lake", tmp_path / "lake")
    assert "record 2, line 3" in done.stdout
    assert "set aside:\n  every table: column 'Timestamp': 'x' is not a number" in done.stdout


def test_columns_of_one_name_are_told_apart(tmp_path: Path) -> None:
    raw = _write(tmp_path / "raw", a="1,ChatGPT,1,2,3,API log")
    ingest(source("burstgpt"), [raw], tmp_path / "lake", macros=None)
    found = Lake(tmp_path / "lake").sql("SELECT 'a' AS x, 'b' AS x, 'c' AS x_1 FROM llm_request")
    assert found.to_dicts() == [{"x": "a", "x_1": "b", "x_1_1": "c"}]
    with pytest.raises(UsageError, match=r"3\.5 is neither the number of a head nor an instant"):
        Lake(tmp_path / "lake", at=3.5)  # type: ignore[arg-type]
