"""Publishing to a Hub on the loopback address with the real clients, and what may go wrong on the way."""

from __future__ import annotations

import json
import os
import shutil
import signal
import time
from pathlib import Path
from typing import Any

import pytest
from conftest import REPO, Client
from loopback import OTHER, Entry, Fault, Loopback

pytestmark = pytest.mark.slow


@pytest.fixture
def args(lake: Path, builds: Path) -> list[str | Path]:
    return [
        "publish",
        "azure-llm-2023",
        "--repo",
        REPO,
        "--version",
        "v1.0.0",
        "--synthetic",
        "--records",
        "100",
        "--lake",
        lake,
        "--build",
        builds,
    ]


def _files(builds: Path) -> int:
    return len((builds / REPO / "v1.0.0" / "SHA256SUMS").read_text().splitlines()) + 1


def _released(hub: Loopback, builds: Path, *, commits: int = 1) -> None:
    """One commit per release, the tag on it, complete, public."""
    repo = hub.repos[REPO]
    assert hub.whole_at("v1.0.0", REPO) == _files(builds)
    assert [title for title in repo.titles if title.startswith("Release")] == ["Release v1.0.0"] * commits
    assert not repo.private
    receipt = json.loads((builds / REPO / "v1.0.0.receipt.json").read_text())
    assert (receipt["version"], receipt["revision"]) == ("v1.0.0", repo.tags["v1.0.0"])


def _nothing_half_published(hub: Loopback) -> None:
    for name, repo in hub.repos.items():
        for tag in repo.tags:
            hub.whole_at(tag, name)
        # What is not marked is not public either.
        assert repo.tags or repo.private


def test_plan_leaves_the_hub_alone(hub: Loopback, client: Client, args: list[str | Path], builds: Path) -> None:
    told = client.run(*args)
    assert told["code"] == 0, told["stderr"]
    assert hub.repos == {}
    assert {line.split()[0] for line in hub.log} == {"GET"}
    lines = told["stdout"].splitlines()
    assert sum(line.startswith("add") for line in lines) == _files(builds)
    assert "licence  azure-llm-2023: CC-BY-4.0: may be published" in lines
    passed = [line.split()[1].rstrip(":") for line in lines if line.startswith("check") and "passed" in line]
    assert passed == ["sha256", "content", "croissant", "data", "datasets", "duckdb", "polars", "citation"]
    assert "--yes does it" in told["stderr"]


def test_publishing_again_does_nothing_and_other_content_is_refused(
    hub: Loopback, client: Client, args: list[str | Path], builds: Path
) -> None:
    hub.page, hub.part_bytes = 3, 7_000
    told = client.run(*args, "--yes")
    assert told["code"] == 0, told["stderr"]
    assert any("/part/2" in line for line in hub.log)
    _released(hub, builds)
    was = hub.repos[REPO].tags["v1.0.0"]
    hub.log.clear()
    again = client.run(*args, "--yes")
    assert again["code"] == 0, again["stderr"]
    assert "v1.0.0 is there already" in again["steps"]
    assert {line.split()[0] for line in hub.log} == {"GET"}
    _released(hub, builds)
    notice = hub.repos[REPO].trees[was]["NOTICE"]
    notice.data += b"!"
    other = client.run(*args, "--yes")
    assert other["code"] == 7
    assert "v1.0.0 is there with other content" in other["stderr"]
    assert "give the next one with --version" in other["stderr"]
    assert hub.repos[REPO].tags == {"v1.0.0": was}
    notice.data = notice.data[:-1]
    # The next version goes on the log of the last, keeps what is the same and takes away what it does not have.
    head = hub.repos[REPO].trees[was]
    hub.repos[REPO].commit({**head, "old.txt": Entry(b"old", is_lfs=False)}, "by hand")
    following = client.run(*args[:5], "v1.1.0", *args[6:], "--yes", "--changes", "Something else.")
    assert following["code"] == 0, following["stderr"]
    assert {line.split()[-1] for line in following["stdout"].splitlines() if line.startswith("delete")} == {"old.txt"}
    assert any(line.startswith("keep") and line.endswith("llm_request-00000-of-00001.parquet") for line in following["stdout"].splitlines())
    assert hub.whole_at("v1.1.0", REPO) == _files(builds)
    assert hub.whole_at("v1.0.0", REPO) == _files(builds)
    changes = hub.repos[REPO].trees[hub.repos[REPO].tags["v1.1.0"]]["CHANGELOG.md"].data.decode()
    assert [line for line in changes.splitlines() if line.startswith("## ")] == ["## v1.1.0", "## v1.0.0"]


