"""FaasCache's pickled trace, written opcode by opcode: nothing is imported, and the invocations need not fit into memory."""

from __future__ import annotations

import pickle
import struct
from pathlib import Path
from typing import IO

from tracekit.export.draft import BATCH, Draft
from tracekit.export.functions import NEEDS, TABLES, duration, events, instant, memory, per_function, selected, unique_function
from tracekit.export.model import Facts, Field, Format

_FIGURES = ["mem_size", "run_time", "warm_time"]


def _fields(facts: Facts) -> list[Field]:
    return [
        unique_function("kind"),
        memory("mem_size", is_whole=True),
        duration("run_time", "max", 1, is_whole=True),
        duration("warm_time", "p25", 1, is_whole=True),
        instant(facts, "start_time", "at_us / 1000", "us → ms since the first exported row"),
    ]


def _value(value: object) -> bytes:
    """Returns the opcodes of a text or a number: a pickle of it without its frame."""
    return pickle.dumps(value, 2)[2:-1]


def _function(number: int, kind: str, figures: list[int]) -> bytes:
    """Returns the opcodes that make a LambdaData, remember it by its number, and leave nothing on the stack."""
    state = dict(zip(["kind", *_FIGURES], [kind, *figures], strict=True))
    # Values are put without their own memo: numbers in it belong to the functions.
    items = b"".join(_text(name) + (_text(value) if isinstance(value, str) else _value(value)) for name, value in state.items())
    return b"cLambdaData\nLambdaData\n)\x81}(" + items + b"ubr" + struct.pack("<I", number) + b"0"


def _text(text: str) -> bytes:
    data = text.encode("utf-8", "surrogatepass")
    return b"X" + struct.pack("<I", len(data)) + data


def _pickle(draft: Draft, out: IO[bytes]) -> None:
    functions = draft.connection.sql(per_function(draft, ["kind"], _FIGURES)).fetchall()
    numbers = {row[0]: number for number, row in enumerate(functions)}
    out.write(b"\x80\x02")
    for number, (kind, *figures, _first) in enumerate(functions):
        out.write(_function(number, kind, figures))
    out.write(b"}(")
    for kind, *figures, _first in functions:
        out.write(_text(kind) + b"".join(map(_value, figures)) + b"\x87")
    out.write(b"u]")
    for batch in draft.connection.sql(events(draft, ["kind", "start_time"])).to_arrow_reader(BATCH):
        rows = zip(*(column.to_pylist() for column in batch.columns), strict=True)
        out.write(
            b"(" + b"".join(b"j" + struct.pack("<I", numbers[kind]) + b"G" + struct.pack(">d", at) + b"\x86" for kind, at in rows) + b"e"
        )
    out.write(b"\x86.")


def _write(draft: Draft) -> int:
    with Path(draft.path).open("wb") as out:
        _pickle(draft, out)
    return selected(draft)


FORMAT = Format(
    text="pickle of (functions, invocations) in ms and MB",
    suffix=".pckl",
    reader="FaasCache simulator",
    citation="https://github.com/aFuerst/faascache-sim (code/split/LambdaData.py, code/split/gen); Fuerst and Sharma, ASPLOS 2021",
    fields=_fields,
    tables=TABLES,
    needs=NEEDS,
    shape=_write,
    uses_profile=True,
    notes=(
        "as its authors do with Azure 2019, the longest execution stands for a cold one and the 25th percentile for a warm one",
        "a minute is 60,000 ms here; the authors' own generator takes it as 1,000 ms, so that its traces are 60 times as dense",
        "`rows` counts the cells or invocations of the lake; a cell of n invocations gives n entries",
    ),
    is_experimental=True,
)
