"""Runs a statement in a process of its own and reads its rows as they come; the process is killed when its time is up."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from tracekit.box.child import READY
from tracekit.errors import TracekitError, UsageError
from tracekit.lake.layout import Layout

if TYPE_CHECKING:
    import pyarrow as pa

_START = "import sys; sys.path[:] = sys.argv[1:]; from tracekit.box.child import main; main()"
# What the process gets of our environment: no tokens, no settings of Python.
_ENVIRONMENT = ("LANG", "LC_ALL", "TZ", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "PATH", "SYSTEMROOT")

# What is kept of what the process says.
_TAIL = 1 << 16


@dataclass(frozen=True)
class Limits:
    """What a statement may take.

    Attributes:
        seconds: From the moment that its views are made until its last row is read; None: no limit.
        memory: What the engine may hold, e.g. ``2GB``; None: its own default, four fifths of the machine.
    """

    seconds: float | None = None
    memory: str | None = None


def run(layout: Layout, statement: str, files: Sequence[Path] = (), limits: Limits | None = None) -> Stream:
    """Starts a reading statement over a lake.

    Args:
        layout: The lake; its views and the macros of the library are there.
        statement: SQL, one statement that only reads.
        files: Folders whose files the statement may read as well.
        limits: Time and memory.

    Returns:
        The rows, as they come; to be closed.

    Raises:
        UsageError: The statement does not only read, is wrong, or went beyond a limit.
    """
    limits = limits or Limits()
    request = {
        "lake": str(layout.root.absolute()),
        "at": layout.at,
        "statement": statement,
        "files": [str(folder.absolute()) for folder in files],
        "memory": limits.memory,
    }
    return Stream(request, limits)


def _distinct(names: list[str]) -> list[str]:
    found: list[str] = []
    for name in names:
        number, other = 0, name
        while other in found:
            number += 1
            other = f"{name}_{number}"
        found.append(other)
    return found


class Stream:
    """The rows of a statement, batch by batch; nothing is kept. A context manager: leaving it ends the process."""

    def __init__(self, request: dict[str, Any], limits: Limits) -> None:
        self._limits = limits
        self._is_late = False
        self._said = b""
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-c", _START, *(entry or str(Path.cwd()) for entry in sys.path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={name: os.environ[name] for name in _ENVIRONMENT if name in os.environ},
            # Ctrl-C reaches us alone: we end the process.
            start_new_session=True,
        )
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._clock: threading.Timer | None = None
        try:
            self._listener.start()
            self._reader = self._open(request)
        except BaseException:
            self.close()
            raise

    @property
    def schema(self) -> pa.Schema:
        """Names and Arrow types of the columns; of two of one name the second is ``name_1``, as in DuckDB's own frames."""
        import pyarrow as pa

        schema = self._reader.schema
        return pa.schema([field.with_name(name) for field, name in zip(schema, _distinct(schema.names), strict=True)])

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        """Yields the rows.

        Raises:
            UsageError: The statement failed on the way, or went beyond a limit.
        """
        names = _distinct(self._reader.schema.names)
        while True:
            try:
                batch = self._reader.read_next_batch()
            except StopIteration:
                self._finish()
                return
            except Exception as error:
                raise self._failure() from error
            yield batch.rename_columns(names)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Ends the process, wherever it is."""
        if self._clock:
            self._clock.cancel()
        self._process.kill()
        self._process.wait()
        self._listener.join()
        for pipe in (self._process.stdin, self._process.stdout, self._process.stderr):
            if pipe:
                with contextlib.suppress(BrokenPipeError):
                    pipe.close()

    def _open(self, request: dict[str, Any]) -> pa.RecordBatchReader:
        # Imported while the process starts.
        import pyarrow as pa

        stdin, stdout = self._process.stdin, self._process.stdout
        if stdin is None or stdout is None:
            raise RuntimeError("the process has no pipes")
        try:
            stdin.write(json.dumps(request).encode() + b"\n")
            stdin.flush()
            if stdout.readline() != READY:
                raise EOFError
            if self._limits.seconds is not None:
                self._clock = threading.Timer(self._limits.seconds, self._stop)
                self._clock.daemon = True
                self._clock.start()
            return pa.ipc.open_stream(stdout)
        except (OSError, EOFError, pa.ArrowException) as error:
            raise self._failure() from error

    def _listen(self) -> None:
        if self._process.stderr:
            while piece := os.read(self._process.stderr.fileno(), _TAIL):
                self._said = (self._said + piece)[-_TAIL:]

    def _stop(self) -> None:
        self._is_late = True
        self._process.kill()

    def _finish(self) -> None:
        if self._process.wait() != 0:
            raise self._failure()

    def _failure(self) -> TracekitError:
        """Returns what went wrong, once the process has ended."""
        code = self._process.wait()
        self._listener.join()
        if self._is_late:
            late = f"the statement took longer than {self._limits.seconds:g} s and was stopped"
            return UsageError(late, "ask for less, or raise timeout_s", "ask for less, or raise --timeout")
        for line in reversed(self._said.splitlines()):
            if line.startswith(b'{"message"'):
                found = json.loads(line)
                kind = next((kind for kind in TracekitError.__subclasses__() if kind.exit_code == code), TracekitError)
                return kind(found["message"], found["fix"])
        if code < 0:
            return UsageError(
                f"the statement ended its process (signal {-code})",
                "ask for less, or give Lake a memory_limit",
                "ask for less, or set --memory-limit",
            )
        last = self._said.decode(errors="replace").strip().rpartition("\n")[2]
        return TracekitError(f"the process of the statement ended with exit code {code}: {last or 'it said nothing'}")