LOAD = """
import json, sys
import datasets
datasets.disable_progress_bars()
whole = datasets.load_dataset({repo!r}, "llm_request", revision="v1.0.0", split="train")
sample = datasets.load_dataset({repo!r}, revision="v1.0.0", split="train")
stream = list(datasets.load_dataset({repo!r}, "llm_request", revision="v1.0.0", split="train", streaming=True))
assert whole.to_list() == stream and sample.num_rows == 500
import pyarrow.parquet as pq
whole.data.table.combine_chunks()
pq.write_table(whole.data.table, {out!r})
"""


def test_it_loads_verifies_and_compares(
    hub: Loopback, client: Client, args: list[str | Path], lake: Path, builds: Path, tmp_path: Path
) -> None:
    import polars as pl

    assert client.run(*args, "--yes")["code"] == 0
    out = tmp_path / "loaded.parquet"
    told = client.ask(code=LOAD.format(repo=REPO, out=str(out)), unset=["HF_TOKEN"])
    assert told["code"] == 0, told["stderr"]
    held = pl.concat(pl.read_parquet(path) for path in sorted((lake / "llm_request").rglob("*.parquet")))
    assert pl.read_parquet(out).drop("arrived_at").equals(held)
    address = f"hf://{REPO}@v1.0.0"
    told = client.run("verify", address, unset=["HF_TOKEN"])
    assert told["code"] == 0, told["stderr"]
    assert f"{_files(builds)} files agree with SHA256SUMS, the rows of 3 tables" in told["stdout"]
    told = client.run("compare", address, builds / REPO / "v1.0.0")
    assert (told["code"], told["stderr"]) == (0, "the releases say the same\n(no rows)\n")
    told = client.run("verify", f"hf://{REPO}@v9.0.0")
    assert told["code"] == 6
    assert "has no v9.0.0" in told["stderr"]
    # A body that breaks off once is fetched again; one that always does is refused.
    hub.faults = [Fault("GET", r"resolve/.*\.parquet$", truncate=True, after=True)]
    assert client.run("verify", address)["code"] == 0
    tree = hub.repos[REPO].trees[hub.repos[REPO].tags["v1.0.0"]]
    tree["NOTICE"] = Entry(tree["NOTICE"].data[:-5] + b"?", is_lfs=False)
    told = client.run("verify", address)
    assert told["code"] == 5
    assert "NOTICE: SHA-256 is" in told["stderr"]


