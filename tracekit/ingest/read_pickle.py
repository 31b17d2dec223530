"""Reads pickled pandas frames without pandas and without running what a pickle asks to run.

A pickle is a program: loading one calls whatever it names. Here only numpy's arrays are built, and pandas' frames are stood in for by plain
containers; any other name is refused.
"""

from __future__ import annotations

import io
import pickle
from collections.abc import Iterator
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import numpy as np
import polars as pl

from tracekit.errors import DataError
from tracekit.ingest.json_values import frame_of, values_of
from tracekit.ingest.raw import RawStream
from tracekit.ingest.read_csv import Reject

if TYPE_CHECKING:
    from tracekit.ingest.plan import RawFile

PICKLE = b"\x80"
_ROWS = 256


class _Frame:
    """Stands in for a DataFrame: its state holds the blocks."""

    blocks: Any = None

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.blocks = state["_mgr"]


def _manager(blocks: Any, axes: Any, *_rest: Any) -> tuple[Any, Any]:
    return blocks, axes


def _block(values: Any, placement: Any, *_rest: Any) -> tuple[Any, Any]:
    return values, placement


def _index(kind: Any, state: dict[str, Any]) -> list[Any]:
    return list(state["data"]) if "data" in state else list(range(state["start"], state["stop"], state["step"]))


class _Marker:
    """Stands in for a class that is only named."""


def _numpy(name: str) -> Any:
    from numpy._core import multiarray, numeric

    return {"_reconstruct": multiarray._reconstruct, "scalar": multiarray.scalar, "_frombuffer": numeric._frombuffer}[name]  # type: ignore[attr-defined]


_ALLOWED: dict[tuple[str, str], Any] = {
    ("builtins", "slice"): slice,
    ("__builtin__", "slice"): slice,
    # How bytes were written before the third protocol.
    ("_codecs", "encode"): lambda text, _encoding: text.encode("latin1"),
    ("numpy", "ndarray"): np.ndarray,
    ("numpy", "dtype"): np.dtype,
    ("pandas.core.frame", "DataFrame"): _Frame,
    ("pandas.core.internals.managers", "BlockManager"): _manager,
    ("pandas._libs.internals", "_unpickle_block"): _block,
    ("pandas.core.indexes.base", "_new_Index"): _index,
    ("pandas.core.indexes.base", "Index"): _Marker,
    ("pandas.core.indexes.range", "RangeIndex"): _Marker,
}
for _module in ("numpy.core", "numpy._core"):
    _ALLOWED |= {(f"{_module}.multiarray", name): _numpy(name) for name in ("_reconstruct", "scalar")}
    _ALLOWED[f"{_module}.numeric", "_frombuffer"] = _numpy("_frombuffer")


class _Unpickler(pickle.Unpickler):
    def __init__(self, file: IO[bytes], path: str) -> None:
        super().__init__(file)
        self._path = path

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in _ALLOWED:
            raise DataError(
                f"{self._path}: the pickle asks for {module}.{name}, which is not one of the classes of a plain table: not loaded",
                "a pickle can run any program: is this the publisher's file?",
            )
        return _ALLOWED[module, name]


def load_table(path: Path, what: str) -> tuple[list[str], list[Any], str]:
    """Returns the names of a pickled table's columns, their cells, and the file's hash; ``what`` it should be is for the error."""
    raw = RawStream(path)
    try:
        # Nothing is executed but the closed list above.
        found = _Unpickler(io.BytesIO(b"".join(iter(lambda: raw.read(1 << 24), b""))), str(path)).load()
        digest = raw.sha256()
    except (pickle.UnpicklingError, EOFError, KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        raise DataError(f"{path}: not a pickled table: {error}", "download it again") from error
    finally:
        raw.close()
    if not isinstance(found, _Frame):
        raise DataError(f"{path}: holds a {type(found).__name__}, not a table", f"tracekit sources lists what {what} are")
    try:
        names, columns = _columns(found)
    except (TypeError, ValueError, IndexError, KeyError) as error:
        raise DataError(f"{path}: not a whole table: {error}", "download it again") from error
    return names, columns, digest


def _columns(frame: _Frame) -> tuple[list[str], list[Any]]:
    """Returns the names of a frame's columns and their cells, out of its blocks."""
    blocks, (names, _rows) = frame.blocks
    cells: dict[int, Any] = {}
    for values, placement in blocks:
        places = range(len(names))[placement] if isinstance(placement, slice) else placement
        cells |= {int(place): values[i] for i, place in enumerate(places)}
    return [str(name) for name in names], [cells[i] for i in range(len(names))]


def plain(value: Any) -> Any:
    """Returns a cell as JSON knows it; not-a-number is unknown."""
    if isinstance(value, np.ndarray):
        value = value.tolist()
    elif isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
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
    names, columns, digest = load_table(file.path, file.kind.name)
    if missing := [c.name for c in file.kind.columns if not c.optional and c.name not in names]:
        raise DataError(f"{file.path}: column {missing[0]!r} is missing; the table has {', '.join(names)}")
    total = min(len(columns[0]) if columns else 0, limit or (1 << 62))
    for start in range(0, max(total, 1), _ROWS):
        kept, numbers, rejects = [], [], []
        for i in range(start, min(start + _ROWS, total)):
            found = values_of({name: plain(cells[i]) for name, cells in zip(names, columns, strict=True)}, file.kind.columns)
            if isinstance(found, str):
                rejects.append(Reject(i + 1, i + 1, found, ""))
            else:
                kept.append(found)
                numbers.append(i + 1 + offset)
        yield frame_of(kept, numbers, file.kind.columns), rejects, min(start + _ROWS, total), digest
