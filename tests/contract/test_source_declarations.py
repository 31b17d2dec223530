"""Declarations of sources, schemas and mappings are closed: what cannot be meant is refused, with file, key, value and a way out."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tracekit import assets
from tracekit.errors import DeclarationError, UsageError
from tracekit.schema.load import load_schema
from tracekit.schema.names import names_in
from tracekit.sources.load import load_source
from tracekit.sources.mapping_file import parse_mapping

COLUMN = '"Model" = { type = "VARCHAR", required = true }'
CSV = 'format = "csv"'
WHERE = 'where = "output_tokens = 0"'

# File, what stands there, what is written in its place, what the error says.
SOURCES = [
    ("source.toml", CSV, f'{CSV}\nnulls = "NA"', "nulls: expected a list, not text 'NA'"),
    ("source.toml", CSV, f"{CSV}\nnulls = [0]", "nulls: expected text, not the number 0"),
    ("source.toml", CSV, f"{CSV}\npattern = '(?P<Model>.*)'", "unknown key 'pattern'"),
    ("source.toml", CSV, f"{CSV}\nrecords = '*'", "unknown key 'records'"),
    ("source.toml", CSV, f'{CSV}\nalign = "three"', "align: expected a whole number, not text 'three'"),
    ("source.toml", CSV, f"{CSV}\nalign = 0", "align: 0 is no number of records"),
    ("source.toml", CSV, f'{CSV}\nheader = "no"', "header: expected true or false, not text 'no'"),
    ("source.toml", CSV, f"{CSV}\nheader = false\nby_columns = true", "by_columns: files of this kind have no header"),
    ("source.toml", CSV, f"{CSV}\nseparator = ';;'", "separator: ';;' is not one character"),
    ("source.toml", CSV, f"{CSV}\nseperator = ';'", "unknown key 'seperator'. Did you mean 'separator'?"),
    ("source.toml", CSV, "format = 'xlsx'", "format: 'xlsx' is not one of arrow, csv, json, jsonl"),
    ("source.toml", CSV, "", "missing format"),
    ("source.toml", CSV, 'format = "wide"', "missing cells"),
    ("source.toml", CSV, 'format = "text"', "missing pattern"),
    ("source.toml", CSV, 'format = "text"\npattern = "(?P<Modell>.*)"', "pattern: there is no group 'Timestamp'"),
    ("source.toml", CSV, 'format = "sqlite"', "missing records"),
    ("source.toml", CSV, f"{CSV}\nlatest = 'attempt'", "latest: path has no label 'attempt'"),
    ("source.toml", CSV, f"{CSV}\nequal_files = 'keep'", "equal_files: 'keep' is not one of kept"),
    ("source.toml", CSV, f"{CSV}\nneeds = ['wholes']", "needs: there is no kind of file 'wholes'"),
    ("source.toml", CSV, f"{CSV}\nothers = ['parts']", "others: there is no kind of file 'parts'"),
    ("source.toml", CSV, f"{CSV}\nsparse = ['tool_call']", "sparse: 'tool_call' is not a table that it maps to"),
    ("source.toml", CSV, f"{CSV}\nrequired = ['output_token']", "has a column 'output_token'. Did you mean 'output_tokens'?"),
    ("source.toml", CSV, f"{CSV}\ntrace = '(?P<name>x)'", "trace: '(?P<name>x)' has no group named trace"),
    ("source.toml", CSV, f"{CSV}\ntrace = ''", "trace: '' names nothing"),
    ("source.toml", '"Total tokens" = "the', '"Totall" = "the', "unmapped: 'Totall' is not one of its columns"),
    ("source.toml", "every_s = 86_400", "every_s = 0", "every_s: 0 is not a time in seconds above zero"),
    ("source.toml", 'llm_request = "llm_request"', 'llm_request = "llm_requests"', "maps: mapping.py has no function 'llm_requests'"),
    ("source.toml", 'llm_request = "llm_request"', "llm_request = 3", "maps.llm_request: expected text, not the number 3"),
    ("source.toml", COLUMN, '"Model" = { type = "BOLEAN" }', "type: 'BOLEAN' is not one of VARCHAR, BIGINT"),
    ("source.toml", COLUMN, '"Model" = { type = "VARCHAR", requird = true }', "Model: unknown key 'requird'. Did you mean 'required'?"),
    ("source.toml", COLUMN, '"Model" = { type = "VARCHAR", name = "model" }', "Model: unknown key 'name'"),
    ("source.toml", COLUMN, '"Model" = { type = "VARCHAR", logical = "instant minutes" }', "is no instant or duration with a unit of time"),
    ("source.toml", COLUMN, '"Model" = { type = "VARCHAR", quoted = true }', "columns.Model.quoted: it is of"),
    ("source.toml", COLUMN, '"Model" = { type = "JSON" }', "columns.Model.type: a file of csv has no nested values"),
    ("source.toml", COLUMN, '"Model" = 3', "Model: expected a table, not the number 3"),
    ("source.toml", 'calendar = "hour"', 'calendar = "hour"\nzone = "Mars/Base"', "zone: 'Mars/Base' is no time zone"),
    ("source.toml", 'calendar = "hour"', 'calendar = "hours"', "calendar: 'hours' is not one of exact, weekday_hour, hour"),
    ("source.toml", 'anchor = "withheld"', 'anchor = "last May"', "anchor: 'last May' is no instant"),
    ("source.toml", "resolution_us = 1_000_000", "resolution_us = 0.5", "resolution_us: expected a whole number, not the number 0.5"),
    ("source.toml", "resolution_us = 1_000_000", "resolution_us = -1", "resolution_us: -1 is below zero"),
    ("source.toml", 'redistributable = "yes"', "redistributable = true", "redistributable: expected text, not True"),
    ("source.toml", 'redistributable = "yes"', 'redistributable = "maybe"', "redistributable: 'maybe' is not one of yes, derived-only, no"),
    ("source.toml", 'spdx = "CC-BY-4.0"', 'spdx = "CC-BY"', "spdx: 'CC-BY' is no SPDX licence"),
    ("source.toml", 'family = "llm"', 'family = "llms"', "family: 'llms' is not one of llm, serverless"),
    ("source.toml", 'homepage = "https://', 'homepage = "', "homepage: 'github.com/HPMLL/BurstGPT' is not an http or https address"),
    ("source.toml", "bytes = 52_283_111", 'bytes = "52 MB"', "bytes: expected a whole number, not text '52 MB'"),
    ("source.toml", "bytes = 52_283_111", 'sha256 = "0123"', "sha256: '0123' is not a SHA-256"),
    ("source.toml", "[[downloads]]\nfile", "[downloads]\nfile", "not valid TOML"),
    ("errata.toml", 'action = "flag"', 'action = "fix"', "action: 'fix' is not one of flag, null, shift, drop"),
    ("errata.toml", 'action = "flag"', 'action = "shift"', "columns: they are what null and shift act on; the action is shift"),
    ("errata.toml", 'action = "flag"', 'action = "null"\ncolumns = ["output_token"]', "columns: llm_request has no column 'output_token'"),
    ("errata.toml", WHERE, 'where = "output_token = 0"', "where: llm_request has no column 'output_token'. Did you mean 'output_tokens'?"),
    ("errata.toml", 'table = "llm_request"', 'table = "llm_requests"', "table: 'llm_requests' is no table of the lake"),
    ("claims.toml", "value = 1_429_737", 'value = "1,429,737"', "value: expected a number, not text '1,429,737'"),
    ("claims.toml", "value = 1_429_737", "value = 1_429_737\ntolerence = 1", "unknown key 'tolerence'. Did you mean 'tolerance'?"),
    ("claims.toml", 'column = "requests"\n', "", "a query needs a column"),
]


@pytest.mark.parametrize(("file", "old", "new", "words"), SOURCES)
def test_a_source_that_cannot_be_meant_is_refused(file: str, old: str, new: str, words: str, tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    shutil.copytree(assets.sources_dir() / "burstgpt", folder)
    text = (folder / file).read_text(encoding="utf-8")
    assert old in text
    (folder / file).write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(DeclarationError) as caught:
        load_source(folder)
    assert words in caught.value.message
    assert caught.value.message.startswith(f"{folder / file}: ")
    assert caught.value.fix


FIELDS = 'dataset = { type = "VARCHAR", unit = "id", text = "d" }\ntrace = { type = "VARCHAR", unit = "id", text = "t" }\n'
TABLE = 'text = "x"\ngrain = "a row"\nfamily = "llm"\ncolumns = ["dataset", "trace"]\nrequired = ["dataset"]\n'
SCHEMAS = [
    ('a = { type = "BOLEAN", unit = "1", text = "x" }', "", "type: 'BOLEAN' is not one of"),
    ('a = { type = "BIGINT", unit = "secs", text = "x" }', "", "unit: 'secs' is no unit of the schema"),
    ('a = { type = "BIGINT", unit = "1", text = " " }', "", "text: ' ' says nothing"),
    ('a = { type = "BIGINT", unit = "1", text = "x", min = "0" }', "", "min: expected a number, not text '0'"),
    ('a = { type = "BIGINT", unit = "1", text = "x", min = 5, warn_max = 1 }', "", "warn_max: 1 is below min, 5"),
    ('a = { type = "VARCHAR", unit = "name", text = "x", min = 5 }', "", "min: bounds are of numbers, and the type is VARCHAR"),
    ('a = { type = "VARCHAR", unit = "name", text = "x", values = "a" }', "", "values: expected a list, not text 'a'"),
    ('a = { type = "BIGINT", unit = "1", text = "x", values = ["a"] }', "", "values: a closed list of words is of text"),
    ("a = 3", "", "[a]: expected a table, not the number 3"),
    ("", 'famly = "llm"', "unknown key 'famly'. Did you mean 'family'?"),
    ("", 'time = "when"', "time: 'when' is not a column of the table"),
    ("", '[derived.span]\nsql = "1"\nneeds = []', "derived: 'span' is not in fields.toml"),
    ("", '[derived.trace]\nsql = "1"', "derived.trace: missing needs"),
    ("", '[derived.trace]\nsql = "1"\nneeds = ["when"]', "derived.trace.needs: 'when' is not a column of the table"),
]


@pytest.mark.parametrize(("field", "line", "words"), SCHEMAS)
def test_a_schema_that_cannot_be_meant_is_refused(field: str, line: str, words: str, tmp_path: Path) -> None:
    (tmp_path / "fields.toml").write_text(FIELDS + field)
    (tmp_path / "thing.toml").write_text(TABLE + line)
    with pytest.raises(DeclarationError) as caught:
        load_schema(tmp_path)
    assert words in caught.value.message
    assert ".toml: " in caught.value.message
    assert caught.value.fix


HEAD = 'dataset = "mine"\ntable = "llm_request"\n'
ARRIVED = '[columns]\narrived_us = { column = "at", unit = "s" }\n'
MAPPINGS = [
    (HEAD + 'nulls = "NA"\n' + ARRIVED, "nulls: expected a list, not text 'NA'"),
    (HEAD + 'formt = "csv"\n' + ARRIVED, "unknown key 'formt'. Did you mean 'format'?"),
    (HEAD + 'format = "xml"\n' + ARRIVED, "format: 'xml' is not one of csv, jsonl, parquet"),
    (HEAD + 'format = "jsonl"\nseparator = ";"\n' + ARRIVED, "separator: it is of CSV, and the format is jsonl"),
    (HEAD + 'format = "parquet"\nnulls = ["-"]\n' + ARRIVED, "nulls: it is of CSV, and the format is parquet"),
    (HEAD + 'header = "false"\n' + ARRIVED, "header: expected true or false, not text 'false'"),
    (HEAD + 'family = "gpu"\n' + ARRIVED, "family: 'gpu' is not one of llm"),
    (HEAD + ARRIVED + '[time]\nzon = "UTC"', "[time]: unknown key 'zon'. Did you mean 'zone'?"),
    (HEAD + ARRIVED + '[time]\nzone = "Mars/Base"', "zone: 'Mars/Base' is no time zone"),
    (HEAD + ARRIVED + '[time]\nresolution_us = "1 s"', "resolution_us: expected a whole number, not text '1 s'"),
    (HEAD + ARRIVED + '[time]\ncalendar = "daily"', "calendar: 'daily' is not one of"),
    (HEAD + ARRIVED + '[time]\nanchor = "yesterday"', "anchor: 'yesterday' is no instant"),
    (HEAD + "[columns]\narrived_us = 5\n", "columns.arrived_us: expected a table, not the number 5"),
    (HEAD + '[columns]\narrived_us = { column = "at", units = "s" }', "columns.arrived_us: unknown key 'units'. Did you mean 'unit'?"),
    (HEAD + '[columns]\narrived_us = { column = "at", unit = "sec" }', "'sec' cannot become us"),
    (HEAD + "[columns]\narrived_us = { value = 3, unit = 's' }", "value: a constant is in the schema's own unit"),
    (HEAD + "[columns]\narrived_us = { column = 'at', unit = 's', format = '%Y' }", "format: it is of instants as text"),
    (HEAD + "[columns]\narrived_us = { column = 'at', required = 'yes' }", "required: expected true or false, not text 'yes'"),
    (HEAD + "[columns]\narrived_us = {}", "column: give one of column, sql, value"),
    ("table = 'llm_request'\ndataset = 3\n" + ARRIVED, "dataset: expected text, not the number 3"),
    ("dataset = 'mine'\n" + ARRIVED, "missing table"),
]


@pytest.mark.parametrize(("text", "words"), MAPPINGS)
def test_a_mapping_that_cannot_be_meant_is_refused(text: str, words: str) -> None:
    with pytest.raises((DeclarationError, UsageError)) as caught:
        parse_mapping(text, Path("my.toml"))
    assert words in caught.value.message
    assert caught.value.message.startswith("my.toml: ")
    assert caught.value.fix


@pytest.mark.parametrize(
    ("expression", "names"),
    [
        ("output_tokens = 0 AND e2e_s > 1e-3", ["output_tokens", "e2e_s"]),
        ("model = 'it''s a name' OR \"odd name\" IS NOT NULL", ["model", "odd name"]),
        ("CAST(round(a / 2) AS BIGINT) IN (1, 2) AND NOT b", ["a", "b"]),
    ],
)
def test_names_of_an_expression(expression: str, names: list[str]) -> None:
    assert names_in(expression) == names
