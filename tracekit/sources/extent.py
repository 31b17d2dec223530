"""Which time a recording covers by its source's own word: its first and its last event do not show it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tracekit.errors import DeclarationError

if TYPE_CHECKING:
    from tracekit.sources.model import Clock


@dataclass(frozen=True)
class Extent:
    """Which time the files of a kind cover, events or none.

    Attributes:
        cell_s: Wide columns are the numbers of cells of this length; number 1 begins at the recording's zero. A file covers the cells that
            it has columns for, zeros included.
        label: Of cells: a label of the file's path that counts spans of ``label_s``, from 1.
        label_s: Length of what the label counts, seconds.
        every_s: The recording covers whole spans of this length, counted from its zero.
        records: Of whole spans: the numbers of records of the whole recordings. With any other number a part was ingested, and what it
            covers is unknown.
    """

    cell_s: float | None = None
    label: str | None = None
    label_s: float | None = None
    every_s: float | None = None
    records: tuple[int, ...] = ()


def check_extent(extent: Extent, kind: dict[str, Any], clock: Clock, where: str) -> Extent:
    """Returns the extent as it is.

    Args:
        extent: What a kind of file declares.
        kind: The rest of the kind's declaration.
        clock: The clock of its files.
        where: File and place, for the message.

    Raises:
        DeclarationError: Keys contradict each other or the kind, or one is missing.
    """
    if wrong := _keys(extent, kind) or _times(extent):
        raise DeclarationError(f"{where}: {wrong}")
    if clock.zero != "source":
        raise DeclarationError(f"{where}: only a recording with a zero of its own ([time] zero = 'source') has an extent")
    return extent


def _keys(extent: Extent, kind: dict[str, Any]) -> str | None:
    if (extent.cell_s is None) == (extent.every_s is None):
        return "one of cell_s and every_s is needed"
    if (extent.every_s is None) == bool(extent.records):
        return "records are of every_s, which needs them: what a part of a recording covers is not known"
    if extent.cell_s is not None and "wide" not in kind:
        return "cell_s counts wide columns; the kind has no wide"
    if (extent.label is None) != (extent.label_s is None):
        return "label and label_s go together"
    if extent.label is not None and f"(?P<{extent.label}>" not in kind["path"]:
        return f"path has no label {extent.label!r}"
    return None


def _times(extent: Extent) -> str | None:
    for name in ("cell_s", "every_s", "label_s"):
        value = getattr(extent, name)
        if value is not None and not (isinstance(value, int | float) and value > 0):
            return f"{name}: {value!r} is not a time in seconds above zero"
    return None
