"""Runs commands for the tests with the real clients, which read HF_ENDPOINT when they are imported: one process, a fork per command.

Reads JSON lines ``{"args": […], "env": {…}, "kill": "step", "code": "…"}`` and answers each with exit code, output and steps.
"""

from __future__ import annotations

import contextlib
import errno
import io
import json
import os
import signal
import sys
import tempfile
import traceback
from pathlib import Path
from typing import Any


def _import() -> None:
    # Paid once; a fork has them.
    from importlib import import_module

    for name in ("duckdb", "polars", "pyarrow.parquet", "httpx2", "huggingface_hub.hf_api", "huggingface_hub._commit_api"):
        import_module(name)
    for name in (
        "api",
        "cli.publish",
        "cli.verify",
        "cli.compare",
        "compare.release",
        "publish.prepare",
        "publish.verify",
        "publish.targets.hub",
    ):
        import_module(f"tracekit.{name}")

    from tracekit.query.library import load
    from tracekit.schema.load import tables
    from tracekit.sources.load import sources

    for read in (load, tables, sources):
        read()


def _run_cli(args: list[str], kill: str | None, steps: Path) -> None:
    from tracekit.cli import main
    from tracekit.cli import publish as verb

    say = verb.say

    def heard(step: str) -> None:
        say(step)
        with steps.open("a") as file:
            file.write(f"{step}\n")
        if step == kill:
            os.kill(os.getpid(), signal.SIGKILL)

    verb.say = heard
    main(args)


def _fill_disk(after: int) -> None:
    """Lets the disk be full once so many bytes of Parquet are written."""
    import pyarrow.parquet as pq

    write, left = pq.ParquetWriter.write_table, [after]

    def full(self: Any, table: Any, *args: Any, **more: Any) -> None:
        left[0] -= table.nbytes
        if left[0] < 0:
            raise OSError(errno.ENOSPC, "No space left on device")
        write(self, table, *args, **more)

    pq.ParquetWriter.write_table = full


def _child(asked: dict[str, Any], out: Path, steps: Path) -> None:
    with (out / "stdout").open("w") as stdout, (out / "stderr").open("w") as stderr:
        os.dup2(stdout.fileno(), 1)
        os.dup2(stderr.fileno(), 2)
    os.environ.update(asked.get("env", {}))
    for name in asked.get("unset", []):
        os.environ.pop(name, None)
    Path(out / "pid").write_text(str(os.getpid()))
    if "disk" in asked:
        _fill_disk(asked["disk"])
    code = 0
    try:
        if "code" in asked:
            exec(asked["code"], {})
        else:
            _run_cli(asked["args"], asked.get("kill"), steps)
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else 1
    except BaseException:
        traceback.print_exc()
        code = 99
    with contextlib.suppress(io.UnsupportedOperation):
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(code)


def main() -> None:
    """Answers until its input ends."""
    _import()
    answers = os.fdopen(os.dup(1), "w")
    for line in sys.stdin:
        asked = json.loads(line)
        with tempfile.TemporaryDirectory() as name:
            out = Path(asked.get("out") or name)
            out.mkdir(parents=True, exist_ok=True)
            steps = out / "steps"
            steps.write_text("")
            child = os.fork()
            if child == 0:
                _child(asked, out, steps)
            _, status = os.waitpid(child, 0)
            told = {"code": os.waitstatus_to_exitcode(status), "steps": steps.read_text().splitlines()}
            told |= {name: (out / name).read_text() for name in ("stdout", "stderr")}
            answers.write(json.dumps(told) + "\n")
            answers.flush()


if __name__ == "__main__":
    main()
