"""CSV for spreadsheets: no text is taken for a formula, and numbers stay numbers."""

from __future__ import annotations

import csv
import importlib
import io
import subprocess
from collections.abc import Callable
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from tracekit.cli import cli as root
from tracekit.cli._options import format_option
from tracekit.cli._output import write_rows

Run = Callable[..., "subprocess.CompletedProcess[str]"]

TEXTS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "=cmd|' /C calc'!A0", "plain", "a=1", " =1", "", "1"]


@click.command()
@format_option
def _printing(form: str) -> None:
    write_rows(["=name", "number"], [[text, -1.5] for text in TEXTS] + [[None, -2]], form)


def test_text_is_guarded_and_numbers_are_not() -> None:
    plain = CliRunner().invoke(_printing, ["--format", "csv"]).stdout_bytes.decode()
    assert list(csv.reader(io.StringIO(plain, newline="")))[1:3] == [["=1+1", "-1.5"], ["+1", "-1.5"]]
    done = CliRunner().invoke(_printing, ["--format", "csv", "--excel"])
    header, *rows = list(csv.reader(io.StringIO(done.stdout_bytes.decode(), newline="")))
    assert header == ["'=name", "number"]
    assert [row[0] for row in rows] == [*(f"'{text}" for text in TEXTS[:7]), *TEXTS[7:], ""]
    assert [row[1] for row in rows] == ["-1.5"] * len(TEXTS) + ["-2"]


def test_it_is_for_csv_alone() -> None:
    done = CliRunner().invoke(_printing, ["--excel"])
    assert done.exit_code == 2
    assert "--format csv" in done.output


def test_every_verb_that_prints_csv_has_it() -> None:
    context = click.Context(root)
    for name in root.list_commands(context):
        command = importlib.import_module(f"tracekit.cli.{name}").command
        options = {option for param in command.params for option in param.opts}
        choices = [param.type.choices for param in command.params if "--format" in param.opts and isinstance(param.type, click.Choice)]
        assert ("--excel" in options) == any("csv" in each for each in choices), name


@pytest.mark.parametrize("verb", ["sql", "query"])
def test_on_the_command_line(verb: str, cli: Run, demo_lake: Path) -> None:
    args = ["sql", "SELECT '=1' AS a, -1 AS b, -1.5 AS c"] if verb == "sql" else ["query", "llm/tokens", "--dataset", "burstgpt"]
    done = cli(*args, "--lake", demo_lake, "--format", "csv", "--excel")
    assert done.returncode == 0
    lines = done.stdout.splitlines()
    assert lines == (["a,b,c", "'=1,-1,-1.5"] if verb == "sql" else cli(*args, "--lake", demo_lake, "--format", "csv").stdout.splitlines())
