"""Ways in which a raw file goes wrong: each takes a file's bytes and returns them damaged, seeded and repeatable."""

from __future__ import annotations

import gzip
import json
import random
import zlib
from collections.abc import Callable
from dataclasses import dataclass

from tracekit.sources.files import FileKind

Mutate = Callable[[bytes, FileKind, random.Random], bytes]


@dataclass(frozen=True)
class Mutation:
    """A class of damage.

    Attributes:
        apply: Returns the damaged bytes.
        formats: The formats that it makes sense for.
        keeps_lines: Whether every other record stays where it was.
    """

    apply: Mutate
    formats: tuple[str, ...]
    keeps_lines: bool = True


_CELLS = ("csv", "wide")
_LINES = (*_CELLS, "text", "jsonl")
_JSON = ("jsonl", "json")
_BINARY = ("parquet", "arrow", "sqlite", "pickle")
MUTATIONS: dict[str, Mutation] = {}


def _mutation(*formats: str, keeps_lines: bool = True) -> Callable[[Mutate], Mutate]:
    def register(function: Mutate) -> Mutate:
        MUTATIONS[function.__name__] = Mutation(function, formats, keeps_lines)
        return function

    return register


def _records(data: bytes, kind: FileKind) -> tuple[list[bytes], list[int]]:
    """Returns the lines of a file and which of them are records."""
    lines = data.split(b"\n")
    said = kind.lines.comment if kind.lines else None
    comment = said.encode() if said else None
    numbers = [i for i, line in enumerate(lines) if line.strip() and not (comment and line.startswith(comment))]
    return lines, numbers[1:] if kind.has_header else numbers


