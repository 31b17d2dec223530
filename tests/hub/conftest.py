"""A loopback Hub, a process of real clients, and a lake of one tiny sample: each once per module."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from loopback import TOKEN, Loopback

from tracekit.ingest.run import ingest
from tracekit.lake.layout import Layout
from tracekit.publish.build import build
from tracekit.publish.check import check_release
from tracekit.publish.model import Options
from tracekit.sources.load import source

REPO = "alice/azure-llm-sample"


class Client:
    """Runs the command line, or code, in a fork of a process that has the real clients loaded."""

    def __init__(self, endpoint: str, home: Path) -> None:
        environment = {k: v for k, v in os.environ.items() if not k.startswith("HF_")}
        environment |= {"HF_ENDPOINT": endpoint, "HF_HOME": str(home), "HF_HUB_DISABLE_XET": "1", "HF_TOKEN": TOKEN, "HOME": str(home)}
        environment |= {"HF_HUB_DISABLE_TELEMETRY": "1", "HF_HUB_DISABLE_PROGRESS_BARS": "1"}
        command = [sys.executable, str(Path(__file__).with_name("client.py"))]
        self.home = home
        self.pid_file = home / "out" / "pid"
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment, cwd=home)

    def ask(self, **asked: Any) -> dict[str, Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"out": str(self.home / "out"), **asked}) + "\n")
        self._process.stdin.flush()
        told: dict[str, Any] = json.loads(self._process.stdout.readline())
        # Whatever happens, the token is told to nobody.
        assert TOKEN not in told["stdout"] + told["stderr"]
        return told

    def run(self, *args: str | Path, **asked: Any) -> dict[str, Any]:
        return self.ask(args=[str(arg) for arg in args], **asked)

    def close(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()
        assert self._process.stdout is not None
        self._process.stdout.close()


@pytest.fixture(scope="session")
def running_hub() -> Iterator[Loopback]:
    with Loopback() as hub:
        threading.Thread(target=hub.serve_forever, daemon=True).start()
        yield hub
        hub.shutdown()


@pytest.fixture
def hub(running_hub: Loopback) -> Loopback:
    running_hub.reset()
    return running_hub


@pytest.fixture(scope="session")
def client(running_hub: Loopback, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    client = Client(running_hub.url, tmp_path_factory.mktemp("home"))
    yield client
    client.close()
    # Nor is it stored.
    assert not [path for path in client.home.rglob("*") if path.is_file() and TOKEN.encode() in path.read_bytes()]


@pytest.fixture(scope="session")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample of one source."""
    lake = tmp_path_factory.mktemp("published") / "lake"
    ingest(source("azure-llm-2023"), [], lake, macros=[], sample=True)
    return lake


@pytest.fixture(scope="session")
def builds(lake: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built releases, with v1.0.0 built and checked: a version that is there is not built again."""
    builds = tmp_path_factory.mktemp("builds")
    options = Options(REPO, "v1.0.0", ("azure-llm-2023",), synthetic=True)
    checks = check_release(build(Layout(lake), options, builds / REPO / "v1.0.0"), records=100)
    assert [check for check in checks if not check.ok] == []
    return builds
