"""The command line."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import click
import pytest

from tracekit.cli import cli as cli_group

Run = Callable[..., "subprocess.CompletedProcess[str]"]
VERBS = [
    *("check", "cite", "claims", "demo", "describe", "export", "fetch", "gc", "history", "ingest", "query", "remove", "rename"),
    *("report", "sources", "sql", "why"),
]


def _verbs(group: click.Command = cli_group, names: tuple[str, ...] = ()) -> Iterator[tuple[str, click.Command]]:
    """Every verb, nested ones too, by the words that call it."""
    context = click.Context(group)
    for name in group.list_commands(context) if isinstance(group, click.Group) else []:
        verb = group.get_command(context, name)
        assert verb is not None
        yield " ".join((*names, name)), verb
        yield from _verbs(verb, (*names, name))


COMMANDS = dict(_verbs())


def test_help_lists_every_verb_without_an_engine(cli: Run) -> None:
    done = cli("--help")
    assert done.returncode == 0
    assert [verb for verb in VERBS if f"\n  {verb} " not in done.stdout] == []
    code = (
        "import sys; from tracekit.cli import cli; cli(['--help'], standalone_mode=False); "
        "print(sorted(set(sys.modules) & {'polars', 'duckdb', 'pyarrow', 'altair', 'scipy', 'rich'}))"
    )
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert loaded.splitlines()[-1] == "[]"


@pytest.mark.parametrize("verb", VERBS)
def test_help_of_every_verb_ends_with_an_example(verb: str, cli: Run) -> None:
    done = cli(verb, "--help")
    assert done.returncode == 0
    assert f"tracekit {verb}" in done.stdout.partition("Example:")[2]


def test_query_formats_agree(cli: Run, demo_lake: Path, tmp_path: Path) -> None:
    args = ("query", "llm/tokens", "--lake", demo_lake, "--dataset", "burstgpt")
    as_json = json.loads(cli(*args, "--format", "json").stdout)
    as_lines = [json.loads(line) for line in cli(*args, "--format", "jsonl").stdout.splitlines()]
    assert as_json == as_lines
    assert [row["trace"] for row in as_json] == ["sample_1", "sample_3"]
    as_csv = cli(*args, "--format", "csv").stdout.splitlines()
    assert as_csv[0].split(",") == list(as_json[0])
    assert cli(*args).stdout.splitlines()[0].split() == list(as_json[0])
    code = f"from tracekit.cli import main; main({['query', 'llm/tokens', '--lake', str(demo_lake), '--format', 'parquet']!r})"
    (tmp_path / "x.parquet").write_bytes(subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout)
    import polars as pl

    assert pl.read_parquet(tmp_path / "x.parquet").to_dicts() == json.loads(cli(*args[:4], "--format", "json").stdout)


@pytest.mark.parametrize(
    ("args", "code", "words"),
    [
        (["ingset"], 2, "Did you mean 'ingest'"),
        (["sources", "burstgtp"], 2, "Did you mean 'burstgpt'"),
        (["query", "arrival/dispersoin"], 2, "Did you mean 'arrival/dispersion'"),
        (["query", "llm/tokens", "-p", "x"], 2, "KEY=VALUE"),
        (["query", "llm/tokens", "--lake", "nowhere"], 6, "there is no lake"),
        (["report", "llms"], 2, "Did you mean 'llm'"),
        (["fetch", "alibaba-gpu-2023", "--mirror", "http://127.0.0.1:9/"], 4, "127.0.0.1:9"),
        (["fetch", "huawei-cold-start-2025"], 4, "Google Drive"),
        (["ingest", "burstgpt", "--memory-limit", "lots"], 2, "write 512MB or 2GB"),
        (["why", "llm_request", "burstgpt", "sample_1", "99999"], 6, "there is no record 99,999"),
    ],
)
def test_errors_have_their_code_and_a_way_out(args: list[str], code: int, words: str, cli: Run, demo_lake: Path, tmp_path: Path) -> None:
    needs_lake = args[0] in ("query", "report", "why") and "--lake" not in args
    extra = ["--lake", str(demo_lake)] if needs_lake else ["--to", str(tmp_path)] if args[0] == "fetch" else []
    done = cli(*args, *extra)
    assert (done.returncode, done.stdout) == (code, "")
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_debug_shows_the_traceback(cli_process: Run) -> None:
    assert "Traceback" in cli_process("sources", "burstgtp", "--debug").stderr


def test_why_goes_back_to_the_raw_line(cli: Run, demo_lake: Path) -> None:
    done = cli("why", "llm_request", "burstgpt", "sample_1", "17", "--lake", demo_lake)
    line = Path("data/samples/burstgpt/sample_1.csv").read_text().splitlines()[17]
    assert done.returncode == 0
    assert line in done.stdout
    assert "record 17, line 18" in done.stdout
    document = cli("why", "grid_mix", "energy-mix", "codecarbon", "2", "--lake", demo_lake)
    assert "Sample country XAB" in document.stdout


def test_check_finds_a_changed_file_and_a_moved_lake(cli: Run, demo_lake: Path, tmp_path: Path) -> None:
    assert cli("check", "--lake", demo_lake).returncode == 0
    moved = tmp_path / "moved"
    shutil.copytree(demo_lake, moved)
    again = cli("check", "--lake", moved)
    assert (again.returncode, "rebuilt" in again.stderr) == (0, True)
    assert "rebuilt" not in cli("check", "--lake", moved).stderr
    part = next((moved / "llm_request").rglob("*.parquet"))
    part.write_bytes(part.read_bytes()[:-1] + b"x")
    done = cli("check", "--lake", moved)
    assert done.returncode == 3
    assert str(part) in done.stderr


def test_cite_and_sources_and_describe(cli: Run, demo_lake: Path) -> None:
    assert "@inproceedings" in cli("cite", "burstgpt", "azure-llm-2023", "--format", "bibtex").stdout
    shown = cli("sources", "burstgpt").stdout
    assert "CC-BY-4.0" in shown
    assert "burstgpt-failed-tokens" in shown
    rows = json.loads(cli("describe", "burstgpt", "--lake", demo_lake, "--format", "json").stdout)
    assert [(row["trace"], row["rows"]) for row in rows] == [("sample_1", 300), ("sample_3", 300)]


def test_sql_and_macros(cli: Run, demo_lake: Path) -> None:
    text = "SELECT trace, count(*) AS n FROM llm_request WHERE dataset = 'burstgpt' GROUP BY trace ORDER BY trace"
    assert json.loads(cli("sql", text, "--lake", demo_lake, "--format", "json").stdout) == [
        {"trace": "sample_1", "n": 300},
        {"trace": "sample_3", "n": 300},
    ]
    macro = cli("sql", "SELECT DISTINCT dataset FROM arrival_dispersion(p_dataset := 'burstgpt')", "--lake", demo_lake)
    assert macro.stdout.split() == ["dataset", "--------", "burstgpt"]


def test_demo_writes_one_offline_page(demo: Path, cli_process: Run, tmp_path: Path) -> None:
    page = Path((demo / "stdout").read_text().strip())
    assert page == (demo / "report.html").resolve()
    text = page.read_text()
    assert page.stat().st_size < 3_000_000
    assert text.count("synthetic sample</span>") >= 10
    body = text.split('id="specs"')[0]
    assert 'src="http' not in body
    assert "@import" not in body
    # Once more in a process of its own, whose sets have another order.
    done = cli_process("report", "--lake", demo / "lake", "-o", tmp_path / "again.html")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "again.html").read_bytes() == page.read_bytes()


@pytest.mark.parametrize("verb", COMMANDS)
def test_help_has_an_example_on_lines_of_its_own(verb: str) -> None:
    command = COMMANDS[verb]
    text = command.get_help(click.Context(command, info_name=verb))
    assert not set(text) & set(map(chr, [*range(10), *range(11, 32), 127]))
    assert "\\b" not in text
    if not getattr(command, "commands", {}):
        _, _, after = text.partition("\n  Example:\n")
        lines = after.split("\n\n")[0].splitlines()
        assert lines
        assert all(line.strip().startswith("tracekit ") or line.startswith("     ") for line in lines), lines
