"""Counts the cells of every line of a block at once, and splits single lines into cells."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

_QUOTE, _NEWLINE, _RETURN = ord('"'), ord("\n"), ord("\r")
# A cell is as long as its line at most, and lines have a limit of their own.
csv.field_size_limit(1 << 30)


def odd_lines(data: bytes, separator: str, cells: int) -> npt.NDArray[np.bool_]:
    """Tells which lines need a look of their own: another number of cells, or quotes that do not enclose whole cells.

    Args:
        data: Lines, each ended by a newline.
        separator: What stands between cells, one ASCII character.
        cells: How many cells a line has to have.

    Returns:
        A flag per line, in order. A line without the flag has ``cells`` cells under every reading of CSV.
    """
    import numpy as np

    raw = np.frombuffer(data, np.uint8)
    marks = np.flatnonzero((raw == ord(separator)) | (raw == _NEWLINE))
    ends_line = raw[marks] == _NEWLINE
    # Each line's last mark is its newline, so that as many marks belong to it as it has cells.
    counts = np.diff(np.flatnonzero(ends_line), prepend=-1)
    odd: npt.NDArray[np.bool_] = counts != cells if b'"' not in data else _odd_quoted(raw, separator, cells, marks, counts)
    if b"\r" in data:
        returns = np.flatnonzero(raw == _RETURN)
        odd[np.searchsorted(marks[ends_line], returns[raw[returns + 1] != _NEWLINE])] = True
    return odd


def _odd_quoted(
    raw: npt.NDArray[np.uint8], separator: str, cells: int, marks: npt.NDArray[np.intp], counts: npt.NDArray[np.intp]
) -> npt.NDArray[np.bool_]:
    import numpy as np

    ends = marks[np.cumsum(counts) - 1]
    quotes = np.flatnonzero(raw == _QUOTE)
    # Quotes are counted from the start of their line, whatever the one before it left open.
    line = np.searchsorted(ends, quotes)
    per_line = np.bincount(line, minlength=len(ends))
    opens = (np.arange(len(quotes)) - (np.cumsum(per_line) - per_line)[line]) % 2 == 0
    marks_before = np.searchsorted(marks, quotes)
    closes = np.flatnonzero(~opens)
    enclosed = np.bincount(line[closes], weights=marks_before[closes] - marks_before[closes - 1], minlength=len(ends))
    odd: npt.NDArray[np.bool_] = (counts - enclosed != cells) | (per_line % 2 == 1)
    is_border = np.zeros(256, dtype=np.bool_)
    is_border[[ord(separator), _NEWLINE, _QUOTE]] = True
    before = np.where(quotes > 0, raw[quotes - 1], _NEWLINE)
    # A block ends with a newline, so that there is a byte after every quote.
    after, then = raw[quotes + 1], raw[np.minimum(quotes + 2, len(raw) - 1)]
    is_well_placed = np.where(opens, is_border[before], is_border[after] | ((after == _RETURN) & (then == _NEWLINE)))
    odd[line[~is_well_placed]] = True
    return odd


def split_line(text: str, separator: str) -> list[str] | str:
    """Returns the cells of one line, or in words why it cannot be split."""
    text = text.rstrip("\r")
    if '"' not in text:
        return "a carriage return stands within the line" if "\r" in text else text.split(separator)
    if text.count('"') % 2:
        return "the quoting is broken: a quote is not closed on its line (a cell may not span lines)"
    try:
        return next(csv.reader([text], delimiter=separator, strict=True))
    except csv.Error as error:
        return f"the quoting is broken: {error}"


def join_cells(cells: list[str], separator: str) -> str:
    """Returns cells as one line, quoted where they have to be."""
    out = io.StringIO()
    csv.writer(out, delimiter=separator, lineterminator="\n").writerow(cells)
    return out.getvalue()
