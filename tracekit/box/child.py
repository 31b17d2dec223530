"""The process that a statement runs in: it takes the request from standard input and gives an Arrow stream on standard output.

A line ``ready`` goes before the stream, once the views are made and the walls stand. An error is one JSON object, the last line of
standard error. The end of standard input is the end of the process: whoever asked has gone.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from pathlib import Path
from typing import Any, BinaryIO

from tracekit.errors import TracekitError

READY = b"ready\n"
# Rows that are handed over at once.
_BATCH = 10_000


def main() -> None:
    """Answers one request and ends."""
    from tracekit.box.system import forbid_writing

    forbid_writing()
    # What libraries print is not part of the answer.
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    request = json.loads(sys.stdin.buffer.readline())
    threading.Thread(target=_end_with_the_asker, daemon=True).start()
    code = _answer(request, out)
    sys.stderr.flush()
    # At once: an engine under way, or the thread that waits, would hold the end up.
    os._exit(code)


def _end_with_the_asker() -> None:
    while os.read(0, 1):
        pass
    os._exit(1)


def _answer(request: dict[str, Any], out: BinaryIO) -> int:
    try:
        _run(request, out)
    except TracekitError as error:
        print("\n" + json.dumps({"message": error.message, "fix": error.fix}), file=sys.stderr)
        return error.exit_code
    except BrokenPipeError:
        return 0
    return 0


def _run(request: dict[str, Any], out: BinaryIO) -> None:
    import pyarrow as pa

    from tracekit.box.lake import open_box, read, refusal
    from tracekit.box.system import bound_memory
    from tracekit.box.walls import memory_of
    from tracekit.lake.layout import Layout

    text: str = request["statement"]
    connection = open_box(
        Layout(Path(request["lake"]), request["at"]), text, [Path(folder) for folder in request["files"]], request["memory"]
    )
    bound_memory(memory_of(connection))
    out.write(READY)
    out.flush()
    try:
        reader = read(connection, text).to_arrow_reader(_BATCH)
        with pa.ipc.new_stream(out, reader.schema) as stream:
            for batch in reader:
                stream.write_batch(batch)
                out.flush()
        # The end of the stream, and of one without rows its schema as well: the process ends without looking at its buffers.
        out.flush()
    except (TracekitError, BrokenPipeError):
        raise
    except Exception as error:
        # Of the statement, whatever library it comes through.
        raise refusal(error) from error
