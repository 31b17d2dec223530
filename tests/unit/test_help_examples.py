"""The examples in the help of every verb are run, one after another, in a folder with a lake of samples."""

from __future__ import annotations

import functools
import http.server
import os
import re
import shlex
import shutil
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from tests.conftest import run_here
from tests.unit.test_cli import COMMANDS
from tracekit.sources.load import source

ROOT = Path(__file__).parents[2]
# What needs another example's result comes after it, and what changes the lake comes last.
LAST = ("publish", "verify", "compare", "export", "remove", "rename", "gc")
VERBS = [verb for verb, command in COMMANDS.items() if not isinstance(command, click.Group)]
ORDER = sorted(VERBS, key=lambda verb: LAST.index(verb) if verb in LAST else -1)


def examples(verb: str) -> list[str]:
    """The commands under `Example:` in the help of a verb."""
    text = COMMANDS[verb].get_help(click.Context(COMMANDS[verb], info_name=verb, terminal_width=200, max_content_width=200))
    block = text.partition("\n  Example:\n")[2].split("\n\n")[0]
    return re.sub(r"\n     +(?!tracekit )", " ", block).strip().split("\n    ")


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture(scope="module")
def mirror(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server with made-up files in the place of those that the example of fetch downloads."""
    folder = tmp_path_factory.mktemp("mirror")
    named = shlex.split(examples("fetch")[0])[2]
    for download in source(named).downloads:
        (folder / download.file).parent.mkdir(parents=True, exist_ok=True)
        (folder / download.file).write_bytes(b"x" * (download.bytes or 1))
        assert download.sha256 is None
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Quiet, directory=str(folder))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


@pytest.fixture(scope="module")
def place(demo_lake: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a lake of samples, and the files that the examples name."""
    folder = tmp_path_factory.mktemp("examples")
    shutil.copytree(demo_lake, folder / "data" / "lake")
    page = (ROOT / "docs" / "mapping.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```(\w*)[^\n]*\n(.*?)```", page, re.DOTALL)
    (folder / "gateway.toml").write_text(next(text for kind, text in blocks if kind == "toml" and "my-gateway" in text))
    (folder / "gateway.csv").write_text(next(text for _, text in blocks if text.startswith("when;")))
    (folder / "results").mkdir()
    (folder / "results" / "latency.csv").write_text("request_id,ms\nr1,5\n")
    return folder


def run(command: str, place: Path, *more: str) -> subprocess.CompletedProcess[str]:
    """Runs a command as it stands, with the lake in its default place."""
    words = shlex.split(command)
    assert words[0] == "tracekit"
    environment = {name: value for name, value in os.environ.items() if name != "TRACEKIT_LAKE"}
    return run_here(*words[1:], *more, env=environment, folder=place)


@pytest.fixture(scope="module")
def done(place: Path, mirror: str) -> dict[str, list[subprocess.CompletedProcess[str]]]:
    """What the examples of every verb gave."""
    found = {}
    for verb in ORDER:
        if verb == "compare":
            second = examples("publish")[-1].replace("v1.0.0", "v1.1.0")
            assert run(second, place, "--changes", "none").returncode == 0
        found[verb] = [run(command, place, *(["--mirror", mirror] if verb == "fetch" else [])) for command in examples(verb)]
    return found


@pytest.mark.parametrize("verb", VERBS)
def test_examples_of_the_help_run(verb: str, done: dict[str, list[subprocess.CompletedProcess[str]]]) -> None:
    assert done[verb]
    for example, result in zip(examples(verb), done[verb], strict=True):
        assert example.startswith(f"tracekit {verb} ") or example == f"tracekit {verb}"
        assert result.returncode == 0, f"{example}\n{result.stderr}"
        assert "unexpected" not in result.stderr


@pytest.mark.parametrize("verb", COMMANDS)
def test_the_list_of_verbs_shows_whole_sentences(verb: str) -> None:
    # A terminal of 80 columns leaves 65 beside the names.
    assert "..." not in COMMANDS[verb].get_short_help_str(65)
