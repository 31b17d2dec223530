"""Reads pickled pandas frames without pandas and without running what a pickle asks to run.

A pickle is a program: loading one calls whatever it names. Here only numpy's arrays are built, and pandas' frames are stood in for by plain
containers; any other name is refused.
"""

from __future__ import annotations

import io
import pickle
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import polars as pl

from tracekit.errors import DataError
from tracekit.ingest.json_values import frame_of, values_of
from tracekit.ingest.raw import RawStream
from tracekit.ingest.read_csv import Reject

if TYPE_CHECKING:
    from tracekit.ingest.plan import RawFile

_ROWS = 256
# The longest cell of a fixed width, in bytes: text of some thousand characters.
_CELL_BYTES = 1 << 16
# What a pickle that is damaged, or made to do harm, makes Python stumble over.
_BROKEN = (
    pickle.UnpicklingError,
    EOFError,
    LookupError,
    TypeError,
    ValueError,
    AttributeError,
    ArithmeticError,
    MemoryError,
    RecursionError,
    AssertionError,
    struct.error,
)


class _Frame:
    """Stands in for a DataFrame: its state holds the blocks."""

    blocks: Any = None

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.blocks = state["_mgr"]


def _manager(blocks: Any, axes: Any, *_rest: Any) -> tuple[Any, Any]:
    return blocks, axes


def _block(values: Any, placement: Any, *_rest: Any) -> tuple[Any, Any]:
    return values, placement


def _index(_kind: Any, state: dict[str, Any]) -> Any:
    # A range stays one: it may say any length in a few bytes.
    return state["data"] if "data" in state else range(state["start"], state["stop"], state["step"])


class _Marker:
    """Stands in for a class that is only named."""


class _Dtype:
    """Stands in for a numpy type: what it names, and the order of its bytes."""

    def __init__(self, name: str, *_rest: Any) -> None:
        self._name = name
        self._order = "="

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        self._order = state[1] if state[1] in ("<", ">") else "="
        # Instants carry their unit apart: ({}, (b"ns", 1, 1, 1)).
        if self._name in ("M8", "m8") and len(state) > 8:
            self._name += f"[{state[8][1][0].decode()}]"

    @property
    def is_object(self) -> bool:
        return self._name in ("O", "O8")

    def plain(self) -> np.dtype[Any]:
        found: np.dtype[Any] = np.dtype(self._name)
        found = found.newbyteorder("<" if self._order == "<" else ">" if self._order == ">" else "=")
        if found.hasobject or found.fields or found.subdtype or found.itemsize > _CELL_BYTES:
            raise ValueError(f"cells of type {self._name!r}")
        return found


class _Array:
    """Stands in for a numpy array: nothing is set aside for it but what the pickle itself holds."""

    def __init__(self, *_arguments: Any) -> None:
        self.values: Any = []

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        _version, shape, dtype, by_column, data = state
        if dtype.is_object:
            self.values = np.fromiter(data, dtype=object, count=len(data)).reshape(shape, order="F" if by_column else "C")
        else:
            self.values = _from_buffer(data, dtype, shape, "F" if by_column else "C").values


def _from_buffer(data: Any, dtype: _Dtype, shape: Any, order: str) -> _Array:
    found = _Array()
    data = data.encode("latin1") if isinstance(data, str) else data
    found.values = np.frombuffer(data, dtype.plain()).reshape(shape, order=order)  # type: ignore[call-overload]
    return found


def _scalar(dtype: _Dtype, data: Any) -> Any:
    if dtype.is_object:
        return data
    return _from_buffer(data, dtype, (), "C").values[()]


_ALLOWED: dict[tuple[str, str], Any] = {
    ("builtins", "slice"): slice,
    ("__builtin__", "slice"): slice,
    # How bytes were written before the third protocol.
    ("_codecs", "encode"): lambda text, _encoding: text.encode("latin1"),
    ("numpy", "ndarray"): _Array,
    ("numpy", "dtype"): _Dtype,
    ("pandas.core.frame", "DataFrame"): _Frame,
    ("pandas.core.internals.managers", "BlockManager"): _manager,
    ("pandas._libs.internals", "_unpickle_block"): _block,
    ("pandas.core.indexes.base", "_new_Index"): _index,
    ("pandas.core.indexes.base", "Index"): _Marker,
    ("pandas.core.indexes.range", "RangeIndex"): _Marker,
}
for _module in ("numpy.core", "numpy._core"):
    _ALLOWED |= {(f"{_module}.multiarray", "_reconstruct"): _Array, (f"{_module}.multiarray", "scalar"): _scalar}
    _ALLOWED[f"{_module}.numeric", "_frombuffer"] = _from_buffer


# The one written in Python: the one in C makes room for whatever number a pickle gives to a remembered object, 67 GB at most.
_InPython: Any = pickle._Unpickler


