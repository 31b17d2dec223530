"""Rows on the screen and in a pipe: every type, every form, every width."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pexpect
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tracekit.query import library

ROOT = Path(__file__).parents[2]
Run = Callable[..., "subprocess.CompletedProcess[str]"]
Bytes = Callable[..., bytes]
CODE = "from tracekit.cli import main; main()"

# Value → what JSON has for it, and CSV.
TYPES = {
    "1.50::DECIMAL(10, 2)": (1.5, "1.50"),
    "12345678901234567890123.5::DECIMAL(30, 1)": (12345678901234567890123.5, "12345678901234567890123.5"),
    "170141183460469231731687303715884105727::HUGEINT": (2**127 - 1, str(2**127 - 1)),
    "INTERVAL 14 MONTH + INTERVAL 3 DAY + INTERVAL 90 SECOND": ("1 year 2 months 3 days 00:01:30",) * 2,
    "INTERVAL 0 SECOND": ("00:00:00",) * 2,
    "UUID '6ba7b810-9dad-11d1-80b4-00c04fd430c8'": ("6ba7b810-9dad-11d1-80b4-00c04fd430c8",) * 2,
    "TIMESTAMPTZ '2024-03-01 12:00:00+02'": ("2024-03-01 10:00:00+00:00",) * 2,
    "TIMESTAMP_NS '2024-03-01 00:00:00.123456789'": ("2024-03-01 00:00:00.123456789",) * 2,
    "DATE '2024-03-01'": ("2024-03-01",) * 2,
    "DATE 'infinity'": ("infinity",) * 2,
    "TIMESTAMP '-infinity'": ("-infinity",) * 2,
    "DATE '20000-01-01'": ("20000-01-01",) * 2,
    "'Infinity'::DOUBLE": (None, "inf"),
    "'-Infinity'::FLOAT": (None, "-inf"),
    "'NaN'::DOUBLE": (None, "nan"),
    "NULL::INTERVAL": (None, ""),
    "[DATE 'infinity', DATE '2024-03-01']": (["infinity", "2024-03-01"], "['infinity', '2024-03-01']"),
    "{'a': INTERVAL 1 DAY}": ({"a": "1 day"}, "{'a': '1 day'}"),
    "MAP {DATE '2024-03-01': INTERVAL 1 MONTH}": ({"2024-03-01": "1 month"}, "{'2024-03-01': '1 month'}"),
    "union_value(k := 2)": (2, "2"),
}
STATEMENT = "SELECT " + ", ".join(f"{value} AS c{i}" for i, value in enumerate(TYPES))


def test_every_type_prints_as_json_and_says_what_json_cannot(cli: Run, demo_lake: Path) -> None:
    done = cli("sql", STATEMENT, "--lake", demo_lake, "--format", "json", env={**os.environ, "TZ": "UTC"})
    assert done.returncode == 0, done.stderr
    [record] = json.loads(done.stdout)
    assert list(record.values()) == [value for value, _ in TYPES.values()]
    lost = [f"c{i}" for i, value in enumerate(TYPES) if "::" in value and ("Inf" in value or "NaN" in value)]
    assert re.findall(r"note: (c\d+): 1 value is infinite or not a number", done.stderr) == lost


def test_every_type_prints_as_csv_and_as_a_table(cli: Run, demo_lake: Path) -> None:
    done = cli("sql", STATEMENT, "--lake", demo_lake, "--format", "csv", env={**os.environ, "TZ": "UTC"})
    assert list(csv.reader(io.StringIO(done.stdout)))[1] == [text for _, text in TYPES.values()]
    table = cli("sql", STATEMENT, "--lake", demo_lake)
    assert table.returncode == 0, table.stderr
    assert all(text in table.stdout for text in ("1 year 2 months 3 days 00:01:30", "infinity", "2024-03-01", "1.50", "inf"))


def test_every_type_is_stored_as_parquet(demo_lake: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-c", CODE, "sql", STATEMENT, "--lake", str(demo_lake), "--format", "parquet"]
    (tmp_path / "x.parquet").write_bytes(subprocess.run(command, capture_output=True, check=True).stdout)
    stored = pq.read_table(tmp_path / "x.parquet")
    kinds = dict(zip(TYPES, stored.schema.types, strict=True))
    assert kinds["DATE '2024-03-01'"] == pa.date32()
    assert kinds["1.50::DECIMAL(10, 2)"] == pa.decimal128(10, 2)
    texts = {value: stored.column(i)[0].as_py() for i, value in enumerate(TYPES) if pa.types.is_string(stored.schema.types[i])}
    assert texts["INTERVAL 14 MONTH + INTERVAL 3 DAY + INTERVAL 90 SECOND"] == "1 year 2 months 3 days 00:01:30"
    assert json.loads(texts["{'a': INTERVAL 1 DAY}"]) == {"a": "1 day"}


VERBS_WITH_TABLES = {
    "describe": ["burstgpt"],
    "describe of tables": ["--tables"],
    "history": [],
    "sources": [],
    "sources of one": ["burstgpt"],
    "why": ["llm_request", "burstgpt", "sample_1", "17"],
    "claims": ["azure-llm-2023"],
    "query": [],
    "query of a name": ["llm/tokens"],
    "sql": ["SELECT 1 AS a, 'x' AS b"],
}


@pytest.mark.parametrize("case", VERBS_WITH_TABLES)
def test_every_verb_that_prints_a_table_prints_all_forms(case: str, demo_lake: Path, tmp_path: Path, cli_bytes: Bytes) -> None:
    verb = case.split()[0]
    lake = [] if verb == "sources" else ["--lake", str(demo_lake)]

    def output(form: str) -> bytes:
        return cli_bytes(verb, *VERBS_WITH_TABLES[case], *lake, "--format", form)

    records = json.loads(output("json"))
    assert records == [json.loads(line) for line in output("jsonl").splitlines()]
    (tmp_path / "x.parquet").write_bytes(output("parquet"))
    stored = pq.read_table(tmp_path / "x.parquet")
    assert stored.column_names == list(records[0])
    assert stored.num_rows == len(records)
    assert len(list(csv.reader(io.StringIO(output("csv").decode())))) == len(records) + 1


def on_terminal(width: int, *args: str) -> list[str]:
    """The lines that a terminal of this width shows."""
    environment = {**{k: v for k, v in os.environ.items() if k != "COLUMNS"}, "TERM": "dumb"}
    child = pexpect.spawn(
        sys.executable, ["-c", CODE, *args], env=environment, encoding="utf-8", timeout=120, dimensions=(24, width), cwd=str(ROOT)
    )
    child.expect(pexpect.EOF)
    return [line.rstrip() for line in str(child.before).split("\r\n")]


@pytest.mark.parametrize("width", [40, 80, 132])
@pytest.mark.parametrize("args", [["query", "arrival/interarrival"], ["query"], ["claims", "burstgpt"], ["describe"]])
def test_a_table_is_no_wider_than_the_terminal(width: int, args: list[str], demo_lake: Path) -> None:
    lines = on_terminal(width, *args, "--lake", str(demo_lake))
    table = lines[: next((i for i, line in enumerate(lines) if line.startswith("… ")), len(lines))]
    rows = [line for line in table if not re.match(r"[\w-]+: (agrees|differs|disputed|not comparable|needs)", line)]
    assert max(map(len, rows)) <= width
    assert max(map(len, lines)) <= width or args[0] == "claims"


def test_what_a_terminal_has_no_room_for_is_named_and_wide_shows_it(demo_lake: Path) -> None:
    columns = list(library.get("arrival/interarrival").columns)
    lines = on_terminal(80, "query", "arrival/interarrival", "--dataset", "burstgpt", "--lake", str(demo_lake))
    shown = lines[0].split()
    assert shown[-1] == "…"
    assert shown[:-1] == columns[: len(shown) - 1]
    said = " ".join(" ".join(lines[lines.index(next(line for line in lines if line.startswith("… "))) :]).split())
    assert f"{len(columns) - len(shown) + 1} more columns: {', '.join(columns[len(shown) - 1 :])} (--wide shows them)" in said
    wide = on_terminal(80, "query", "arrival/interarrival", "--dataset", "burstgpt", "--lake", str(demo_lake), "--wide")
    assert wide[0].split() == columns


def test_text_on_a_terminal_wraps_and_loses_nothing(demo_lake: Path) -> None:
    text = "one two three four five six seven eight nine ten eleven twelve"
    lines = on_terminal(40, "sql", f"SELECT 7 AS n, '{text}' AS words", "--lake", str(demo_lake))
    assert " ".join(" ".join(lines[2:]).split()) == f"7 {text}"


def test_control_characters_of_a_value_do_not_reach_the_terminal(demo_lake: Path) -> None:
    lines = on_terminal(60, "sql", "SELECT 'a' || chr(27) || '[31mred' AS x", "--lake", str(demo_lake))
    assert "a\\x1b[31mred" in lines


def test_a_pipe_gets_the_whole_table(cli: Run, demo_lake: Path) -> None:
    done = cli("query", "arrival/interarrival", "--lake", demo_lake, env={**os.environ, "COLUMNS": "40"})
    assert done.stdout.splitlines()[0].split() == list(library.get("arrival/interarrival").columns)
    assert "…" not in done.stdout


@pytest.mark.parametrize("name", library.load())
def test_help_of_a_query_lists_parameters_and_columns(name: str) -> None:
    from click.testing import CliRunner

    from tracekit.cli import cli as group

    query = library.get(name)
    text = CliRunner().invoke(group, ["query", name, "--help"], terminal_width=200).output
    params, _, rest = text.partition("Parameters")[2].partition("Columns:")
    columns, _, after = rest.partition("Example:")
    for param in query.params.values():
        assert re.search(rf"^  {param.name}\s.*{re.escape(param.type)}", params, re.MULTILINE), param.name
        if param.unit not in ("1", "id", "name", "bool"):
            assert re.search(rf"^  {param.name}\s+{re.escape(param.type)} \[{re.escape(param.unit)}\]", params, re.MULTILINE)
    assert [found for found in re.findall(r"^  (\w+)\s", columns, re.MULTILINE) if found in query.columns] == list(query.columns)
    assert f"tracekit query {name}" in after


def test_example_of_the_help_of_every_query_runs(demo_lake: Path) -> None:
    import shlex

    from click.testing import CliRunner

    from tracekit.cli import cli as group
    from tracekit.cli._query_help import example

    for name in ("arrival/dispersion", "serverless/keepalive", "footprint/llm_water", "power/capping", "llm/prefix_reuse"):
        words = shlex.split(example(library.get(name)))[1:]
        done = CliRunner().invoke(group, [*words, "--lake", str(demo_lake), "--format", "json"])
        assert done.exit_code == 0, done.output
        assert json.loads(done.stdout)