FAULTS = {
    "429 on preupload": [Fault("POST", "/preupload/", 429, headers={"Retry-After": "0"})],
    "500 on PUT": [Fault("PUT", "/_lfs/", 500)],
    "503 on the batch": [Fault("POST", "/objects/batch", 503)],
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_passing_fault_is_outlived(name: str, hub: Loopback, client: Client, args: list[str | Path], builds: Path) -> None:
    hub.faults = [Fault(**vars(fault)) for fault in FAULTS[name]]
    told = client.run(*args, "--yes")
    assert told["code"] == 0, told["stderr"]
    assert hub.faults[0].times == 0
    _released(hub, builds)


def test_a_lost_answer_makes_no_second_commit(hub: Loopback, client: Client, args: list[str | Path], builds: Path) -> None:
    hub.faults = [Fault("POST", "/commit/main", 503, after=True), Fault("POST", "/tag/", 503, after=True)]
    told = client.run(*args, "--yes")
    assert told["code"] == 0, told["stderr"]
    assert [fault.times for fault in hub.faults] == [0, 0]
    _released(hub, builds)


@pytest.mark.parametrize(
    "fault",
    [
        Fault("POST", "/commit/main", 503),
        Fault("POST", "/tag/", 503),
        Fault("POST", "/repos/create", 500),
        Fault("PUT", "/settings", 500, after=True),
        Fault("GET", "/refs", 500, times=99),
    ],
    ids=lambda fault: f"{fault.status} on {fault.path}",
)
def test_a_lasting_fault_is_told_and_the_next_run_finishes(
    fault: Fault, hub: Loopback, client: Client, args: list[str | Path], builds: Path
) -> None:
    hub.faults = [Fault(**vars(fault))]
    told = client.run(*args, "--yes")
    assert told["code"] == 4
    assert f"answered {fault.status}" in told["stderr"]
    assert "run it again: it goes on from where it is" in told["stderr"]
    assert "Traceback" not in told["stderr"]
    for repo in hub.repos.values():
        assert fault.path == "/settings" or not repo.tags
    hub.faults = []
    assert client.run(*args, "--yes")["code"] == 0
    _released(hub, builds)


def test_a_head_that_moves_is_planned_again(hub: Loopback, client: Client, args: list[str | Path], builds: Path) -> None:
    def move() -> None:
        repo = hub.repos[REPO]
        repo.commit({**repo.trees[repo.branches["main"]], "intruder.txt": Entry(b"x", is_lfs=False)}, "somebody else's")

    hub.faults = [Fault("POST", "/commit/main", call=move)]
    told = client.run(*args, "--yes")
    assert told["code"] == 0, told["stderr"]
    assert "planned again: the target has moved" in told["steps"]
    assert any(line.startswith("POST /api/datasets") for line in hub.log)
    _released(hub, builds)
    assert "somebody else's" in hub.repos[REPO].titles
    hub.reset()
    hub.faults = [Fault("POST", "/commit/main", 412, times=99)]
    told = client.run(*args, "--yes")
    assert told["code"] == 7
    assert "changes all the time" in told["stderr"]
    _nothing_half_published(hub)


def test_content_that_arrives_otherwise_is_never_marked(hub: Loopback, client: Client, args: list[str | Path], builds: Path) -> None:
    def spoil() -> None:
        repo = hub.repos[REPO]
        tree = repo.trees[repo.branches["main"]]
        tree["README.md"] = Entry(b"spoilt", is_lfs=False)

    # After the commit, before the tree is read.
    hub.faults = [Fault("POST", "/commit/main", after=True, call=spoil)]
    told = client.run(*args, "--yes")
    assert told["code"] == 5
    assert "README.md: other content" in told["stderr"]
    assert hub.repos[REPO].tags == {}
    assert client.run(*args, "--yes")["code"] == 0
    _released(hub, builds, commits=2)


def test_a_tag_of_somebody_else_is_not_moved(hub: Loopback, client: Client, args: list[str | Path]) -> None:
    def tag() -> None:
        repo = hub.repos[REPO]
        repo.tags["v1.0.0"] = next(iter(repo.trees))

    hub.faults = [Fault("POST", "/tag/", call=tag)]
    told = client.run(*args, "--yes")
    assert told["code"] == 7
    assert "a tag is never moved" in told["stderr"]
    assert hub.repos[REPO].private


def test_tokens_and_addresses(hub: Loopback, client: Client, args: list[str | Path]) -> None:
    cases: list[tuple[dict[str, Any], list[str], int, str]] = [
        ({"unset": ["HF_TOKEN"]}, [], 2, "there is no token to publish with"),
        ({"env": {"HF_TOKEN": "hf_" + "x" * 30}}, [], 7, "it is wrong or has expired"),
        ({"env": {"HF_TOKEN": OTHER}}, [], 7, "is mallory's, who may not write to alice"),
        ({}, ["--endpoint", "https://huggingface.example"], 2, "is not the Hub: the token would be sent there"),
        ({}, ["--endpoint", "http://hub.example", "--allow-endpoint"], 2, "is not the Hub"),
        ({}, ["--endpoint", "http://127.0.0.1:9"], 4, "cannot be reached"),
    ]
    for asked, more, code, words in cases:
        told = client.run(*args, "--yes", *more, **asked)
        assert (told["code"], words in told["stderr"]) == (code, True), told["stderr"]
        assert "hf_" not in told["stderr"].replace("HF_", "")
    assert hub.repos == {}


def _kill_client(client: Client) -> None:
    os.kill(int(client.pid_file.read_text()), signal.SIGKILL)
    # The answer must not overtake the signal.
    time.sleep(0.05)


PUBLISH_STEPS = ["planned", "put", "committed", "verified", "marked", "verified at the version", "shown", "receipt drafted", "receipt"]


def test_a_kill_after_every_step_of_publishing(hub: Loopback, client: Client, args: list[str | Path], builds: Path) -> None:
    receipt = builds / REPO / "v1.0.0.receipt.json"
    receipt.unlink(missing_ok=True)
    told = client.run(*args, "--yes")
    assert [step for step in told["steps"] if step in PUBLISH_STEPS] == PUBLISH_STEPS
    for step in PUBLISH_STEPS:
        hub.reset()
        receipt.unlink()
        killed = client.run(*args, "--yes", kill=step)
        assert killed["code"] == -signal.SIGKILL
        _nothing_half_published(hub)
        assert receipt.exists() == (step == "receipt")
        finished = client.run(*args, "--yes")
        assert finished["code"] == 0, finished["stderr"]
        _released(hub, builds)


@pytest.mark.parametrize(("method", "path"), [("POST", "/repos/create"), ("PUT", "/_lfs/"), ("POST", "/commit/main"), ("POST", "/tag/")])
def test_a_kill_before_the_answer_is_heard(
    method: str, path: str, hub: Loopback, client: Client, args: list[str | Path], builds: Path
) -> None:
    hub.faults = [Fault(method, path, after=True, call=lambda: _kill_client(client))]
    killed = client.run(*args, "--yes")
    assert killed["code"] == -signal.SIGKILL, killed["stderr"]
    _nothing_half_published(hub)
    finished = client.run(*args, "--yes")
    assert finished["code"] == 0, finished["stderr"]
    _released(hub, builds)


def test_a_kill_after_every_step_of_the_build(hub: Loopback, client: Client, args: list[str | Path], builds: Path, tmp_path: Path) -> None:
    own = [*args[:-1], tmp_path]
    release = tmp_path / REPO / "v1.0.0"
    steps = ["gate", "build: llm_request", "build: recording", "build: tables", "build: documents", "build: checksums", "build: in place"]
    for step in steps:
        killed = client.run(*own, "--yes", kill=step)
        assert killed["code"] == -signal.SIGKILL
        assert killed["steps"][-1] == step
        assert release.exists() == (step == "build: in place")
        assert hub.repos == {}
    # As if killed between the rename and the key that says from what it was built.
    (tmp_path / REPO / "v1.0.0.key").unlink()
    shutil.rmtree(release / "sample")
    # The checks of the same content, made once.
    shutil.copy(builds / REPO / "v1.0.0.checks.json", tmp_path / REPO)
    finished = client.run(*own, "--yes", kill="checked")
    assert finished["steps"] == [*steps, "checked"]
    finished = client.run(*own, "--yes")
    assert finished["code"] == 0, finished["stderr"]
    assert "build: unchanged" in finished["steps"]
    _released(hub, tmp_path)
    names = {path.name for path in release.parent.iterdir() if path.suffix != ".lock"}
    assert names == {"v1.0.0", "v1.0.0.checks.json", "v1.0.0.key", "v1.0.0.receipt.json"}
    # Built apart from the others, and yet the same.
    assert (release / "SHA256SUMS").read_bytes() == (builds / REPO / "v1.0.0" / "SHA256SUMS").read_bytes()


def test_a_full_disk_is_said_and_leaves_nothing(hub: Loopback, client: Client, args: list[str | Path], tmp_path: Path) -> None:
    told = client.run(*args[:-1], tmp_path, "--yes", disk=50_000)
    assert told["code"] == 1
    assert "no space left on the disk" in told["stderr"]
    assert "nothing was built" in told["stderr"]
    assert [path for path in tmp_path.rglob("*") if path.is_file() and path.suffix != ".lock"] == []
    assert hub.repos == {}