def _on_line(change: Callable[[bytes, FileKind, random.Random], bytes]) -> Mutate:
    def apply(data: bytes, kind: FileKind, rng: random.Random) -> bytes:
        lines, numbers = _records(data, kind)
        if not numbers:
            return data
        at = rng.choice(numbers[len(numbers) // 2 :])
        lines[at] = change(lines[at], kind, rng)
        return b"\n".join(lines)

    return apply


def _line_mutation(*formats: str, keeps_lines: bool = True) -> Callable[[Callable[[bytes, FileKind, random.Random], bytes]], Mutate]:
    def register(change: Callable[[bytes, FileKind, random.Random], bytes]) -> Mutate:
        apply = _on_line(change)
        MUTATIONS[change.__name__] = Mutation(apply, formats, keeps_lines)
        return apply

    return register


def _separator(kind: FileKind) -> bytes:
    return kind.lines.separator.encode() if kind.lines and kind.format in _CELLS else b" "


def _cells(line: bytes, kind: FileKind) -> list[bytes]:
    return line.split(_separator(kind))


def _joined(cells: list[bytes], kind: FileKind) -> bytes:
    return _separator(kind).join(cells)


def _set_cell(line: bytes, kind: FileKind, rng: random.Random, value: bytes) -> bytes:
    cells = _cells(line, kind)
    cells[rng.randrange(len(cells))] = value
    return _joined(cells, kind)


@_line_mutation(*_CELLS, "text")
def a_cell_lost(line: bytes, kind: FileKind, rng: random.Random) -> bytes:
    cells = _cells(line, kind)
    if len(cells) > 1:
        del cells[rng.randrange(len(cells))]
    return _joined(cells, kind)


@_mutation(*_CELLS)
def a_cell_lost_among_quotes(data: bytes, kind: FileKind, rng: random.Random) -> bytes:
    lines, numbers = _records(data, kind)
    separator = _separator(kind)
    # One separator too few in one line, one within quotes in another: the block as a whole has as many as it should.
    short, quoted = rng.sample(numbers, 2) if len(numbers) > 1 else (0, 0)
    if short and b'"' not in lines[quoted] and separator in lines[short]:
        first, _, rest = lines[quoted].partition(separator)
        lines[quoted] = b'"' + first + separator + b'"' + separator + rest
        lines[short] = lines[short].partition(separator)[2]
    return b"\n".join(lines)


@_line_mutation(*_CELLS, "text")
def a_cell_too_many(line: bytes, kind: FileKind, rng: random.Random) -> bytes:
    cells = _cells(line, kind)
    cells.insert(rng.randrange(len(cells) + 1), b"7")
    return _joined(cells, kind)


@_line_mutation(*_CELLS)
def a_trailing_separator(line: bytes, kind: FileKind, rng: random.Random) -> bytes:
    return line + _separator(kind)


@_line_mutation(*_CELLS, "text", "jsonl")
def an_open_quote(line: bytes, kind: FileKind, rng: random.Random) -> bytes:
    cells = _cells(line, kind)
    at = rng.randrange(len(cells))
    cells[at] = b'"' + cells[at]
    return _joined(cells, kind)


@_line_mutation(*_CELLS, "text", "jsonl")
def a_stray_quote(line: bytes, kind: FileKind, rng: random.Random) -> bytes:
    at = rng.randrange(len(line) + 1)
    return line[:at] + b'"' + line[at:]


@_line_mutation(*_CELLS)
def two_stray_quotes(line: bytes, kind: FileKind, rng: random.Random) -> bytes:
    for _ in range(2):
        at = rng.randrange(len(line) + 1)
        line = line[:at] + b'"' + line[at:]
    return line


@_line_mutation(*_CELLS)
def every_cell_quoted(line: bytes, kind: FileKind, rng: random.Random) -> bytes:
    return line if b'"' in line else _joined([b'"' + cell + b'"' for cell in _cells(line, kind)], kind)


@_line_mutation(*_LINES)
def a_byte_that_is_not_utf8(line: bytes, kind: FileKind, rng: random.Random) -> bytes:
    at = rng.randrange(len(line) + 1)
    return line[:at] + b"\xff" + line[at:]


@_line_mutation(*_LINES)
def a_zero_byte(line: bytes, kind: FileKind, rng: random.Random) -> bytes:
    at = rng.randrange(len(line) + 1)
    return line[:at] + b"\0" + line[at:]


@_mutation(*_LINES, keeps_lines=False)
def a_line_that_ends_with_a_carriage_return_alone(data: bytes, kind: FileKind, rng: random.Random) -> bytes:
    lines, numbers = _records(data, kind)
    at = rng.choice(numbers or [0])
    if at + 1 < len(lines):
        lines[at : at + 2] = [lines[at] + b"\r" + lines[at + 1]]
    return b"\n".join(lines)


@_mutation(*_LINES, keeps_lines=False)
def every_line_ends_with_a_carriage_return_alone(data: bytes, kind: FileKind, rng: random.Random) -> bytes:
    return data.replace(b"\r\n", b"\n").replace(b"\n", b"\r")


@_mutation(*_LINES)
def every_line_ends_with_both(data: bytes, kind: FileKind, rng: random.Random) -> bytes:
    return data.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


@_mutation(*_LINES)
def blank_lines(data: bytes, kind: FileKind, rng: random.Random) -> bytes:
    lines, numbers = _records(data, kind)
    for at in sorted(rng.sample(numbers, min(3, len(numbers))), reverse=True):
        lines.insert(at, rng.choice([b"", b"  \t", b"\r"]))
    return b"\n".join(lines)


@_mutation(*_LINES, "json")
def a_byte_order_mark(data: bytes, kind: FileKind, rng: random.Random) -> bytes:
    return b"\xef\xbb\xbf" + data


@_mutation(*_LINES)
def no_newline_at_the_end(data: bytes, kind: FileKind, rng: random.Random) -> bytes:
    return data.rstrip(b"\n")


@_mutation(*_LINES, "json", *_BINARY, keeps_lines=False)
def the_end_is_missing(data: bytes, kind: FileKind, rng: random.Random) -> bytes:
    return data[: rng.randrange(len(data) // 2, len(data))]


@_mutation(*_LINES, keeps_lines=False)
def a_line_twice(data: bytes, kind: FileKind, rng: random.Random) -> bytes:
    lines, numbers = _records(data, kind)
    at = rng.choice(numbers or [0])
    lines.insert(at, lines[at])
    return b"\n".join(lines)


@_line_mutation(*_CELLS, "text")
def an_empty_cell(line: bytes, kind: FileKind, rng: random.Random) -> bytes:
    return _set_cell(line, kind, rng, b"")


@_line_mutation(*_CELLS, "text")
def a_word_for_a_cell(line: bytes, kind: FileKind, rng: random.Random) -> bytes:
    return _set_cell(line, kind, rng, b"x-y")


@_line_mutation(*_CELLS, "text")
def a_number_beyond_all(line: bytes, kind: FileKind, rng: random.Random) -> bytes:
    return _set_cell(line, kind, rng, rng.choice([b"1e999", b"-1e999", b"inf", b"9" * 30]))


@_line_mutation(*_CELLS, "text")
def not_a_number(line: bytes, kind: FileKind, rng: random.Random) -> bytes:
    return _set_cell(line, kind, rng, b"NaN")


@_line_mutation(*_CELLS, "text")
def thousands_of_digits(line: bytes, kind: FileKind, rng: random.Random) -> bytes:
    return _set_cell(line, kind, rng, b"9" * 5_000)


@_line_mutation(*_CELLS, "text")
def a_fraction_with_blanks(line: bytes, kind: FileKind, rng: random.Random) -> bytes:
    return _set_cell(line, kind, rng, b"  1.5 ")


@_line_mutation(*_CELLS, "text", "jsonl")
def a_very_long_cell(line: bytes, kind: FileKind, rng: random.Random) -> bytes:
    return _set_cell(line, kind, rng, b'"' + b"q" * 200_000 + b'"')


def _on_object(change: Callable[[dict[str, object], random.Random], None]) -> Mutate:
    def apply(data: bytes, kind: FileKind, rng: random.Random) -> bytes:
        if kind.format == "jsonl":
            lines, numbers = _records(data, kind)
            at = rng.choice(numbers)
            record = json.loads(lines[at])
            change(record, rng)
            lines[at] = json.dumps(record).encode()
            return b"\n".join(lines)
        document = json.loads(data)
        change(_some_object(document, rng), rng)
        return json.dumps(document).encode()

    return apply


def _some_object(value: object, rng: random.Random) -> dict[str, object]:
    """Returns an object within a document, deep down."""
    found: list[dict[str, object]] = []

    def walk(item: object) -> None:
        if isinstance(item, dict):
            found.append(item)
        for inner in item.values() if isinstance(item, dict) else item if isinstance(item, list) else []:
            walk(inner)

    walk(value)
    return rng.choice([entry for entry in found if entry] or [{}])


def _object_mutation(change: Callable[[dict[str, object], random.Random], None]) -> Mutate:
    apply = _on_object(change)
    MUTATIONS[change.__name__] = Mutation(apply, _JSON)
    return apply


@_object_mutation
def half_a_character(record: dict[str, object], rng: random.Random) -> None:
    record[rng.choice(list(record) or ["x"])] = "\ud83d"


@_object_mutation
def a_key_missing(record: dict[str, object], rng: random.Random) -> None:
    if record:
        del record[rng.choice(list(record))]


@_object_mutation
def a_null(record: dict[str, object], rng: random.Random) -> None:
    record[rng.choice(list(record) or ["x"])] = None


@_object_mutation
def another_type(record: dict[str, object], rng: random.Random) -> None:
    record[rng.choice(list(record) or ["x"])] = rng.choice(["x-y", True, [1], {"a": 1}, -1, 1.5, float("inf"), float("nan"), 1 << 70])


@_mutation(*_JSON)
def an_integer_of_thousands_of_digits(data: bytes, kind: FileKind, rng: random.Random) -> bytes:
    def change(record: dict[str, object], rng: random.Random) -> None:
        record[rng.choice(list(record) or ["x"])] = "@@@"

    return _on_object(change)(data, kind, rng).replace(b'"@@@"', b"9" * 5_000)


@_mutation(*_JSON)
def a_value_nested_beyond_all(data: bytes, kind: FileKind, rng: random.Random) -> bytes:
    def change(record: dict[str, object], rng: random.Random) -> None:
        record[rng.choice(list(record) or ["x"])] = "@@@"

    depth = rng.choice([200, 900, 100_000])
    return _on_object(change)(data, kind, rng).replace(b'"@@@"', b"[" * depth + b"]" * depth)


@_mutation(*_LINES, "json", *_BINARY, keeps_lines=False)
def a_byte_changed(data: bytes, kind: FileKind, rng: random.Random) -> bytes:
    at = rng.randrange(len(data))
    return data[:at] + bytes([data[at] ^ rng.randrange(1, 256)]) + data[at + 1 :]


@_mutation(*_BINARY, keeps_lines=False)
def a_page_of_zeros(data: bytes, kind: FileKind, rng: random.Random) -> bytes:
    at = rng.randrange(16, max(len(data) - 16, 17))
    return data[:at] + bytes(min(256, len(data) - at)) + data[at + 256 :]


@_mutation(*_CELLS, keeps_lines=False)
def a_header_without_a_column(data: bytes, kind: FileKind, rng: random.Random) -> bytes:
    head, _, rest = data.partition(b"\n")
    return _set_cell(head, kind, rng, b"q" * 140_000) + b"\n" + rest if kind.has_header else data


@_mutation(*_LINES, "json", "parquet", "sqlite", "pickle", keeps_lines=False)
def compressed_and_cut(data: bytes, kind: FileKind, rng: random.Random) -> bytes:
    packed = gzip.compress(data, mtime=0)
    return packed[: rng.randrange(len(packed) // 2, len(packed))] if rng.random() < 0.5 else zlib.compress(data)


@_mutation(*_LINES, "json", *_BINARY, keeps_lines=False)
def another_file_altogether(data: bytes, kind: FileKind, rng: random.Random) -> bytes:
    return rng.choice(
        [
            b"",
            b"\n\n",
            b"PK\x03\x04" + data[:50],
            b"Rar!\x1a\x07" + data[:50],
            b"7z\xbc\xaf\x27\x1c" + data[:50],
            b"\x80\x04" + data[:50],
            b"PAR1" + data[:50] + b"PAR1",
            b"SQLite format 3\x00" + data[:900],
            b"ARROW1" + data[:50],
            rng.randbytes(400),
        ]
    )
