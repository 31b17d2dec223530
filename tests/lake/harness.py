"""Runs what writes to a lake in children that are stopped at a chosen step, and looks at what is left.

A step is whatever Python tells its audit hooks of a file system: making, linking, renaming and removing files and folders. The hook comes
before the deed, so that stopping at step n leaves what n - 1 steps have done, whatever code took them.
"""

from __future__ import annotations

import errno
import multiprocessing
import os
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import duckdb  # noqa: F401 - loaded here once, and not by every child
import polars as pl
import pyarrow.compute  # noqa: F401

import tracekit.ingest.share
import tracekit.ingest.task
import tracekit.sources.burstgpt.mapping  # noqa: F401
from tracekit.errors import TracekitError
from tracekit.ingest.run import ingest
from tracekit.lake import catalog, change, gc, upgrade
from tracekit.lake.catalog import Macros
from tracekit.lake.files import files_by_table
from tracekit.lake.layout import Layout
from tracekit.query.macros import macros
from tracekit.sources.load import source

HEADER = "Timestamp,Model,Request tokens,Response tokens,Total tokens,Log Type"
KILLED = 9
# How many times as long and as often; `make soak` sets it.
SOAK = int(os.environ.get("TRACEKIT_SOAK", "1"))
NO_MACROS = Macros("none", list)
STEPS = {"os.link", "os.rename", "os.mkdir", "os.remove", "os.rmdir", "shutil.rmtree", "os.truncate"}
State = dict[str, dict[str, int]]


def write_raw(path: Path, rows: int) -> Path:
    """Writes a raw file of requests; its number of rows tells it from others of its name, its tokens from other names."""
    path.parent.mkdir(parents=True, exist_ok=True)
    tokens = ord(path.stem[-1])
    path.write_text("\n".join([HEADER, *(f"{i},ChatGPT,{tokens},20,{tokens + 20},API log" for i in range(rows))]) + "\n")
    return path


def put(lake: Path, *files: Path, replace: bool = False, wait_s: float = 0.0) -> None:
    """Ingests raw files without a catalog: most of the time of a small ingest."""
    ingest(source("burstgpt"), list(files), lake, macros=None, replace=replace, wait_s=wait_s)


def put_more(lake: Path) -> None:
    """Replaces trace a by 5 rows and adds c with 6, in one ingest."""
    raw = lake.parent / "more"
    put(lake, write_raw(raw / "a.csv", 5), write_raw(raw / "c.csv", 6), replace=True)


def state(lake: Path) -> State:
    """Returns table → trace → rows, read from the files that the head names, each of them opened."""
    found: State = {}
    for table, files in files_by_table(Layout(lake)).items():
        for file in files:
            frame = pl.read_parquet(file.path, glob=False)
            assert frame["trace"].unique().to_list() in ([file.trace], [])
            counts = found.setdefault(table, {})
            counts[str(file.trace)] = counts.get(str(file.trace), 0) + frame.height
    return found


def requests(lake: Path) -> dict[str, int]:
    """Returns trace → rows of requests, and holds the tables beside them to the same traces."""
    now = state(lake)
    held = now.get("llm_request", {})
    assert set(now.get("recording", {})) == set(held)
    assert set(now.get("ingest_profile", {})) == set(held)
    return held


@dataclass
class Done:
    """How a child ended: its exit code (minus a signal), what it raised, and the steps that it took."""

    code: int
    error: str = ""
    steps: int = 0


class _Stopper:
    def __init__(self, under: Path, at: int | None, *, full: bool) -> None:
        self.steps = 0
        self._under, self._at, self._full = str(under), at, full

    def __call__(self, event: str, args: tuple[Any, ...]) -> None:
        if event == "open":
            _, mode, flags = args
            if not (flags or 0) & (os.O_WRONLY | os.O_RDWR | os.O_CREAT) and not set(str(mode or "")) & set("wxa+"):
                return
        elif event not in STEPS:
            return
        if not any(isinstance(arg, str | os.PathLike) and os.fspath(arg).startswith(self._under) for arg in args):
            return
        self.steps += 1
        if self.steps == self._at:
            if self._full:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            os._exit(KILLED)


