"""What the shell completes, through click's completion protocol."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tracekit import assets
from tracekit.export.formats import formats
from tracekit.query import library
from tracekit.report.page import page_names
from tracekit.schema.load import tables
from tracekit.sources.load import sources

Complete = Callable[..., list[str]]
ENGINES = ("polars", "duckdb", "pyarrow", "altair", "scipy", "rich", "numpy")


@pytest.fixture
def complete(demo_lake: Path) -> Complete:
    """Completes the last word of a line; the words are what the shell hands over."""

    def run(words: list[str], shell: str = "bash", code: str = "from tracekit.cli import main; main()") -> list[str]:
        place = str(len(words) - 1) if shell != "fish" else words[-1]
        line = " ".join(f'"{word}"' if word else "''" for word in words)
        given = {"_TRACEKIT_COMPLETE": f"{shell}_complete", "COMP_WORDS": line, "COMP_CWORD": place, "TRACEKIT_LAKE": str(demo_lake)}
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env={**os.environ, **given}, check=False)
        assert "Traceback" not in done.stderr
        lines = done.stdout.rstrip("\n").split("\n")
        if shell == "zsh":
            return lines[1::3]
        return [entry.partition(",")[2].partition("\t")[0] for entry in lines if entry]

    return run


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_names_are_completed_in_every_shell(shell: str, complete: Complete) -> None:
    assert complete(["tracekit", "query", "llm/"], shell) == [name for name in sorted(library.load()) if name.startswith("llm/")]
    assert complete(["tracekit", "query", "--dataset", "burst"], shell) == ["burstgpt"]
    assert complete(["tracekit", "query", "--dataset", "burstgpt", "--trace", "s"], shell) == ["sample_1", "sample_3"]
    assert complete(["tracekit", "report", "l"], shell) == [name for name in page_names() if name.startswith("l")]
    assert complete(["tracekit", "query", "llm/tokens", "--format", "j"], shell) == ["json", "jsonl"]
    assert complete(["tracekit", "ingest", "burst"], shell) == ["burstgpt"]


def test_every_name_there_is_can_be_completed(complete: Complete) -> None:
    assert complete(["tracekit", "query", ""]) == sorted(library.load())
    assert complete(["tracekit", "sources", ""]) == sorted(sources())
    assert complete(["tracekit", "report", ""]) == sorted(page_names())
    assert complete(["tracekit", "why", ""]) == sorted(tables())
    assert complete(["tracekit", "export", "burstgpt", "--to", ""]) == list(formats())
    assert complete(["tracekit", "describe", ""]) == sorted(sources())


@pytest.mark.parametrize("verb", ["remove", "rename", "export"])
def test_traces_are_those_of_the_dataset_on_the_line(verb: str, complete: Complete) -> None:
    words = ["tracekit", verb, "burstgpt", *([""] if verb == "rename" else ["--trace", ""])]
    assert complete(words) == ["sample_1", "sample_3"]


def test_parameters_and_their_words_are_completed(complete: Complete) -> None:
    line = ["tracekit", "query", "serverless/keepalive", "-p"]
    assert complete([*line, ""]) == [f"{name}=" for name in library.get("serverless/keepalive").params]
    assert complete([*line, "rule="]) == ["rule=all", "rule=arrival", "rule=idle", "rule=single"]
    assert complete([*line, "rule=a"], "zsh") == ["rule=all", "rule=arrival"]
    # Bash takes `rule=a` for three words and replaces the last one.
    assert complete([*line, "rule", "=", "a"]) == ["all", "arrival"]
    assert complete([*line, "rule", "="]) == ["all", "arrival", "idle", "single"]
    assert complete(["tracekit", "query", "arrival/dispersion", "-p", "ci="]) == ["ci=true", "ci=false"]


def test_nothing_is_completed_where_there_is_no_lake(complete: Complete, tmp_path: Path) -> None:
    assert complete(["tracekit", "query", "--lake", str(tmp_path), "--dataset", ""]) == []
    assert complete(["tracekit", "query", "no/such", "-p", ""]) == []


@pytest.mark.parametrize(
    "words", [["query", "--dataset", "b"], ["query", "ll"], ["query", "llm/tokens", "-p", "o"], ["why", "l"], ["report", ""]]
)
def test_completion_waits_for_no_engine(words: list[str], complete: Complete) -> None:
    code = (
        "import sys\nfrom tracekit.cli import main\ntry:\n    main()\nexcept SystemExit:\n    pass\n"
        f"print('plain,' + str(sorted(set(sys.modules) & set({ENGINES!r}))))"
    )
    assert complete(["tracekit", *words], code=code)[-1] == "[]"


@pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")
def test_bash_completes_a_line_as_it_is_typed(demo_lake: Path, tmp_path: Path) -> None:
    program = tmp_path / "tracekit"
    program.write_text(f"#!{sys.executable}\nfrom tracekit.cli import main\nmain()\n")
    program.chmod(0o755)
    environment = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}", "TRACEKIT_LAKE": str(demo_lake), "PYTHONPATH": str(Path.cwd())}
    script = (
        'eval "$(_TRACEKIT_COMPLETE=bash_source tracekit)"\n'
        "compopt() { :; }\nCOMP_WORDS=(tracekit query serverless/keepalive -p rule = a); COMP_CWORD=6\n"
        '_tracekit_completion tracekit; echo "${COMPREPLY[@]}"'
    )
    done = subprocess.run(["bash", "--norc", "-c", script], capture_output=True, text=True, env=environment, check=True)
    assert done.stdout.split() == ["all", "arrival"]


def test_the_id_of_a_source_is_the_name_of_its_folder() -> None:
    # Completion reads no source.toml.
    assert {path.parent.name.replace("_", "-") for path in assets.sources_dir().glob("*/source.toml")} == set(sources())