class _Unpickler(_InPython):  # type: ignore[misc]
    dispatch: ClassVar[dict[int, Any]] = dict(_InPython.dispatch)

    def __init__(self, data: bytes, path: str) -> None:
        super().__init__(io.BytesIO(data))
        self._size = len(data)
        self._path = path

    def _bytearray(self) -> None:
        (length,) = struct.unpack("<Q", self.read(8))
        if length > self._size:
            raise pickle.UnpicklingError("bytes are announced that are not there")
        self.append(bytearray(self.read(length)))

    dispatch[pickle.BYTEARRAY8[0]] = _bytearray

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in _ALLOWED:
            raise DataError(
                f"{self._path}: the pickle asks for {module}.{name}, which is not one of the classes of a plain table: not loaded",
                "a pickle can run any program: is this the publisher's file?",
            )
        return _ALLOWED[module, name]


def load_table(path: Path, what: str) -> tuple[list[str], list[Any], str, Plain]:
    """Returns the names of a pickled table's columns, their cells, the file's hash and what makes cells plain.

    Args:
        path: The file.
        what: What it should be, for the error.

    Raises:
        DataError: It is no table, or asks for anything but the parts of one.
    """
    raw = RawStream(path)
    try:
        # Nothing is executed but the closed list above.
        data = b"".join(iter(lambda: raw.read(1 << 24), b""))
        found = _Unpickler(data, str(path)).load()
        digest = raw.sha256()
    except _BROKEN as error:
        raise DataError(f"{path}: not a pickled table: {error}", "download it again") from error
    finally:
        raw.close()
    if not isinstance(found, _Frame):
        raise DataError(f"{path}: holds a {type(found).__name__}, not a table", f"tracekit sources lists what {what} are")
    try:
        names, columns = _columns(found)
    except _BROKEN as error:
        raise DataError(f"{path}: not a whole table: {error}", "download it again") from error
    return names, columns, digest, Plain(len(data))


def _columns(frame: _Frame) -> tuple[list[str], list[Any]]:
    """Returns the names of a frame's columns and their cells, out of its blocks."""
    blocks, (names, _rows) = frame.blocks
    cells: dict[int, Any] = {}
    names = _cells(names)
    for values, placement in blocks:
        rows = _cells(values)
        places = range(len(names))[placement] if isinstance(placement, slice) else _cells(placement)
        if len(places) != len(rows):
            raise ValueError(f"{len(rows)} columns of values for {len(places)} names")
        cells |= {int(place): rows[i] for i, place in enumerate(places)}
    if len(cells) != len(names):
        raise ValueError(f"{len(names)} names for {len(cells)} columns")
    columns = [cells[i] for i in range(len(names))]
    if len({len(column) for column in columns}) > 1:
        raise ValueError("columns of different lengths")
    return [str(name) for name in names], columns


def _cells(found: Any) -> Any:
    return found.values if isinstance(found, _Array) else found


class Plain:
    """Turns cells into what JSON knows; not-a-number is unknown.

    Args:
        size: Bytes of the pickle. A list that holds itself twice, and so on, says any number of items in a few bytes: of a pickle of
            this size, so many items are not believed.
    """

    def __init__(self, size: int) -> None:
        self._left = 64 * size + (1 << 20)

    def __call__(self, value: Any) -> Any:
        """Returns a cell.

        Raises:
            ValueError: It holds more items than the pickle can have meant.
        """
        value = _cells(value)
        if isinstance(value, np.ndarray):
            value = value.tolist()
        elif isinstance(value, np.generic):
            value = value.item()
        if isinstance(value, list | tuple):
            self._left -= len(value)
            if self._left < 0:
                raise ValueError("more items than a pickle of this size can hold")
            return [self(item) for item in value]
        return None if isinstance(value, float) and value != value else value


def read_pickle(file: RawFile, limit: int | None, offset: int) -> Iterator[tuple[pl.DataFrame, list[Reject], int, str]]:
    """Reads a pickled table; a pickle is loaded whole; whether it may be is decided before.

    Args:
        file: The file.
        limit: Take this many rows at most.
        offset: Records of the trace before this file.

    Yields:
        The declared columns with ``source_row``; the rows that are wrong; the number of rows; the file's hash.

    Raises:
        DataError: It asks for anything but the parts of a table, or is none, or lacks a column.
    """
    names, columns, digest, plain = load_table(file.path, file.kind.name)
    if missing := [c.name for c in file.kind.columns if not c.optional and c.name not in names]:
        raise DataError(f"{file.path}: column {missing[0]!r} is missing; the table has {', '.join(names)}")
    total = min(len(columns[0]) if columns else 0, limit or (1 << 62))
    for start in range(0, max(total, 1), _ROWS):
        kept, numbers, rejects = [], [], []
        for i in range(start, min(start + _ROWS, total)):
            try:
                found = values_of({name: plain(cells[i]) for name, cells in zip(names, columns, strict=True)}, file.kind.columns)
            except (ValueError, RecursionError) as error:
                found = f"cannot be read: {error}"
            if isinstance(found, str):
                rejects.append(Reject(i + 1, i + 1, found, ""))
            else:
                kept.append(found)
                numbers.append(i + 1 + offset)
        yield frame_of(kept, numbers, file.kind.columns), rejects, min(start + _ROWS, total), digest