@cache
def _context() -> Any:
    # Children come from a process that has imported all and run nothing: engines with threads do not survive a fork.
    os.environ["PYTHONPATH"] = os.pathsep.join(
        [str(Path(__file__).parent), str(Path(__file__).parents[2]), os.environ.get("PYTHONPATH", "")]
    )
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["harness"])
    return context


def run(deed: Callable[[], object], under: Path, at: int | None = None, *, full: bool = False, kill_after: float | None = None) -> Done:
    """Does something in a child.

    Args:
        deed: What to do; a partial of a function of a module.
        under: Steps on paths below this folder count.
        at: The step before which the child is stopped; None: it runs to its end.
        full: At that step the disk is full, instead.
        kill_after: Seconds after which the child is killed from outside.
    """
    receive, send = _context().Pipe(duplex=False)
    child = _context().Process(target=_child, args=(deed, under, at, full, send))
    child.start()
    send.close()
    try:
        # A child says when it starts: it is the deed that is killed, not the making of a process.
        receive.recv()
        done = receive.recv() if kill_after is None or receive.poll(kill_after) else Done(0)
    except EOFError:
        done = Done(0)
    if kill_after is not None:
        child.kill()
    child.join()
    done.code = child.exitcode
    return done


def start(deed: Callable[[], object], under: Path) -> tuple[Any, Any]:
    """Starts a child; give what comes back to ``finish``."""
    receive, send = _context().Pipe(duplex=False)
    child = _context().Process(target=_child, args=(deed, under, None, False, send))
    child.start()
    send.close()
    return child, receive


def finish(started: tuple[Any, Any]) -> Done:
    """Waits for a child."""
    child, receive = started
    receive.recv()
    done: Done = receive.recv()
    child.join()
    done.code = child.exitcode
    return done


def _child(deed: Callable[[], object], under: Path, at: int | None, full: bool, send: Any) -> None:
    send.send("started")
    done, code, stopper = Done(0), 0, _Stopper(under, at, full=full)
    sys.addaudithook(stopper)
    try:
        deed()
    except TracekitError as error:
        done.error, code = f"{type(error).__name__}: {error}", error.exit_code
    except BaseException:
        done.error, code = traceback.format_exc(), 99
    done.steps = stopper.steps
    send.send(done)
    os._exit(code)


def remove_b(lake: Path) -> None:
    """Takes trace b out of a lake."""
    change.remove(Layout(lake), "burstgpt", "b", NO_MACROS, "test")


def rename_b(lake: Path) -> None:
    """Calls trace b new."""
    change.rename(Layout(lake), "burstgpt", "b", "new", NO_MACROS, "test")


def convert(lake: Path) -> None:
    """Converts a lake of the former layout."""
    upgrade.upgrade(Layout(lake), "test")


def forget(lake: Path) -> None:
    """Forgets all heads but the newest, at once."""
    gc.collect(Layout(lake), 0.0)


def make_catalog(lake: Path) -> None:
    """Writes the catalog of a lake."""
    catalog.rebuild(Layout(lake), NO_MACROS)


def make_whole_catalog(lake: Path) -> None:
    """Brings the catalog of a lake, with every macro, up to its head, as an ingest does after its commit."""
    catalog.refresh(Layout(lake), macros())


def read_for(lake: Path, seconds: float) -> None:
    """Reads a lake again and again; raises where two traces that are always written together differ."""
    until = time.monotonic() + seconds
    seen = set()
    while time.monotonic() < until:
        held = requests(lake)
        assert held in ({"a": 3, "b": 3}, {"a": 5, "b": 5}), held
        seen.add(held["a"])
    assert seen == {3, 5}


def put_without_links(lake: Path, file: Path) -> None:
    """Ingests on a disk that has no hard links."""

    def none(*_: object) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    os.link = none
    outcome = ingest(source("burstgpt"), [file], lake, macros=None)
    assert any("no hard links" in note for note in outcome.notes), outcome.notes
